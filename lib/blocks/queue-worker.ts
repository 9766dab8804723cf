import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  type CfnQueue,
  DeduplicationScope,
  FifoThroughputLimit,
  type IQueue,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmSet } from './alarm-set';
import type { ClaimBucket } from './claim-bucket';
import { WorkerEnvironment, WorkerMetric } from './contract';
import { grantActions, grantKey } from './grants';
import { HandlerFunction } from './handler-function';
import { IdempotencyTable } from './idempotency-table';
import { breakwaterMetric } from './metrics';
import { INTAKE_VISIBILITY, ParkingDesk } from './parking-desk';
import { addArrivalAlarm } from './parking-desk-alarms';
import { type ParkingDeskOptions, ParkingLot } from './parking-lot';
import { addParkingLotAlarms, addWorkerAlarms, stoppingAlarms } from './queue-worker-alarms';
import type { QueueWorkerProps } from './queue-worker-props';
import { checkQueueWorker, checkRetention, checkVisibility } from './queue-worker-rules';
import { RetryBudget, type RetryPlan, settingsOf } from './retry-budget';
import { requireKnownSeconds } from './rule';
import { tellTraffic } from './traffic';
import { uniqueNameOf } from './unique-name';

/**
 * A queue, the function that works it off, and a parking lot for what can't be processed.
 *
 * Use it wherever work may arrive faster than it can be done, or more than once. The function is meant to be a `worker()` of `cdk-breakwater/runtime`: it
 * gets the idempotency table, the parking lot and its retry budget through its environment. Everything else is computed from the worker's timeout
 * and the budget: visibility, `maxReceiveCount`, backoff, retentions, how long idempotency records are kept, alarms.
 *
 * @throws when settings contradict each other or a limit of AWS; the message names construct, rule, allowed and given value
 */
export class QueueWorker extends Construct {
  /** The worker function, to grant to: its alias `live`, or the function that was given. */
  public readonly worker: IFunction;
  /** The worker with its alias, log group and deployment. */
  public readonly workerFunction: HandlerFunction;
  /** The queue. */
  public readonly queue: IQueue;
  /** The dead-letter queue: what is in it waits for a person, or for the parking desk, which takes it at once. */
  public readonly parkingLot: IQueue;
  /** Where an operator finds what is parked; undefined with `ParkingLot.queueOnly()`. */
  public readonly parkingDesk?: ParkingDesk;
  /** The event source mapping between queue and worker. */
  public readonly eventSource: EventSourceMapping;
  /** Remembers which messages had their effect. */
  public readonly idempotencyTable: IdempotencyTable;
  /** How long a record of it is kept: longer than any copy of its message can live. */
  public readonly idempotencyRetention: Duration;
  /** How long a message can live in queues: queue, parking lot, and after a redrive the queue again. */
  public readonly messageLifetime: Duration;
  /**
   * Alarms by key: parkedMessages, parkedMessageAge, oldestMessageAge, workerErrors, workerThrottles; with a parking desk also parkedCustomerFaults and, if traffic
   * shifts gradually, parkedArrivals. A desk that is shared has parkedMessages and parkedCustomerFaults itself.
   */
  public readonly alarms: AlarmSet;
  /** What a message may cost. */
  public readonly retryBudget: RetryBudget;
  /** The settings that follow from the budget, with the worst case. */
  public readonly retryPlan: RetryPlan;
  private readonly encryption?: IKey;

