import type { Telemetry } from '../../../runtime/telemetry';
import { type CalendarSettings, NightMetric, type WatchRequest } from '../contract';
import { businessDateOf } from './business-date';
import type { Nights } from './nights';
import { scheduledTimeOf } from './scheduled-time';

export interface WatchDependencies {
  readonly calendar: CalendarSettings;
  readonly lateAfterSeconds: number;
  readonly nights: Pick<Nights, 'find'>;
  readonly telemetry: Pick<Telemetry, 'count' | 'logger'>;
}

/**
 * Tells whether the night that was to start so many seconds before this call was due came to its end by then: 1 when not, also when it was never started.
 *
 * A date that is done again stays in time when its first run was.
 *
 * AWS action on the register's table: `dynamodb:GetItem`.
 */
export function createWatch({
  calendar,
  lateAfterSeconds,
  nights,
  telemetry,
}: WatchDependencies): (request: WatchRequest) => Promise<void> {
  return async ({ scheduledTime }) => {
    const due = scheduledTimeOf(scheduledTime);
    const date = businessDateOf(due - lateAfterSeconds * 1000, calendar);
    const night = await nights.find(date);
    const isLate = night?.completedAt === undefined || Date.parse(night.completedAt) > due;
    if (isLate) telemetry.logger.error('the reconciliation of a business date is late', { date, night });
    telemetry.count(NightMetric.LATE, undefined, isLate ? 1 : 0);
  };
}
