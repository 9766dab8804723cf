import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Alarms } from '../../blocks/alarms';
import type { RetryBudget } from '../../blocks/retry-budget';
import type { BusinessSchedule } from './business-schedule';
import type { ReconciliationRules } from './reconciliation-rules';
import type { ReconciliationSource } from './reconciliation-source';
import type { RunObjective } from './run-objective';

/** Props of `NightlyReconciliation`. */
export interface NightlyReconciliationProps {
  /** When it runs, and for which business day. */
  readonly schedule: BusinessSchedule;
  /** One side. */
  readonly left: ReconciliationSource;
  /** The other side. */
  readonly right: ReconciliationSource;
  /** What is compared with what, and how exactly. */
  readonly rules: ReconciliationRules;
  /**
   * What each step may cost in attempts and time: a start, a copy of a source, one file, one part, the report. A comparison of one part has 5 minutes at most.
   *
   * @default - 5 attempts within 2 hours, the first again after at most 5 seconds
   */
  readonly retryBudget?: RetryBudget;
  /**
   * What is promised: when a run is late.
   *
   * @default - completed within 2 hours
   */
  readonly objective?: RunObjective;
  /**
   * Where alarms go.
   *
   * @default - the alarms are made without an action, and synth warns
   */
  readonly alarms?: Alarms;
  /**
   * Breaks of one run up to which nobody is told, 0 to 1000000.
   *
   * @default 0, any break raises the alarm
   */
  readonly alarmAboveBreaks?: number;
  /**
   * How long copies of the sources, and all else that a run consists of, are kept: whole days, 1 to 3650. So long a failed run can be resumed, and changed rules be tried
   * on what was compared. Reports and the break register stay.
   *
   * @default Duration.days(35)
   */
  readonly snapshotRetention?: Duration;
  /**
   * Key which encrypts bucket, register, dead letters and state machine. Needs a stack with an explicit Region.
   *
   * @default - keys that AWS owns, free of charge
   */
  readonly encryptionKey?: IKey;
  /**
   * Network of the functions, in private subnets with a way to S3, DynamoDB, Step Functions and EventBridge. A source's function given with `Handler.fromFunction` keeps its
   * own.
   *
   * @default - not in a VPC
   */
  readonly vpc?: IVpc;
  /**
   * What happens to bucket, register, dead letters and logs when they leave the stack. With DESTROY the bucket must be empty by then.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
