import type { JobStepAnswer } from '../../blocks/parking-contract';
import { announce } from './announce';
import { update } from './changes';
import { close } from './end-job';
import { groupChanged } from './events';
import type { HeldJob } from './held-job';
import { groupKey, type JobItem } from './items';
import type { JobDependencies } from './job';
import { ended } from './waits';

/** The end of an acknowledgement: the group opens again, and rings, unless somebody has changed it meanwhile. */
export async function wake(job: JobItem, held: HeldJob, dependencies: JobDependencies): Promise<JobStepAnswer> {
  const { store, clock, telemetry, eventBridge } = dependencies;
  // The step that ended it was killed before it could say so.
  if (job.state === 'finished') return ended;
  const { until } = job;
  const milliseconds = Date.parse(until!) - clock.now();
  if (milliseconds > 0) return { next: 'again', waitSeconds: Math.ceil(milliseconds / 1000) };

  const at = new Date(clock.now()).toISOString();
  const key = groupKey(job.group!);
  const opened = { set: { state: 'open', openedAt: at, announced: false }, remove: ['acknowledged'] };
  await store.write([update(store.tableName, key, { ...opened, given: { state: 'acknowledged', 'acknowledged.until': until } })]);
  const group = await store.group(job.group!);
  // Also after a step that was killed here. It has rung before, so it rings however many messages it holds now.
  if (group?.state === 'open' && !group.announced) {
    await groupChanged(group, job.id, job.by, eventBridge);
    await announce(group.group, { store, telemetry, customerThreshold: 1 });
  }
  await close(job, held, dependencies);
  return ended;
}
