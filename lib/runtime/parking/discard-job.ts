import type { JobStepAnswer } from '../../blocks/parking-contract';
import { countMoved, moveMessage, refusedItems } from './changes';
import { finish } from './end-job';
import { discarded } from './events';
import { type HeldJob, heldChange } from './held-job';
import type { JobItem, MessageItem } from './items';
import type { JobDependencies } from './job';
import { ParkedMessages } from './parked-messages';
import { advance, readHeld } from './progress';
import { ACTIVE } from './steer';
import { afterIndex, atOnce, ended } from './waits';

/** Messages of one transaction. */
const TOGETHER = 25;

/** Marks parked messages as needing no effect, and tells of it once. */
export async function discard(begun: JobItem, held: HeldJob, dependencies: JobDependencies): Promise<JobStepAnswer> {
  const { store, clock } = dependencies;
  const parked = new ParkedMessages(begun, store);
  for (;;) {
    const job = await readHeld(held, store);
    if (job.state === 'stopped') await tell(job, held, dependencies);
    if (!ACTIVE.includes(job.state)) return ended;
    if (clock.now() >= held.deadline) return atOnce;
    const messages = await parked.take(TOGETHER);
    if (messages.length > 0) {
      await note(messages, job, held, dependencies);
      continue;
    }
    // Looked at twice, with a wait between: the index lags.
    if (begun.state !== 'waiting') {
      if (job.state !== 'waiting') await advance('waiting', job, held, store);
      return afterIndex;
    }
    await tell(job, held, dependencies);
    await finish(job, held, dependencies);
    return ended;
  }
}

/** Refused as a whole once the job is paused or stopped. */
async function note(messages: readonly MessageItem[], job: JobItem, held: HeldJob, { store }: JobDependencies): Promise<void> {
  for (let rest = messages; rest.length > 0; ) {
    const refused = await store.write([
      heldChange(held, store, { add: { 'counts.discarded': rest.length }, states: ACTIVE }),
      countMoved(store.tableName, job.group!, 'parked', 'discarded', rest.length),
      ...rest.map((message) => moveMessage(store.tableName, message, 'parked', 'discarded', { set: { job: job.id } })),
    ]);
    const indexes = refusedItems(refused ?? []);
    if (refused === undefined || indexes.includes(0)) return;
    if (indexes.length === 0 || indexes.includes(1)) throw new Error(`the group ${job.group} is gone`);
    rest = rest.filter((_, index) => !indexes.includes(index + 2));
  }
}

/** A step that is killed after it has told tells again, under the same id. */
async function tell(
  { id, group, by, because, counts, told }: JobItem,
  held: HeldJob,
  { store, eventBridge }: JobDependencies,
): Promise<void> {
  if (told || counts.discarded === 0) return;
  await discarded({ id, group: group!, messages: counts.discarded, by, because: because! }, eventBridge);
  await store.write([heldChange(held, store, { set: { told: true } })]);
}
