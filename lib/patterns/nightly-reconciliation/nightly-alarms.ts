import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric, type MetricOptions, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { AlarmNotice, type AlarmSet } from '../../blocks/alarm-set';
import { breakwaterMetric } from '../../blocks/metrics';
import { NightMetric } from './contract';

export interface NightlyAlarmsProps {
  readonly serviceName: string;
  readonly stateMachine: IStateMachine;
  readonly deadLetters: IQueue;
  /** Breaks up to which nobody is told. */
  readonly alarmAboveBreaks: number;
  /** Minutes by which a start may be later. */
  readonly flexibleMinutes: number;
}

/** A metric of one reconciliation. */
export function nightlyMetric(serviceName: string, name: string, statistic: string, options?: MetricOptions): Metric {
  return breakwaterMetric(name, { service: serviceName }, statistic, options);
}

/** What happens once a night is told once: that the next minute is quiet does not mean that somebody has seen to it. */
export function addNightlyAlarms(alarms: AlarmSet, props: NightlyAlarmsProps) {
  const period = Duration.minutes(1);
  alarms.add('breaks', {
    meaning: 'A run found more breaks than are let pass.',
    metric: nightlyMetric(props.serviceName, NightMetric.BREAKS, Stats.MAXIMUM, { period }),
    threshold: props.alarmAboveBreaks,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    notice: AlarmNotice.BEGIN,
  });
  alarms.add('runFailed', {
    meaning: 'A run failed: there is no report of its business day.',
    metric: props.stateMachine.metricFailed({ period, statistic: Stats.SUM }),
    threshold: 1,
    notice: AlarmNotice.BEGIN,
  });
  alarms.add('runLate', {
    meaning: 'The run of a business day is not completed in time, or was not started.',
    metric: nightlyMetric(props.serviceName, NightMetric.LATE, Stats.MAXIMUM, { period }),
    threshold: 1,
    notice: AlarmNotice.BEGIN,
  });
  alarms.add('startDeadLetters', {
    meaning: 'A call of the scheduler could not be handed over, or its function failed: the run of a night is not started, or not watched.',
    metric: props.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
    threshold: 1,
  });
  // A day of 25 hours, an hour for retries.
  const hours = 26 + Math.ceil(props.flexibleMinutes / 60);
  alarms.add('runNotStarted', {
    meaning: `For ${hours} hours nothing called the reconciliation. It also fires from its first deployment until its first night.`,
    metric: nightlyMetric(props.serviceName, NightMetric.CALLED, Stats.SUM, { period: Duration.hours(1) }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: hours,
    treatMissingData: TreatMissingData.BREACHING,
  });
}
