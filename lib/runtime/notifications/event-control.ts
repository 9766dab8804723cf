import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryStatus, PlanMessage } from '../../blocks/fanout-contract';
import { type LaneQueues, sendAll } from './outgoing';
import type { FanoutStore } from './store/fanout-store';
import { type EventState, readClaim, readEvent, readPage, readSegment, type StoredEvent, type StoredSegment } from './store/items';
import { claimKey, eventKey, PARTITION_KEY, pageKey, SORT_KEY, segmentKey } from './store/keys';

/** How far an event is planned. */
export interface EventProgress {
  readonly event: Omit<StoredEvent, 'payload' | 'segments'>;
  readonly segments: { readonly all: number; readonly done: number };
  /** Recipients for whom it is planned. */
  readonly planned: number;
  /** Their messages by what was decided when it was planned. */
  readonly counts: Readonly<Partial<Record<DeliveryStatus, number>>>;
}

/** What can be asked of an event that is under way. */
export type EventWish = 'pause' | 'resume' | 'cancel';

/** What an event may be when that is asked of it, and what it becomes. */
const WISHES: Readonly<Record<EventWish, { readonly from: readonly EventState[]; readonly to: EventState }>> = {
  pause: { from: ['running', 'paused'], to: 'paused' },
  // Also of one that runs: its pages are sent again, should one have been lost.
  resume: { from: ['paused', 'running'], to: 'running' },
  // Also of one that is planned: what is not sent yet stays.
  cancel: { from: ['running', 'paused', 'done', 'cancelled'], to: 'cancelled' },
};

/** An event can't be found, or can't become what was asked. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

/** @throws EventRefused when no event of this id is kept */
export async function eventProgress(id: string, store: FanoutStore): Promise<EventProgress> {
  const { payload: _, segments: all, ...event } = await eventOf(id, store);
  const partition = eventKey(event.occurrence)[PARTITION_KEY];
  const [pagesFrom, segmentsFrom] = [pageKey(event.occurrence, '')[SORT_KEY].replace(/#$/, ''), segmentKey(event.occurrence, '')[SORT_KEY]];
  const items = await store.rest(partition, pagesFrom);
  const isSegment = (sort: string): boolean => sort.startsWith(segmentsFrom);
  const segments = items.filter((item) => isSegment(item[SORT_KEY]!.S!)).map(readSegment);
  const pages = items.filter((item) => !isSegment(item[SORT_KEY]!.S!)).map(readPage);
  const counts: Partial<Record<DeliveryStatus, number>> = {};
  for (const page of pages)
    for (const [status, count] of Object.entries(page.counts) as [DeliveryStatus, number][]) counts[status] = (counts[status] ?? 0) + count;
  const planned = pages.reduce((sum, page) => sum + page.planned, 0);
  return { event, segments: { all, done: segments.filter(({ done }) => done).length }, planned, counts };
}

/**
 * Pauses planning, goes on with it where it stopped, or cancels an event: nobody else is planned, and what is not sent yet is not sent. What is planned of a paused event
 * goes out.
 *
 * @returns pages that were begun again
 * @throws EventRefused when the event is not what it would have to be
 */
export async function controlEvent(
  id: string,
  wish: EventWish,
  { store, sqs, queues }: { readonly store: FanoutStore; readonly sqs: Pick<SQSClient, 'send'>; readonly queues: LaneQueues },
): Promise<number> {
  const event = await eventOf(id, store);
  const { from, to } = WISHES[wish];
  if (!from.includes(event.state) || !(await become(event, from, to, store)))
    throw new EventRefused(`event ${id} is ${event.state}: ${wish} takes one that is ${from.join(' or ')}`);
  if (wish !== 'resume') return 0;
  const partition = eventKey(event.occurrence)[PARTITION_KEY];
  const segments = (await store.rest(partition, segmentKey(event.occurrence, '')[SORT_KEY])).map(readSegment);
  const open = segments.filter(({ done }) => !done);
  await sendAll(
    open.map((segment) => ({ queueUrl: queues[segment.lane], body: pageOf(event, segment), correlationId: event.correlationId })),
    sqs,
  );
  if (open.length === 0 && segments.length === event.segments) await become(event, ['running'], 'done', store);
  return open.length;
}

function pageOf({ id, occurrence }: StoredEvent, { id: segmentId, segment, cursor }: StoredSegment): PlanMessage {
  return { kind: 'page', event: id, occurrence, segmentId, segment, ...(cursor !== undefined && { after: cursor }) };
}

async function eventOf(id: string, store: FanoutStore): Promise<StoredEvent> {
  const claim = await store.readOne(claimKey(id));
  const event = claim && (await store.readOne(eventKey(readClaim(claim).occurrence)));
  if (event === undefined) throw new EventRefused(`no event ${id}: it never came, was rejected, or its retention is over`);
  return readEvent(event);
}

function become({ occurrence }: StoredEvent, from: readonly EventState[], to: EventState, store: FanoutStore): Promise<boolean> {
  return store.update({
    TableName: store.tableName,
    Key: eventKey(occurrence),
    UpdateExpression: 'SET #state = :to',
    ConditionExpression: from.map((_, index) => `#state = :from${index}`).join(' OR '),
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':to': to, ...Object.fromEntries(from.map((state, index) => [`:from${index}`, state])) },
  });
}
