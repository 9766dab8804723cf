import type { Context } from 'aws-lambda';
import { createWorker, type WorkerDependencies } from '../../../lib/runtime';
import type { Telemetry } from '../../../lib/runtime/telemetry';
import { EFFECTS, FUNCTION_MILLISECONDS, PARKING_LOT_URL, type Program, QUEUE_URL, RECORDS, RETENTION_SECONDS } from './scenario';

interface Payload {
  readonly event: string;
}

/** `createWorker` as it is. Its handler adds one to the event's effect, so that a repetition shows. */
export const workerProgram: Program = ({ clock, attempts, dynamoDb, sqs, handle }) => {
  const dependencies = {
    settings: {
      idempotencyTable: RECORDS,
      retentionSeconds: RETENTION_SECONDS,
      queueUrl: QUEUE_URL,
      parkingLotUrl: PARKING_LOT_URL,
      retryBudget: { attempts, baseDelaySeconds: 10, maxDelaySeconds: 300 },
      functionName: 'worker',
    },
    dynamoDb,
    sqs,
    s3: () => Promise.reject(new Error('no message here has a claimed body')),
    telemetry: silentTelemetry,
    clock,
  } as unknown as WorkerDependencies;
  const worker = createWorker<Payload>(
    {
      handle: async ({ event }, { transaction, message }) => {
        await handle(event);
        transaction.update({
          TableName: EFFECTS,
          Key: { id: event },
          UpdateExpression: 'ADD occurrences :one SET by_copy = :copy',
          ExpressionAttributeValues: { ':one': 1, ':copy': message.correlationId },
        });
      },
    },
    dependencies,
  );
  return (records) => worker({ Records: [...records] }, { getRemainingTimeInMillis: () => FUNCTION_MILLISECONDS } as Context);
};

const silent = () => {};

const silentTelemetry = {
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  trace: { subsegment: (_name: string, _annotations: object, work: () => unknown) => work() },
  invocation: (_context: object, work: () => unknown) => work(),
  correlated: (_id: string, work: () => unknown) => work(),
  count: silent,
  time: silent,
} as unknown as Telemetry;
