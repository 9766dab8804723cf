import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import type { Clock } from '../clock';
import { deterministicId } from '../deterministic-id';
import {
  HandlerTimeoutError,
  IdempotencyConflictError,
  InvalidOperationError,
  StepInProgressError,
  UnknownOutcomeError,
} from '../failures';
import type { RecordTable } from '../idempotency/record';
import { LostLeaseError, ResultNotKeptError } from '../lease/errors';
import { storable } from '../lease/storable';
import { GIVEN_UP } from '../time-limit';
import { EventClosedError, type OpenEvent } from './open-event';
import { certainlyNotDone } from './outcome';
import { StepLease } from './step-lease';

/** What the provider says about an effect that was begun before. */
export type Confirmation<T> = { readonly done: true; readonly result: T } | { readonly done: false };

export interface ExternalOptions<T> {
  /**
   * Asks the provider whether the effect with this key happened. Used when an earlier attempt began it and its outcome is unknown: it crashed, timed
   * out, or got no answer.
   *
   * @default the message is parked with `UnknownOutcomeError`, for a person to ask
   */
  readonly confirm?: (idempotencyKey: string) => Promise<Confirmation<T>>;
  /**
   * For how many seconds after the first call the provider surely answers a repetition of the key with the first result. Within that time an unknown
   * outcome is resolved by calling again. Providers forget: Stripe may after 24 hours.
   *
   * @default 0
   */
  readonly providerRemembersSeconds?: number;
}

/**
 * An effect outside of DynamoDB: at most one attempt at a time, its result kept and given back to every later run of the event.
 *
 * The result is what JSON makes of it: dates become texts. Throw `PermanentError` or `RetryAfterError` from `call` only when the provider has said
 * that nothing happened; other errors, but for answers 400 to 499 and refused connections, leave the outcome unknown.
 *
 * @param name of the step: the same in every run of the event and no other step's, 1 to 200 characters
 * @param call takes a key that is the same in every attempt, also after a redrive: hand it to the provider
 */
export type External = <T>(name: string, call: (idempotencyKey: string) => Promise<T>, options?: ExternalOptions<T>) => Promise<T>;

export interface ExternalDependencies {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly table: RecordTable;
  readonly clock: Clock;
  /** Milliseconds until the function is surely dead. */
  readonly remainingMilliseconds: () => number;
}

const LONGEST_NAME = 200;

/** @throws why it could not be done, `EventClosedError` when the event needs it no more */
async function runExternal<T>(
  event: OpenEvent,
  name: string,
  call: (idempotencyKey: string) => Promise<T>,
  options: ExternalOptions<T>,
  isGivenUp: () => boolean,
  dependencies: ExternalDependencies,
): Promise<T> {
  if (name.length < 1 || name.length > LONGEST_NAME) {
    throw new InvalidOperationError(`the name of an external effect has 1 to ${LONGEST_NAME} characters, given ${name.length}`);
  }
  const { clock, dynamoDb, table } = dependencies;
  const stepKey = `${event.key}#step#${name}`;
  const idempotencyKey = deterministicId(event.key, name);
  const lease = new StepLease(dynamoDb, table, event, stepKey, clock);
  const config = new IdempotencyConfig({
    expiresAfterSeconds: table.retentionSeconds,
    lambdaContext: { getRemainingTimeInMillis: dependencies.remainingMilliseconds } as Context,
  });
  if (!config.isEnabled()) {
    throw new Error('POWERTOOLS_IDEMPOTENCY_DISABLED is set: an external effect is never run unprotected');
  }

  const act = async (_stepKey: string): Promise<T> => {
    const before = lease.calledBefore;
    let earlierUnknown = before !== undefined;
    const remembered = (options.providerRemembersSeconds ?? 0) * 1000;
    if (before !== undefined && clock.now() - before >= remembered) {
      if (options.confirm === undefined) {
        throw new UnknownOutcomeError(
          `the external effect ${name} was begun at ${new Date(before).toISOString()} and its outcome is unknown: ask the provider for ${idempotencyKey}`,
        );
      }
      const confirmation = await options.confirm(idempotencyKey);
      if (confirmation.done) return confirmation.result;
      earlierUnknown = false;
    }
    // What it waited for may have come in a later invocation, when another attempt holds the lease.
    if (isGivenUp()) {
      lease.outcomeUnknown = earlierUnknown;
      throw new HandlerTimeoutError(GIVEN_UP);
    }
    try {
      return await call(idempotencyKey);
    } catch (error) {
      // That this call did nothing does not tell what became of an earlier one.
      lease.outcomeUnknown = earlierUnknown || !certainlyNotDone(error);
      throw error;
    }
  };
  try {
    const result = await makeIdempotent(act, { persistenceStore: lease, config, keyPrefix: stepKey })(stepKey);
    const kept = storable(result);
    return kept.kept ? (kept.value as T) : result;
  } catch (error) {
    throw unwrap(error, name, lease, clock);
  }
}

/**
 * `external` for one run of a handler.
 *
 * @param refuse called with an error after which nothing of the event may be written, whatever the handler makes of it
 * @param isGivenUp whether the run is over: a handler that was given up begins nothing more
 */
export function externalFor(
  event: OpenEvent,
  refuse: (error: Error) => void,
  isGivenUp: () => boolean,
  dependencies: ExternalDependencies,
): External {
  const names = new Set<string>();
  return async (name, call, options = {}) => {
    if (isGivenUp()) throw new HandlerTimeoutError(GIVEN_UP);
    if (names.has(name))
      throw new InvalidOperationError(`the event has two external effects named ${name}: the second would get the result of the first`);
    names.add(name);
    try {
      return await runExternal(event, name, call, options, isGivenUp, dependencies);
    } catch (error) {
      if (!leavesEventOpen(error)) refuse(error as Error);
      throw error;
    }
  };
}

/** Whether a handler may catch this error of an external effect and still have its transaction written: the provider's own errors, and only those. */
function leavesEventOpen(error: unknown): boolean {
  return ![EventClosedError, IdempotencyConflictError, LostLeaseError, ResultNotKeptError, StepInProgressError, UnknownOutcomeError].some(
    (closing) => error instanceof closing,
  );
}

/** Powertools wraps what its store throws. */
function unwrap(error: unknown, name: string, lease: StepLease, clock: Clock): unknown {
  if (!(error instanceof Error)) return error;
  switch (error.name) {
    case 'IdempotencyAlreadyInProgressError':
      return new StepInProgressError(name, lease.secondsUntilFree(clock.now()));
    case 'IdempotencyPersistenceLayerError':
    case 'IdempotencyUnknownError':
      return error.cause ?? error;
    default:
      return error;
  }
}
