import fc from 'fast-check';
import { businessDateOf, readCalendar } from '../../../../lib/patterns/nightly-reconciliation/handlers/business-date';

const MIDNIGHT = 1440;
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const WEEK = [1, 2, 3, 4, 5];
const zurich = (cutOffMinutes: number, weekdays = EVERY_DAY, holidays: string[] = []) => ({
  timeZone: 'Europe/Zurich',
  cutOffMinutes,
  weekdays,
  holidays,
});
const at = (time: string, calendar: Parameters<typeof businessDateOf>[1]) => businessDateOf(Date.parse(time), calendar);

describe('the business date of a scheduled time', () => {
  test.each([
    ['a run in the night takes the day before', '2026-11-21T01:00:00Z', zurich(MIDNIGHT), '2026-11-20'],
    ['local midnight itself belongs to the day before as its end', '2026-11-20T23:00:00Z', zurich(MIDNIGHT), '2026-11-20'],
    ['a minute before midnight the day has not ended', '2026-11-20T22:59:00Z', zurich(MIDNIGHT), '2026-11-19'],
    ['a day that ended at 18:00 is taken at 18:00', '2026-11-20T17:00:00Z', zurich(18 * 60), '2026-11-20'],
    ['and not a minute earlier', '2026-11-20T16:59:00Z', zurich(18 * 60), '2026-11-19'],
    ['on Sunday night it is Friday for those who work from Monday to Friday', '2026-11-23T01:00:00Z', zurich(MIDNIGHT, WEEK), '2026-11-20'],
    ['holidays are no business days', '2026-11-23T01:00:00Z', zurich(MIDNIGHT, WEEK, ['2026-11-20', '2026-11-19']), '2026-11-18'],
    ['the night of 29 February', '2028-03-01T01:00:00Z', zurich(MIDNIGHT), '2028-02-29'],
    ['the night of 28 February in a year without the 29th', '2027-03-01T01:00:00Z', zurich(MIDNIGHT), '2027-02-28'],
    ['New Year', '2027-01-01T01:00:00Z', zurich(MIDNIGHT), '2026-12-31'],
    ['the night in which 02:30 does not exist', '2026-03-29T01:30:00Z', zurich(MIDNIGHT), '2026-03-28'],
    ['the first 02:30 of the night that has two', '2026-10-25T00:30:00Z', zurich(MIDNIGHT), '2026-10-24'],
    ['the second one is the same night', '2026-10-25T01:30:00Z', zurich(MIDNIGHT), '2026-10-24'],
    ['a cut-off in the repeated hour: before', '2026-10-24T23:59:00Z', zurich(120), '2026-10-24'],
    ['a cut-off in the repeated hour: after', '2026-10-25T00:00:00Z', zurich(120), '2026-10-25'],
  ])('%s', (_, time, calendar, date) => expect(at(time, calendar)).toBe(date));

  test('is the day in the zone of the calendar, not in UTC', () => {
    const noon = '2026-11-20T12:00:00Z';
    expect(at(noon, { ...zurich(MIDNIGHT), timeZone: 'Pacific/Kiritimati' })).toBe('2026-11-20');
    expect(at(noon, { ...zurich(MIDNIGHT), timeZone: 'Pacific/Pago_Pago' })).toBe('2026-11-19');
  });
});

/** Offsets from UTC in minutes, by the laws of each place since 2008 and without any table of zones. */
const OFFSETS: Readonly<Record<string, (time: number) => number>> = {
  UTC: () => 0,
  'Asia/Kolkata': () => 330,
  'Asia/Kathmandu': () => 345,
  'Asia/Tokyo': () => 540,
  ...Object.fromEntries(
    [
      ['Europe/Lisbon', 0],
      ['Europe/Zurich', 60],
      ['Europe/Athens', 120],
    ].map(([zone, standard]) => [zone, (time: number) => (isEuropeanSummer(time) ? Number(standard) + 60 : Number(standard))]),
  ),
  'America/New_York': (time) => (isAmericanSummer(time, -300) ? -240 : -300),
  'America/Los_Angeles': (time) => (isAmericanSummer(time, -480) ? -420 : -480),
  'Australia/Sydney': (time) => (isAustralianSummer(time, 600) ? 660 : 600),
  'Australia/Lord_Howe': (time) => (isAustralianSummer(time, 630, 660) ? 660 : 630),
};

