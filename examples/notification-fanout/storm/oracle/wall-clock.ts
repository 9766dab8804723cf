import type { Hours, Schedule } from './rules-file';

/** What the clock shows: day as `YYYY-MM-DD`, and minutes since its midnight. */
export interface Shown {
  readonly day: string;
  readonly minute: number;
}

/** The first day of 1970 was a Thursday, and is 4 here. */
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const clocks = new Map<string, { readonly format: Intl.DateTimeFormat; readonly shown: Map<number, Shown> }>();

/** By the text that Sweden writes, which is ISO 8601. */
export function clockIn(zone: string, instant: number): Shown {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = { format: new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }), shown: new Map() };
    clocks.set(zone, clock);
  }
  const known = clock.shown.get(instant);
  if (known !== undefined) return known;
  const [day, time] = clock.format.format(instant).split(' ');
  const shown = { day: day!, minute: minuteOf(time!) };
  clock.shown.set(instant, shown);
  return shown;
}

export function isQuiet({ start, end }: Hours, { minute }: Shown): boolean {
  const [from, to] = [minuteOf(start), minuteOf(end)];
  return (minute - from + 1440) % 1440 < (to - from + 1440) % 1440;
}

/** Whether a scheduled time has come between the step before and this one. A clock that was set back shows no new times until it is where it was. */
export function crossesSchedule(schedule: Schedule, zone: string, now: number, stepMinutes: number): boolean {
  return isBetween(schedule, furthestBefore(zone, now, stepMinutes), written(clockIn(zone, now)));
}

/** The first minute after an instant at which a scheduled time comes. */
export function nextScheduled(schedule: Schedule, zone: string, after: number): number {
  let furthest = Math.max(furthestBefore(zone, after, 1), written(clockIn(zone, after)));
  for (let now = after + 60_000; ; now += 60_000) {
    const shown = written(clockIn(zone, now));
    if (isBetween(schedule, furthest, shown)) return now;
    furthest = Math.max(furthest, shown);
  }
}

function furthestBefore(zone: string, now: number, stepMinutes: number): number {
  let furthest = 0;
  for (let before = stepMinutes; before <= 26 * 60; before += stepMinutes)
    furthest = Math.max(furthest, written(clockIn(zone, now - before * 60_000)));
  return furthest;
}

function isBetween({ at, days }: Schedule, furthest: number, shown: number): boolean {
  for (let minute = furthest + 1; minute <= shown; minute += 1) {
    const [midnight, ofDay] = [Math.floor(minute / 1440), minute % 1440];
    const weekday = WEEKDAYS[(midnight + 4) % 7]!;
    if (at.some((time) => minuteOf(time) === ofDay) && (days === undefined || days.includes(weekday))) return true;
  }
  return false;
}

/** Minutes of the calendar, as if it were that of UTC. */
function written({ day, minute }: Shown): number {
  return Date.parse(`${day}T00:00:00Z`) / 60_000 + minute;
}

function minuteOf(text: string): number {
  const [hours, minutes] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}
