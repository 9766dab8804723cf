import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import type { Clock } from '../clock';
import { EventClosedError } from '../external/open-event';
import { type CommitDependencies, type CommitOutcome, commitEvents, type PreparedEvent } from '../idempotency/commit';
import type { Telemetry } from '../telemetry';
import { Delivery } from './delivery';
import type { WorkerOptions } from './options';
import { Pace } from './pace';
import { type PrepareDependencies, type PrepareTimes, prepare } from './prepare';
import { type SettleDependencies, settle } from './settle';
import { returnAfter, sendAgain } from './source-queue';

export interface BatchDependencies {
  readonly reading: PrepareDependencies;
  readonly committing: CommitDependencies;
  readonly settling: SettleDependencies;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

type Ready =
  | { readonly delivery: Delivery; readonly event: PreparedEvent }
  /** Its handler failed, or found the event closed. */
  | { readonly delivery: Delivery; readonly event?: undefined; readonly outcome: CommitOutcome };

/** Records whose handlers run side by side and whose effects are written together. */
const WAVE = 10;

/**
 * Works through the batches of one function instance.
 *
 * @returns takes the records of a batch and the milliseconds that are left of the invocation, gives those that are to be received again
 */
export function batchProcessor<T>(
  options: WorkerOptions<T>,
  dependencies: BatchDependencies,
): (records: readonly SQSRecord[], remainingMilliseconds: number) => Promise<SQSBatchItemFailure[]> {
  const { reading, committing, settling, telemetry, clock } = dependencies;
  const pace = new Pace();

  return async (records, remainingMilliseconds) => {
    const times = deadlines(clock.now(), remainingMilliseconds);
    const again: Delivery[] = [];
    const heldGroups = new Set<string | undefined>();
    for (const [index, wave] of waves(records.map((record) => new Delivery(record))).entries()) {
      const inTime = index === 0 || clock.now() + pace.p99 <= times.handlers;
      const held = (delivery: Delivery) => heldGroups.has(delivery.orderedGroup);
      const started = wave.filter((delivery) => !held(delivery) && (inTime || mustStart(delivery)));
      const idle = wave.filter((delivery) => !started.includes(delivery));
      const outcomes = await Promise.all([...(await work(started, times)), ...idle.map((delivery) => giveBack(delivery))]);
      for (const { delivery } of outcomes.filter((outcome) => outcome.again)) {
        again.push(delivery);
        if (delivery.orderedGroup !== undefined) heldGroups.add(delivery.orderedGroup);
      }
    }
    return again.map(({ record }) => ({ itemIdentifier: record.messageId }));
  };

  async function work(deliveries: readonly Delivery[], times: Deadlines): Promise<ReadonlyArray<Promise<Settled>>> {
    const ready = await Promise.all(deliveries.map((delivery) => run(delivery, times)));
    const events = ready.flatMap(({ event }) => event ?? []);
    const outcomes = await commitEvents(events, times.commits, committing);
    return ready.map((entry) =>
      telemetry.correlated(entry.delivery.correlationId, async () => ({
        delivery: entry.delivery,
        again: await settle(entry.delivery, entry.event === undefined ? entry.outcome : outcomes[events.indexOf(entry.event)]!, settling),
      })),
    );
  }

  async function run(delivery: Delivery, times: Deadlines): Promise<Ready> {
    const started = clock.now();
    const annotations = { correlationId: delivery.correlationId, ...(delivery.traceId && { linkedTraceId: delivery.traceId }) };
    try {
      const event = await telemetry.correlated(delivery.correlationId, () =>
        telemetry.trace.subsegment('record', annotations, () => prepare(delivery, times, options, reading)),
      );
      return { delivery, event };
    } catch (error) {
      return { delivery, outcome: error instanceof EventClosedError ? error.obstacle : { kind: 'failed', error } };
    } finally {
      pace.note(clock.now() - started);
    }
  }

  /** In an ordered group a copy would come last, so it is run while the queue still allows a receive. */
  function mustStart(delivery: Delivery): boolean {
    return delivery.orderedGroup !== undefined && isLastReceive(delivery);
  }

  /**
   * Not started is no failure. But the queue has counted the receive, so on the last one the message goes on as a copy: its key is the same, so the
   * copy can't repeat its effect, and it is not moved to the parking lot for runs it never had.
   */
  async function giveBack(delivery: Delivery): Promise<Settled> {
    return telemetry.correlated(delivery.correlationId, async () => {
      telemetry.logger.info('not started', { idempotencyKey: delivery.key, attempt: delivery.attempt });
      try {
        if (delivery.orderedGroup === undefined && isLastReceive(delivery)) {
          await sendAgain(settling, delivery.record);
          return { delivery, again: false };
        }
        await returnAfter(settling, delivery.record, 0);
      } catch (error) {
        telemetry.logger.warn('could not be given back early', { error: error as Error });
      }
      return { delivery, again: true };
    });
  }

  function isLastReceive(delivery: Delivery): boolean {
    return delivery.attempt >= settling.retryBudget.attempts;
  }
}

interface Settled {
  readonly delivery: Delivery;
  /** Whether the message is to be received again. */
  readonly again: boolean;
}

/** Milliseconds since the epoch. */
interface Deadlines extends PrepareTimes {
  /** Nothing more is tried against the table. */
  readonly commits: number;
}

/** Time is kept back for writing, and then for answering the queue. */
function deadlines(now: number, remainingMilliseconds: number): Deadlines {
  const reserve = Math.min(3_000, remainingMilliseconds / 4);
  return {
    handlers: now + remainingMilliseconds - reserve,
    commits: now + remainingMilliseconds - reserve / 2,
    end: now + remainingMilliseconds,
  };
}

/** Deliveries that may run side by side, in order: of a FIFO group only one at a time. */
function waves(deliveries: readonly Delivery[]): Delivery[][] {
  const found: Delivery[][] = [];
  const nextWave = new Map<string | undefined, number>();
  for (const delivery of deliveries) {
    const group = delivery.orderedGroup;
    let index = nextWave.get(group) ?? 0;
    while ((found[index]?.length ?? 0) >= WAVE) index++;
    found[index] ??= [];
    found[index]!.push(delivery);
    if (group !== undefined) nextWave.set(group, index + 1);
  }
  return found;
}
