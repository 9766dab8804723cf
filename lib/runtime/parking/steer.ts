import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { DeskAnswers, DeskRequest, JobState, ParkingJob } from '../../blocks/parking-contract';
import { auditPut, type Change, changeJob, update } from './changes';
import type { DeskDependencies } from './desk';
import { DeskError } from './desk-error';
import { drive } from './executions';
import { groupKey, type JobItem, lotKey } from './items';
import { requireJob, requireText } from './lookup';
import { jobView } from './public-view';
import type { ParkingStore } from './store';

type Steering = Extract<DeskRequest, { readonly command: 'pause' | 'resume' | 'stop' }>;

/** States in which a job does something by itself. */
export const ACTIVE: readonly JobState[] = ['planned', 'canary', 'running', 'waiting'];

/** Nothing more is begun until it is resumed. What was sent goes on, and its ends are seen. */
export async function pause(request: Steering, desk: DeskDependencies): Promise<DeskAnswers['pause']> {
  const job = await steered(request, ACTIVE, desk);
  return changed(request, job, { set: { state: 'paused' } }, [], desk);
}

/** Goes on where it was. A job that is not paused, and is driven by nobody since its execution failed, is driven again. */
export async function resume(request: Steering, desk: DeskDependencies): Promise<DeskAnswers['resume']> {
  const job = await steered(request, [...ACTIVE, 'paused'], desk);
  const executions = { ...desk, stateMachine: desk.settings.stateMachine };
  if (job.state !== 'paused') {
    await drive(job, executions);
    return { job: jobView(job) };
  }
  // Decided anew by the next step: a canary that was at its end is at its end again.
  const state: JobState = job.kind !== 'redrive' ? 'running' : job.counts.sent <= (job.canary ?? 0) && job.canary ? 'canary' : 'running';
  const change: Change = { set: { state, steps: 0 }, add: { executions: 1 }, given: { executions: job.executions } };
  const answer = await changed(request, job, change, [], desk);
  await drive({ ...job, executions: job.executions + 1 }, executions);
  return answer;
}

/** Ends it. What was sent goes on, and its ends are seen; what was not stays parked. */
export async function stop(request: Steering, desk: DeskDependencies): Promise<DeskAnswers['stop']> {
  const job = await steered(request, [...ACTIVE, 'paused', 'stopped'], desk);
  const executions = { ...desk, stateMachine: desk.settings.stateMachine };
  // Stopped before, perhaps by a desk that was killed before anybody saw to the ends of what was sent.
  if (job.state === 'stopped') {
    await drive(job, executions);
    return { job: jobView(job) };
  }
  const because = `stopped by ${request.by}`;
  const set = { state: 'stopped', because, endedAt: new Date(desk.clock.now()).toISOString(), steps: 0 };
  const change: Change = { set, add: { executions: 1 }, given: { executions: job.executions } };
  const answer = await changed(request, job, change, unlock(job, desk.store), desk);
  // Somebody has to see the ends, and the execution there was may have ended.
  await drive({ ...job, executions: job.executions + 1 }, executions);
  return answer;
}

/** Takes the lock of an ending job away, in the same transaction. */
export function unlock({ id, group, lot, kind }: JobItem, { tableName }: ParkingStore): TransactWriteItem[] {
  if (kind === 'wake') return [];
  return [update(tableName, group === undefined ? lotKey(lot!) : groupKey(group), { remove: ['job'], given: { job: id } })];
}

async function steered({ command, job: id, by }: Steering, allowed: readonly JobState[], { store }: DeskDependencies): Promise<JobItem> {
  requireText(by, 'by', 'who does it');
  const job = await requireJob(id, store);
  if (job.kind === 'wake') throw new DeskError(`Job ${id} ends an acknowledgement: change the group's state instead.`);
  if (!allowed.includes(job.state)) throw refusal(command, job);
  return job;
}

async function changed(
  request: Steering,
  job: JobItem,
  change: Change,
  more: readonly TransactWriteItem[],
  desk: DeskDependencies,
): Promise<{ readonly job: ParkingJob }> {
  const { command, by } = request;
  const { store, clock } = desk;
  const at = new Date(clock.now()).toISOString();
  const entry = { at, by, action: command, job: job.id, ...(job.group !== undefined && { group: job.group }) };
  const refused = await store.write([
    changeJob(store.tableName, job.id, { ...change, given: { ...change.given, state: job.state } }),
    ...more,
    auditPut(store.tableName, entry, `${job.id}-${command}`),
  ]);
  const now = await requireJob(job.id, store);
  if (refused === undefined) return { job: jobView(now) };
  // It went from one active state to the next by itself: the request still holds.
  if (ACTIVE.includes(now.state) && ACTIVE.includes(job.state) && now.executions === job.executions && now.state !== job.state) {
    return changed(request, now, change, more, desk);
  }
  throw refusal(command, now);
}

function refusal(command: Steering['command'], { id, state, because }: JobItem): DeskError {
  const why = because === undefined ? '' : ` (${because})`;
  return new DeskError(`Job ${id} can not be ${command === 'stop' ? 'stopped' : `${command}d`}: it is ${state}${why}.`);
}
