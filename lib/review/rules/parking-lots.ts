import type { Alarm, Node } from '../../topology/graph';
import { executionMayFail, keepsEvents } from '../../topology/paths';
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

/** A dead-letter queue with a worker of its own is no parking lot: what fails there goes on to the next one. */
export function isConsumed(facts: Facts, queue: Node): boolean {
  return facts.from(queue.id).some((edge) => edge.role === 'delivery');
}

export function watchesParking(node: Node, alarm: Alarm): boolean {
  return alarm.composite || (WAITING[node.kind] ?? []).includes(alarm.metricName ?? '');
}

function isStartedAndLeft(facts: Facts, machine: Node): boolean {
  return executionMayFail(facts.graph, machine.id) && facts.to(machine.id).some((edge) => facts.isLive(edge) && keepsEvents(machine, edge));
}
