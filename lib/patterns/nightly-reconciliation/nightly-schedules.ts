import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ContextAttribute,
  type CronOptionsWithTimezone,
  type IScheduleTarget,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { grantActions, grantKey } from '../../blocks/grants';
import type { HandlerFunction } from '../../blocks/handler-function';
import type { RetryBudget } from '../../blocks/retry-budget';
import { requireKnownSeconds } from '../../blocks/rule';
import { MINUTES_A_DAY } from './business-schedule';
import type { WatchRequest } from './contract';
import { skippedTimeOf } from './skipped-times';

export interface DailyCallProps {
  readonly calls: HandlerFunction;
  readonly description: string;
  /** IANA name. */
  readonly zone: string;
  /** Minutes after local midnight; from 1440 on, of the next day. */
  readonly minuteOfDay: number;
  readonly flexibleWindow?: Duration;
  readonly retryBudget: RetryBudget;
  /** Takes calls that can't be handed over, and those whose function failed. */
  readonly deadLetters: IQueue;
  readonly encryptionKey?: IKey;
}

/**
 * Calls a function every day, and once more later on days of which clocks may skip that time.
 *
 * Two hops: the scheduler hands the call over to Lambda, which invokes the function by itself. Each has its retries, and the dead-letter queue behind it.
 */
export function callDaily(scope: Construct, id: string, props: DailyCallProps): Schedule {
  const target = targetOf(scope, id, props);
  const minute = props.minuteOfDay % MINUTES_A_DAY;
  const make = (madeId: string, description: string, at: number, days: CronOptionsWithTimezone = {}) =>
    new Schedule(scope, madeId, {
      description,
      schedule: ScheduleExpression.cron({
        minute: String(at % 60),
        hour: String(Math.floor(at / 60)),
        timeZone: TimeZone.of(props.zone),
        ...days,
      }),
      timeWindow: props.flexibleWindow ? TimeWindow.flexible(props.flexibleWindow) : TimeWindow.off(),
      target,
    });
  const schedule = make(id, props.description, minute);
  const skipped = skippedTimeOf(props.zone, minute);
  if (skipped) {
    make(`${id}Skipped`, `${props.description}, where clocks put forward skip the time of the other schedule`, minute + skipped.minutes, {
      month: skipped.months.join(','),
      weekDay: skipped.weekdays.map((day) => WEEKDAYS[day]).join(','),
    });
  }
  return schedule;
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function targetOf(scope: Construct, id: string, { calls, retryBudget, deadLetters, encryptionKey }: DailyCallProps): IScheduleTarget {
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  grantActions(role, calls.function.functionArn, ['lambda:InvokeFunction']);
  for (const sender of [role, calls]) {
    grantActions(sender, deadLetters.queueArn, ['sqs:SendMessage']);
    grantKey(sender, encryptionKey, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }
  const retries = retryBudget.handlerRuns - 1;
  const age = requireKnownSeconds(scope, 'the time of a retry budget', retryBudget.within);
  calls.alias!.configureAsyncInvoke({
    retryAttempts: Math.min(retries, ASYNCHRONOUS.retries),
    maxEventAge: Duration.seconds(within(age, ASYNCHRONOUS.age)),
    onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
  });
  const input: WatchRequest = { scheduledTime: ContextAttribute.scheduledTime };
  return {
    bind: () => ({
      arn: calls.function.functionArn,
      role,
      input: ScheduleTargetInput.fromObject(input),
      retryPolicy: { maximumRetryAttempts: Math.min(retries, SCHEDULER.retries), maximumEventAgeInSeconds: within(age, SCHEDULER.age) },
      deadLetterConfig: { arn: deadLetters.queueArn },
    }),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const ASYNCHRONOUS = { retries: 2, age: [60, 21_600] } as const;
/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const SCHEDULER = { retries: 185, age: [60, 86_400] } as const;

function within(seconds: number, [least, most]: readonly [number, number]): number {
  return Math.min(most, Math.max(least, seconds));
}
