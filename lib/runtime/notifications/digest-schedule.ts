import { milliseconds } from '../../notification-rules/durations';
import type { Digest, Schedule, Weekday } from '../../notification-rules/rules';
import { DAY, firstInstantAt, timeOfDay, wallClockAt } from './zone-clock';

const WEEKDAYS: readonly Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** When a digest that opens now is closed: it takes what comes before. */
export function flushOf(digest: Digest, zone: string, opens: number): number {
  return digest.schedule === undefined ? opens + milliseconds(digest.window!) : nextTime(digest.schedule, zone, opens);
}

/** The first scheduled time after an instant. */
function nextTime({ at, days }: Schedule, zone: string, after: number): number {
  const times = at.map(timeOfDay).sort((one, other) => one - other);
  const today = Math.floor(wallClockAt(zone, after) / DAY) * DAY;
  // A clock set back over midnight shows the day before again.
  for (let day = today - DAY; ; day += DAY) {
    if (days !== undefined && !days.includes(WEEKDAYS[new Date(day).getUTCDay()]!)) continue;
    const next = times.map((time) => firstInstantAt(zone, day + time)).find((instant) => instant > after);
    if (next !== undefined) return next;
  }
}
