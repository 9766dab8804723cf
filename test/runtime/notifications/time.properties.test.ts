import fc from 'fast-check';
import { clockIn, isQuiet, nextScheduled } from '../../../examples/notification-fanout/storm/oracle/wall-clock';
import type { Digest, QuietHours } from '../../../lib/notification-rules/rules';
import { flushOf } from '../../../lib/runtime/notifications/digest-schedule';
import { quietUntil } from '../../../lib/runtime/notifications/quiet-hours';
import { firstInstantAt, nextClockChange, offsetAt, wallClockAt } from '../../../lib/runtime/notifications/zone-clock';

jest.setTimeout(120_000);

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const zone = fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone'));
/** Whole minutes of the years in which every zone is a whole number of minutes from UTC. */
const minute = fc.integer({ min: Date.UTC(1973, 0) / MINUTE, max: Date.UTC(2037, 0) / MINUTE }).map((count) => count * MINUTE);
const time = fc
  .integer({ min: 0, max: 1439 })
  .map((at) => `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`);
const hours: fc.Arbitrary<QuietHours> = fc.record({ start: time, end: time }).filter(({ start, end }) => start !== end);

/** An instant within a day before a clock change, or any when the zone has none in two years. */
const nearChange = fc
  .record({ place: zone, from: minute, before: fc.integer({ min: 0, max: 1440 }) })
  .map(({ place, from, before }) => ({ place, instant: (nextClockChange(place, from, from + 730 * DAY) ?? from) - before * MINUTE }));

/** Minute by minute. */
function firstNotQuiet(quiet: QuietHours, place: string, from: number): number {
  let at = from;
  while (isQuiet(quiet, clockIn(place, at))) at += MINUTE;
  return at;
}

test('a held message leaves at the first minute that is not quiet, in any zone, over any clock change', () => {
  fc.assert(
    fc.property(nearChange, hours, ({ place, instant }, quiet) => {
      expect(quietUntil(quiet, place, instant)).toBe(firstNotQuiet(quiet, place, instant));
    }),
    { numRuns: 150 },
  );
});

test('what leaves is never quiet, and what is not quiet leaves at once', () => {
  fc.assert(
    fc.property(zone, minute, hours, fc.integer({ min: 0, max: 59_999 }), (place, instant, quiet, milliseconds) => {
      const at = instant + milliseconds;
      const leaves = quietUntil(quiet, place, at);
      expect(isQuiet(quiet, clockIn(place, leaves))).toBe(false);
      expect(leaves === at).toBe(!isQuiet(quiet, clockIn(place, at)));
      expect(quietUntil(quiet, place, leaves)).toBe(leaves);
    }),
    { numRuns: 500 },
  );
});

test('a scheduled digest is flushed at the first minute that reaches one of its times, in any zone, over any clock change', () => {
  fc.assert(
    fc.property(nearChange, fc.array(time, { minLength: 1, maxLength: 3 }), ({ place, instant }, at) => {
      expect(flushOf({ schedule: { at } }, place, instant)).toBe(nextScheduled({ at }, place, instant));
    }),
    { numRuns: 60 },
  );
});

