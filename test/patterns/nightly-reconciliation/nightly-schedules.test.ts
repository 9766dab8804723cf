import { Duration, TimeZone } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { BusinessSchedule, type DailyScheduleOptions, type NightlyReconciliationProps, RetryBudget } from '../../../lib';
import { skippedTimeOf } from '../../../lib/patterns/nightly-reconciliation/skipped-times';
import { bank, nightly } from '../../support/cdk/nights';
import { permissionsOfRole } from '../../support/cdk/policies';
import { resourcesOf } from '../../support/cdk/stacks';

function schedules(options: Partial<DailyScheduleOptions> = {}, props: Partial<NightlyReconciliationProps> = {}) {
  const stack = bank();
  nightly(stack, { schedule: BusinessSchedule.daily({ hour: 2, timeZone: TimeZone.EUROPE_ZURICH, ...options }), ...props });
  return stack;
}

/** Expression, zone and name of each schedule. */
function timesOf(stack: ReturnType<typeof bank>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(resourcesOf(stack, 'AWS::Scheduler::Schedule')).map(([id, { Properties }]) => [
      id.slice('LedgerVsBank'.length, -8),
      `${Properties.ScheduleExpression} ${Properties.ScheduleExpressionTimezone}`,
    ]),
  );
}

describe('the schedule', () => {
  test('calls at its time on the clock of its zone, and looks for a late run when the objective is over', () => {
    expect(timesOf(schedules({ hour: 4, minute: 30 }))).toEqual({
      Schedule: 'cron(30 4 * * ? *) Europe/Zurich',
      WatchSchedule: 'cron(30 6 * * ? *) Europe/Zurich',
    });
  });

  test('calls later where clocks skip its time, so that no night is left out', () => {
    expect(timesOf(schedules())).toEqual({
      Schedule: 'cron(0 2 * * ? *) Europe/Zurich',
      ScheduleSkipped: 'cron(0 3 ? 3 SUN *) Europe/Zurich',
      WatchSchedule: 'cron(0 4 * * ? *) Europe/Zurich',
    });
    expect(timesOf(schedules({ hour: 0, minute: 15 }))).toMatchObject({
      WatchSchedule: 'cron(15 2 * * ? *) Europe/Zurich',
      WatchScheduleSkipped: 'cron(15 3 ? 3 SUN *) Europe/Zurich',
    });
  });

  test('may start later within its window; the watch waits for that too, also past midnight', () => {
    const stack = schedules({ hour: 22, timeZone: TimeZone.ETC_UTC, flexibleWindow: Duration.minutes(90) });
    expect(timesOf(stack)).toEqual({ Schedule: 'cron(0 22 * * ? *) Etc/UTC', WatchSchedule: 'cron(30 1 * * ? *) Etc/UTC' });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 90 },
      Target: Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^LedgerVsBankStartLive') } }),
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ BREAKWATER_NIGHT_LATE_AFTER_SECONDS: '12600' }) },
    });
  });

  test('tells the function the time it was due, in both hops with retries and a queue behind', () => {
    const stack = schedules();
    const template = Template.fromStack(stack);
    template.allResourcesProperties('AWS::Scheduler::Schedule', {
      Target: Match.objectLike({
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumRetryAttempts: 4, MaximumEventAgeInSeconds: 7200 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LedgerVsBankDeadLetters'), 'Arn'] } },
      }),
    });
    const asynchronous = Object.values(resourcesOf(stack, 'AWS::Lambda::EventInvokeConfig'));
    expect(asynchronous.map(({ Properties }) => JSON.stringify(Properties.Qualifier).match(/LedgerVsBank\w+Live/)![0])).toEqual([
      'LedgerVsBankStartLive',
      'LedgerVsBankWatchLive',
    ]);
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 7200,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LedgerVsBankDeadLetters'), 'Arn'] } } },
    });
  });

  test.each([
    [{ attempts: 1, within: Duration.hours(1) }, 0, 3600, 0, 3600],
    [{ attempts: 50, within: Duration.hours(30) }, 49, 86_400, 2, 21_600],
  ])('keeps to the budget %j as far as each hop can', (budget, retries, age, asynchronousRetries, asynchronousAge) => {
    const template = Template.fromStack(schedules({ hour: 5 }, { retryBudget: RetryBudget.of(budget) }));
    template.allResourcesProperties('AWS::Scheduler::Schedule', {
      Target: Match.objectLike({ RetryPolicy: { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age } }),
    });
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: asynchronousRetries,
      MaximumEventAgeInSeconds: asynchronousAge,
    });
  });

  test('has dead letters that are kept for 14 days, encrypted', () => {
    Template.fromStack(schedules()).hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  test('may invoke its own function, send its own dead letters, and nothing else, for this account only', () => {
    const stack = schedules();
    for (const [role, calls] of Object.entries({ Schedule: 'Start', WatchSchedule: 'Watch' })) {
      expect(permissionsOfRole(stack, `LedgerVsBank${role}Role`)).toEqual([
        `lambda:InvokeFunction on LedgerVsBank${calls}Live`,
        'sqs:SendMessage on LedgerVsBankDeadLetters',
      ]);
    }
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ],
      }),
    });
  });
});

describe('times that clocks skip', () => {
  test.each([
    ['Europe/Zurich', 119, undefined],
    ['Europe/Zurich', 120, { months: [3], weekdays: [0], minutes: 60 }],
    ['Europe/Zurich', 179, { months: [3], weekdays: [0], minutes: 60 }],
    ['Europe/Zurich', 180, undefined],
    ['America/New_York', 150, { months: [3], weekdays: [0], minutes: 60 }],
    ['Australia/Lord_Howe', 135, { months: [10], weekdays: [0], minutes: 30 }],
    ['Australia/Lord_Howe', 150, undefined],
    ['Africa/Cairo', 0, { months: [4], weekdays: [5], minutes: 60 }],
    ['Asia/Kolkata', 120, undefined],
    ['Etc/UTC', 120, undefined],
  ])('%s, minute %i', (zone, minute, skipped) => {
    expect(skippedTimeOf(zone, minute)).toEqual(skipped);
  });

  test('are those of the time zone database: each skipped time is on no clock that day', () => {
    const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Zurich', dateStyle: 'short', timeStyle: 'short' });
    const shown = new Set<string>();
    for (let time = Date.UTC(2026, 2, 28); time < Date.UTC(2026, 2, 30); time += 60_000) shown.add(clock.format(time));
    for (let minute = 0; minute < 1440; minute += 1) {
      const text = `2026-03-29 ${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      if (minute % 30 === 0) expect([text, skippedTimeOf('Europe/Zurich', minute) === undefined]).toEqual([text, shown.has(text)]);
    }
  });
});
