export type { ApiAnswer } from './api/answers';
export {
  type ApiHandlerContext,
  ApiMetric,
  createIdempotentApi,
  type IdempotentApiDependencies,
  type IdempotentApiHandler,
  type IdempotentApiOptions,
  idempotentApi,
} from './api/idempotent-api';
export type { ApiRequest } from './api/request';
export { type ChannelOptions, channel } from './channels/channel';
export {
  type ChannelAdapter,
  type ChannelRecipient,
  type Content,
  NotSentError,
  type OutgoingMessage,
  RefusedError,
  type RefusedOptions,
  type SentMessage,
} from './channels/contract';
export type { Confirmation, External, ExternalOptions } from './external/external';
export {
  AlreadyParkedError,
  ConditionFailedError,
  HandlerTimeoutError,
  IdempotencyConflictError,
  InvalidOperationError,
  MalformedMessageError,
  NotStartedError,
  PermanentError,
  RetryAfterError,
  SchemaError,
  StepInProgressError,
  UnknownOutcomeError,
} from './failures';
export { LostLeaseError, ResultNotKeptError } from './lease/errors';
export { FencedDynamoDBPersistenceLayer, type FencedPersistenceOptions } from './lease/fenced-persistence-layer';
export type { Message } from './message/message';
export {
  createRecipientStore,
  type RecipientStore,
  type RecipientStoreOptions,
  recipientStore,
  type Unsubscription,
} from './notifications/recipient-store';
export type { EmittedDetail } from './outbox/contract';
export { contractSchema, detailSchema } from './outbox/contract-schema';
export type { EventContract } from './outbox/outbox';
export { createOutboxRelay, type EventPublisher, type OutboxRelayHandler, type RelayDependencies } from './outbox/relay';
export type { StandardSchema } from './standard-schema';
export type { CheckOperation, DeleteOperation, Item, OperationOptions, PutOperation, UpdateOperation } from './transaction/operation';
export type { Transaction } from './transaction/transaction';
export type { HandlerContext, PlainMessage, WorkerOptions } from './worker/options';
export { readWorkerSettings, type WorkerSettings } from './worker/settings';
export { createWorker, type WorkerDependencies, type WorkerHandler, worker } from './worker/worker';
