import type { JobState } from '../../blocks/parking-contract';
import { type HeldJob, heldChange, StepLostError } from './held-job';
import type { JobItem } from './items';
import type { ParkingStore } from './store';

/** The job as it is now. @throws StepLostError when this step has it no more */
export async function readHeld({ id, token }: HeldJob, store: ParkingStore): Promise<JobItem> {
  const job = await store.job(id);
  if (job?.step !== token) throw new StepLostError(`job ${id} was taken over`);
  return job;
}

/** Refused when a person steers it at the same time: then that holds, as the next look shows. */
export async function advance(state: JobState, job: JobItem, held: HeldJob, store: ParkingStore, because?: string): Promise<void> {
  const set = { state, ...(because !== undefined && { because }) };
  await store.write([heldChange(held, store, { set, given: { state: job.state } })]);
}
