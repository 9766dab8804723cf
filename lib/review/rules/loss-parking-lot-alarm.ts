import type { Node } from '../../topology/graph';
import type { Facts } from '../facts';
import type { Draft, Rule } from '../rule';
import { parkingAlarms, parkingLots, tellsOfGroups } from './parking-lots';

export const lossParkingLotAlarm: Rule = {
  id: 'loss-parking-lot-alarm',
  category: 'loss',
  severity: 'error',
  reason: 'A dead-letter queue that nobody is told of keeps an event only until its retention ends.',
  source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html',
  *check(facts) {
    for (const node of parkingLots(facts)) {
      const fault = faultOf(facts, node);
      if (fault !== undefined) yield { ...fault, resources: [node.resource!, ...fault.resources], path: wayTo(facts, node) };
    }
  },
};

function wayTo(facts: Facts, node: Node): string[] {
  return [...facts.wayTo(node.id).nodes];
}

function faultOf(facts: Facts, node: Node): Pick<Draft, 'message' | 'fix' | 'resources'> | undefined {
  const desk = facts.graph.desks.get(node.id);
  const fitting = parkingAlarms(facts.graph, node).filter((alarm) => desk === undefined || tellsOfGroups(desk, alarm));
  if (fitting.some((alarm) => facts.tells(alarm))) return undefined;
  const metric = desk ? 'ParkedGroupOpened' : node.kind === 'queue' ? 'ApproximateNumberOfMessagesVisible' : 'ExecutionsFailed';
  const fix = desk
    ? `add an alarm on ${metric} of ${facts.label(desk.intake)} (Sum, threshold 1, dimension fault ours) with an action that somebody hears`
    : `add an alarm on ${metric} of ${node.label} (threshold 1, Maximum${node.kind === 'queue' ? ', with an OK action' : ''}) with an action that somebody hears`;
  const what = node.kind === 'queue' ? 'events are parked in' : 'failed executions stay in';
  if (fitting.length > 0) {
    const names = fitting.map((alarm) => alarm.resource.logicalId).join(', ');
    const disabled = fitting.every((alarm) => alarm.actions.length > 0 && !alarm.actionsEnabled);
    return {
      resources: fitting.map((alarm) => alarm.resource),
      message: `${what} ${node.label}, and ${names} ${disabled ? 'has its actions disabled' : 'tells nobody: it has no AlarmActions'}`,
      fix: disabled ? `set ActionsEnabled of ${names} to true` : `give ${names} an entry in AlarmActions, for example an SNS topic`,
    };
  }
  const wrong = facts.alarmsOn(node.id).filter((alarm) => alarm.metricName === 'NumberOfMessagesSent');
  if (wrong.length > 0) {
    const names = wrong.map((alarm) => alarm.resource.logicalId).join(', ');
    return {
      resources: wrong.map((alarm) => alarm.resource),
      message: `${what} ${node.label}, and ${names} watches NumberOfMessagesSent, which a move by the redrive policy does not raise`,
      fix: `let ${names} watch ${metric}`,
    };
  }
  const unheard = desk ? `taken from there by ${facts.label(desk.intake)}, and no alarm tells of it` : 'no alarm watches it';
  return { resources: [], message: `${what} ${node.label}, and ${unheard}`, fix };
}
