import { ParkedReason } from '../blocks/contract';

/**
 * Throw it when no retry can help: the message is parked at once, with this error as its cause.
 *
 * Any error with `retryable === false` is treated the same, so that an error of another package, or of a second copy of this one, can say it too.
 */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
  readonly retryable = false;
}

/** Throw it when the other side said when to come back. */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError';
  /** Seconds to wait before the next attempt; the longest delay of the retry budget is the upper bound. */
  readonly retryAfterSeconds: number;

  /**
   * @param retryAfterSeconds 0 or more
   * @throws RangeError for a negative or endless wait
   */
  constructor(retryAfterSeconds: number, message = `retry after ${retryAfterSeconds} s`, options?: ErrorOptions) {
    super(message, options);
    if (!Number.isFinite(retryAfterSeconds) || retryAfterSeconds < 0) {
      throw new RangeError(`RetryAfterError takes 0 or more seconds, given ${retryAfterSeconds}`);
    }
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Throw it when nothing was begun for this message, for want of a place or of time: it comes back later, and no attempt of its retry budget is spent. On a FIFO queue, where
 * a message can't go on as a copy, it is.
 */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError';
  readonly notStarted = true;
  /** Seconds to wait before it comes back, at most 900. */
  readonly retryAfterSeconds: number;

  /** @throws RangeError for a negative or endless wait */
  constructor(retryAfterSeconds: number, message = `not started: come back after ${retryAfterSeconds} s`, options?: ErrorOptions) {
    super(message, options);
    if (!Number.isFinite(retryAfterSeconds) || retryAfterSeconds < 0) {
      throw new RangeError(`NotStartedError takes 0 or more seconds, given ${retryAfterSeconds}`);
    }
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The message can't be read: no handler could. */
export class MalformedMessageError extends PermanentError {
  override readonly name = 'MalformedMessageError';
  readonly parkedReason = ParkedReason.MALFORMED;
}

/** The event is not what the given schema asks for. */
export class SchemaError extends PermanentError {
  override readonly name = 'SchemaError';
}

/** An event with this idempotency key was seen before, with another payload. */
export class IdempotencyConflictError extends PermanentError {
  override readonly name = 'IdempotencyConflictError';
  readonly parkedReason = ParkedReason.CONFLICT;
}

/** Another copy of this event lies in the parking lot. This one is put beside it; redriven from there, one of them has the effect. */
export class AlreadyParkedError extends PermanentError {
  override readonly name = 'AlreadyParkedError';
  readonly parkedReason: ParkedReason;

  constructor(parkedAt: string, parkedReason: ParkedReason) {
    super(`a copy of this event was parked at ${parkedAt}: redrive one of them from the parking lot`);
    this.parkedReason = parkedReason;
  }
}

/** An operation of the transaction can't be sent as it is written. */
export class InvalidOperationError extends PermanentError {
  override readonly name = 'InvalidOperationError';
}

/** A `ConditionExpression` of the handler's own was not met; nothing of the record's transaction was written. */
export class ConditionFailedError extends Error {
  override readonly name = 'ConditionFailedError';
  /** Position among the operations of the handler, 0 for the first. */
  readonly operationIndex: number;
  /** False when the operation said that it is to be parked. */
  readonly retryable: boolean;

  constructor(operation: string, operationIndex: number, retryable = true) {
    super(`the condition of operation ${operationIndex} (${operation}) was not met`);
    this.operationIndex = operationIndex;
    this.retryable = retryable;
  }
}

/** An external effect was begun and nobody knows whether it happened: a person has to ask the provider. */
export class UnknownOutcomeError extends PermanentError {
  override readonly name = 'UnknownOutcomeError';
}

/** Another delivery of this event is at this external effect right now. */
export class StepInProgressError extends Error {
  override readonly name = 'StepInProgressError';
  readonly retryAfterSeconds: number;

  constructor(step: string, retryAfterSeconds: number) {
    super(`the external effect ${step} is in progress in another delivery of this event`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The handler was still running when the time left was only enough to settle the batch. What it does from then on is not committed. */
export class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** Why an error is parked at once, or undefined when a retry can help. */
export function permanentReason(error: unknown): ParkedReason | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('parkedReason' in error && Object.values<unknown>(ParkedReason).includes(error.parkedReason)) {
    return error.parkedReason as ParkedReason;
  }
  if ('retryable' in error && error.retryable === false) return ParkedReason.PERMANENT;
  return isPermanentAwsError(error) ? ParkedReason.PERMANENT : undefined;
}

/** Whether the thrower says that it has not begun. */
export function isNotStarted(error: unknown): boolean {
  return (error as { readonly notStarted?: unknown } | null | undefined)?.notStarted === true;
}

/** How long the thrower asked to wait, in seconds. */
export function requestedDelay(error: unknown): number | undefined {
  const seconds = (error as { readonly retryAfterSeconds?: unknown } | null | undefined)?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds >= 0 ? seconds : undefined;
}

/** Requests that are wrong in themselves. Missing grants and missing resources are not among them: an operator can mend those within the budget. */
const PERMANENT_AWS_ERRORS = new Set([
  'ValidationException',
  'ValidationError',
  'SerializationException',
  'InvalidParameterValueException',
  'InvalidParameterException',
  'ItemCollectionSizeLimitExceededException',
  'IdempotentParameterMismatchException',
]);

function isPermanentAwsError(error: object): boolean {
  return '$metadata' in error && 'name' in error && PERMANENT_AWS_ERRORS.has(String(error.name));
}
