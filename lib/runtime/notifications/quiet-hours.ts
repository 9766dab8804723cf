import type { QuietHours } from '../../notification-rules/rules';
import { DAY, modulo, nextClockChange, offsetAt, timeOfDay } from './zone-clock';

/** The first instant from `instant` on that is not quiet: itself, when it is not. */
export function quietUntil({ start, end }: QuietHours, zone: string, instant: number): number {
  const [from, to] = [timeOfDay(start), timeOfDay(end)];
  const isQuiet = (time: number): boolean => (from < to ? time >= from && time < to : time >= from || time < to);
  let at = instant;
  for (;;) {
    const time = modulo(at + offsetAt(zone, at), DAY);
    if (!isQuiet(time)) return at;
    const ends = at + modulo(to - time, DAY);
    const change = nextClockChange(zone, at, ends);
    if (change === undefined) return ends;
    at = change;
  }
}
