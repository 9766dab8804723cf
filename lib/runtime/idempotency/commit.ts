import { randomUUID } from 'node:crypto';
import {
  type CancellationReason,
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { isTransientAwsError } from '../aws-errors';
import { type Clock, fullJitter, sleep } from '../clock';
import { ConditionFailedError, InvalidOperationError } from '../failures';
import type { Operation } from '../transaction/transaction';
import { type EventIdentity, guardPut, type Obstacle, type RecordTable, readObstacle } from './record';

/** An event whose handler has run: what is left is to write its effect. */
export interface PreparedEvent {
  readonly identity: EventIdentity;
  readonly operations: readonly Operation[];
}

export type CommitOutcome =
  | { readonly kind: 'done' }
  | Obstacle
  /** Nothing of this event was written by this delivery. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface CommitDependencies {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly table: RecordTable;
  readonly clock: Clock;
}

const TRIES = 4;
const BASE_DELAY_MILLISECONDS = 50;
const LONGEST_DELAY_MILLISECONDS = 1_000;

/** Reasons by which DynamoDB refuses for the moment only. */
const PASSING_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Writes effect and idempotency record of one event together, or reads why that can't be.
 *
 * @param deadline milliseconds since the epoch after which nothing is tried again
 */
export async function commitEvent(event: PreparedEvent, deadline: number, dependencies: CommitDependencies): Promise<CommitOutcome> {
  const { clock, dynamoDb, table } = dependencies;
  const items: TransactWriteItem[] = [
    { Put: guardPut(table, event.identity, clock.now()) },
    ...event.operations.map((operation) => operation.write),
  ];
  // The same token for every try: when the reply to a committed one was lost, the next succeeds without writing again.
  const command = new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken: randomUUID() });
  for (let attempt = 1; ; attempt++) {
    try {
      await dynamoDb.send(command);
      return { kind: 'done' };
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : undefined;
      const outcome = reasons === undefined ? undefined : readReasons(event, reasons);
      if (outcome !== undefined) return outcome;
      const passing = reasons?.some(({ Code }) => PASSING_REASONS.has(Code ?? '')) ?? isTransientAwsError(error);
      const delay = fullJitter(clock, attempt, BASE_DELAY_MILLISECONDS, LONGEST_DELAY_MILLISECONDS);
      if (!passing || attempt === TRIES || clock.now() + delay >= deadline) return { kind: 'failed', error };
      await sleep(clock, delay);
    }
  }
}

/** What the reasons say about the event itself. Undefined when they only tell of other traffic. */
function readReasons(event: PreparedEvent, reasons: readonly CancellationReason[]): CommitOutcome | undefined {
  const [guard, ...own] = reasons;
  if (guard?.Code === 'ConditionalCheckFailed' && guard.Item !== undefined) return readObstacle(guard.Item, event.identity);
  const failed = own.findIndex(({ Code }) => Code !== undefined && Code !== 'None' && !PASSING_REASONS.has(Code));
  const operation = event.operations[failed];
  if (operation === undefined) return undefined;
  const { Code, Message } = own[failed]!;
  if (Code === 'ConditionalCheckFailed') {
    return { kind: 'failed', error: new ConditionFailedError(operation.description, failed, operation.whenConditionFails === 'retry') };
  }
  return { kind: 'failed', error: new InvalidOperationError(`operation ${failed} (${operation.description}): ${Code}: ${Message}`) };
}
