import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { deterministicId } from '../../../runtime/deterministic-id';
import { putEvent } from '../../../runtime/put-event';
import type { Telemetry } from '../../../runtime/telemetry';
import {
  type FailRequest,
  INPUT_FAULT,
  NIGHT_EVENT_SOURCE,
  NightEvent,
  NightMetric,
  type ReconciliationFailed,
  type Refusal,
  RunKey,
} from '../contract';
import type { Nights } from './nights';
import { boundedReason } from './refusing';
import type { RunStore } from './run-store';

export interface FailDependencies {
  readonly reconciliation: string;
  readonly store: RunStore;
  readonly nights: Pick<Nights, 'failed'>;
  readonly eventBridge: Pick<EventBridgeClient, 'send'>;
  readonly telemetry: Pick<Telemetry, 'count' | 'logger'>;
}

/**
 * Tells that an attempt failed, and why: by metric, by event, and where the night is noted. May be repeated: the event keeps its id.
 *
 * AWS actions: `s3:GetObject` on the refusals of our bucket and `s3:ListBucket` on it, `dynamodb:UpdateItem` on the register's table, `events:PutEvents` on the default bus.
 */
export function createFail({
  reconciliation,
  store,
  nights,
  eventBridge,
  telemetry,
}: FailDependencies): (request: FailRequest) => Promise<void> {
  return async (request) => {
    telemetry.count(NightMetric.FAILED);
    const { date, run, attempt, step, error } = request;
    const refusal = await store.readJson<Refusal>(RunKey.refusal(request, attempt));
    const thrown = thrownBy(error);
    const event: ReconciliationFailed = {
      version: 1,
      eventId: deterministicId(NightEvent.FAILED, store.bucket, reconciliation, date, run, attempt),
      ...{ reconciliation, date, run },
      step: refusal?.step ?? step ?? 'unknown',
      input: refusal !== undefined || thrown.name === INPUT_FAULT,
      reason: boundedReason(refusal?.reason ?? `${thrown.name}: ${thrown.message}`),
    };
    telemetry.logger.error('the reconciliation of a business date failed', { ...event });
    await putEvent(NIGHT_EVENT_SOURCE, NightEvent.FAILED, event, eventBridge);
    await nights.failed(request);
  };
}

/** Of a function that threw, Step Functions has a JSON for its cause: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
function thrownBy({ Error: name = 'Error', Cause: cause = 'no cause was given' }: FailRequest['error']): {
  readonly name: string;
  readonly message: string;
} {
  try {
    const { errorType, errorMessage } = JSON.parse(cause) as { readonly errorType?: string; readonly errorMessage?: string };
    return { name: errorType ?? name, message: errorMessage ?? cause };
  } catch {
    return { name, message: cause };
  }
}
