import type { Alarm, ParkingDesk } from '../../topology/graph';
import type { Facts } from '../facts';
import type { Rule } from '../rule';
import { tellsOfWaiting } from './parking-lots';

export const lossParkingDesk: Rule = {
  id: 'loss-parking-desk',
  category: 'loss',
  severity: 'warning',
  reason: 'What the intake of a parking desk does not take stays in the dead-letter queue, opens no group, and is deleted there.',
  source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html',
  *check(facts) {
    for (const desk of facts.graph.desks.values()) {
      const fitting = facts.alarmsOn(desk.lot).filter((alarm) => tellsOfWaiting(desk, alarm));
      if (fitting.some((alarm) => facts.tells(alarm))) continue;
      const resources = [...facts.resourcesOf(desk.lot), desk.via, ...fitting.map((alarm) => alarm.resource)];
      yield { resources, path: [...facts.wayTo(desk.lot).nodes], ...faultOf(facts, desk, fitting) };
    }
  },
};

function faultOf(facts: Facts, { lot, intake }: ParkingDesk, fitting: readonly Alarm[]) {
  const queue = facts.label(lot);
  const names = fitting.map((alarm) => alarm.resource.logicalId).join(', ');
  const message = `when ${facts.label(intake)} fails, events stay in ${queue} until they are deleted`;
  if (fitting.length > 0)
    return {
      message: `${message}, and ${names} tells nobody`,
      fix: `give ${names} an entry in AlarmActions that somebody hears, and set ActionsEnabled to true`,
    };
  return {
    message: `${message}, and nobody is told: no alarm watches the age of what waits there`,
    fix: `add an alarm with an action on ApproximateAgeOfOldestMessage (Maximum, for example 900 seconds) of ${queue}`,
  };
}
