import { Duration } from 'aws-cdk-lib';
import type { RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { QueueWorker } from '../../blocks/queue-worker';

/** The queue of a worker as target of a rule: what the bus can't hand over, although it tries for a day, is parked. */
export function queueTarget({ queue, parkingLot }: QueueWorker, message?: RuleTargetInput): SqsQueue {
  return new SqsQueue(queue, { message, deadLetterQueue: parkingLot, maxEventAge: Duration.hours(24), retryAttempts: 185 });
}
