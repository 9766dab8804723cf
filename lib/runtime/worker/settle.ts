import { ParkedReason, type RetryBudgetSettings, WorkerMetric } from '../../blocks/contract';
import { fullJitter } from '../clock';
import { AlreadyParkedError, IdempotencyConflictError, isNotStarted, permanentReason, requestedDelay } from '../failures';
import type { CommitOutcome } from '../idempotency/commit';
import type { Telemetry } from '../telemetry';
import type { Delivery } from './delivery';
import { CONFLICT, type ParkDependencies, park } from './park';
import { LONGEST_VISIBILITY_SECONDS } from './settings';
import { returnAfter, sendAgain } from './source-queue';

export interface SettleDependencies extends ParkDependencies {
  readonly telemetry: Telemetry;
  readonly retryBudget: RetryBudgetSettings;
}

/** @returns whether the message is to be received again */
export async function settle(delivery: Delivery, outcome: CommitOutcome, dependencies: SettleDependencies): Promise<boolean> {
  const { telemetry, clock } = dependencies;
  switch (outcome.kind) {
    case 'done': {
      telemetry.count(WorkerMetric.DONE);
      const receivedAt = 'error' in delivery.opened ? Number.NaN : Date.parse(delivery.opened.receivedAt);
      if (Number.isFinite(receivedAt)) telemetry.time(WorkerMetric.END_TO_END_TIME, Math.max(0, clock.now() - receivedAt));
      telemetry.logger.debug('done', { idempotencyKey: delivery.key, attempt: delivery.attempt });
      return false;
    }
    case 'duplicate':
      return acknowledgeDuplicate(delivery, telemetry);
    case 'conflict':
      return settleFailure(delivery, new IdempotencyConflictError(CONFLICT), dependencies);
    case 'parked':
      return settleFailure(delivery, new AlreadyParkedError(outcome.parkedAt, outcome.reason), dependencies);
    case 'failed':
      return isNotStarted(outcome.error) && delivery.orderedGroup === undefined
        ? goOnAsCopy(delivery, outcome.error, dependencies)
        : settleFailure(delivery, outcome.error, dependencies);
  }
}

/**
 * The queue has counted the receive, and its count can't be taken back: a copy goes on with the attempts that were really spent. Its key is the same, so the copy can't repeat
 * the effect.
 *
 * @returns whether the message is to be received again
 */
async function goOnAsCopy(delivery: Delivery, error: unknown, dependencies: SettleDependencies): Promise<boolean> {
  const { telemetry } = dependencies;
  const delaySeconds = requestedDelay(error) ?? 0;
  telemetry.logger.info('not started', { idempotencyKey: delivery.key, attempt: delivery.attempt, delaySeconds, error: loggable(error) });
  try {
    await sendAgain(dependencies, delivery.record, { delaySeconds, spentAttempts: delivery.attempt - 1 });
    return false;
  } catch (sendingError) {
    telemetry.logger.warn('could not go on as a copy', { error: loggable(sendingError) });
    return settleFailure(delivery, error, dependencies);
  }
}

/** Parks what no retry can help or what has spent its budget, gives the rest back for later. @returns whether the message is to be received again */
export async function settleFailure(delivery: Delivery, error: unknown, dependencies: SettleDependencies): Promise<boolean> {
  const { telemetry, retryBudget } = dependencies;
  const reason = permanentReason(error) ?? (delivery.attempt >= retryBudget.attempts ? ParkedReason.BUDGET_SPENT : undefined);
  if (reason === undefined) return retryLater(delivery, error, dependencies);
  try {
    const outcome = await park(delivery, reason, error, dependencies);
    switch (outcome.kind) {
      case 'parked':
        telemetry.count(WorkerMetric.PARKED, { reason: outcome.reason });
        telemetry.logger.error('parked', {
          idempotencyKey: delivery.key,
          attempt: delivery.attempt,
          reason: outcome.reason,
          error: loggable(error),
        });
        return false;
      case 'duplicate':
        return acknowledgeDuplicate(delivery, telemetry);
      case 'left':
        telemetry.logger.error("no room for the cause of parking: left to the queue's redrive", {
          idempotencyKey: delivery.key,
          reason,
          error: loggable(error),
        });
        return retryLater(delivery, error, dependencies);
    }
  } catch (parkingError) {
    telemetry.logger.error('could not be parked', { idempotencyKey: delivery.key, reason, error: loggable(parkingError) });
    return retryLater(delivery, error, dependencies);
  }
}

function acknowledgeDuplicate(delivery: Delivery, telemetry: Telemetry): false {
  telemetry.count(WorkerMetric.DUPLICATE);
  telemetry.logger.debug('duplicate', { idempotencyKey: delivery.key, attempt: delivery.attempt });
  return false;
}

async function retryLater(delivery: Delivery, error: unknown, dependencies: SettleDependencies): Promise<true> {
  const { telemetry, clock, retryBudget } = dependencies;
  const longest = Math.min(retryBudget.maxDelaySeconds, LONGEST_VISIBILITY_SECONDS);
  const delay = Math.ceil(
    Math.min(requestedDelay(error) ?? fullJitter(clock, delivery.attempt, retryBudget.baseDelaySeconds, longest), longest),
  );
  telemetry.count(WorkerMetric.RETRIED);
  telemetry.logger.warn('to be retried', {
    idempotencyKey: delivery.key,
    attempt: delivery.attempt,
    delaySeconds: delay,
    error: loggable(error),
  });
  try {
    await returnAfter(dependencies, delivery.record, delay);
  } catch (visibilityError) {
    // Still reported as failed: it comes back after the queue's own visibility timeout.
    telemetry.logger.warn('the backoff could not be set', { error: loggable(visibilityError) });
  }
  return true;
}

function loggable(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
