import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Alarms } from '../../blocks/alarms';
import type { Deployment } from '../../blocks/deployment';
import type { Handler } from '../../blocks/handler';
import type { Objective } from '../../blocks/objective';
import type { ParkingLot } from '../../blocks/parking-lot';
import type { ProvisionedConcurrency } from '../../blocks/provisioned-concurrency';
import type { RetryBudget } from '../../blocks/retry-budget';
import type { WebhookSender } from './webhook-sender';

/** Props of `WebhookIngestion`. */
export interface WebhookIngestionProps {
  /** Who may send. The names are the last segment of each sender's URL: letters, digits, `-` and `_`. */
  readonly senders: { [name: string]: WebhookSender };
  /** What an accepted event does: a `worker()` of `cdk-breakwater/runtime`. */
  readonly worker: Handler;
  /**
   * What an event may cost in handler runs and time before it is parked.
   *
   * @default RetryBudget.of(), 5 attempts within an hour
   */
  readonly retryBudget?: RetryBudget;
  /**
   * What becomes of events that can't be processed.
   *
   * @default ParkingLot.withDesk(), they are kept for 90 days and grouped by cause
   */
  readonly parkingLot?: ParkingLot;
  /**
   * What is promised for the answer to the sender, and for the effect.
   *
   * @default - answers within half of the shortest answer deadline of the senders, effects within 15 minutes
   */
  readonly objective?: Objective;
  /**
   * Where alarms go.
   *
   * @default - the alarms are made without an action, and synth warns
   */
  readonly alarms?: Alarms;
  /**
   * How new versions of both functions take over. A worker given with `Handler.fromFunction` keeps its own way.
   *
   * @default Deployment.allAtOnce()
   */
  readonly deployment?: Deployment;
  /**
   * Warm environments of the receive function, which a sender waits for.
   *
   * @default - none
   */
  readonly provisionedConcurrency?: ProvisionedConcurrency;
  /**
   * Most workers at the same time, 2 to 1000: backpressure for what stands behind the worker.
   *
   * @default 50
   */
  readonly maxConcurrency?: number;
  /**
   * Key which encrypts queues, idempotency table, claim bucket and what is parked.
   *
   * @default - keys that AWS owns, free of charge
   */
  readonly encryptionKey?: IKey;
  /**
   * Network of both functions, in private subnets with a way to SQS, DynamoDB, S3 and Secrets Manager, for PayPal also to its certificate hosts. A worker given with `Handler.fromFunction` keeps its own.
   *
   * @default - not in a VPC
   */
  readonly vpc?: IVpc;
  /**
   * What happens to queues, tables, buckets and logs when they leave the stack. With DESTROY the buckets must be empty by then.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
