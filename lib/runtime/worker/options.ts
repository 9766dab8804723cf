import type { Logger } from '@aws-lambda-powertools/logger';
import type { External } from '../external/external';
import type { Message } from '../message/message';
import type { StandardSchema } from '../standard-schema';
import type { Transaction } from '../transaction/transaction';

export interface WorkerOptions<T> {
  /**
   * Says what the event's effect is. It may run several times for one event, and for an event whose effect already stands: the decision falls when the
   * transaction is written. So keep every effect inside `transaction` and `external`, and return or throw nothing that matters elsewhere.
   *
   * Throw `PermanentError` when no retry can help, `RetryAfterError` when you know when to come back; any other error is retried inside the budget. `NotStartedError` gives the
   * message back without an attempt spent.
   */
  readonly handle: (event: T, context: HandlerContext) => void | Promise<void>;
  /**
   * Any Standard Schema (zod, valibot, arktype, ...). An event it refuses is parked at once, with the path of the field.
   *
   * @default the event is taken as it comes
   */
  readonly schema?: StandardSchema<T>;
  /**
   * What to deduplicate on, for messages that no ingress of this package wrote. At most 1,024 bytes, the same for every copy of the event: a business id,
   * never the SQS message id, which changes with a redrive.
   *
   * @default such a message is malformed, and parked: it never runs without a key
   */
  readonly idempotencyKey?: (event: T, message: PlainMessage) => string;
}

/** A message without an envelope, before it has a key. */
export type PlainMessage = Omit<Message, 'id' | 'idempotencyKey' | 'source'>;

export interface HandlerContext {
  readonly transaction: Transaction;
  readonly external: External;
  readonly message: Message;
  /** Each line carries the event's correlation id. Log no bodies. */
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Which handler run of this message this is, 1 for the first. */
  readonly attempt: number;
  /** Milliseconds until this run is given up, so that what it does can be settled in time. */
  readonly remainingMilliseconds: () => number;
}
