import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmSet } from './alarm-set';
import type { HandlerFunction } from './handler-function';

/** What the alarms of a queue worker watch, and what they are computed from. */
export interface WatchedWorker {
  readonly queue: IQueue;
  readonly worker: HandlerFunction;
  readonly objectiveSeconds: number;
}

/** Where no parking desk takes messages: what lies in the queue waits for a person, until SQS deletes it. */
export function addParkingLotAlarms(alarms: AlarmSet, parkingLot: IQueue, secondsUntilDeleted: number) {
  alarms.add('parkedMessages', {
    meaning: 'Messages are parked and wait for a decision.',
    metric: parkingLot.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
    threshold: 1,
  });
  alarms.add('parkedMessageAge', {
    meaning: 'A parked message will soon be deleted by SQS.',
    metric: parkingLot.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
    // The metric counts from the move to the parking lot, the deletion from the first arrival: the difference is up to the queue's retention.
    threshold: Math.floor(secondsUntilDeleted * 0.7),
  });
}

/** While one of them rings, the worker has enough to do: a redrive stops. Not those which were removed. */
export function stoppingAlarms(alarms: AlarmSet): Alarm[] {
  return ['oldestMessageAge', 'workerErrors', 'workerThrottles'].filter((key) => alarms.keys.includes(key)).map((key) => alarms.alarm(key));
}

export function addWorkerAlarms(alarms: AlarmSet, watched: WatchedWorker) {
  const period = Duration.minutes(1);
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
