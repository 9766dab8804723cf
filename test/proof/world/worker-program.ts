import type { Context } from 'aws-lambda';
import { createWorker, type EventContract, type ExternalOptions, type WorkerDependencies, type WorkerOptions } from '../../../lib/runtime';
import { STEP } from './external-witness';
import type { ProviderKind } from './provider';
import {
  EFFECTS,
  FUNCTION_MILLISECONDS,
  type Ground,
  PARKING_LOT_URL,
  type Program,
  QUEUE_URL,
  RECORDS,
  RETENTION_SECONDS,
} from './scenario';
import { silentTelemetry } from './silent-telemetry';

interface Payload {
  readonly event: string;
}

/** `createWorker` as it is. Its handler adds one to the event's effect, so that a repetition shows. */
export const workerProgram: Program = programOf(({ handle }) => async ({ event }, { transaction, message }) => {
  await handle(event);
  transaction.update({
    TableName: EFFECTS,
    Key: { id: event },
    UpdateExpression: 'ADD occurrences :one SET by_copy = :copy',
    ExpressionAttributeValues: { ':one': 1, ':copy': message.correlationId },
  });
});

/** What a handler tells others. */
export const CONTRACT: EventContract<Payload> = { name: 'event.done', version: 1, source: 'proof' };

/** Tells others of the effect. */
export const emittingProgram: Program = programOf(({ handle }) => async ({ event }, { transaction, message }) => {
  await handle(event);
  transaction.update({
    TableName: EFFECTS,
    Key: { id: event },
    UpdateExpression: 'ADD occurrences :one SET by_copy = :copy',
    ExpressionAttributeValues: { ':one': 1, ':copy': message.correlationId },
  });
  transaction.emit(CONTRACT, { event });
});

/** Charges, and writes the receipt down. */
export const chargingProgram: Program = programOf(({ handle, provider, got }) => {
  const options: Record<ProviderKind, ExternalOptions<string>> = {
    keys: { providerRemembersSeconds: 24 * 60 * 60 },
    confirm: { confirm: provider.confirm },
    neither: {},
  };
  return async ({ event }, { transaction, external, message }) => {
    const receipt = await external(STEP, (key) => provider.charge(event, key), options[provider.kind]);
    got(event, receipt);
    await handle(event);
    transaction.update({
      TableName: EFFECTS,
      Key: { id: event },
      UpdateExpression: 'ADD occurrences :one SET by_copy = :copy, receipt = :receipt',
      ExpressionAttributeValues: { ':one': 1, ':copy': message.correlationId, ':receipt': receipt },
    });
  };
});

export function programOf(handler: (ground: Ground) => WorkerOptions<Payload>['handle']): Program {
  return (ground) => {
    const { clock, attempts, dynamoDb, sqs } = ground;
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
    const worker = createWorker<Payload>({ handle: handler(ground) }, dependencies);
    return (records) => worker({ Records: [...records] }, { getRemainingTimeInMillis: () => FUNCTION_MILLISECONDS } as Context);
  };
}
