import { Annotations, type Duration, Token } from 'aws-cdk-lib';
import { Alarm, type CfnAlarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { letCloudWatchPublish } from './alarm-topic';
import { Alarms } from './alarms';
import { refuse, requireWithin } from './rule';

/** Of what an alarm tells the topic of its set. */
export enum AlarmNotice {
  /** That it fires, and that it is over. */
  BEGIN_AND_END = 'BEGIN_AND_END',
  /** That it fires. For what happens at a moment: that nothing more happens afterwards does not mean that all is well. */
  BEGIN = 'BEGIN',
  /** Nothing: it is there for who asks for its state, for example a deployment that rolls back on it. */
  NOTHING = 'NOTHING',
}

/** An alarm to be added to an {@link AlarmSet}. */
export interface AlarmDefinition {
  /** What is watched. */
  readonly metric: IMetric;
  /** One sentence on what it means when the alarm fires; the link to the runbook is added. */
  readonly meaning: string;
  /** Value from which on a datapoint counts as bad. */
  readonly threshold: number;
  /**
   * Number of periods that are looked at.
   *
   * @default 1
   */
  readonly evaluationPeriods?: number;
  /**
   * Number of bad datapoints among them that raise the alarm.
   *
   * @default - all of them
   */
  readonly datapointsToAlarm?: number;
  /**
   * Whether the value must be over the threshold rather than at it.
   *
   * @default ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
   */
  readonly comparisonOperator?: ComparisonOperator;
  /**
   * What a period without data means.
   *
   * @default TreatMissingData.NOT_BREACHING
   */
  readonly treatMissingData?: TreatMissingData;
  /**
   * Whether percentiles of too few samples are left out, so that one slow request at night is no alarm.
   *
   * @default false
   */
  readonly ignoreLowSampleCount?: boolean;
  /**
   * What the topic is told of.
   *
   * @default AlarmNotice.BEGIN_AND_END
   */
  readonly notice?: AlarmNotice;
}

/** Changes to an alarm. What is left out stays. */
export interface AlarmOverride {
  /**
   * Value from which on a datapoint counts as bad, in the unit of the metric.
   *
   * @default - unchanged
   */
  readonly threshold?: number;
  /**
   * Number of periods that are looked at.
   *
   * @default - unchanged
   */
  readonly evaluationPeriods?: number;
  /**
   * Number of bad datapoints among them that raise the alarm, not above `evaluationPeriods`.
   *
   * @default - unchanged
   */
  readonly datapointsToAlarm?: number;
  /**
   * Length of a period: 10 or 30 seconds, or a multiple of 60 seconds.
   *
   * @default - unchanged
   */
  readonly period?: Duration;
  /**
   * What a period without data means.
   *
   * @default - unchanged
   */
  readonly treatMissingData?: TreatMissingData;
  /**
   * Whether the alarm tells anybody.
   *
   * @default - unchanged
   */
  readonly actionsEnabled?: boolean;
}

/** Props of an {@link AlarmSet}. */
export interface AlarmSetProps {
  /**
   * Where the alarms go.
   *
   * @default - nowhere; synth warns
   */
  readonly alarms?: Alarms;
}

/**
 * Alarms by key. By its key an alarm is found, changed or removed, and its section in the runbook is named after it.
 */
export class AlarmSet extends Construct {
  private readonly destination: Alarms;
  private readonly byKey = new Map<string, Alarm>();
  private readonly needed = new Map<string, string>();

  constructor(scope: Construct, id: string, props: AlarmSetProps = {}) {
    super(scope, id);
    this.destination = props.alarms ?? Alarms._withoutAction();
    if (this.destination._topic) {
      letCloudWatchPublish(this, this.destination._topic);
    } else if (this.destination._enabled && !this.destination._warned) {
      Annotations.of(this).addWarningV2(
        'cdk-breakwater:alarmsWithoutAction',
        'these alarms tell nobody: give alarms: Alarms.toTopic(topic), or Alarms.none() if they are not wanted',
      );
    }
  }

  /** Keys of the alarms in this set. */
  public get keys(): string[] {
    return [...this.byKey.keys()];
  }

  /** Whether alarms are made at all: false for `Alarms.none()`. */
  public get enabled(): boolean {
    return this.destination._enabled;
  }

  /**
   * The alarm of a key.
   *
   * @throws when there is none; the message lists the keys
   */
  public alarm(key: string): Alarm {
    return this.byKey.get(key) ?? this.unknown(key);
  }

  /** Adds an alarm with the set's action and a link to the runbook section of its key. Does nothing for `Alarms.none()`. */
  public add(key: string, definition: AlarmDefinition): void {
    if (!this.enabled) return;
    if (this.byKey.has(key)) {
      const remedy = 'Choose another key, or change the alarm with override().';
      refuse(this, { rule: 'keys of alarms are unique', allowed: 'a new key', given: `'${key}' again`, remedy });
    }
    const alarm = new Alarm(this, key, {
      metric: definition.metric,
      alarmDescription: `${definition.meaning} Runbook: ${this.destination._runbookUrl}#${key.toLowerCase()}`,
      threshold: definition.threshold,
      evaluationPeriods: definition.evaluationPeriods ?? 1,
      datapointsToAlarm: definition.datapointsToAlarm,
      comparisonOperator: definition.comparisonOperator ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: definition.treatMissingData ?? TreatMissingData.NOT_BREACHING,
      evaluateLowSampleCountPercentile: definition.ignoreLowSampleCount ? 'ignore' : undefined,
    });
    const notice = definition.notice ?? AlarmNotice.BEGIN_AND_END;
    if (this.destination._topic && notice !== AlarmNotice.NOTHING) {
      const action = new SnsAction(this.destination._topic);
      alarm.addAlarmAction(action);
      if (notice === AlarmNotice.BEGIN_AND_END) alarm.addOkAction(action);
    }
    this.byKey.set(key, alarm);
  }

  /**
   * Changes an alarm.
   *
   * @throws when there is none of that key, or the values contradict each other
   */
  public override(key: string, changes: AlarmOverride): void {
    const alarm = this.alarm(key).node.defaultChild as CfnAlarm;
    const periods = changes.evaluationPeriods ?? alarm.evaluationPeriods!;
    const remedy = `Change what is given to override('${key}').`;
    requireWithin(this, 'evaluation periods of an alarm', periods, [1, 10_080], remedy);
    requireWithin(
      this,
      'bad datapoints of an alarm',
      changes.datapointsToAlarm,
      [1, Token.isUnresolved(periods) ? 10_080 : periods],
      remedy,
    );
    alarm.evaluationPeriods = periods;
    alarm.threshold = changes.threshold ?? alarm.threshold;
    alarm.datapointsToAlarm = changes.datapointsToAlarm ?? atMost(alarm.datapointsToAlarm, periods);
    alarm.treatMissingData = changes.treatMissingData ?? alarm.treatMissingData;
    alarm.actionsEnabled = changes.actionsEnabled ?? alarm.actionsEnabled;
    if (changes.period) alarm.addPropertyOverride('Period', changes.period.toSeconds());
  }

  /**
   * Removes an alarm.
   *
   * @throws when there is none of that key, or a gradual deployment rolls back on it
   */
  public remove(key: string): void {
    this.alarm(key);
    const user = this.needed.get(key);
    if (user) {
      refuse(this, {
        rule: `the alarm '${key}' can't be removed, because ${user} rolls back on it`,
        allowed: 'override()',
        given: 'remove()',
        remedy: 'Raise its threshold instead, or use Deployment.allAtOnce().',
      });
    }
    this.node.tryRemoveChild(key);
    this.byKey.delete(key);
  }

  /** @internal */
  public _need(key: string, user: string): Alarm {
    if (!this.enabled) {
      refuse(this, {
        rule: `${user} shifts traffic gradually and needs an alarm to roll back on`,
        allowed: 'alarms with or without a topic',
        given: 'Alarms.none()',
        remedy: 'Use Deployment.allAtOnce(), or let the alarms be made.',
      });
    }
    this.needed.set(key, user);
    return this.alarm(key);
  }

  private unknown(key: string): never {
    return refuse(this, {
      rule: 'an alarm is addressed by its key',
      allowed: this.enabled ? this.keys.join(', ') : 'none, because of Alarms.none()',
      given: `'${key}'`,
      remedy: 'Use one of these keys.',
    });
  }
}

function atMost(value: number | undefined, limit: number): number | undefined {
  return value === undefined || Token.isUnresolved(value) || Token.isUnresolved(limit) ? value : Math.min(value, limit);
}
