import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { AlarmSet } from './alarm-set';
import type { Alarms } from './alarms';
import type { ClaimBucket } from './claim-bucket';
import type { IdempotencyTable } from './idempotency-table';
import type { ParkingDeskOptions } from './parking-lot';

/** Props of a {@link ParkingDesk}. */
export interface ParkingDeskProps extends ParkingDeskOptions {
  /**
   * Where alarms go.
   *
   * @default - the alarms are made without an action, and synth warns
   */
  readonly alarms?: Alarms;
  /**
   * Set which the desk's alarms join, for a construct that has alarms of its own. Then `alarms` has no effect.
   *
   * @default - a set of the desk's own
   */
  readonly alarmSet?: AlarmSet;
  /**
   * Key which encrypts table, bodies and state machine. Needs a stack with an explicit Region.
   *
   * @default - keys that AWS owns, free of charge
   */
  readonly encryptionKey?: IKey;
  /**
   * What happens to table, bodies and logs when they leave the stack. With DESTROY the bucket must be empty by then.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Name under which logs, metrics and traces are found.
   *
   * @default - the path of this construct
   */
  readonly serviceName?: string;
}

/** What a desk knows of the way that a redriven message goes. */
export interface RedriveOptions {
  /**
   * Longest time from a redrive to the end of a message, all attempts with their delays: 1 minute to 4 days. A redrive whose canary has no end by then stops.
   *
   * @default Duration.hours(1)
   */
  readonly settledWithin?: Duration;
  /**
   * A `worker()` of `cdk-breakwater/runtime` behind the target. It is asked whether an edited message fits its schema.
   *
   * @default - edited messages are not validated
   */
  readonly worker?: IFunction;
  /**
   * Where the worker remembers effects: there the desk sees that a redriven message had its own.
   *
   * @default - a redriven message counts as handed over when it has not come back in time
   */
  readonly idempotencyTable?: IdempotencyTable;
  /**
   * Bodies which messages refer to.
   *
   * @default - bodies are in the messages
   */
  readonly claims?: ClaimBucket;
  /**
   * Metric alarms that stop a redrive while they ring. Composite ones can't be asked for by a permission that names them.
   *
   * @default - none; only what comes back stops it
   */
  readonly stopOn?: IAlarm[];
}
