import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { Clock } from '../../../lib/runtime/clock';
import type { SentCommand } from '../../support/in-memory-table/in-memory-tables';
import type { Copy } from './messages';
import type { Provider, ProviderKind } from './provider';

/** What may go wrong, each a step of its own. */
export type Fault =
  /** The process ends; what it has sent may still arrive, at any time. */
  | 'crash'
  /** The process stops waiting for an answer; the request may still arrive, at any time. A lost reply is one that has arrived before. */
  | 'timeout'
  /** The service refuses for the moment. */
  | 'throttle'
  /** Another transaction touches the same items. */
  | 'conflict'
  /** The handler throws. */
  | 'failure'
  /** The handler says that no retry can help. */
  | 'refusal'
  /** SQS hands a message out again before its time. */
  | 'reappearance'
  /** Nothing happens until the next moment that somebody waits for, though everybody could go on: processes become zombies. */
  | 'standstill'
  /** An instance that answered while it waited for something goes on with that later, in its next invocation. */
  | 'thaw';

export interface Weather {
  /** How many of `faults` happen in one schedule. */
  readonly mostFaults: number;
  readonly faults: readonly Fault[];
  /** Whether an instance surely ends when the time of its function does. Otherwise it goes on as a zombie. */
  readonly endsWithFunction?: boolean;
}

export interface Scenario extends Weather {
  readonly program: Program;
  readonly provider: ProviderKind;
  /** Whether the effect is outside of any transaction, so that it may repeat when a lease expires. @default false */
  readonly mayRepeat?: boolean;
  /** Copies of an event arrive as messages of their own. */
  readonly copies: readonly Copy[];
  readonly workers: number;
  /** Messages that one invocation takes. */
  readonly batchSize: number;
  /** Handler runs that a message may cost; also the queue's maxReceiveCount. */
  readonly attempts: number;
  /**
   * Whether other things may happen while a handler runs or a message is given back. Without it these end at once, well or not, which leaves room for
   * more of the others.
   */
  readonly slowHandlers: boolean;
  /** How many messages an operator moves back while there is still work going on. */
  readonly mostRedrives: number;
  /** Times that the SDK's client sends a request before its caller gets the error. */
  readonly clientAttempts: number;
}

/** The SDK's client, as far as the runtime and Powertools look at it. */
export interface Client {
  send(command: SentCommand): Promise<object>;
}

/** What a program gets to stand on: each call waits until the schedule lets it go on. */
export interface Ground {
  readonly clock: Clock;
  readonly attempts: number;
  readonly dynamoDb: Client;
  readonly sqs: Client;
  readonly provider: ReturnType<Provider['for']> & { readonly kind: ProviderKind };
  /** A handler says what it got for an external effect. */
  got(event: string, result: string): void;
  /** An idempotent function has ended with this result, or an earlier attempt's. */
  returned(event: string, result: unknown): void;
  /** The user's own code, which takes its time and may fail. */
  handle(event: string): Promise<void>;
}

/** Starts a function instance. */
export type Program = (ground: Ground) => (records: readonly SQSRecord[]) => Promise<SQSBatchResponse>;

export const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/source';
export const PARKING_LOT_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/parking-lot';
/** Items by the name of their event, with how often it had its effect and by which copy. */
export const EFFECTS = 'effects';
export const RECORDS = 'records';
export const RETENTION_SECONDS = 30 * 24 * 60 * 60;
export const FUNCTION_MILLISECONDS = 30_000;
/** As the queue worker block computes it. */
export const VISIBILITY_MILLISECONDS = 6 * FUNCTION_MILLISECONDS;
