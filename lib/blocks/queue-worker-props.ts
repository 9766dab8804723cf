import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Alarms } from './alarms';
import type { Deployment } from './deployment';
import type { Handler } from './handler';
import type { IdempotencyTable } from './idempotency-table';
import type { Objective } from './objective';
import type { ParkingLot } from './parking-lot';
import type { ProvisionedConcurrency } from './provisioned-concurrency';
import type { RetryBudget } from './retry-budget';

/** Props of a `QueueWorker`. */
export interface QueueWorkerProps {
  /** What works off the queue. */
  readonly worker: Handler;
  /**
   * What a message may cost in handler runs and time.
   *
   * @default RetryBudget.of(), 5 attempts within an hour
   */
  readonly retryBudget?: RetryBudget;
  /**
   * What is promised; of it, `messageAge`.
   *
   * @default - 15 minutes
   */
  readonly objective?: Objective;
  /**
   * Where alarms go.
   *
   * @default - the alarms are made without an action, and synth warns
   */
  readonly alarms?: Alarms;
  /**
   * Most workers at the same time, 2 to 1000: backpressure for what stands behind the worker.
   *
   * @default - as many as the account allows, up to 1250
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  readonly maxConcurrency?: number;
  /**
   * Most messages a worker gets at once, 1 to 10000; FIFO up to 10. Above 10, a batching window is needed.
   *
   * @default 10
   */
  readonly batchSize?: number;
  /**
   * Time to wait for a batch to fill, up to 5 minutes. Not for FIFO.
   *
   * @default - no waiting
   */
  readonly maxBatchingWindow?: Duration;
  /**
   * Whether messages of one group are worked off in order, one at a time. Changing it replaces the queues.
   *
   * @default false
   */
  readonly fifo?: boolean;
  /**
   * How long a message waits for its next run when a worker died. At least 6 times the worker's timeout and the batching window.
   *
   * @default - that minimum
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   */
  readonly visibilityTimeout?: Duration;
  /**
   * How long the queue keeps a message that nobody works off, 1 minute to 14 days.
   *
   * @default Duration.days(4)
   */
  readonly retention?: Duration;
  /**
   * What becomes of messages that can't be processed.
   *
   * @default ParkingLot.withDesk(), they are kept for 90 days and grouped by cause
   */
  readonly parkingLot?: ParkingLot;
  /**
   * How long the parking lot's queue keeps a message, longer than the queue, at most 14 days. SQS counts from the moment the message first came in.
   *
   * @default Duration.days(14)
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   */
  readonly parkingLotRetention?: Duration;
  /**
   * How long whoever sends the messages may send the same one again. Idempotency records are kept that much longer.
   *
   * @default - not at all
   */
  readonly senderHorizon?: Duration;
  /**
   * Table of idempotency records, if several workers share one.
   *
   * @default - one of its own
   */
  readonly idempotencyTable?: IdempotencyTable;
  /**
   * How a new version of the worker takes over.
   *
   * @default Deployment.allAtOnce()
   */
  readonly deployment?: Deployment;
  /**
   * Workers kept warm. Rarely useful behind a queue.
   *
   * @default - none
   */
  readonly provisionedConcurrency?: ProvisionedConcurrency;
  /**
   * Key which encrypts both queues, the idempotency table and what is parked.
   *
   * @default - keys that AWS owns, free of charge
   */
  readonly encryptionKey?: IKey;
  /**
   * Network of the worker.
   *
   * @default - not in a VPC
   */
  readonly vpc?: IVpc;
  /**
   * What happens to queues, tables, parked messages and logs when they leave the stack.
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
