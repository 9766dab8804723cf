import { Duration } from 'aws-cdk-lib';
import type { RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { QueueWorker } from './queue-worker';
import { requireKnownSeconds } from './rule';

/** The queue of a worker as target of a rule: what the bus can't hand over in the time of the worker's retry budget is parked. */
export function queueTarget(worker: QueueWorker, message?: RuleTargetInput): SqsQueue {
  const within = requireKnownSeconds(worker, 'the time of a retry budget', worker.retryBudget.within);
  return new SqsQueue(worker.queue, {
    message,
    deadLetterQueue: worker.parkingLot,
    maxEventAge: Duration.seconds(Math.min(MOST.age, Math.max(LEAST_AGE, within))),
    retryAttempts: MOST.attempts,
  });
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const MOST = { age: 86_400, attempts: 185 };
const LEAST_AGE = 60;
