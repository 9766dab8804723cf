import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmSet } from './alarm-set';
import type { HandlerFunction } from './handler-function';

/** What the alarms of an outbox relay watch, and what they are computed from. */
export interface WatchedRelay {
  readonly relay: HandlerFunction;
  readonly parkingLot: IQueue;
  readonly objectiveSeconds: number;
  readonly parkingLotRetentionSeconds: number;
}

export function addRelayAlarms(alarms: AlarmSet, { relay, parkingLot, objectiveSeconds, parkingLotRetentionSeconds }: WatchedRelay) {
  const period = Duration.minutes(1);
  alarms.add('parkedEvents', {
    meaning: 'Events could not be published and wait for a decision.',
    metric: parkingLot.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
    threshold: 1,
  });
  alarms.add('parkedEventAge', {
    meaning: 'A parked event will soon be deleted by SQS.',
    metric: parkingLot.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
    threshold: Math.floor(parkingLotRetentionSeconds * 0.7),
  });
  alarms.add('unpublishedEventAge', {
    meaning: 'Events reach the event bus later than the objective.',
    metric: relay.function.metric('IteratorAge', { period, statistic: Stats.MAXIMUM }),
    threshold: objectiveSeconds * 1000,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 3,
  });
  alarms.add('relayErrors', {
    meaning: 'The relay crashed, timed out or ran out of memory.',
    metric: relay.function.metricErrors({ period, statistic: Stats.SUM }),
    threshold: 1,
  });
}
