import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { AuditEntry, DeskAnswers, DeskRequest, ParkingJob } from '../../blocks/parking-contract';
import { auditPut, refusedItems, update } from './changes';
import type { DeskDependencies } from './desk';
import { DeskError } from './desk-error';
import { drive } from './executions';
import { type GroupItem, groupKey, JOBS, type JobItem, jobKey, lotKey, toItem } from './items';
import { requireGroup, requireLot, requireMessage, requireText } from './lookup';
import { checkPace } from './plan';
import { jobView } from './public-view';

type Of<C extends DeskRequest['command']> = Extract<DeskRequest, { readonly command: C }>;

/** So that they fit into the job's item. */
const MOST_NAMED_MESSAGES = 1_000;

export async function beginRedrive(request: Of<'redrive'>, desk: DeskDependencies): Promise<DeskAnswers['redrive']> {
  checkPace(request);
  const { rate, canary } = request;
  const group = await requireGroup(request.group, desk.store);
  requireLot((await requireMessage(group.sample, desk.store)).lot, desk.settings.lots);
  const total = await countMessages(group, request.messages, desk);
  const job = newJob('redrive', request.by, { group: group.group, messages: request.messages, rate, canary }, total, desk);
  return begin(job, { detail: `${total} messages, rate ${rate}/s, canary ${canary}` }, desk);
}

export async function beginDiscard(request: Of<'discard'>, desk: DeskDependencies): Promise<DeskAnswers['discard']> {
  const because = requireText(request.because, 'because', 'why these messages need no effect');
  const group = await requireGroup(request.group, desk.store);
  const total = await countMessages(group, request.messages, desk);
  const job = newJob('discard', request.by, { group: group.group, messages: request.messages, because }, total, desk);
  return begin(job, { because, detail: `${total} messages` }, desk);
}

export async function beginAdopt(request: Of<'adopt'>, desk: DeskDependencies): Promise<DeskAnswers['adopt']> {
  const adopted = desk.settings.lots.filter((lot) => lot.adopted);
  const lot = adopted.find(({ arn, url }) => [arn, url, arn.split(':').at(-1)].includes(request.queue));
  if (lot === undefined) {
    const known = adopted.map(({ arn }) => arn.split(':').at(-1)).join(', ');
    throw new DeskError(
      `The desk may not read the queue ${request.queue}. ${known ? `It may read: ${known}. ` : ''}Add it to the desk in the stack.`,
    );
  }
  return begin(newJob('adopt', request.by, { lot: lot.arn }, 0, desk), { detail: lot.arn }, desk);
}

/** Of the group, or of those that are named. @throws DeskError when there is nothing to work on */
async function countMessages(group: GroupItem, ids: readonly string[] | undefined, { store }: DeskDependencies): Promise<number> {
  if (ids === undefined) {
    if (group.counts.parked === 0) throw new DeskError(`Nothing is parked in group ${group.group}.`);
    return group.counts.parked;
  }
  if (ids.length === 0 || ids.length > MOST_NAMED_MESSAGES) {
    throw new DeskError(`A job takes 1 to ${MOST_NAMED_MESSAGES} messages by their ids, given ${ids.length}.`);
  }
  const found = new Map((await store.messages(ids)).map((message) => [message.id, message] as const));
  for (const id of ids) {
    const message = found.get(id);
    if (message?.group !== group.group) throw new DeskError(`There is no message ${id} in group ${group.group}.`);
    if (message.state !== 'parked') throw new DeskError(`Message ${id} is not parked, but ${message.state.replace('_', ' ')}.`);
  }
  return found.size;
}

export function newJob(
  kind: ParkingJob['kind'],
  by: string,
  work: Partial<JobItem>,
  total: number,
  { clock }: Pick<DeskDependencies, 'clock'>,
): JobItem {
  const unique = Math.floor(clock.random() * 2 ** 32);
  return {
    ...work,
    ...{ id: `${kind}-${unique.toString(16).padStart(8, '0')}`, kind, state: 'planned' },
    ...{ by: requireText(by, 'by', 'who does it'), startedAt: new Date(clock.now()).toISOString() },
    counts: { total, sent: 0, done: 0, returned: 0, discarded: 0, handedOver: 0, taken: 0 },
    ...{ sameFingerprint: 0, executions: 1, steps: 0 },
  };
}

/** Writes the job, the audit entry and the lock together: of two who begin at once, one is told who was first. */
async function begin(job: JobItem, told: Partial<AuditEntry>, desk: DeskDependencies): Promise<{ readonly job: ParkingJob }> {
  const { store } = desk;
  const { group, lot, id, by, startedAt: at, kind } = job;
  const entry: AuditEntry = { at, by, action: kind, job: id, ...(group !== undefined && { group }), ...told };
  const refused = await store.write([
    lockFor(job, store.tableName),
    jobPut(job, store.tableName, { partition: JOBS, position: `${at}#${id}` }),
    auditPut(store.tableName, entry, id),
  ]);
  if (refused !== undefined) {
    const holder = refusedItems(refused).includes(0) ? refused[0]?.Item?.job?.S : undefined;
    throw await taken(group === undefined ? `Queue ${lot}` : `Group ${group}`, holder, desk);
  }
  await drive(job, { ...desk, stateMachine: desk.settings.stateMachine });
  return { job: jobView(job) };
}

function lockFor({ group, lot, id }: JobItem, tableName: string): TransactWriteItem {
  if (group !== undefined) return update(tableName, groupKey(group), { set: { job: id }, given: { job: undefined } });
  return {
    Put: {
      TableName: tableName,
      Item: toItem(lotKey(lot!), { job: id }),
      ConditionExpression: 'attribute_not_exists(#job)',
      ExpressionAttributeNames: { '#job': 'job' },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

export function jobPut(
  job: JobItem,
  tableName: string,
  index?: { readonly partition: string; readonly position: string },
): TransactWriteItem {
  return {
    Put: {
      TableName: tableName,
      Item: toItem(jobKey(job.id), job, index),
      ConditionExpression: 'attribute_not_exists(#id)',
      ExpressionAttributeNames: { '#id': 'id' },
    },
  };
}

async function taken(what: string, holder: string | undefined, { store }: DeskDependencies): Promise<DeskError> {
  const job = holder === undefined ? undefined : await store.job(holder);
  if (job === undefined) return new DeskError(`${what} was just changed by somebody else: look again.`);
  return new DeskError(
    `${what} has a job already: ${job.id} (${job.kind}, ${job.state}), begun by ${job.by} at ${job.startedAt}. Wait for its end, or stop it.`,
  );
}
