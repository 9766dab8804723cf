import type { Node } from '../../topology/graph';
import { duration, type Facts } from '../facts';
import { code, list, prose, table } from '../markdown';
import { isConsumed, parkingAlarms, parkingLots } from '../rules/parking-lots';
import { causes, meaning } from './causes';
import type { Deployed } from './deployed';
import { deskSection } from './parking-desks';
import { putBack } from './put-back';
import { replayOf } from './replay';
import { block, set } from './shell';

/** What the sections share. */
export interface Chapter {
  readonly facts: Facts;
  readonly deployed: Deployed;
  readonly names: ReadonlyMap<string, string>;
}

/** Where events wait after they have failed: every target of a failure, and machines which keep failed executions. */
export function placesOfFailure(facts: Facts): Node[] {
  const machines = new Set(parkingLots(facts).filter((node) => node.kind === 'state-machine'));
  return [...facts.graph.nodes.values()].filter((node) => !node.outsideFlow && (node.deadLetter || machines.has(node)));
}

/** Section of a parking lot: what it means, what to look at, how to decide, how to put events back, and whether that is safe. */
export function parkingLotSection(chapter: Chapter, node: Node): string[] {
  const { facts, names } = chapter;
  const desk = facts.graph.desks.get(node.id);
  return [
    `### ${prose(names.get(node.id) ?? node.label)}`,
    `${node.resource ? `${code(node.resource.logicalId)}${node.resource.constructPath === undefined ? '' : `, ${code(node.resource.constructPath)}`}` : code(node.label)}. ${told(facts, node)}`,
    ...(desk
      ? deskSection(chapter, node, desk)
      : node.kind === 'queue'
        ? queueSection(chapter, node)
        : node.kind === 'state-machine'
          ? machineSection(chapter, node)
          : otherSection(chapter, node)),
  ];
}

function told(facts: Facts, node: Node): string {
  const alarms = parkingAlarms(facts.graph, node);
  if (node.kind !== 'queue' && node.kind !== 'state-machine') return 'No queue: what arrives is handed on or stored, and nothing waits.';
  if (alarms.length === 0) return '**No alarm watches it: nobody is told.**';
  return `Watched by ${alarms.map((alarm) => code(alarm.resource.logicalId)).join(', ')}.`;
}

function queueSection(chapter: Chapter, node: Node): string[] {
  const { facts, deployed, names } = chapter;
  const feeding = facts.to(node.id).filter((edge) => edge.role === 'failure');
  const retention = facts.resource(node.id)?.get('MessageRetentionPeriod').number(345_600) ?? 'unknown';
  const back = putBack(chapter, node, feeding);
  return [
    `**Meaning.** ${meaning(chapter, node, feeding)} SQS deletes what has waited for ${duration(retention)}${feeding.some((edge) => edge.kind === 'sqs-redrive') ? ', counted from its first arrival in the queue before' : ''}.`,
    '**Look.** How many wait, and what they are. Looking hides a message from others for five seconds and takes nothing away:',
    block([
      deployed.setQueue('PARKING_LOT', node),
      'aws sqs get-queue-attributes --queue-url "$PARKING_LOT" --attribute-names ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible',
      'aws sqs receive-message --queue-url "$PARKING_LOT" --max-number-of-messages 10 --visibility-timeout 5 --message-attribute-names All --attribute-names All',
    ]),
    ...causes(chapter, feeding),
    '**Decide.**',
    table(
      ['what is found', 'what helps'],
      [
        ['the handler or what it calls was broken', 'mend it first; what is put back before fails again'],
        ['the event itself is wrong', 'mend its sender; put back only what the mended handler accepts, keep a copy and delete the rest'],
        ['the same event has had its effect meanwhile', 'safe to put back only where the handler recognises it, see below'],
        ['nobody needs it any more', 'keep a copy and delete it'],
      ],
    ),
    ...back.how,
    '**Safe to replay?**',
    list(replayOf(facts, back.starts, names)),
    ...(node.fifo ? ['A FIFO queue keeps the order among what is put back, not between it and what came meanwhile.'] : []),
    ...(isConsumed(facts, node) ? ['Something reads this queue by itself: messages may be gone before anybody looks.'] : []),
  ];
}

function machineSection({ facts, deployed, names }: Chapter, node: Node): string[] {
  return [
    '**Meaning.** Executions that failed stay, with their history, and can be started again from where they failed for 14 days.',
    '**Look.**',
    block([
      deployed.set('STATE_MACHINE', node.resource!),
      'aws stepfunctions list-executions --state-machine-arn "$STATE_MACHINE" --status-filter FAILED --max-items 20',
      set(
        'EXECUTION',
        'aws stepfunctions list-executions --state-machine-arn "$STATE_MACHINE" --status-filter FAILED --max-items 1 --query "executions[0].executionArn" --output text',
      ),
      'aws stepfunctions get-execution-history --execution-arn "$EXECUTION" --reverse-order --max-items 10',
    ]),
    '**Decide.** Mend what the failed state called. An execution whose input is wrong fails again: start another with the right input instead.',
    '**Put back.** Goes on at the state that failed; states that had succeeded are not run again:',
    block(['aws stepfunctions redrive-execution --execution-arn "$EXECUTION"']),
    '**Safe to replay?**',
    list(replayOf(facts, [node.id], names)),
  ];
}

function otherSection({ facts, deployed }: Chapter, node: Node): string[] {
  const givers = facts
    .to(node.id)
    .filter((edge) => edge.role === 'failure')
    .map((edge) => code(facts.label(edge.from)));
  const heading = `**Meaning.** ${givers.join(', ')} ${givers.length === 1 ? 'gives' : 'give'} failed events to this ${node.kind}.`;
  if (node.kind !== 'bucket' || !node.resource)
    return [
      heading,
      `**Look, decide, put back.** Follow the flow behind it: ${
        facts
          .from(node.id)
          .map((edge) => code(facts.label(edge.to)))
          .join(', ') || 'nothing in the reviewed templates listens'
      }.`,
    ];
  return [
    heading,
    '**Look.** The objects hold the failed events:',
    block([deployed.set('BUCKET', node.resource), 'aws s3api list-objects-v2 --bucket "$BUCKET" --max-items 20']),
    '**Put back.** Read an object and hand its event to where it should have gone; whether that is safe is not known for events that a person hands over.',
  ];
}
