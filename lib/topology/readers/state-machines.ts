import { readFileSync } from 'node:fs';
import type { Edge } from '../graph';
import { LAMBDA, STEP_FUNCTIONS } from '../limits';
import type { Resource } from '../model';
import { product, type Reading, sum } from '../reading';
import { isRecord, type UnknownRecord } from '../record';
import { type Definition, readDefinition, runsOf, type Task } from '../state-language';
import { callTargets } from './service-calls';

/** A machine with its definition; also what the rules look at. */
export interface ReadMachine {
  readonly resource: Resource;
  readonly express: boolean;
  readonly definitions: readonly Definition[];
}

/** Step Functions: every task of every machine is a hand-over that the machine waits for. */
export function readStateMachines(reading: Reading): void {
  for (const machine of readMachines(reading)) {
    const node = reading.builder.node(machine.resource);
    const timeouts = machine.definitions.map(
      ({ timeoutSeconds }) => timeoutSeconds ?? (machine.express ? STEP_FUNCTIONS.expressSeconds : 'unlimited'),
    );
    reading.builder.describe(node, { durable: true, keepsFailures: !machine.express, timeoutSeconds: timeouts[0] ?? 'unknown' });
    if (machine.definitions.length === 0) {
      reading.builder.unknown(machine.resource, 'Definition', 'the definition is not in the template, or is no JSON');
      continue;
    }
    for (const { tasks } of machine.definitions) {
      const places = new Map(tasks.map((task) => [task, targetsOf(reading, machine.resource, task)]));
      for (const task of tasks) addTask(reading, machine.resource, node, task, places);
    }
  }
}

export function readMachines(reading: Pick<Reading, 'model'>): ReadMachine[] {
  return reading.model.ofType('AWS::StepFunctions::StateMachine').map((resource) => ({
    resource,
    express: resource.get('StateMachineType').canBe('EXPRESS'),
    definitions: definitionTexts(reading, resource).flatMap((text) => {
      const parsed = parse(text);
      return parsed ? [readDefinition(parsed)] : [];
    }),
  }));
}

interface Place {
  readonly node: string;
  readonly synchronous: boolean;
}

function targetsOf(reading: Reading, machine: Resource, task: Task): Place[] {
  const { resource } = task;
  const integration = /:states:[^:]*:[^:]*:(?:aws-sdk:)?([A-Za-z0-9-]+):([A-Za-z0-9]+)(\.sync(?::2)?|\.waitForTaskToken)?$/.exec(resource);
  if (integration && integration[1] !== 'activity') {
    const [, service, action, pattern] = integration;
    const calls = callTargets(
      reading,
      { service: service!.toLowerCase(), action: action!, parameters: task.parameters },
      machine,
      `States.${task.name}`,
    );
    return calls.map(({ node, manner }) => ({ node, synchronous: manner === 'synchronous' || pattern?.startsWith('.sync') === true }));
  }
  // The old form: the resource is the function or the activity itself.
  const property = `States.${task.name}.Resource`;
  return reading.model
    .targetsOf(resource)
    .map((target) => ({ node: reading.place(target, machine, property, 'synchronous'), synchronous: true }));
}

