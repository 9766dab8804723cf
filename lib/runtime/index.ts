export {
  AlreadyParkedError,
  ConditionFailedError,
  HandlerTimeoutError,
  IdempotencyConflictError,
  InvalidOperationError,
  MalformedMessageError,
  PermanentError,
  RetryAfterError,
  SchemaError,
} from './failures';
export type { Message } from './message/message';
export type { StandardSchema } from './standard-schema';
export type { CheckOperation, DeleteOperation, Item, OperationOptions, PutOperation, UpdateOperation } from './transaction/operation';
export type { Transaction } from './transaction/transaction';
export type { HandlerContext, PlainMessage, WorkerOptions } from './worker/options';
export { readWorkerSettings, type WorkerSettings } from './worker/settings';
export { createWorker, type WorkerDependencies, type WorkerHandler, worker } from './worker/worker';
