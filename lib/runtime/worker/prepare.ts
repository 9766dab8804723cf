import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import { externalFor } from '../external/external';
import { openQueueEvent } from '../external/open-event';
import { HandlerTimeoutError, MalformedMessageError } from '../failures';
import type { PreparedEvent } from '../idempotency/commit';
import { checkDistinctItems, GUARD_BYTES, type KeyNames } from '../idempotency/plan';
import type { RecordTable } from '../idempotency/record';
import type { FetchClaim } from '../message/claims';
import { decodeBody } from '../message/decode';
import { type Message, type OpenedMessage, requireKey } from '../message/message';
import { validate } from '../standard-schema';
import type { Telemetry } from '../telemetry';
import { GIVEN_UP, withinTime } from '../time-limit';
import { checkLimits } from '../transaction/limits';
import { TransactionCollector } from '../transaction/transaction';
import type { Delivery } from './delivery';
import type { PlainMessage, WorkerOptions } from './options';

export interface PrepareDependencies {
  readonly fetchClaim: FetchClaim;
  readonly keyNames: KeyNames;
  readonly table: RecordTable;
  readonly telemetry: Pick<Telemetry, 'logger'>;
  readonly clock: Clock;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
}

/** Milliseconds since the epoch. */
export interface PrepareTimes {
  /** A handler that still runs is given up, so that one that hangs costs its batch nothing. */
  readonly handlers: number;
  /** The function is dead. */
  readonly end: number;
}

/**
 * Reads the event and runs the handler, which collects the effect. Nothing is written but what `external` keeps.
 *
 * @throws what the handler threw, or why it was not run
 */
export async function prepare<T>(
  delivery: Delivery,
  times: PrepareTimes,
  options: WorkerOptions<T>,
  dependencies: PrepareDependencies,
): Promise<PreparedEvent> {
  const { clock, dynamoDb, table, telemetry, keyNames } = dependencies;
  let collector: TransactionCollector | undefined;
  let givenUp = false;
  const work = async (): Promise<PreparedEvent> => {
    const { event, message } = await readEvent(delivery, options, dependencies.fetchClaim);
    if (givenUp) throw new HandlerTimeoutError(GIVEN_UP);
    const { idempotencyKey, correlationId } = message;
    const identity = delivery.identity!;
    const transaction = new TransactionCollector({ ...table, causedBy: idempotencyKey, correlationId, nowMilliseconds: clock.now() });
    collector = transaction;
    const external = externalFor(
      openQueueEvent(table, identity),
      (error) => transaction.refuse(error),
      () => givenUp,
      {
        ...{ dynamoDb, table, clock, remainingMilliseconds: () => Math.max(1, times.end - clock.now()) },
      },
    );
    const remainingMilliseconds = () => Math.max(0, times.handlers - clock.now());
    await options.handle(event, {
      transaction,
      external,
      message,
      logger: telemetry.logger,
      attempt: delivery.attempt,
      remainingMilliseconds,
    });
    const operations = transaction.close();
    checkLimits(idempotencyKey, operations, GUARD_BYTES);
    checkDistinctItems(operations, keyNames);
    return { identity, operations };
  };
  return withinTime(work(), times.handlers, clock).catch((error: unknown) => {
    givenUp = true;
    collector?.abandon();
    throw error;
  });
}

/** Decodes the event, asks the schema, and finds the key. @throws why it is parked without a run */
export async function readEvent<T>(
  delivery: Delivery,
  options: WorkerOptions<T>,
  fetchClaim: FetchClaim,
): Promise<{ event: T; message: Message }> {
  const { opened } = delivery;
  if ('error' in opened) throw opened.error;
  if (opened.key === undefined && options.idempotencyKey === undefined) {
    throw new MalformedMessageError(
      'the message has no envelope, and the worker no idempotencyKey for such messages: nothing runs without a key',
    );
  }
  const body = opened.body instanceof Uint8Array ? opened.body : await fetchClaim(opened.body);
  const decoded = decodeBody(body, opened.contentType);
  const event = options.schema === undefined ? (decoded as T) : await validate(options.schema, decoded);
  return { event, message: identify(delivery, opened, body, event, options) };
}

function identify<T>(delivery: Delivery, opened: OpenedMessage, body: Uint8Array, event: T, options: WorkerOptions<T>): Message {
  const { correlationId, receivedAt, contentType, attributes, source } = opened;
  const plain: PlainMessage = { correlationId, receivedAt, contentType, attributes, body };
  const idempotencyKey = opened.key ?? requireKey(options.idempotencyKey!(event, plain), 'what idempotencyKey of the worker returned');
  delivery.identifyBy(idempotencyKey);
  return { ...plain, id: opened.id ?? idempotencyKey, source, idempotencyKey };
}
