import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { MetricNamespace } from '../../blocks/contract';
import { type Clock, systemClock } from '../clock';
import { commitEvent } from '../idempotency/commit';
import { claimReader } from '../message/claims';
import { createTelemetry, type Telemetry } from '../telemetry';
import { Delivery } from './delivery';
import type { WorkerOptions } from './options';
import { type PrepareDependencies, prepare } from './prepare';
import { readWorkerSettings, type WorkerSettings } from './settings';
import { type SettleDependencies, settle, settleFailure } from './settle';
import { returnAfter } from './source-queue';

export type WorkerHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** What a worker stands on. */
export interface WorkerDependencies {
  readonly settings: WorkerSettings;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  /** Called with the first claimed body. */
  readonly s3: () => Promise<Pick<S3Client, 'send'>>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/**
 * The handler of a function behind an SQS queue: each event has its effect exactly once, or is parked with its cause.
 *
 * Effect and idempotency record are written in one transaction, so a crash at any point leaves both or neither.
 *
 * @throws at start-up, when the function's environment lacks what the `QueueWorker` block sets
 */
export function worker<T>(options: WorkerOptions<T>): WorkerHandler {
  const settings = readWorkerSettings(process.env);
  const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
  return createWorker(options, {
    settings,
    telemetry,
    clock: systemClock,
    dynamoDb: telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG)),
    sqs: telemetry.trace.captureClient(new SQSClient(QUEUE_CLIENT_CONFIG)),
    s3: async () => {
      const { S3Client } = await import('@aws-sdk/client-s3');
      return telemetry.trace.captureClient(new S3Client(CLIENT_CONFIG));
    },
  });
}

/** The queue retries: a client only once more, for a connection that died while the function was frozen, and no request takes a batch's whole time. */
const CLIENT_CONFIG = { maxAttempts: 2, requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 } };
/** The SDK would send to the URL's own host; an endpoint that is set for the service (a VPC's, a proxy's) goes before. */
const QUEUE_CLIENT_CONFIG = { ...CLIENT_CONFIG, useQueueUrlAsEndpoint: false };

/** Records that are worked on side by side. */
const WAVE = 10;

/** `worker` on given clients, for tests. */
export function createWorker<T>(options: WorkerOptions<T>, dependencies: WorkerDependencies): WorkerHandler {
  const { settings, telemetry, clock, dynamoDb, sqs } = dependencies;
  const table = { tableName: settings.idempotencyTable, retentionSeconds: settings.retentionSeconds };
  const reading: PrepareDependencies = { fetchClaim: claimReader(settings.claimBucket, dependencies.s3), telemetry, clock };
  const settling: SettleDependencies = {
    ...{ dynamoDb, sqs, table, telemetry, clock },
    ...{ queueUrl: settings.queueUrl, parkingLotUrl: settings.parkingLotUrl },
    ...{ functionName: settings.functionName, retryBudget: settings.retryBudget },
  };

  /** @returns whether the message is to be received again */
  const work = (delivery: Delivery, deadline: number): Promise<boolean> =>
    telemetry.correlated(delivery.correlationId, async () => {
      try {
        const annotations = { correlationId: delivery.correlationId, ...(delivery.traceId && { linkedTraceId: delivery.traceId }) };
        const prepared = await telemetry.trace.subsegment('record', annotations, () => prepare(delivery, deadline, options, reading));
        return settle(delivery, await commitEvent(prepared, deadline, { dynamoDb, table, clock }), settling);
      } catch (error) {
        return settleFailure(delivery, error, settling);
      }
    });

  return (event, context) =>
    telemetry.invocation(context, async () => {
      const remaining = context.getRemainingTimeInMillis();
      const deadline = clock.now() + remaining - settlingReserve(remaining);
      const batchItemFailures: SQSBatchItemFailure[] = [];
      const heldGroups = new Set<string>();
      for (const wave of waves(event.Records.map((record) => new Delivery(record)))) {
        await Promise.all(
          wave.map(async (delivery) => {
            const group = delivery.orderedGroup;
            const held = group !== undefined && heldGroups.has(group);
            const again = held ? await hold(delivery) : await work(delivery, deadline);
            if (!again) return;
            batchItemFailures.push({ itemIdentifier: delivery.record.messageId });
            if (group !== undefined) heldGroups.add(group);
          }),
        );
      }
      return { batchItemFailures };
    });

  /** Its group waits for an earlier message: it is given back untouched. */
  async function hold(delivery: Delivery): Promise<true> {
    await returnAfter(settling, delivery.record, 0).catch((error: unknown) =>
      telemetry.logger.warn('a message whose group waits could not be given back early', { error: error as Error }),
    );
    return true;
  }
}

/** Time kept back for writing and for answering the queue. */
function settlingReserve(remainingMilliseconds: number): number {
  return Math.min(3_000, remainingMilliseconds / 4);
}

/** Deliveries that may run side by side, in order: of a FIFO group only one at a time. */
function waves(deliveries: readonly Delivery[]): Delivery[][] {
  const found: Delivery[][] = [];
  const nextWave = new Map<string, number>();
  for (const delivery of deliveries) {
    const group = delivery.orderedGroup;
    let index = group === undefined ? 0 : (nextWave.get(group) ?? 0);
    while ((found[index]?.length ?? 0) >= WAVE) index++;
    found[index] ??= [];
    found[index]!.push(delivery);
    if (group !== undefined) nextWave.set(group, index + 1);
  }
  return found;
}
