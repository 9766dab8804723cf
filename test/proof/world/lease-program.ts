import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { FencedDynamoDBPersistenceLayer } from '../../../lib/runtime';
import { copyOf } from './messages';
import { type Client, EFFECTS, FUNCTION_MILLISECONDS, type Program, RECORDS } from './scenario';

/** What stands between a handler and its repetition. */
export type Store = (client: Client) => DynamoDBPersistenceLayer;

/** Powertools' own, as its documents set it up. */
export const powertools: Store = (client) =>
  new DynamoDBPersistenceLayer({ tableName: RECORDS, awsSdkV3Client: client as never as DynamoDBClient });

/** The one line that a user changes. */
export const fenced: Store = (client) =>
  new FencedDynamoDBPersistenceLayer({ tableName: RECORDS, keyPrefix: 'charges', awsSdkV3Client: client as never as DynamoDBClient });

interface LeaseOptions {
  /** What a handler gives back. @default which attempt it was */
  readonly result?: (attempt: string) => unknown;
  /** @default true */
  readonly registersContext?: boolean;
}

/** A handler made idempotent by Powertools: its effect is a write of its own, before its record is completed. */
export function leaseProgram(store: Store, { result = (attempt) => attempt, registersContext = true }: LeaseOptions = {}): Program {
  return ({ clock, dynamoDb, handle, returned }) => {
    const persistenceStore = store(dynamoDb);
    return async (records) => {
      const end = clock.now() + FUNCTION_MILLISECONDS;
      const lambdaContext = { getRemainingTimeInMillis: () => Math.max(1, end - clock.now()) } as Context;
      const batchItemFailures = [];
      for (const { messageId, receiptHandle, body } of records) {
        const { name, copy } = copyOf(body);
        const charge = makeIdempotent(
          async (event: { readonly event: string }) => {
            await handle(event.event);
            await dynamoDb.send(
              new UpdateItemCommand({
                TableName: EFFECTS,
                Key: { id: { S: event.event } },
                UpdateExpression: 'ADD occurrences :one SET by_copy = :copy',
                ExpressionAttributeValues: { ':one': { N: '1' }, ':copy': { S: copy } },
              }),
            );
            return result(receiptHandle) as string;
          },
          { persistenceStore, config: new IdempotencyConfig(registersContext ? { lambdaContext } : {}) },
        );
        try {
          returned(name, await charge({ event: name }));
        } catch {
          batchItemFailures.push({ itemIdentifier: messageId });
        }
      }
      return { batchItemFailures };
    };
  };
}
