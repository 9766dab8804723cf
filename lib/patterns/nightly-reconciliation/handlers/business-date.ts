import { businessDayOf } from '../../../runtime/reconciliation/business-day';
import type { CalendarSettings } from '../contract';

const MILLISECONDS_A_DAY = 86_400_000;
const MINUTES_A_DAY = 1440;
/** 1970-01-01 was a Thursday. */
const WEEKDAY_OF_DAY_ZERO = 4;

/**
 * The business date that is reconciled at a time: the last business day that had ended by then, on the wall clock of the calendar's zone.
 *
 * @param time milliseconds since the epoch
 * @returns `YYYY-MM-DD`
 */
export function businessDateOf(time: number, calendar: CalendarSettings): string {
  const { day, minutes } = wallClock(time, calendar.timeZone);
  const holidays = new Set(calendar.holidays);
  let last = minutes >= calendar.cutOffMinutes ? day : day - 1;
  while (!calendar.weekdays.includes(weekdayOf(last)) || holidays.has(dateOf(last))) last -= 1;
  return dateOf(last);
}

/** What {@link readCalendar} takes, for people. */
export const CALENDAR_ALLOWED =
  'JSON with an IANA timeZone, cutOffMinutes from 1 to 1440, at least one of the weekdays 0 to 6, and holidays as YYYY-MM-DD';

/** @returns undefined for anything but a calendar with business days */
export function readCalendar(text: string): CalendarSettings | undefined {
  try {
    const { timeZone, cutOffMinutes, weekdays, holidays } = JSON.parse(text) as CalendarSettings;
    wallClock(0, timeZone);
    for (const holiday of holidays) businessDayOf(holiday);
    const isCutOff = Number.isInteger(cutOffMinutes) && cutOffMinutes >= 1 && cutOffMinutes <= MINUTES_A_DAY;
    const hasDays = weekdays.length > 0 && weekdays.every((day) => Number.isInteger(day) && day >= 0 && day <= 6);
    return isCutOff && hasDays ? { timeZone, cutOffMinutes, weekdays, holidays } : undefined;
  } catch {
    return undefined;
  }
}

function wallClock(time: number, timeZone: string): { readonly day: number; readonly minutes: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  return {
    day: Date.UTC(parts.year!, parts.month! - 1, parts.day!) / MILLISECONDS_A_DAY,
    minutes: parts.hour! * 60 + parts.minute!,
  };
}

function weekdayOf(day: number): number {
  return (((day + WEEKDAY_OF_DAY_ZERO) % 7) + 7) % 7;
}

function dateOf(day: number): string {
  return new Date(day * MILLISECONDS_A_DAY).toISOString().slice(0, 10);
}
