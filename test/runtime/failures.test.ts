import { ParkedReason } from '../../lib/blocks/contract';
import {
  AlreadyParkedError,
  ConditionFailedError,
  HandlerTimeoutError,
  IdempotencyConflictError,
  InvalidOperationError,
  MalformedMessageError,
  PermanentError,
  RetryAfterError,
  SchemaError,
  StepInProgressError,
  UnknownOutcomeError,
} from '../../lib/runtime';
import { isTransientAwsError } from '../../lib/runtime/aws-errors';
import { permanentReason, requestedDelay } from '../../lib/runtime/failures';
import { LostLeaseError, ResultNotKeptError } from '../../lib/runtime/lease/errors';

describe('an error tells its name, and whether it is parked at once and why', () => {
  test.each<[Error, string, ParkedReason | undefined]>([
    [new PermanentError('no'), 'PermanentError', ParkedReason.PERMANENT],
    [new MalformedMessageError('no'), 'MalformedMessageError', ParkedReason.MALFORMED],
    [new SchemaError('no'), 'SchemaError', ParkedReason.PERMANENT],
    [new IdempotencyConflictError('no'), 'IdempotencyConflictError', ParkedReason.CONFLICT],
    [new AlreadyParkedError('2026-05-01', ParkedReason.BUDGET_SPENT), 'AlreadyParkedError', ParkedReason.BUDGET_SPENT],
    [new InvalidOperationError('no'), 'InvalidOperationError', ParkedReason.PERMANENT],
    [new UnknownOutcomeError('no'), 'UnknownOutcomeError', ParkedReason.PERMANENT],
    [new ResultNotKeptError('no'), 'ResultNotKeptError', ParkedReason.PERMANENT],
    [new ConditionFailedError('put on t', 0, false), 'ConditionFailedError', ParkedReason.PERMANENT],
    [new ConditionFailedError('put on t', 0), 'ConditionFailedError', undefined],
    [new RetryAfterError(5), 'RetryAfterError', undefined],
    [new StepInProgressError('charge', 5), 'StepInProgressError', undefined],
    [new HandlerTimeoutError('no'), 'HandlerTimeoutError', undefined],
    [new LostLeaseError('no'), 'LostLeaseError', undefined],
  ])('%s', (error, name, reason) => {
    expect(error.name).toBe(name);
    expect(permanentReason(error)).toBe(reason);
  });

  test('in its message', () => {
    expect(new AlreadyParkedError('2026-05-01T12:00:00.000Z', ParkedReason.CONFLICT).message).toBe(
      'a copy of this event was parked at 2026-05-01T12:00:00.000Z: redrive one of them from the parking lot',
    );
    expect(new ConditionFailedError('put on orders', 2)).toMatchObject({
      message: 'the condition of operation 2 (put on orders) was not met',
      operationIndex: 2,
    });
    expect(new StepInProgressError('charge', 5).message).toBe(
      'the external effect charge is in progress in another delivery of this event',
    );
    expect(new RetryAfterError(5).message).toBe('retry after 5 s');
  });

  test.each([
    'ValidationException',
    'ValidationError',
    'SerializationException',
    'InvalidParameterValueException',
    'InvalidParameterException',
    'ItemCollectionSizeLimitExceededException',
    'IdempotentParameterMismatchException',
  ])('%s of AWS is wrong in itself, of another it is not', (name) => {
    expect(permanentReason({ name, $metadata: {} })).toBe(ParkedReason.PERMANENT);
    expect(permanentReason({ name })).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['a missing grant', { name: 'AccessDeniedException', $metadata: {} }],
    ['a missing table', { name: 'ResourceNotFoundException', $metadata: {} }],
    ['an answer without a name', { $metadata: {} }],
    ['a text', 'retryable'],
    ['null', null],
    ['undefined', undefined],
    ['a function', () => 'retryable'],
    ['an error that says a retry helps', { retryable: true }],
    ['an error with a reason of somebody else', { parkedReason: 'because' }],
  ])('%s is within the budget', (_name, error) => {
    expect(permanentReason(error)).toBeUndefined();
  });

  test('an error with a reason of somebody else, and for which no retry helps, is parked as such', () => {
    expect(permanentReason({ parkedReason: 'because', retryable: false })).toBe(ParkedReason.PERMANENT);
  });
});

describe('RetryAfterError', () => {
  test.each([
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('refuses %d', (seconds, given) => {
    expect(() => new RetryAfterError(seconds)).toThrow(new RangeError(`RetryAfterError takes 0 or more seconds, given ${given}`));
  });

  test('takes 0, a message and a cause', () => {
    const cause = new Error('429');
    expect(new RetryAfterError(0, 'slow down', { cause })).toMatchObject({ retryAfterSeconds: 0, message: 'slow down', cause });
  });
});

test.each<[unknown, number | undefined]>([
  [new RetryAfterError(0), 0],
  [{ retryAfterSeconds: 1.5 }, 1.5],
  [{ retryAfterSeconds: -1 }, undefined],
  [{ retryAfterSeconds: '5' }, undefined],
  [{}, undefined],
  [null, undefined],
  [undefined, undefined],
])('the delay that %j asks for is %s', (error, seconds) => {
  expect(requestedDelay(error)).toBe(seconds);
});

describe('a request to AWS may succeed within a second', () => {
  const names = [
    ...['BandwidthLimitExceeded', 'LimitExceededException', 'PriorRequestNotComplete', 'ProvisionedThroughputExceededException'],
    ...['RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException', 'SlowDown', 'ThrottledException', 'Throttling'],
    ...['ThrottlingException', 'TooManyRequestsException', 'TransactionInProgressException'],
    ...['TimeoutError', 'RequestTimeout', 'RequestTimeoutException', 'InternalServerError'],
  ];
  const codes = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND'];
  test.each<[string, unknown]>([
    ...names.map((name): [string, unknown] => [name, { name }]),
    ...codes.map((code): [string, unknown] => [code, { code }]),
    ['what the SDK calls retryable', { $retryable: {} }],
    ['429', { $metadata: { httpStatusCode: 429 } }],
    ['500', { $metadata: { httpStatusCode: 500 } }],
    ['503', { $metadata: { httpStatusCode: 503 } }],
  ])('after %s', (_name, error) => {
    expect(isTransientAwsError(error)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a condition that is not met', { name: 'ConditionalCheckFailedException', $metadata: { httpStatusCode: 400 } }],
    ['499', { $metadata: { httpStatusCode: 499 } }],
    ['an answer without a status', { $metadata: {} }],
    ['no answer', new Error('no')],
    ['an empty name and code', { name: '', code: '' }],
    ['a text', 'ThrottlingException'],
    ['null', null],
    ['undefined', undefined],
  ])('but not after %s', (_name, error) => {
    expect(isTransientAwsError(error)).toBe(false);
  });
});