describe('the clock of a zone', () => {
  test('shows what Intl shows', () => {
    fc.assert(
      fc.property(zone, minute, (place, instant) => {
        const { day, minute: shown } = clockIn(place, instant);
        expect(wallClockAt(place, instant)).toBe(Date.parse(`${day}T00:00:00Z`) + shown * MINUTE);
      }),
      { numRuns: 500 },
    );
  });

  test('first shows a time, or a later one where it skips it', () => {
    fc.assert(
      fc.property(nearChange, fc.integer({ min: -1440, max: 1440 }), ({ place, instant }, shift) => {
        const wanted = wallClockAt(place, instant) + shift * MINUTE;
        const found = firstInstantAt(place, wanted);
        expect(wallClockAt(place, found)).toBeGreaterThanOrEqual(wanted);
        expect(wallClockAt(place, found - 1)).toBeLessThan(wanted);
        const change = nextClockChange(place, found - 2 * DAY, found);
        if (wallClockAt(place, found) !== wanted) expect(change).toBe(found);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['Europe/Berlin', '2026-03-01T00:00Z', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-01T00:00Z', '2026-10-25T01:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-01T00:00Z', '2026-04-04T15:00:00.000Z'],
    ['Pacific/Apia', '2011-12-20T00:00Z', '2011-12-30T10:00:00.000Z'],
    ['Africa/Monrovia', '1972-01-01T00:00Z', '1972-01-07T00:44:30.000Z'],
  ])('%s is changed next after %s at %s', (place, from, at) => {
    expect(new Date(nextClockChange(place, Date.parse(from), Date.parse(from) + 60 * DAY)!).toISOString()).toBe(at);
  });

  test('knows seconds, and times before 1970', () => {
    expect(offsetAt('Africa/Monrovia', Date.UTC(1971, 0))).toBe(-(44 * 60 + 30) * 1000);
    expect(offsetAt('Europe/Berlin', Date.UTC(1969, 0) + 1)).toBe(3_600_000);
  });
});

describe('quiet hours', () => {
  test.each([
    // [start, end): the first minute is quiet, the last is not.
    ['22:00', '08:00', 'UTC', '2026-11-21T21:59:59.999Z', '2026-11-21T21:59:59.999Z'],
    ['22:00', '08:00', 'UTC', '2026-11-21T22:00Z', '2026-11-22T08:00Z'],
    ['22:00', '08:00', 'UTC', '2026-11-22T07:59:59.999Z', '2026-11-22T08:00Z'],
    ['22:00', '08:00', 'UTC', '2026-11-22T08:00Z', '2026-11-22T08:00Z'],
    ['12:00', '13:00', 'UTC', '2026-11-22T12:30Z', '2026-11-22T13:00Z'],
    ['00:00', '00:01', 'UTC', '2026-11-22T00:00:30Z', '2026-11-22T00:01Z'],
    // A night of 23 hours, and one of 25.
    ['22:00', '08:00', 'Europe/Berlin', '2026-03-28T22:00Z', '2026-03-29T06:00Z'],
    ['22:00', '08:00', 'Europe/Berlin', '2026-10-24T21:00Z', '2026-10-25T07:00Z'],
    // 02:30 is skipped: the clock goes from 02:00 to 03:00, which is not quiet.
    ['22:00', '02:30', 'Europe/Berlin', '2026-03-28T22:00Z', '2026-03-29T01:00Z'],
    // All of it is skipped: never quiet that night.
    ['02:15', '02:45', 'Europe/Berlin', '2026-03-29T01:00Z', '2026-03-29T01:00Z'],
    // 02:30 comes twice: quiet ends, and begins again when the clock is set back to 02:00.
    ['22:00', '02:30', 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T00:30Z'],
    ['22:00', '02:30', 'Europe/Berlin', '2026-10-25T00:45Z', '2026-10-25T00:45Z'],
    ['22:00', '02:30', 'Europe/Berlin', '2026-10-25T01:10Z', '2026-10-25T01:30Z'],
    // The end is the hour that comes again: not quiet at its first, quiet only up to it.
    ['22:00', '03:00', 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T02:00Z'],
    // Half an hour.
    ['22:00', '01:45', 'Australia/Lord_Howe', '2026-04-04T14:00Z', '2026-04-04T14:45Z'],
    ['22:00', '02:00', 'Australia/Lord_Howe', '2026-04-04T14:00Z', '2026-04-04T15:30Z'],
    // A day that the calendar skips.
    ['20:00', '10:00', 'Pacific/Apia', '2011-12-30T08:00Z', '2011-12-30T20:00Z'],
    // Leap days.
    ['22:00', '08:00', 'UTC', '2024-02-28T23:00Z', '2024-02-29T08:00Z'],
    ['22:00', '08:00', 'UTC', '2024-02-29T23:00Z', '2024-03-01T08:00Z'],
    ['22:00', '08:00', 'America/New_York', '2028-02-29T04:00Z', '2028-02-29T13:00Z'],
    // Offsets that are no whole hours.
    ['22:00', '08:00', 'Asia/Kathmandu', '2026-11-21T16:15Z', '2026-11-22T02:15Z'],
  ])('%s to %s in %s: %s leaves at %s', (start, end, place, at, leaves) => {
    expect(new Date(quietUntil({ start, end }, place, Date.parse(at))).toISOString()).toBe(new Date(leaves).toISOString());
  });
});

describe('a schedule', () => {
  test.each<[Digest['schedule'], string, string, string]>([
    [{ at: ['09:00'] }, 'UTC', '2026-11-21T08:59Z', '2026-11-21T09:00Z'],
    [{ at: ['09:00'] }, 'UTC', '2026-11-21T09:00Z', '2026-11-22T09:00Z'],
    [{ at: ['18:00', '09:00'] }, 'UTC', '2026-11-21T09:00Z', '2026-11-21T18:00Z'],
    [{ at: ['09:00'], days: ['monday'] }, 'UTC', '2026-11-21T09:00Z', '2026-11-23T09:00Z'],
    [{ at: ['09:00'], days: ['monday'] }, 'UTC', '2026-11-23T09:00Z', '2026-11-30T09:00Z'],
    // Sunday there, Saturday in UTC.
    [{ at: ['09:00'], days: ['sunday'] }, 'Asia/Tokyo', '2026-11-21T23:00Z', '2026-11-22T00:00Z'],
    [{ at: ['00:00'] }, 'UTC', '2024-02-28T12:00Z', '2024-02-29T00:00Z'],
    // Skipped: when the clock jumps over it. Twice: the first.
    [{ at: ['02:30'] }, 'Europe/Berlin', '2026-03-29T00:00Z', '2026-03-29T01:00Z'],
    [{ at: ['02:30'] }, 'Europe/Berlin', '2026-10-24T23:00Z', '2026-10-25T00:30Z'],
    [{ at: ['02:30'] }, 'Europe/Berlin', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    // A clock set back over midnight shows 23:30 again: it was flushed at the first.
    [{ at: ['23:30'] }, 'America/Sao_Paulo', '2018-02-18T01:30Z', '2018-02-19T02:30Z'],
  ])('%j in %s after %s is %s', (schedule, place, after, at) => {
    expect(new Date(flushOf({ schedule: schedule! }, place, Date.parse(after))).toISOString()).toBe(new Date(at).toISOString());
  });

  test('a window is of elapsed time', () => {
    expect(flushOf({ window: 'P1D' }, 'Europe/Berlin', Date.parse('2026-03-28T12:00Z'))).toBe(Date.parse('2026-03-29T12:00Z'));
  });
});
