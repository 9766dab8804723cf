/** Days on which clocks that are put forward leave out a time of day. */
export interface SkippedTime {
  /** Months in which it happens, 1 for January. */
  readonly months: readonly number[];
  /** Days of the week on which it happens, 0 for Sunday. */
  readonly weekdays: readonly number[];
  /** Minutes that are left out. */
  readonly minutes: number;
}

// Fixed, so that the template of a stack does not depend on the day it is synthesised. Laws that change later come with a newer time zone database.
const YEARS: readonly [number, number] = [2026, 2035];
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/**
 * Looks in the time zone database for days that don't have a time of day.
 *
 * @param zone IANA name
 * @param minuteOfDay minutes after local midnight
 * @returns undefined when every day has it
 */
export function skippedTimeOf(zone: string, minuteOfDay: number): SkippedTime | undefined {
  const offsetAt = offsetsOf(zone);
  const days: Date[] = [];
  let minutes = 0;
  const end = Date.UTC(YEARS[1] + 1, 0, 1);
  // No zone changes its clocks twice within a week.
  for (let from = Date.UTC(YEARS[0], 0, 1); from < end; from += 7 * DAY) {
    const [before, after] = [offsetAt(from), offsetAt(from + 7 * DAY)];
    if (after <= before) continue;
    const change = changeBetween(from, from + 7 * DAY, offsetAt);
    const local = new Date(change + before * MINUTE);
    const first = local.getUTCHours() * 60 + local.getUTCMinutes();
    if (minuteOfDay < first || minuteOfDay >= first + after - before) continue;
    days.push(local);
    minutes = Math.max(minutes, after - before);
  }
  if (days.length === 0) return undefined;
  return {
    months: distinct(days.map((day) => day.getUTCMonth() + 1)),
    weekdays: distinct(days.map((day) => day.getUTCDay())),
    minutes,
  };
}

/** @returns minutes by which local time is ahead of UTC, at a time in milliseconds */
function offsetsOf(zone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (time) => {
    const name = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}

/** The first minute that has the later offset. */
function changeBetween(from: number, to: number, offsetAt: (time: number) => number): number {
  const later = offsetAt(to);
  let [low, high] = [from / MINUTE, to / MINUTE];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * MINUTE) === later) high = middle;
    else low = middle;
  }
  return high * MINUTE;
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((one, other) => one - other);
}
