import type { Rule } from '../rule';
import { blockingConcurrency } from './blocking-concurrency';
import { blockingDatabase } from './blocking-database';
import { blockingMessageGroup } from './blocking-message-group';
import { blockingProvisionedPollers } from './blocking-provisioned-pollers';
import { blockingStream } from './blocking-stream';
import { blockingStreamBisect } from './blocking-stream-bisect';
import { checklistRules } from './checklist';
import { lossAlarmUnheard } from './loss-alarm-unheard';
import { lossAsynchronousInvocation } from './loss-asynchronous-invocation';
import { lossDeliveryStream } from './loss-delivery-stream';
import { lossDurableDestination } from './loss-durable-destination';
import { lossEncryption } from './loss-encryption';
import { lossExecution } from './loss-execution';
import { lossHandOver } from './loss-hand-over';
import { lossParkingDesk } from './loss-parking-desk';
import { lossParkingLotAlarm } from './loss-parking-lot-alarm';
import { lossQueueWithoutDeadLetter } from './loss-queue-without-dead-letter';
import { lossRedrivePermission } from './loss-redrive-permission';
import { lossRetention } from './loss-retention';
import { lossStreamRecord } from './loss-stream-record';
import { lossSwallowedError } from './loss-swallowed-error';
import { lossTopicWithoutSubscription } from './loss-topic-without-subscription';
import { repetitionEffect } from './repetition-effect';
import { repetitionExpressExecution } from './repetition-express-execution';
import { repetitionPartialBatch } from './repetition-partial-batch';
import { sizeHandOver } from './size-hand-over';
import { stormBackoffCap } from './storm-backoff-cap';
import { stormJitter } from './storm-jitter';
import { stormLoop } from './storm-loop';
import { stormReceiveCount } from './storm-receive-count';
import { stormRetryBudget } from './storm-retry-budget';
import { stormRetryLayers } from './storm-retry-layers';
import { stormTimeUntilParked } from './storm-time-until-parked';
import { timeAgeAlarm } from './time-age-alarm';
import { timeAnswerAlarm } from './time-answer-alarm';
import { timeCallerTimeout } from './time-caller-timeout';
import { timeDurableFunction } from './time-durable-function';
import { timeObjective } from './time-objective';
import { timeTaskTimeout } from './time-task-timeout';
import { timeVisibility } from './time-visibility';

/** Every rule, in the order of the categories. */
export const RULES: readonly Rule[] = [
  lossAsynchronousInvocation,
  lossQueueWithoutDeadLetter,
  ...lossHandOver,
  lossStreamRecord,
  lossExecution,
  lossSwallowedError,
  lossTopicWithoutSubscription,
  lossDeliveryStream,
  lossParkingLotAlarm,
  lossParkingDesk,
  lossAlarmUnheard,
  lossRetention,
  lossRedrivePermission,
  lossEncryption,
  lossDurableDestination,
  repetitionEffect,
  repetitionExpressExecution,
  repetitionPartialBatch,
  stormRetryBudget,
  stormRetryLayers,
  stormJitter,
  stormBackoffCap,
  stormTimeUntilParked,
  stormReceiveCount,
  stormLoop,
  blockingStream,
  blockingStreamBisect,
  blockingMessageGroup,
  blockingConcurrency,
  blockingProvisionedPollers,
  blockingDatabase,
  timeCallerTimeout,
  timeVisibility,
  timeDurableFunction,
  timeTaskTimeout,
  timeAgeAlarm,
  timeAnswerAlarm,
  timeObjective,
  sizeHandOver,
  ...checklistRules,
];
