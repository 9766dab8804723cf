import { randomUUID } from 'node:crypto';
import {
  type CancellationReason,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { isTransientAwsError } from '../aws-errors';
import { type Clock, fullJitter, sleep } from '../clock';
import { ConditionFailedError, InvalidOperationError } from '../failures';
import type { Operation } from '../transaction/operation';
import { type KeyNames, planTransactions } from './plan';
import { type EventIdentity, guardPut, type Obstacle, type RecordTable, readObstacle } from './record';
import { InPlace, PASSING_REASONS } from './write-together';

/** An event whose handler has run: what is left is to write its effect. */
export interface PreparedEvent {
  readonly identity: EventIdentity;
  readonly operations: readonly Operation[];
}

export type CommitOutcome =
  | { readonly kind: 'done' }
  | Obstacle
  /** Nothing of this event was written by this delivery, or its reply was lost for good. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface CommitDependencies {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly table: RecordTable;
  readonly keyNames: KeyNames;
  readonly clock: Clock;
}

type Outcomes = Map<PreparedEvent, CommitOutcome>;

/**
 * Writes effect and idempotency record of each event together, many events in one transaction, or reads why that can't be.
 *
 * @param deadline milliseconds since the epoch after which nothing is tried again
 * @returns one outcome for each event, in their order
 */
export async function commitEvents(
  events: readonly PreparedEvent[],
  deadline: number,
  dependencies: CommitDependencies,
): Promise<CommitOutcome[]> {
  const first = new Map<string, PreparedEvent>();
  const leaders = events.map((event) => {
    const { key, payloadHash, parkedAt } = event.identity;
    const copy = JSON.stringify([key, payloadHash, parkedAt]);
    if (!first.has(copy)) first.set(copy, event);
    return first.get(copy)!;
  });
  const outcomes: Outcomes = new Map();
  for (const transaction of planTransactions([...first.values()], dependencies.keyNames)) {
    await commitTogether(transaction, deadline, dependencies, outcomes);
  }
  return leaders.map((leader, index) => {
    const outcome = outcomes.get(leader)!;
    return leader !== events[index] && outcome.kind === 'done' ? { kind: 'duplicate' } : outcome;
  });
}

/** Each round either ends, or leaves out at least one event, or is one of a few tries. */
async function commitTogether(
  events: readonly PreparedEvent[],
  deadline: number,
  dependencies: CommitDependencies,
  outcomes: Outcomes,
): Promise<void> {
  const { clock, dynamoDb } = dependencies;
  let rest = events;
  let command = transactionOf(rest, dependencies);
  for (let attempt = 1; rest.length > 0; ) {
    const error = await dynamoDb.send(command).then(
      () => undefined,
      (thrown: unknown) => ({ thrown }),
    );
    if (error === undefined) {
      for (const event of rest) outcomes.set(event, { kind: 'done' });
      return;
    }
    const { settled, passing } = readRefusal(rest, error.thrown);
    if (settled.size === 0 && passing.size === 0) {
      await isolate(rest, error.thrown, deadline, dependencies, outcomes);
      return;
    }
    const delay = fullJitter(clock, attempt, InPlace.BASE_MILLISECONDS, InPlace.LONGEST_MILLISECONDS);
    const again = attempt < InPlace.TRIES && clock.now() + delay < deadline;
    if (!again) for (const event of passing) settled.set(event, { kind: 'failed', error: error.thrown });
    for (const [event, outcome] of settled) outcomes.set(event, outcome);
    if (settled.size > 0) {
      rest = rest.filter((event) => !settled.has(event));
      command = transactionOf(rest, dependencies);
    }
    if (passing.size === 0) continue;
    attempt = again ? attempt + 1 : 1;
    if (again) await sleep(clock, delay);
  }
}

/** DynamoDB refused the request without saying which part: the halves are written apart, in order, until the guilty one is alone. */
async function isolate(
  events: readonly PreparedEvent[],
  error: unknown,
  deadline: number,
  dependencies: CommitDependencies,
  outcomes: Outcomes,
): Promise<void> {
  if (events.length === 1) {
    outcomes.set(events[0]!, { kind: 'failed', error });
    return;
  }
  const middle = Math.ceil(events.length / 2);
  await commitTogether(events.slice(0, middle), deadline, dependencies, outcomes);
  await commitTogether(events.slice(middle), deadline, dependencies, outcomes);
}

/** With a token of its own: when the reply to a committed try was lost, the next one succeeds without writing again. */
function transactionOf(events: readonly PreparedEvent[], { table, clock }: CommitDependencies): TransactWriteItemsCommand {
  const now = clock.now();
  const items = events.flatMap(({ identity, operations }) => [
    { Put: guardPut(table, identity, now) },
    ...operations.map(({ write }) => write),
  ]);
  return new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken: randomUUID() });
}

interface Refusal {
  /** What the reasons say about an event itself. */
  readonly settled: Outcomes;
  /** Events that met other traffic. */
  readonly passing: ReadonlySet<PreparedEvent>;
}

function readRefusal(events: readonly PreparedEvent[], error: unknown): Refusal {
  const settled: Outcomes = new Map();
  const passing = new Set<PreparedEvent>();
  if (error instanceof TransactionCanceledException) {
    let next = 0;
    for (const event of events) {
      const reasons = (error.CancellationReasons ?? []).slice(next, next + event.operations.length + 1);
      next += event.operations.length + 1;
      const outcome = readReasons(event, reasons);
      if (outcome !== undefined) settled.set(event, outcome);
      else if (reasons.some(({ Code }) => PASSING_REASONS.has(Code ?? ''))) passing.add(event);
    }
  } else if (isTransientAwsError(error)) for (const event of events) passing.add(event);
  return { settled, passing };
}

function readReasons(event: PreparedEvent, [guard, ...own]: readonly CancellationReason[]): CommitOutcome | undefined {
  if (guard?.Code === 'ConditionalCheckFailed' && guard.Item !== undefined) return readObstacle(guard.Item, event.identity);
  const error = operationFailure(event.operations, own);
  return error && { kind: 'failed', error };
}

/** The failure that the reasons tell of the operations of one event, in their order. Undefined when they only tell of other traffic. */
export function operationFailure(operations: readonly Operation[], reasons: readonly CancellationReason[]): Error | undefined {
  const failed = reasons.findIndex(({ Code }) => Code !== undefined && Code !== 'None' && !PASSING_REASONS.has(Code));
  const operation = operations[failed];
  if (operation === undefined) return undefined;
  const { Code, Message } = reasons[failed]!;
  if (Code === 'ConditionalCheckFailed') {
    return new ConditionFailedError(operation.description, failed, operation.whenConditionFails === 'retry');
  }
  return new InvalidOperationError(`operation ${failed} (${operation.description}): ${Code}: ${Message}`);
}
