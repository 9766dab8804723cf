import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmSet } from './alarm-set';
import type { HandlerFunction } from './handler-function';

/** What the alarms of a queue worker watch, and what they are computed from. */
export interface WatchedWorker {
  readonly queue: IQueue;
  readonly parkingLot: IQueue;
  readonly worker: HandlerFunction;
  readonly objectiveSeconds: number;
  readonly retentionSeconds: number;
  readonly parkingLotRetentionSeconds: number;
}

export function addWorkerAlarms(alarms: AlarmSet, watched: WatchedWorker) {
  const period = Duration.minutes(1);
  alarms.add('parkedMessages', {
    meaning: 'Messages are parked and wait for a decision.',
    metric: watched.parkingLot.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
    threshold: 1,
  });
  alarms.add('parkedMessageAge', {
    meaning: 'A parked message will soon be deleted by SQS.',
    metric: watched.parkingLot.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
    // The metric counts from the move to the parking lot, the deletion from the first arrival: the difference is up to the queue's retention.
    threshold: Math.floor((watched.parkingLotRetentionSeconds - watched.retentionSeconds) * 0.7),
  });
  alarms.add('oldestMessageAge', {
    meaning: 'Effects are later than the objective.',
    metric: watched.queue.metricApproximateAgeOfOldestMessage({ period, statistic: Stats.MAXIMUM }),
    threshold: watched.objectiveSeconds,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 3,
  });
  alarms.add('workerErrors', {
    meaning: 'The worker crashed, timed out or ran out of memory.',
    metric: watched.worker.function.metricErrors({ period, statistic: Stats.SUM }),
    threshold: 1,
  });
  alarms.add('workerThrottles', {
    meaning: 'Lambda refuses to run the worker; each refusal costs a message an attempt.',
    metric: watched.worker.function.metricThrottles({ period, statistic: Stats.SUM }),
    threshold: 1,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
  });
}
