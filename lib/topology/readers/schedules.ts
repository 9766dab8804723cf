import type { Resource } from '../model';
import type { Reading } from '../reading';
import type { Value } from '../value';
import { scheduledDelivery } from './rules';
import { callTargets } from './service-calls';

/** EventBridge Scheduler: templated and universal targets. */
export function readSchedules(reading: Reading): void {
  for (const schedule of reading.model.ofType('AWS::Scheduler::Schedule')) {
    const { builder } = reading;
    const from = builder.node(schedule);
    const target = schedule.get('Target');
    const deadLetter = target.get('DeadLetterConfig', 'Arn');
    const parked = deadLetter.isAbsent
      ? []
      : reading.places(schedule, deadLetter, 'Target.DeadLetterConfig', 'asynchronous').map((queue) => builder.fail(from, queue, schedule));
    const sure = parked.length > 0 && !deadLetter.mayBeAbsent;
    for (const to of placesOf(reading, schedule, target)) {
      builder.edge({
        from,
        to,
        kind: 'scheduler-target',
        role: 'delivery',
        via: [schedule.ref],
        ...scheduledDelivery(target.get('RetryPolicy'), builder.nodes.get(to)!.kind === 'endpoint'),
        exhausted: sure ? 'dlq' : 'drop',
        ...(sure ? { deadLetter: parked[0] } : {}),
        sizeLimitBytes: reading.accepts(to, 'asynchronous'),
      });
    }
  }
}

function placesOf(reading: Reading, schedule: Resource, target: Value): string[] {
  const arn = target.get('Arn');
  const universal = arn.texts().flatMap((text) => /:scheduler:::aws-sdk:([A-Za-z0-9]+):([A-Za-z0-9]+)$/.exec(text) ?? []);
  if (universal.length === 0) return reading.places(schedule, arn, 'Target.Arn', 'asynchronous');
  const [, service, action] = universal;
  const call = { service: service!, action: action!, parameters: parse(target.get('Input').text()) };
  const targets = callTargets(reading, call, schedule, 'Target.Input');
  // A call that only reads is still where the schedule ends.
  return targets.length > 0 ? targets.map(({ node }) => node) : [reading.builder.outside(`${service}:${action}`, 'endpoint')];
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}
