export { type AlarmDefinition, AlarmNotice, type AlarmOverride, AlarmSet, type AlarmSetProps } from './blocks/alarm-set';
export { Alarms, type AlarmsToTopicOptions } from './blocks/alarms';
export { ClaimBucket, type ClaimBucketProps } from './blocks/claim-bucket';
export { Deployment, type TrafficShift } from './blocks/deployment';
export { type ContractRuleProps, EventContract, type EventContractProps } from './blocks/event-contract';
export { type EntryHandlerOptions, type GivenFunctionOptions, Handler, type HandlerOptions } from './blocks/handler';
export { HandlerFunction, type HandlerFunctionProps } from './blocks/handler-function';
export { type GuardRequestsOptions, IdempotencyTable, type IdempotencyTableProps, type LateCopies } from './blocks/idempotency-table';
export type { Objective } from './blocks/objective';
export { OutboxRelay, type OutboxRelayProps } from './blocks/outbox-relay';
export type { IOutboxTable } from './blocks/outbox-table';
export { ParkingDesk } from './blocks/parking-desk';
export type { ParkingDeskProps, RedriveOptions } from './blocks/parking-desk-props';
export { type ParkingDeskOptions, ParkingLot } from './blocks/parking-lot';
export { type AutoscaledConcurrency, ProvisionedConcurrency } from './blocks/provisioned-concurrency';
export { QueueWorker } from './blocks/queue-worker';
export type { QueueWorkerProps } from './blocks/queue-worker-props';
export { RetryBudget, type RetryBudgetProps, type RetryHop, type RetryPlan } from './blocks/retry-budget';
export * from './patterns/nightly-reconciliation';
export * from './patterns/notification-fanout';
export * from './patterns/webhook-ingestion';
export { BudgetAction, CostBudget, type CostBudgetProps } from './review/cost-budget';
export {
  DeliveryReview,
  type DeliveryReviewProps,
  type ReviewAssumptions,
  type ReviewBudget,
  type ReviewIgnore,
  type ReviewObjectives,
  ReviewSeverity,
} from './review/delivery-review';
