import { Duration } from 'aws-cdk-lib';
import type { IHttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmSet } from '../../blocks/alarm-set';
import { FanoutMetric } from '../../blocks/fanout-contract';
import { breakwaterMetric } from '../../blocks/metrics';

export interface FanoutAlarmsProps {
  readonly serviceName: string;
  readonly timerDeadLetters: IQueue;
  /** Of links to unsubscribe, if there are any. */
  readonly unsubscribe?: IHttpStage;
  /** Whether SES is among the providers. */
  readonly email: boolean;
  /** Whether a channel has a provider that takes over. */
  readonly failover: boolean;
}

/** A metric of one fan-out. */
export function fanoutMetric(serviceName: string, name: string, statistic: string, options?: MetricOptions, channel?: string): Metric {
  return breakwaterMetric(name, { service: serviceName, ...(channel !== undefined && { channel }) }, statistic, options);
}

export function addFanoutAlarms(alarms: AlarmSet, { serviceName, timerDeadLetters, unsubscribe, email, failover }: FanoutAlarmsProps) {
  const period = Duration.minutes(1);
  alarms.add('timersUndelivered', {
    meaning: 'Timers could not be handed over: held messages, digests or fallbacks are late until they are sent again.',
    metric: timerDeadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
    threshold: 1,
  });
  if (unsubscribe) {
    alarms.add('unsubscribeErrors', {
      meaning: 'Links to unsubscribe answer with 5xx: recipients can not say that they want no more.',
      metric: unsubscribe.metricServerError({ period, statistic: Stats.SUM }),
      threshold: 1,
    });
  }
  if (email) {
    addReputation(
      alarms,
      'bounceRate',
      'BounceRate',
      0.05,
      'SES sees more than 5 % of e-mails bounce: it may review the account, and pause it from 10 %.',
    );
    addReputation(
      alarms,
      'complaintRate',
      'ComplaintRate',
      0.001,
      'More than 0.1 % of e-mails are complained of: SES may review the account.',
    );
  }
  if (failover) {
    alarms.add('failover', {
      meaning: 'The first provider of a channel does not work: messages go out by another one.',
      metric: fanoutMetric(serviceName, FanoutMetric.FAILOVER, Stats.SUM, { period }),
      threshold: 1,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    });
  }
}

/** Figures of the whole account in this Region, which SES acts upon. https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html */
function addReputation(alarms: AlarmSet, key: string, metricName: string, threshold: number, meaning: string) {
  const metric = new Metric({
    namespace: 'AWS/SES',
    metricName: `Reputation.${metricName}`,
    period: Duration.hours(1),
    statistic: Stats.MAXIMUM,
  });
  alarms.add(key, { meaning, metric, threshold });
}
