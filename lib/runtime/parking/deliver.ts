import type { Clock } from '../clock';
import { countMoved, moveMessage, refusedItems } from './changes';
import { type HeldJob, heldChange, StepLostError } from './held-job';
import type { JobItem, MessageItem } from './items';
import { type Sending, type Sent, sendBack } from './send';
import { ACTIVE } from './steer';
import type { ParkingStore } from './store';

export interface Delivering extends Omit<Sending, 'first'> {
  readonly store: ParkingStore;
  readonly clock: Clock;
}

/** Until when the rate is used up by so many messages more. */
function paid({ paidUntil = 0, rate }: JobItem, messages: number, now: number): number {
  return Math.ceil(Math.max(paidUntil, now) + (messages * 1000) / rate!);
}

/**
 * Marks messages as being sent, and pays for them out of the job's rate, before any is. Refused when the job may not go on: it was paused or stopped, or a message of its
 * group came back. So nothing is begun once that is written.
 *
 * @returns whether they are the job's batch now; otherwise the job is to be read again
 */
export async function mark(messages: readonly MessageItem[], job: JobItem, held: HeldJob, { store, clock }: Delivering): Promise<boolean> {
  const { tableName } = store;
  for (let rest = messages; rest.length > 0; ) {
    const change = {
      set: { batch: rest.map(({ id }) => id), paidUntil: paid(job, rest.length, clock.now()) },
      add: { 'counts.sent': rest.length },
      given: { batch: undefined, sameFingerprint: 0 },
      states: ACTIVE,
    };
    const refused = await store.write([
      heldChange(held, store, change),
      countMoved(tableName, job.group!, 'parked', 'sending', rest.length),
      ...rest.map((message) => moveMessage(tableName, message, 'parked', 'sending', { set: { job: job.id }, add: { redrives: 1 } })),
    ]);
    if (refused === undefined) return true;
    const indexes = refusedItems(refused);
    if (indexes.includes(0)) return false;
    if (indexes.length === 0 || indexes.includes(1)) throw new Error(`the group ${job.group} is gone`);
    rest = rest.filter((_, index) => !indexes.includes(index + 2));
  }
  return false;
}

/** Pays for a batch that is sent once more. */
export async function payAgain(job: JobItem, held: HeldJob, { store, clock }: Delivering): Promise<void> {
  const change = { set: { paidUntil: paid(job, job.batch!.length, clock.now()) } };
  if ((await store.write([heldChange(held, store, change)])) !== undefined) throw new StepLostError(`job ${job.id} was taken over`);
}

export interface Delivered {
  /** Whether some are left to be tried again. */
  readonly unsent: boolean;
  /** Why a message can not be sent at all: it is parked again. */
  readonly because?: string;
}

/**
 * Sends the job's batch.
 *
 * @param first whether it can't have been sent before. A batch that was found may have been, so none of it is taken back but what the queue refuses by itself
 */
export async function deliver(job: JobItem, first: boolean, held: HeldJob, delivering: Delivering): Promise<Delivered> {
  const { store } = delivering;
  const found = await store.messages(job.batch!);
  const messages = found.filter((message) => message.state === 'sending' && message.job === job.id);
  const { sent, refused, rest } = await sendBack(messages, { ...delivering, first });
  const back = refused.length === 0 ? [] : [...refused.map(({ message }) => message), ...(first ? rest : [])];
  const unsent = rest.filter((message) => !back.includes(message));
  await confirm(sent, [...back, ...unsent], job, held, delivering);
  if (back.length > 0) await putBack(back, unsent, job, held, store);
  const because = refused[0] && `message ${refused[0].message.id} can not be sent: ${refused[0].because}`;
  return { unsent: unsent.length > 0, ...(because !== undefined && { because }) };
}

/** Notes what was sent. A message that has already come back is the intake's. */
async function confirm(
  sent: readonly Sent[],
  left: readonly MessageItem[],
  job: JobItem,
  held: HeldJob,
  delivering: Delivering,
): Promise<void> {
  const { store, clock } = delivering;
  const sentAt = new Date(clock.now()).toISOString();
  for (let rest = sent; ; ) {
    const refused = await store.write([
      heldChange(held, store, batchOf(left)),
      ...(rest.length === 0 ? [] : [countMoved(store.tableName, job.group!, 'sending', 'sent', rest.length)]),
      ...rest.map(({ message, sentAs, payloadHash }) =>
        moveMessage(store.tableName, message, 'sending', 'sent', { set: { sentAs, sentAt, payloadHash }, given: { job: job.id } }),
      ),
    ]);
    if (refused === undefined) return;
    const indexes = refusedItems(refused);
    if (indexes.length === 0 || indexes.some((index) => index < 2)) throw new StepLostError(`job ${job.id} was taken over`);
    rest = rest.filter((_, index) => !indexes.includes(index + 2));
  }
}

/** What can't be sent waits for a decision again. */
async function putBack(
  back: readonly MessageItem[],
  left: readonly MessageItem[],
  job: JobItem,
  held: HeldJob,
  store: ParkingStore,
): Promise<void> {
  const { tableName } = store;
  const refused = await store.write([
    heldChange(held, store, { ...batchOf(left), add: { 'counts.sent': -back.length } }),
    countMoved(tableName, job.group!, 'sending', 'parked', back.length),
    ...back.map((message) => moveMessage(tableName, message, 'sending', 'parked', { given: { job: job.id } })),
  ]);
  if (refused !== undefined) throw new StepLostError(`job ${job.id} was taken over`);
}

function batchOf(messages: readonly MessageItem[]) {
  return messages.length === 0 ? { remove: ['batch'] } : { set: { batch: messages.map(({ id }) => id) } };
}
