import type { JobStepAnswer } from '../../blocks/parking-contract';
import { sleep } from '../clock';
import { ringing } from './alarms';
import { deliver, mark, payAgain } from './deliver';
import { finish, stopBecause } from './end-job';
import { type Ends, seeEnds } from './ends';
import type { HeldJob } from './held-job';
import type { JobItem } from './items';
import type { JobDependencies } from './job';
import { ParkedMessages } from './parked-messages';
import { advance, readHeld } from './progress';
import { ACTIVE } from './steer';
import { afterIndex, askAgain, ended } from './waits';

const LONGEST_WAIT_SECONDS = 60;
/** Nobody waits for the ends of a job that was stopped or paused. */
const LONGEST_WATCH_SECONDS = 3_600;
/** A step waits so long for its rate itself; what is slower is left to the state machine. */
const LONGEST_SLEEP_MILLISECONDS = 5_000;
const BUSY_QUEUE_SECONDS = 10;
/** What SendMessageBatch takes. */
const MOST_TOGETHER = 10;
/** A history holds 25,000 events, and a step makes eleven, each repetition of a failed one three more. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MOST_STEPS = 1_800;

/** Sends parked messages back: a canary first, whose ends are waited for, then the rest at its rate. Stops by itself when that does not help. */
export async function redrive(begun: JobItem, held: HeldJob, dependencies: JobDependencies): Promise<JobStepAnswer> {
  const { settings, store, cloudWatch } = dependencies;
  const delivering = { ...dependencies, lots: settings.lots };
  const ends = await seeEnds(begun.group!, begun.id, delivering);
  const alarms = ACTIVE.includes(begun.state) ? await ringing(await alarmsOf(begun, dependencies), cloudWatch) : [];
  const parked = new ParkedMessages(begun, store);
  let marked = false;

  for (;;) {
    const job = await readHeld(held, store);
    if (job.batch !== undefined) {
      if (!marked) {
        if (!(await inRate(job, held, dependencies))) return waitForRate(job, dependencies);
        await payAgain(job, held, delivering);
      }
      const { because, unsent } = await deliver(job, marked, held, delivering);
      marked = false;
      if (because !== undefined) await stopBecause(because, job, held, dependencies);
      if (unsent) return { next: 'again', waitSeconds: BUSY_QUEUE_SECONDS };
      continue;
    }
    if (!ACTIVE.includes(job.state)) return watch(job, ends, dependencies);
    if (job.state === 'planned') {
      await advance(job.canary ? 'canary' : 'running', job, held, store);
      continue;
    }
    const because = reasonToStop(job, ends, alarms);
    if (because !== undefined) {
      await stopBecause(because, job, held, dependencies);
      continue;
    }
    if (job.steps > MOST_STEPS) {
      await advance('paused', job, held, store, 'it has taken as many steps as one execution may: resume it');
      continue;
    }
    const room = job.state === 'canary' ? job.canary! - job.counts.sent : Number.POSITIVE_INFINITY;
    if (room > 0) {
      if (!(await inRate(job, held, dependencies))) return waitForRate(job, dependencies);
      const messages = await parked.take(Math.min(room, together(job.rate!)));
      if (messages.length > 0) {
        marked = await mark(messages, job, held, delivering);
        continue;
      }
    }
    if (job.state === 'canary') {
      if (unended(job) > 0) return waitForEnds(begun, ends, dependencies);
      await advance('running', job, held, store);
      continue;
    }
    // Looked at twice, with a wait between: the index lags.
    if (begun.state !== 'waiting') {
      if (job.state !== 'waiting') await advance('waiting', job, held, store);
      return afterIndex;
    }
    if (unended(job) > 0) return waitForEnds(begun, ends, dependencies);
    await finish(job, held, dependencies);
    return ended;
  }
}

function together(rate: number): number {
  return Math.max(1, Math.min(MOST_TOGETHER, Math.floor(rate)));
}

function waitForEnds(since: JobItem, { newest }: Ends, { clock }: JobDependencies): JobStepAnswer {
  return askAgain(newest ?? Date.parse(since.startedAt), clock.now(), LONGEST_WAIT_SECONDS);
}

function waitForRate({ paidUntil = 0 }: JobItem, { clock }: JobDependencies): JobStepAnswer {
  return { next: 'again', waitSeconds: Math.max(0, Math.ceil((paidUntil - clock.now()) / 1000)) };
}

/** Sleeps until its rate allows the next ones. @returns false when this step has no time for that, or for sending them */
async function inRate({ paidUntil = 0 }: JobItem, { deadline }: HeldJob, { clock }: JobDependencies): Promise<boolean> {
  const wait = paidUntil - clock.now();
  if (wait > LONGEST_SLEEP_MILLISECONDS || clock.now() + Math.max(0, wait) >= deadline) return false;
  if (wait > 0) await sleep(clock, wait);
  return true;
}

/** The job is over, or rests: what was sent still comes to its end. */
function watch(job: JobItem, { newest }: Ends, { clock }: JobDependencies): JobStepAnswer {
  if (unended(job) <= 0 || job.steps > MOST_STEPS) return ended;
  return askAgain(newest ?? Date.parse(job.endedAt ?? job.startedAt), clock.now(), LONGEST_WATCH_SECONDS);
}

function unended({ counts }: JobItem): number {
  return counts.sent - counts.done - counts.returned - counts.handedOver;
}

function reasonToStop({ state, counts, sameFingerprint }: JobItem, { overdue }: Ends, alarms: readonly string[]): string | undefined {
  const isCanary = state === 'canary';
  const of = `of ${counts.sent} ${isCanary ? 'of the canary' : 'sent'}`;
  if (sameFingerprint > 0) return `${sameFingerprint} ${of} came back with the same fingerprint`;
  if (isCanary && counts.returned > 0) return `${counts.returned} ${of} came back, with another fingerprint`;
  if (alarms.length > 0) return `${alarms.join(', ')} ${alarms.length === 1 ? 'rings' : 'ring'}`;
  return overdue > 0 ? `${overdue} ${of} have no end in the time that all their attempts may take: does the worker run?` : undefined;
}

async function alarmsOf({ group }: JobItem, { store, settings }: JobDependencies): Promise<readonly string[]> {
  const sample = (await store.group(group!))?.sample;
  const lot = sample === undefined ? undefined : (await store.message(sample))?.lot;
  return settings.lots.find(({ arn }) => arn === lot)?.alarms ?? [];
}