/** The nth Sunday of a month, 1 for January; -1 for the last. In milliseconds, midnight UTC. */
function sunday(year: number, month: number, nth: number): number {
  const sundays = Array.from({ length: 31 }, (_, day) => new Date(Date.UTC(year, month - 1, day + 1))).filter(
    (day) => day.getUTCDay() === 0 && day.getUTCMonth() === month - 1,
  );
  return sundays.at(nth > 0 ? nth - 1 : nth)!.getTime();
}
const HOUR = 3_600_000;
const MINUTE = 60_000;
const yearOf = (time: number) => new Date(time).getUTCFullYear();

function isEuropeanSummer(time: number): boolean {
  return time >= sunday(yearOf(time), 3, -1) + HOUR && time < sunday(yearOf(time), 10, -1) + HOUR;
}
function isAmericanSummer(time: number, standard: number): boolean {
  const year = yearOf(time + standard * MINUTE);
  return time >= sunday(year, 3, 2) + 2 * HOUR - standard * MINUTE && time < sunday(year, 11, 1) + HOUR - standard * MINUTE;
}
function isAustralianSummer(time: number, standard: number, summer = standard + 60): boolean {
  const year = yearOf(time + standard * MINUTE);
  return time < sunday(year, 4, 1) + 2 * HOUR - summer * MINUTE || time >= sunday(year, 10, 1) + 2 * HOUR - standard * MINUTE;
}

test('over zones, changes of the clock, cut-offs and calendars, it is the latest business day that had ended on the wall clock', () => {
  const changes = Object.keys(OFFSETS).flatMap(() =>
    [2008, 2015, 2026, 2030].flatMap((year) =>
      [
        [3, 2],
        [3, -1],
        [4, 1],
        [10, 1],
        [10, -1],
        [11, 1],
      ].map(([month, nth]) => sunday(year, month!, nth!)),
    ),
  );
  const time = fc.oneof(
    fc.integer({ min: Date.UTC(2008, 0, 2), max: Date.UTC(2035, 11, 30) }),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -26 * 60, max: 26 * 60 }))
      .map(([change, minutes]) => change + minutes * MINUTE),
  );
  fc.assert(
    fc.property(
      time,
      fc.constantFrom(...Object.keys(OFFSETS)),
      fc.integer({ min: 1, max: MIDNIGHT }),
      fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 20 }),
      (now, timeZone, cutOffMinutes, weekdays, daysOff) => {
        const wall = new Date(now + OFFSETS[timeZone]!(now) * MINUTE);
        const days = Array.from(
          { length: 400 },
          (_, ago) => new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() - ago)),
        );
        const text = (day: Date) => day.toISOString().slice(0, 10);
        const holidays = daysOff.map((ago) => text(days[ago]!));
        const ended = days.filter((day) => day.getTime() + cutOffMinutes * MINUTE <= wall.getTime());
        const expected = ended.find((day) => weekdays.includes(day.getUTCDay()) && !holidays.includes(text(day)))!;
        expect(businessDateOf(now, { timeZone, cutOffMinutes, weekdays, holidays })).toBe(text(expected));
      },
    ),
    { numRuns: 3_000 },
  );
});

describe('a calendar', () => {
  test('is read from the environment', () => {
    const calendar = zurich(MIDNIGHT, WEEK, ['2026-12-25']);
    expect(readCalendar(JSON.stringify(calendar))).toEqual(calendar);
  });

  test.each([
    ['no business day in the week', { weekdays: [] }],
    ['a day that no week has', { weekdays: [7] }],
    ['half a day', { weekdays: [1.5] }],
    ['a zone that is none', { timeZone: 'Europe/Atlantis' }],
    ['a day that ends when it begins', { cutOffMinutes: 0 }],
    ['a day that ends after its end', { cutOffMinutes: 1441 }],
    ['a holiday on a day that is none', { holidays: ['2027-02-29'] }],
    ['no holidays at all', { holidays: undefined }],
  ])('is refused with %s', (_, change) => expect(readCalendar(JSON.stringify({ ...zurich(MIDNIGHT), ...change }))).toBeUndefined());

  test.each(['', 'null', '[]', '{', '7'])('is refused as %j', (text) => expect(readCalendar(text)).toBeUndefined());
});
