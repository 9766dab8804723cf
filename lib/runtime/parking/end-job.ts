import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Clock } from '../clock';
import { refusedItems, update } from './changes';
import { groupChanged } from './events';
import { type HeldJob, heldChange, StepLostError } from './held-job';
import { groupKey, type JobItem } from './items';
import { ACTIVE, unlock } from './steer';
import type { ParkingStore } from './store';

interface Ending {
  readonly store: ParkingStore;
  readonly eventBridge: Pick<EventBridgeClient, 'send'>;
  readonly clock: Clock;
}

/** The job stops by itself. What was sent goes on, and its ends are still seen. */
export async function stopBecause(because: string, job: JobItem, held: HeldJob, { store, clock }: Ending): Promise<void> {
  const set = { state: 'stopped', because, endedAt: new Date(clock.now()).toISOString() };
  const stopped = heldChange(held, store, { set, states: ACTIVE });
  // Refused when a person stopped or paused it at the same time: then that holds. Without the lock when a step that was killed at the end has given it back.
  const refused = await store.write([stopped, ...unlock(job, store)]);
  if (refused !== undefined && !refusedItems(refused).includes(0)) await store.write([stopped]);
}

/**
 * Ends a job that has nothing left to do. Its group is resolved when nothing is parked in it any more.
 *
 * The lock goes first and the job's state last, so that a step that is killed between is repeated; what it has done already is then refused.
 */
export async function finish(job: JobItem, held: HeldJob, { store, eventBridge, clock }: Ending): Promise<void> {
  if (job.group !== undefined) {
    const given = { job: job.id, 'counts.parked': 0 };
    const resolved = { set: { state: 'resolved' }, remove: ['job', 'acknowledged'], given, states: ['open', 'acknowledged'] };
    const refused = await store.write([update(store.tableName, groupKey(job.group), resolved)]);
    if (refused !== undefined) await store.write(unlock(job, store));
    const group = await store.group(job.group);
    if (group?.state === 'resolved') await groupChanged(group, job.id, job.by, eventBridge);
  } else await store.write(unlock(job, store));
  await close(job, held, { store, clock });
}

/** The last that a job does. */
export async function close({ id }: JobItem, held: HeldJob, { store, clock }: Omit<Ending, 'eventBridge'>): Promise<void> {
  const set = { state: 'finished', endedAt: new Date(clock.now()).toISOString() };
  const refused = await store.write([heldChange(held, store, { set, states: ACTIVE })]);
  if (refused !== undefined) throw new StepLostError(`job ${id} was changed at its end`);
}
