import type { Alarm, Graph, Node, ParkingDesk } from '../../topology/graph';
import { keepsEvents } from '../../topology/keepers';
import { executionMayFail } from '../../topology/paths';
import type { Facts } from '../facts';

/** Metrics that show that something waits. `NumberOfMessagesSent` is none: a move by the redrive policy doesn't count as sent. */
const WAITING: Readonly<Record<string, readonly string[]>> = {
  queue: [
    'ApproximateNumberOfMessagesVisible',
    'ApproximateAgeOfOldestMessage',
    'NumberOfMessagesReceived',
    'ApproximateNumberOfMessagesNotVisible',
  ],
  'state-machine': ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'],
};

/** Where events that failed wait for a person: dead-letter queues, and Standard machines, which keep failed executions. */
export function parkingLots(facts: Facts): Node[] {
  return [...facts.graph.nodes.values()].filter((node) => {
    if (!node.resource || node.outsideFlow || !facts.ways.reaches(node.id)) return false;
    if (node.kind === 'queue') return node.deadLetter && !isConsumed(facts, node);
    return node.kind === 'state-machine' && node.keepsFailures && isStartedAndLeft(facts, node);
  });
}

/** A dead-letter queue with a worker of its own is no parking lot: what fails there goes on to the next one. A desk is none. */
export function isConsumed(facts: Facts, queue: Node): boolean {
  return facts.from(queue.id).some((edge) => edge.role === 'delivery');
}

/** Metric of a parking desk: groups of parked events that opened, counted once each. */
export const GROUP_OPENED = 'ParkedGroupOpened';

/** Alarms that tell of what is parked in a node, or taken from it by a desk. */
export function parkingAlarms(graph: Graph, node: Node): Alarm[] {
  const intake = graph.desks.get(node.id)?.intake;
  return graph.alarms.filter(
    (alarm) =>
      (alarm.watches.includes(node.id) && (alarm.composite || (WAITING[node.kind] ?? []).includes(alarm.metricName ?? ''))) ||
      (intake !== undefined && alarm.watches.includes(intake) && (alarm.composite || alarm.metricName === GROUP_OPENED)),
  );
}

/** Whether an alarm rings when the desk of a parking lot takes in what is ours to mend. What the intake leaves in the queue for a moment, few samples see. */
export function tellsOfGroups(desk: ParkingDesk, alarm: Alarm): boolean {
  if (alarm.composite) return true;
  if (alarm.metricName === GROUP_OPENED) return (alarm.dimensions.fault ?? 'ours') === 'ours';
  return alarm.metricName === 'NumberOfMessagesReceived' && alarm.watches.includes(desk.lot);
}

/** Whether an alarm rings when the intake of a desk leaves events in their queue. */
export function tellsOfWaiting(desk: ParkingDesk, alarm: Alarm): boolean {
  if (!alarm.watches.includes(desk.lot)) return false;
  return alarm.composite || ['ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesVisible'].includes(alarm.metricName ?? '');
}

function isStartedAndLeft(facts: Facts, machine: Node): boolean {
  return executionMayFail(facts.graph, machine.id) && facts.to(machine.id).some((edge) => facts.isLive(edge) && keepsEvents(machine, edge));
}