function addTask(reading: Reading, machine: Resource, from: string, task: Task, places: ReadonlyMap<Task, readonly Place[]>) {
  const { builder } = reading;
  const attempts = runsOf(task.retriers);
  const outer = task.around.filter(({ runs }) => runs !== 1);
  for (const { node: to, synchronous } of places.get(task) ?? []) {
    const { kind } = builder.nodes.get(to)!;
    // A message that was sent is not sent again; a handler that failed runs again.
    const runs = synchronous && (kind === 'function' || kind === 'endpoint' || kind === 'state-machine') ? attempts : 1;
    const function_ = kind === 'function' ? reading.model.resources.get(to) : undefined;
    const duration = task.timeoutSeconds ?? (function_ ? function_.get('Timeout').number(LAMBDA.timeoutSeconds) : 'unknown');
    builder.edge({
      from,
      to,
      kind: 'step-functions-task',
      role: 'delivery',
      via: [machine.ref],
      synchronous,
      delivery: task.retriers.length > 0 ? 'at-least-once' : 'at-most-once',
      handOverAttempts: attempts,
      handlerRuns: product(runs, ...outer.map((one) => one.runs)),
      runsBecause: [
        ...outer.map((one) => `${one.runs} of ${one.name}`),
        `1 + retries ${typeof runs === 'number' ? runs - 1 : runs} of ${task.name}`,
      ].join(' x '),
      windowSeconds: attempts === 1 ? 0 : sum(product(attempts, duration), ...task.retriers.map((retrier) => retrier.waitSeconds)),
      ...exhaustion(reading, machine, from, task, places),
      task: task.name,
      ...(task.afterFailure ? { afterFailure: true } : {}),
      sizeLimitBytes: STEP_FUNCTIONS.bytes,
      ...(task.retriers.length > 0 ? { jitter: task.retriers.every((retrier) => retrier.jitter || retrier.maxAttempts === 0) } : {}),
      ...(task.timeoutSeconds !== undefined ? { callerTimeoutSeconds: task.timeoutSeconds } : {}),
    });
  }
}

const KEEPS: readonly string[] = ['queue', 'topic', 'bus', 'stream', 'table', 'bucket'];

/** What becomes of an error that the retriers can't help: caught and parked, caught and undone, or the execution fails. */
function exhaustion(
  reading: Reading,
  machine: Resource,
  from: string,
  task: Task,
  places: ReadonlyMap<Task, readonly Place[]>,
): Pick<Edge, 'exhausted' | 'deadLetter' | 'unknown'> {
  const { caught } = task;
  if (caught.kind === 'fails') return { exhausted: 'error-to-caller' };
  if (caught.kind === 'swallowed') return { exhausted: 'drop' };
  for (const [other, targets] of places) {
    if (!caught.states.includes(other.name)) continue;
    const parking = targets.find(({ node }) => KEEPS.includes(reading.builder.nodes.get(node)!.kind));
    if (!parking) continue;
    const isParkingLot = ['queue', 'topic', 'bus'].includes(reading.builder.nodes.get(parking.node)!.kind);
    if (isParkingLot) reading.builder.fail(from, parking.node, machine, 'step-functions-task');
    return { exhausted: 'dlq', deadLetter: parking.node };
  }
  // Whoever is told of it parks nothing: the execution stays as failed.
  if (!caught.endsWell) return { exhausted: 'error-to-caller' };
  return { exhausted: 'unknown', unknown: `caught by ${task.name}, and handled by ${caught.states.join(', ')}` };
}

function definitionTexts(reading: Pick<Reading, 'model'>, machine: Resource): string[] {
  const { marks } = reading.model;
  const written = machine.get('Definition');
  const texts = written.isAbsent
    ? machine
        .get('DefinitionString')
        .texts()
        .flatMap((text) => marks.variants(text))
    : [JSON.stringify(written.plain(marks) ?? null)];
  const all = texts.length > 0 ? texts : assetTexts(machine);
  return all.map((text) => {
    let substituted = text;
    for (const [key, value] of machine.get('DefinitionSubstitutions').entries()) {
      const replacement = marks.any(value.texts().length > 0 ? value.texts() : ['']);
      substituted = substituted.replaceAll(`\${${key}}`, () => JSON.stringify(replacement).slice(1, -1));
    }
    return substituted;
  });
}

/** A definition that the CDK uploads as a file is in the assembly under its hash. */
function assetTexts(machine: Resource): string[] {
  return machine
    .get('DefinitionS3Location', 'Key')
    .texts()
    .flatMap((key) => {
      const file = machine.source.assets.get(/([0-9a-f]{64})/.exec(key)?.[1] ?? '');
      if (file === undefined) return [];
      try {
        return [readFileSync(file, 'utf8')];
      } catch {
        return [];
      }
    });
}

function parse(text: string): UnknownRecord | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
