import { randomUUID } from 'node:crypto';
import {
  type CancellationReason,
  type DynamoDBClient,
  type PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { isTransientAwsError } from '../aws-errors';
import { type Clock, fullJitter, sleep } from '../clock';

/** How often, and in which rhythm, a write is tried again on the spot before it is left to the queue. */
export const InPlace = { TRIES: 4, BASE_MILLISECONDS: 50, LONGEST_MILLISECONDS: 1_000 } as const;

/** Reasons by which DynamoDB refuses for the moment only. */
export const PASSING_REASONS: ReadonlySet<string> = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Writes these items together, again for a while when the table is busy.
 *
 * @returns undefined when it is written, else why each item was refused
 * @throws what is no refusal of an item
 */
export async function writeTogether(
  items: readonly TransactWriteItem[],
  { dynamoDb, clock }: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock },
): Promise<readonly CancellationReason[] | undefined> {
  const command = new TransactWriteItemsCommand({ TransactItems: [...items], ClientRequestToken: randomUUID() });
  for (let attempt = 1; ; attempt++) {
    try {
      await dynamoDb.send(command);
      return undefined;
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : undefined;
      const refused = reasons?.some(({ Code }) => Code !== undefined && Code !== 'None' && !PASSING_REASONS.has(Code));
      if (refused) return reasons;
      if ((reasons === undefined && !isTransientAwsError(error)) || attempt === InPlace.TRIES) throw error;
      await sleep(clock, fullJitter(clock, attempt, InPlace.BASE_MILLISECONDS, InPlace.LONGEST_MILLISECONDS));
    }
  }
}

/** The client, trying again for a while when the table is busy or the connection was lost. For writes that can be repeated. */
export function retrying(dynamoDb: Pick<DynamoDBClient, 'send'>, clock: Clock): Pick<DynamoDBClient, 'send'> {
  const send = async (command: PutItemCommand): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await dynamoDb.send(command);
      } catch (error) {
        if (!isTransientAwsError(error) || attempt === InPlace.TRIES) throw error;
        await sleep(clock, fullJitter(clock, attempt, InPlace.BASE_MILLISECONDS, InPlace.LONGEST_MILLISECONDS));
      }
    }
  };
  return { send: send as DynamoDBClient['send'] };
}
