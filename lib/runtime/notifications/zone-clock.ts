/** The wall clock of a time zone, as milliseconds that would be its instant in UTC; by the time zone data of this Node.js. */

export const DAY = 86_400_000;
const STEP = 6 * 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    const [date, time] = [
      { year: 'numeric', month: 'numeric', day: 'numeric' },
      { hour: 'numeric', minute: 'numeric', second: 'numeric' },
    ] as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...date, ...time });
    formats.set(zone, format);
  }
  return format;
}

/** Milliseconds by which the wall clock is ahead of UTC. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0;
  const [month, day, year, hour, minute, second] = formatOf(zone).format(instant).match(/\d+/g)!.map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

export function wallClockAt(zone: string, instant: number): number {
  return instant + offsetAt(zone, instant);
}

/** The first instant after `from`, at most `to`, at which the clock was changed. */
export function nextClockChange(zone: string, from: number, to: number): number | undefined {
  const offset = offsetAt(zone, from);
  for (let low = from; low < to; low += STEP) {
    const high = Math.min(low + STEP, to);
    if (offsetAt(zone, high) !== offset) return changeBetween(zone, low, high, offset);
  }
  return undefined;
}

function changeBetween(zone: string, low: number, high: number, offset: number): number {
  let [before, after] = [low, high];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(zone, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

/** When the clock first shows a time or, where the clock skips it, a later one. A time that it shows twice means the first. */
export function firstInstantAt(zone: string, wallClock: number): number {
  // No zone is farther from UTC than a day.
  const [before, after] = [offsetAt(zone, wallClock - DAY), offsetAt(zone, wallClock + DAY)];
  const [early, late] = [wallClock - Math.max(before, after), wallClock - Math.min(before, after)];
  const shown = [early, late].find((instant) => wallClockAt(zone, instant) === wallClock);
  return shown ?? nextClockChange(zone, early, late) ?? late;
}

/** `HH:MM` as milliseconds since midnight. */
export function timeOfDay(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return (hours! * 60 + minutes!) * 60_000;
}

/** As far as a remainder goes, also below zero. */
export function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
