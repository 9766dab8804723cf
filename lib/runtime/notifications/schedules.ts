import { CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Lane, PlanMessage, TimerContent } from '../../blocks/fanout-contract';
import type { Clock } from '../clock';
import { deterministicId } from '../deterministic-id';
import { sideBySide } from '../side-by-side';
import type { Timer } from './contract';
import { grouped } from './grouped';
import { type LaneQueues, type Outgoing, sendAll } from './outgoing';

/** A timer of a recipient, and the lane of the rule whose it is. */
export interface RecipientTimer {
  readonly recipient: string;
  readonly timer: Timer;
  readonly lane: Lane;
  readonly correlationId: string;
}

export interface SchedulesDependencies {
  readonly scheduler: Pick<SchedulerClient, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly clock: Clock;
  readonly group: string;
  readonly role: string;
  readonly deadLetters: string;
  /** ARN of the planning queue by lane. */
  readonly targets: Readonly<Record<Lane, string>>;
  /** URL of the planning queue by lane. */
  readonly queues: LaneQueues;
}

/** What a schedule's input takes is 256 KB. */
const MOST_INPUT_BYTES = 200 * 1024;
/** Nearer than this, a schedule may be refused for being in the past by the time it is made. */
const SCHEDULED_FROM_MILLISECONDS = 2_000;
const AT_ONCE = 10;

type TimerMessage = Extract<PlanMessage, { readonly kind: 'timer' }>;

/**
 * Sees to it that timers come: one schedule for all of one instant and lane. What is in the past is sent at once. A repetition makes nothing new: names are made of what
 * the schedules hold.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
export async function setTimers(timers: readonly RecipientTimer[], dependencies: SchedulesDependencies): Promise<void> {
  const { clock, sqs, queues } = dependencies;
  const soon: Outgoing[] = [];
  const later: { readonly lane: Lane; readonly at: number; readonly message: TimerMessage }[] = [];
  for (const group of grouped(timers.map((one) => [`${one.lane} ${one.timer.at}`, one] as const)).values()) {
    const [{ lane, timer, correlationId }] = group as readonly [RecipientTimer];
    for (const message of messagesOf(group)) {
      const wait = timer.at - clock.now();
      if (wait > SCHEDULED_FROM_MILLISECONDS) later.push({ lane, at: timer.at, message });
      else {
        const delaySeconds = Math.max(0, Math.ceil(wait / 1000));
        soon.push({ queueUrl: queues[lane], body: message, correlationId, ...(delaySeconds > 0 && { delaySeconds }) });
      }
    }
  }
  await sendAll(soon, sqs);
  await sideBySide(later, AT_ONCE, (schedule) => create(schedule, dependencies));
}

function messagesOf(timers: readonly RecipientTimer[]): readonly TimerMessage[] {
  const chunks: { recipient: string; timer: TimerContent }[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { recipient, timer } of timers) {
    const entry = { recipient, timer: { ...timer } };
    const own = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes + own > MOST_INPUT_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(entry);
    bytes += own;
  }
  return chunks.map((chunk) => ({ kind: 'timer', id: deterministicId('timers', JSON.stringify(chunk)), timers: chunk }));
}

async function create(
  { lane, at, message }: { readonly lane: Lane; readonly at: number; readonly message: TimerMessage },
  { scheduler, group, role, deadLetters, targets }: SchedulesDependencies,
): Promise<void> {
  // Schedules know whole seconds, and none may come early.
  const time = new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19);
  try {
    await scheduler.send(
      new CreateScheduleCommand({
        ...{ Name: message.id, GroupName: group, ScheduleExpression: `at(${time})`, ScheduleExpressionTimezone: 'UTC' },
        ...{ FlexibleTimeWindow: { Mode: 'OFF' }, ActionAfterCompletion: 'DELETE', ClientToken: message.id },
        Target: { Arn: targets[lane], RoleArn: role, Input: JSON.stringify(message), DeadLetterConfig: { Arn: deadLetters } },
      }),
    );
  } catch (error) {
    if ((error as Error).name !== 'ConflictException') throw error;
  }
}