  constructor(scope: Construct, id: string, props: QueueWorkerProps) {
    super(scope, id);
    this.encryption = props.encryptionKey;
    const retention = props.retention ?? Duration.days(4);
    const parkingLotRetention = props.parkingLotRetention ?? Duration.days(14);
    const objective = props.objective?.messageAge ?? Duration.minutes(15);
    const { _desk: desk, _shared: shared, _deskRetention: parkingDeskRetention } = props.parkingLot ?? ParkingLot.withDesk();
    const hasDesk = parkingDeskRetention !== undefined;
    checkQueueWorker(this, props, retention, parkingLotRetention);

    this.workerFunction = new HandlerFunction(this, 'Worker', {
      handler: props.worker,
      description: 'Works off the queue',
      serviceName: props.serviceName ?? this.node.path,
      deployment: props.deployment,
      provisionedConcurrency: props.provisionedConcurrency,
      vpc: props.vpc,
      removalPolicy: props.removalPolicy,
    });
    this.worker = this.workerFunction.function;
    this.workerFunction._markIdempotent();
    this.workerFunction._markReturningUnstarted();
    checkVisibility(this, props, this.workerFunction.timeout);
    this.retryBudget = props.retryBudget ?? RetryBudget.of();
    this.retryPlan = this.retryBudget.plan(this, {
      functionTimeout: this.workerFunction.timeout,
      batchingWindow: props.maxBatchingWindow,
      visibilityTimeout: props.visibilityTimeout,
    });
    checkRetention(this, this.retryPlan, retention);

    const queues = this.makeQueues(props, retention, parkingLotRetention, hasDesk ? INTAKE_VISIBILITY : undefined);
    this.queue = queues.queue;
    this.parkingLot = queues.parkingLot;
    this.idempotencyTable =
      props.idempotencyTable ??
      new IdempotencyTable(this, 'Idempotency', { encryptionKey: props.encryptionKey, removalPolicy: props.removalPolicy });
    this.idempotencyRetention = IdempotencyTable.retentionFor({
      queueRetention: retention,
      parkingLotRetention,
      parkingDeskRetention,
      senderHorizon: props.senderHorizon,
    });
    this.messageLifetime = Duration.seconds(2 * retention.toSeconds() + parkingLotRetention.toSeconds());

    this.tellTraffic();
    const consume = this.grantWorker();
    this.tellWorker();
    this.eventSource = new EventSourceMapping(this, 'Source', {
      target: this.worker,
      eventSourceArn: this.queue.queueArn,
      batchSize: props.batchSize ?? 10,
      maxBatchingWindow: props.maxBatchingWindow,
      maxConcurrency: props.maxConcurrency,
      reportBatchItemFailures: true,
    });
    consume.applyBefore(this.eventSource);
    Validations.of(this.eventSource).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'SQS event sources take no failure destination: the queue itself has a dead-letter queue.',
    });

    this.alarms = new AlarmSet(this, 'Alarms', { alarms: props.alarms });
    this.parkingDesk = shared ?? (desk && this.makeDesk(desk, props));
    if (this.parkingDesk) this.bringTo(this.parkingDesk, shared !== undefined);
    else addParkingLotAlarms(this.alarms, this.parkingLot, parkingLotRetention.toSeconds() - retention.toSeconds());
    addWorkerAlarms(this.alarms, {
      queue: this.queue,
      worker: this.workerFunction,
      objectiveSeconds: requireKnownSeconds(this, 'the objective for the age of messages', objective),
    });
    this.workerFunction.rollBackOn(this.alarms, 'workerErrors');
    // Failures of single messages are returned to the queue, which Lambda does not count as errors.
    if (hasDesk && this.workerFunction.deploymentGroup) addArrivalAlarm(this.alarms, this.parkingLot);
    this.workerFunction.rollBackOn(this.alarms, hasDesk ? 'parkedArrivals' : 'parkedMessages');
  }

  /** Lets the worker fetch bodies that were too large for the queue. */
  public readClaimsFrom(claims: ClaimBucket): void {
    claims.grantGet(this.worker);
    this.workerFunction.addEnvironment(WorkerEnvironment.CLAIM_BUCKET, claims.bucket.bucketName);
    this.parkingDesk?.readClaimsFrom(this.parkingLot, claims);
  }

  /** Allows to put messages on the queue. */
  public grantSend(grantee: IGrantable): Grant {
    grantKey(grantee, this.encryption, ['kms:GenerateDataKey', 'kms:Decrypt']);
    return grantActions(grantee, this.queue.queueArn, ['sqs:SendMessage']);
  }

  /**
   * Allows an operator or a tool to look at what is parked and to move it back to the queue: at the parking desk (see `ParkingDesk.grantOperate`), or in the
   * dead-letter queue where there is none.
   */
  public grantRedrive(grantee: IGrantable): Grant {
    if (this.parkingDesk) return this.parkingDesk.grantOperate(grantee);
    grantKey(grantee, this.encryption, ['kms:GenerateDataKey', 'kms:Decrypt']);
    const read = grantActions(grantee, this.parkingLot.queueArn, [
      'sqs:StartMessageMoveTask',
      'sqs:ListMessageMoveTasks',
      'sqs:CancelMessageMoveTask',
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueAttributes',
    ]);
    return read.combine(grantActions(grantee, this.queue.queueArn, ['sqs:SendMessage']));
  }

  /** Messages whose effect was committed. */
  public metricDone(options?: MetricOptions): Metric {
    return this.metric(WorkerMetric.DONE, 'Sum', options);
  }

  /** Messages that were acknowledged because their effect stood already. */
  public metricDuplicate(options?: MetricOptions): Metric {
    return this.metric(WorkerMetric.DUPLICATE, 'Sum', options);
  }

  /** Handler runs that failed and are tried again. */
  public metricRetried(options?: MetricOptions): Metric {
    return this.metric(WorkerMetric.RETRIED, 'Sum', options);
  }

  /** Messages that the worker parked. */
  public metricParked(options?: MetricOptions): Metric {
    return this.metric(WorkerMetric.PARKED, 'Sum', options);
  }

  /** Milliseconds from acceptance to the committed effect. */
  public metricEndToEndTime(options?: MetricOptions): Metric {
    return this.metric(WorkerMetric.END_TO_END_TIME, 'p99', options);
  }

  private metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    return breakwaterMetric(metricName, { service: this.workerFunction.serviceName }, statistic, options);
  }

  private makeDesk(options: ParkingDeskOptions, { encryptionKey, removalPolicy }: QueueWorkerProps): ParkingDesk {
    return new ParkingDesk(this, 'Desk', {
      ...options,
      alarmSet: this.alarms,
      encryptionKey,
      removalPolicy,
      serviceName: this.workerFunction.serviceName,
    });
  }

  private bringTo(desk: ParkingDesk, shared: boolean) {
    desk._takeFrom({
      ...(shared && { sharing: { scope: this, alarms: this.alarms } }),
      queue: this.parkingLot,
      target: this.queue,
      adopted: false,
      worker: this.worker,
      idempotencyTable: this.idempotencyTable,
      ringing: () => stoppingAlarms(this.alarms),
      // After the last attempt the message is hidden once more before SQS moves it.
      settledWithin: this.retryPlan.untilParked.plus(this.retryPlan.visibilityTimeout),
    });
  }

  private makeQueues(props: QueueWorkerProps, retention: Duration, parkingLotRetention: Duration, parkingLotVisibility?: Duration) {
    const shared: QueueProps = {
      enforceSSL: true,
      encryption: props.encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: props.encryptionKey,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      ...(props.fifo && {
        fifo: true,
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      }),
    };
    const parkingLot = new Queue(this, 'ParkingLot', {
      ...shared,
      retentionPeriod: parkingLotRetention,
      visibilityTimeout: parkingLotVisibility,
    });
    Validations.of(parkingLot).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'This queue is itself the parking lot: what it holds waits for a decision.',
    });
    // The two queues name each other, which CloudFormation refuses as a cycle. A name of its own only changes when the queue would be replaced anyway.
    const queueName = `${uniqueNameOf(this)}${props.fifo ? '.fifo' : ''}`;
    (parkingLot.node.defaultChild as CfnQueue).redriveAllowPolicy = {
      redrivePermission: 'byQueue',
      sourceQueueArns: [Stack.of(this).formatArn({ service: 'sqs', resource: queueName })],
    };
    const queue = new Queue(this, 'Queue', {
      ...shared,
      queueName,
      retentionPeriod: retention,
      visibilityTimeout: this.retryPlan.visibilityTimeout,
      deadLetterQueue: { queue: parkingLot, maxReceiveCount: this.retryPlan.handlerRuns },
    });
    return { queue, parkingLot };
  }

  private grantWorker(): Grant {
    grantKey(this.worker, this.encryption, ['kms:Decrypt', 'kms:GenerateDataKey']);
    this.idempotencyTable.grantWorker(this.worker);
    grantActions(this.worker, this.parkingLot.queueArn, ['sqs:SendMessage']);
    return grantActions(this.worker, this.queue.queueArn, [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
      // On its last receive, a message that there was no time to start goes on as a copy: it must not be parked for runs it never had.
      'sqs:SendMessage',
    ]);
  }

  /** What the runtime does there, for readers of the template. */
  private tellTraffic() {
    if (this.workerFunction.lambdaFunction) tellTraffic(this.workerFunction.lambdaFunction, { metrics: Object.keys(WorkerMetric).length });
    // A record: key, hash, expiry, status, and the result of a handler that returns nothing.
    tellTraffic(this.idempotencyTable.table, {
      itemBytes: 300,
      writesPerParked: 1,
      keptDays: Math.ceil(this.idempotencyRetention.toDays({ integral: false })),
    });
  }

  private tellWorker() {
    const environment = {
      POWERTOOLS_SERVICE_NAME: this.workerFunction.serviceName,
      [WorkerEnvironment.IDEMPOTENCY_TABLE]: this.idempotencyTable.table.tableName,
      [WorkerEnvironment.IDEMPOTENCY_RETENTION_SECONDS]: String(this.idempotencyRetention.toSeconds()),
      [WorkerEnvironment.QUEUE_URL]: this.queue.queueUrl,
      [WorkerEnvironment.PARKING_LOT_URL]: this.parkingLot.queueUrl,
      [WorkerEnvironment.RETRY_BUDGET]: JSON.stringify(settingsOf(this.retryPlan)),
    };
    this.workerFunction._takeFor(this.node.path);
    for (const [name, value] of Object.entries(environment)) this.workerFunction.addEnvironment(name, value);
  }
}
