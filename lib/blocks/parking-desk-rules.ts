import { Token } from 'aws-cdk-lib';
import { type CfnQueue, type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { deskRetention, type ParkingDeskOptions } from './parking-lot';
import { refuse, requireKnownSeconds, requireWithin } from './rule';

const DAY_SECONDS = 86_400;
const SQS_USUAL_VISIBILITY_SECONDS = 30;

/** @returns days for which the desk keeps a message */
export function checkDesk(scope: Construct, options: ParkingDeskOptions): number {
  const days = requireKnownSeconds(scope, 'the retention of a parking desk', deskRetention(options)) / DAY_SECONDS;
  requireWithin(scope, 'retention of a parking desk in days', days, [15, 365], 'Change retention of ParkingLot.withDesk().');
  requireWithin(
    scope,
    'messages from which on a customer’s fault raises an alarm',
    options.customerFaultThreshold,
    [1, 1_000_000],
    'Change customerFaultThreshold of ParkingLot.withDesk().',
  );
  return days;
}

/** Lambda refuses an event source whose queue shows messages again before the function has ended. */
export function checkTaken(scope: Construct, lot: IQueue, leastSeconds: number) {
  if (!(lot instanceof Queue)) return;
  const visibility = (lot.node.defaultChild as CfnQueue).visibilityTimeout ?? SQS_USUAL_VISIBILITY_SECONDS;
  if (Token.isUnresolved(visibility) || visibility >= leastSeconds) return;
  refuse(scope, {
    rule: 'a queue that a parking desk takes from must hide messages for six times as long as taking them in may last',
    allowed: `a visibility timeout of ${leastSeconds} s or more`,
    given: `${visibility} s for ${lot.node.path}`,
    remedy: 'Raise its visibilityTimeout, or read it once with adopt().',
  });
}
