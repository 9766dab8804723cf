import { Duration, Lazy, TimeZone } from 'aws-cdk-lib';
import {
  BusinessCalendar,
  BusinessSchedule,
  type DailyScheduleOptions,
  type NightlyReconciliationProps,
  ReconciliationRules,
  RetryBudget,
} from '../../../lib';
import { environmentOf } from '../../support/cdk/desks';
import { bank, nightly, RULES, rulesFile } from '../../support/cdk/nights';

const at = (options: Partial<DailyScheduleOptions>): Partial<NightlyReconciliationProps> => ({
  schedule: BusinessSchedule.daily({ hour: 5, timeZone: TimeZone.EUROPE_ZURICH, ...options }),
});
const holidays = (...days: string[]) => at({ calendar: BusinessCalendar.mondayToFriday({ holidays: days }) });

test.each<[string, Partial<NightlyReconciliationProps>, string]>([
  ['an hour', at({ hour: 24 }), 'hour of the schedule: allowed 0 to 23, given 24. Change hour.'],
  ['a minute', at({ minute: 60 }), 'minute of the schedule: allowed 0 to 59, given 60'],
  ['a cut-off', at({ cutOff: { hour: 25 } }), 'hour of the end of a business day: allowed 0 to 23, given 25'],
  [
    'a zone',
    at({ timeZone: TimeZone.of('Mars/Olympus') }),
    "one of the IANA database: allowed for example TimeZone.EUROPE_ZURICH, given 'Mars/Olympus'",
  ],
  ['a window', at({ flexibleWindow: Duration.hours(5) }), 'flexible window of a schedule in minutes: allowed 1 to 240, given 300'],
  ['half a minute', at({ flexibleWindow: Duration.seconds(90) }), 'flexible window of a schedule in minutes: allowed 1 to 240, given 1.5'],
  ['a holiday', holidays('2026-02-30'), 'a holiday is a day of the calendar: allowed YYYY-MM-DD, given "2026-02-30"'],
  [
    'holidays',
    holidays(...Array.from({ length: 151 }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10))),
    'holidays must fit the environment of a function, which Lambda limits to 4 KB in all: allowed at most 150, given 151',
  ],
  [
    'a cut-off in the hour by which a skipped call is later',
    at({ hour: 2, cutOff: { hour: 2, minute: 30 } }),
    'clocks in Europe/Zurich skip the time of the schedule once a year, when it is called 60 minutes later: no business day may end in between',
  ],
  ['an objective', { objective: { duration: Duration.minutes(4) } }, 'objective of a run in minutes: allowed 5 to 960, given 4'],
  ['a longer one', { objective: { duration: Duration.hours(17) } }, 'objective of a run in minutes: allowed 5 to 960, given 1020'],
  [
    'an unknown one',
    { objective: { duration: Duration.minutes(Lazy.number({ produce: () => 60 })) } },
    'the objective of a run must be known at synth',
  ],
  ['a retention', { snapshotRetention: Duration.hours(12) }, 'retention of snapshots in days: allowed 1 to 3650, given 0.5'],
  ['breaks', { alarmAboveBreaks: -1 }, 'breaks up to which nobody is told: allowed 0 to 1000000, given -1'],
  [
    'a budget that its steps can not keep',
    { retryBudget: RetryBudget.of({ attempts: 5, within: Duration.hours(1) }) },
    'a retry budget must hold its attempts',
  ],
])('%s out of range is refused, with place, range and what was given', (_, props, told) => {
  const build = () => nightly(bank(), props);
  expect(build).toThrow(/^\[Bank\/LedgerVsBank[^\]]*\] /);
  expect(build).toThrow(told);
});

test.each<[string, string, string]>([
  ['that is missing', '/nowhere/rules.json', 'given ENOENT: no such file or directory'],
  ['that is no JSON', rulesFile('{'), 'reconciliation.json: not valid JSON'],
  ['with a wrong field', rulesFile({ ...RULES, key: [] }), 'reconciliation.json: key'],
  ['with a field too many', rulesFile({ ...RULES, tolerance: 3 }), 'reconciliation.json: the document: tolerance is not known'],
  ['whose fields contradict each other', rulesFile({ ...RULES, timing: { minimumAgeDays: 2 } }), 'timing.minimumAgeDays: needs date'],
])('a rules file %s is refused at synth, with file and field', (_, file, told) => {
  const build = () => nightly(bank(), { rules: ReconciliationRules.fromFile(file) });
  expect(build).toThrow(/^\[Bank\/LedgerVsBank\] the rules of a reconciliation are a file that follows their schema/);
  expect(build).toThrow(told);
});

test('a cut-off beside the skipped hour, or in a zone without one, is taken', () => {
  expect(() => nightly(bank(), at({ hour: 2, cutOff: { hour: 2 } }))).not.toThrow();
  expect(() => nightly(bank(), at({ hour: 2, cutOff: { hour: 3, minute: 1 } }))).not.toThrow();
  expect(() => nightly(bank(), at({ hour: 2, cutOff: { hour: 2, minute: 30 }, timeZone: TimeZone.ASIA_KOLKATA }))).not.toThrow();
});

test.each<[DailyScheduleOptions, object]>([
  [
    { hour: 2, timeZone: TimeZone.EUROPE_ZURICH },
    { timeZone: 'Europe/Zurich', cutOffMinutes: 1440, weekdays: [0, 1, 2, 3, 4, 5, 6], holidays: [] },
  ],
  [
    {
      hour: 2,
      timeZone: TimeZone.ASIA_TOKYO,
      cutOff: { hour: 17, minute: 30 },
      calendar: BusinessCalendar.mondayToFriday({ holidays: ['2026-12-25', '2026-01-01', '2026-12-25'] }),
    },
    { timeZone: 'Asia/Tokyo', cutOffMinutes: 1050, weekdays: [1, 2, 3, 4, 5], holidays: ['2026-01-01', '2026-12-25'] },
  ],
  [
    { hour: 2, timeZone: TimeZone.ETC_UTC, cutOff: { hour: 0 } },
    { timeZone: 'Etc/UTC', cutOffMinutes: 1440, weekdays: [0, 1, 2, 3, 4, 5, 6], holidays: [] },
  ],
])('the calendar reaches who starts and who watches', (schedule, settings) => {
  const stack = bank();
  nightly(stack, { schedule: BusinessSchedule.daily(schedule) });
  for (const name of ['Start', 'Watch'])
    expect(JSON.parse(environmentOf(stack, `LedgerVsBank${name}`).BREAKWATER_NIGHT_CALENDAR as string)).toEqual(settings);
});
