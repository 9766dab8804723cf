import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { MetricNamespace } from '../../blocks/contract';
import type { ValidationAnswer, ValidationRequest } from '../../blocks/parking-contract';
import { CLIENT_CONFIG } from '../client-config';
import { type Clock, systemClock } from '../clock';
import type { KeyNames } from '../idempotency/plan';
import { claimReader } from '../message/claims';
import { createTelemetry, type Telemetry } from '../telemetry';
import { batchProcessor } from './batch';
import type { WorkerOptions } from './options';
import { readWorkerSettings, type WorkerSettings } from './settings';
import { isValidationRequest, validateMessage } from './validate-message';

export interface WorkerHandler {
  /** What the parking desk asks before it sends an edited message back: no handler runs. */
  (request: ValidationRequest, context: Context): Promise<ValidationAnswer>;
  (event: SQSEvent, context: Context): Promise<SQSBatchResponse>;
}

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
  return createWorker(options, workerDependencies(createTelemetry({ metricNamespace: MetricNamespace })));
}

/** Those of a function, by its environment. @throws Error when it lacks what the `QueueWorker` block sets */
export function workerDependencies(telemetry: Telemetry): WorkerDependencies {
  return {
    settings: readWorkerSettings(process.env),
    telemetry,
    clock: systemClock,
    dynamoDb: telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG)),
    sqs: telemetry.trace.captureClient(new SQSClient(QUEUE_CLIENT_CONFIG)),
    s3: async () => {
      const { S3Client } = await import('@aws-sdk/client-s3');
      return telemetry.trace.captureClient(new S3Client(CLIENT_CONFIG));
    },
  };
}

/** The SDK would send to the URL's own host; an endpoint that is set for the service (a VPC's, a proxy's) goes before. */
export const QUEUE_CLIENT_CONFIG = { ...CLIENT_CONFIG, useQueueUrlAsEndpoint: false };

/** `worker` on given clients, for tests. */
export function createWorker<T>(options: WorkerOptions<T>, dependencies: WorkerDependencies): WorkerHandler {
  const { settings, telemetry, clock, dynamoDb, sqs } = dependencies;
  const table = { tableName: settings.idempotencyTable, retentionSeconds: settings.retentionSeconds };
  const keyNames: KeyNames = new Map();
  const { queueUrl, parkingLotUrl, functionName, retryBudget } = settings;
  const fetchClaim = claimReader(settings.claimBucket, dependencies.s3);
  const process = batchProcessor(options, {
    reading: { fetchClaim, keyNames, table, dynamoDb, telemetry, clock },
    committing: { dynamoDb, table, keyNames, clock },
    settling: { dynamoDb, sqs, table, telemetry, clock, queueUrl, parkingLotUrl, functionName, retryBudget },
    telemetry,
    clock,
  });
  const handler = (event: SQSEvent | ValidationRequest, context: Context): Promise<SQSBatchResponse | ValidationAnswer> =>
    telemetry.invocation<SQSBatchResponse | ValidationAnswer>(context, async () => {
      if (isValidationRequest(event)) return validateMessage(event, options, fetchClaim, clock);
      return { batchItemFailures: await process(event.Records, context.getRemainingTimeInMillis()) };
    });
  return handler as WorkerHandler;
}
