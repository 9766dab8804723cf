import type { Alarm, Node, ResourceRef } from '../topology/graph';
import type { Facts } from './facts';
import type { ChecklistAnswer, Finding } from './report';
import { parkingAlarms, parkingLots } from './rules/parking-lots';

const RUNBOOK = /https?:\/\/|runbook|playbook|\.md\b/i;

/** The documents' checklist, each line answered with what the templates show. */
export function answerChecklist(facts: Facts, findings: readonly Finding[]): ChecklistAnswer[] {
  return [objectives(facts, findings), idempotency(facts), parking(facts, findings), tracing(facts), cost()];
}

/** Parking lots whose alarms say nothing about what to do. */
export function parkingLotsWithoutRunbook(facts: Facts): Array<{ readonly node: Node; readonly alarms: readonly Alarm[] }> {
  return parkingLots(facts).flatMap((node) => {
    const alarms = parkingAlarms(facts.graph, node).filter((alarm) => facts.tells(alarm));
    return alarms.length === 0 || alarms.some((alarm) => RUNBOOK.test(alarm.description ?? '')) ? [] : [{ node, alarms }];
  });
}

/** Hops on an event's way that X-Ray can follow and doesn't. */
export function untraced(facts: Facts): Array<{ readonly id: string; readonly ref: ResourceRef; readonly fix: string }> {
  const hops: Array<{ readonly id: string; readonly ref: ResourceRef; readonly fix: string }> = [];
  for (const node of facts.graph.nodes.values()) {
    const resource = facts.resource(node.id);
    if (!resource || node.outsideFlow || !facts.ways.reaches(node.id)) continue;
    if (node.kind === 'function' && !resource.get('TracingConfig', 'Mode').canBe('Active')) {
      hops.push({ id: node.id, ref: resource.ref, fix: 'set TracingConfig.Mode of the functions to Active' });
    }
    if (node.kind === 'state-machine' && !resource.get('TracingConfiguration', 'Enabled').isTrue()) {
      hops.push({ id: node.id, ref: resource.ref, fix: 'set TracingConfiguration.Enabled of the state machines to true' });
    }
    if (resource.type === 'AWS::ApiGateway::RestApi') {
      for (const stage of facts.model.ofType('AWS::ApiGateway::Stage')) {
        if (facts.model.single(stage.get('RestApiId'), 'AWS::ApiGateway::RestApi') !== resource || stage.get('TracingEnabled').isTrue())
          continue;
        hops.push({ id: node.id, ref: stage.ref, fix: 'set TracingEnabled of the stages to true' });
      }
    }
  }
  return hops;
}

function objectives(facts: Facts, findings: readonly Finding[]): ChecklistAnswer {
  const entrances = [...facts.graph.nodes.values()].filter(
    (node) => (node.kind === 'api' || node.kind === 'function-url') && facts.ways.reaches(node.id) && facts.from(node.id).length > 0,
  );
  const waiting = new Set(
    [...facts.liveEdges()]
      .filter((edge) => ['sqs-lambda', 'dynamodb-stream-lambda', 'kinesis-lambda', 'kafka-lambda'].includes(edge.kind))
      .map((edge) => edge.from),
  );
  const slow = labels(findings, 'time-answer-alarm');
  const old = labels(findings, 'time-age-alarm');
  const evidence = [
    ...watched('synchronous', entrances.length, slow),
    ...watched('asynchronous', waiting.size, old),
    ...(facts.config.objectives ? [`objectives in the configuration: ${Object.keys(facts.config.objectives).join(', ')}`] : []),
  ];
  const open = slow.length + old.length;
  return {
    id: 'objectives',
    question: 'Are answer time (synchronous) and age (asynchronous) promised apart, each with an alarm?',
    answer:
      entrances.length + waiting.size === 0
        ? 'cannot be told from a template'
        : open === 0
          ? 'yes'
          : open < entrances.length + waiting.size
            ? 'partly'
            : 'no',
    evidence,
  };
}

function watched(kind: string, all: number, missing: readonly string[]): string[] {
  if (all === 0) return [`no ${kind} path`];
  return missing.length === 0 ? [`each ${kind} path has an alarm`] : [`${kind} paths without an alarm: ${missing.join(', ')}`];
}

function idempotency(facts: Facts): ChecklistAnswer {
  const handlers = [...facts.graph.nodes.values()].filter(
    (node) =>
      node.kind === 'function' &&
      node.resource &&
      !node.outsideFlow &&
      facts.to(node.id).some((edge) => facts.isLive(edge) && !edge.synchronous && edge.role === 'delivery'),
  );
  const known = handlers.filter((node) => facts.isIdempotent(node.id));
  const open = handlers.filter((node) => !facts.isIdempotent(node.id));
  return {
    id: 'idempotency',
    question: 'Is every handler idempotent, so that a replay repeats no effect?',
    answer:
      handlers.length === 0
        ? 'cannot be told from a template'
        : open.length === 0
          ? 'yes'
          : known.length > 0
            ? 'partly'
            : 'cannot be told from a template',
    evidence: [
      ...(known.length > 0 ? [`said to be idempotent: ${known.map((node) => node.label).join(', ')}`] : []),
      ...(open.length > 0 ? [`not known: ${open.map((node) => node.label).join(', ')}`] : []),
    ],
  };
}

function parking(facts: Facts, findings: readonly Finding[]): ChecklistAnswer {
  const lots = parkingLots(facts);
  const lossy = findings.filter((finding) => finding.category === 'loss' && finding.severity !== 'info');
  const mute = parkingLotsWithoutRunbook(facts).map(({ node }) => node.label);
  return {
    id: 'parking-lot-and-runbook',
    question: 'Does what can not be processed reach a parking lot with an alarm and a runbook?',
    answer:
      lots.length === 0 && lossy.length === 0
        ? 'cannot be told from a template'
        : lossy.length + mute.length === 0
          ? 'yes'
          : lots.length === 0
            ? 'no'
            : 'partly',
    evidence: [
      lots.length > 0 ? `parking lots: ${lots.map((node) => node.label).join(', ')}` : 'no parking lot',
      ...(lossy.length > 0 ? [`${lossy.length} findings of loss`] : []),
      ...(mute.length > 0 ? [`no runbook in the alarms of ${mute.join(', ')}`] : []),
    ],
  };
}

function tracing(facts: Facts): ChecklistAnswer {
  const traceable = [...facts.graph.nodes.values()].filter(
    (node) => ['function', 'state-machine'].includes(node.kind) && node.resource && !node.outsideFlow && facts.ways.reaches(node.id),
  );
  const cut = untraced(facts);
  return {
    id: 'tracing',
    question: 'Does tracing cover the whole path: API, queue, function, storage?',
    answer:
      traceable.length === 0
        ? 'cannot be told from a template'
        : cut.length === 0
          ? 'yes'
          : cut.length < traceable.length
            ? 'partly'
            : 'no',
    evidence:
      cut.length === 0 ? [`${traceable.length} hops trace`] : [`the trace ends before ${cut.map(({ ref }) => ref.logicalId).join(', ')}`],
  };
}

function cost(): ChecklistAnswer {
  return {
    id: 'cost-model',
    question: 'Is the cost model recalculated regularly from real traffic?',
    answer: 'cannot be told from a template',
    evidence: ['a template has no traffic'],
  };
}

function labels(findings: readonly Finding[], rule: string): string[] {
  return findings.filter((finding) => finding.rule === rule).flatMap((finding) => finding.resources[0] ?? []);
}
