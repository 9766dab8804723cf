import type { DeskAnswers, DeskRequest, ParkedGroup, ParkedState } from '../../blocks/parking-contract';
import { inline } from '../message/inline-body';
import type { DeskDependencies } from './desk';
import { DeskError } from './desk-error';
import { eventIn } from './event-in-message';
import { indexPartition, type MessageItem } from './items';
import { requireGroup, requireJob, requireMessage } from './lookup';
import { storedAttributes } from './parked-bodies';
import { groupView, jobView, messageView } from './public-view';
import type { PageOptions } from './store';

type Of<C extends DeskRequest['command']> = Extract<DeskRequest, { readonly command: C }>;

const MOST_MESSAGES = 100;
const MOST_JOBS = 50;
/** An answer of Lambda has 6 MB at most, and base64 makes four bytes of three. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_BODY_BYTES = 4 * 1024 * 1024;
/** The audit list is read whole for one message's history up to here. */
const MOST_AUDIT_PAGES = 20;

/** Groups, last seen first. */
export async function groups({ states }: Of<'groups'>, { store }: DeskDependencies): Promise<DeskAnswers['groups']> {
  const found: ParkedGroup[] = [];
  let from: string | undefined;
  do {
    const page = await store.groups(from);
    found.push(...page.found.filter(({ state }) => states === undefined || states.includes(state)).map(groupView));
    from = page.next;
  } while (from !== undefined);
  return { groups: found.sort((left, right) => (left.lastSeen < right.lastSeen ? 1 : -1)) };
}

/** Messages of a group in one state, in the order in which they would be redriven. */
export async function messages(request: Of<'messages'>, { store }: DeskDependencies): Promise<DeskAnswers['messages']> {
  const { group, state = 'parked' satisfies ParkedState, limit = MOST_MESSAGES, cursor } = request;
  await requireGroup(group, store);
  const options: PageOptions = { limit: Math.max(1, Math.min(limit, MOST_MESSAGES)), ...(cursor !== undefined && { from: cursor }) };
  const { found, next } = await store.messagesIn(indexPartition(group, state), options);
  // The index lags: what has just left the state is not told.
  const now = found.filter((message) => message.state === state && message.group === group).map(messageView);
  return { messages: now, ...(next !== undefined && { cursor: next }) };
}

export async function show({ message: id }: Of<'show'>, desk: DeskDependencies): Promise<DeskAnswers['show']> {
  const message = await requireMessage(id, desk.store);
  const event = await storedEvent(message, desk);
  if (event.byteLength > MOST_BODY_BYTES) {
    const key = message.claimedBodyKey ?? message.bodyKey;
    throw new DeskError(
      `The body of ${id} has ${event.byteLength} bytes, more than can be shown: it lies in s3://${desk.settings.bucketName}/${key}.`,
    );
  }
  const texts = Object.entries(await storedAttributes(message, desk.bodies)).flatMap(([name, { text }]) =>
    text === undefined ? [] : [[name, text] as const],
  );
  return {
    message: messageView(message),
    body: inline(event),
    attributes: Object.fromEntries(texts),
    versions: message.versions.map(({ at, by, because }) => ({ at, by, because })),
    history: await historyOf(message, desk),
  };
}

/** The event as the worker's handler would get it. */
async function storedEvent(message: MessageItem, { bodies }: DeskDependencies): Promise<Uint8Array> {
  const body = await bodies.read(message.bodyKey);
  if (body === undefined) throw new DeskError(`The body of ${message.id} is gone: it was kept until ${message.expiresAt}.`);
  const { event } = eventIn(body);
  if (event instanceof Uint8Array) return event;
  return (message.claimedBodyKey === undefined ? undefined : await bodies.read(message.claimedBodyKey)) ?? body;
}

/** What people did to this message, and to its group, oldest first. */
async function historyOf(message: MessageItem, { store }: DeskDependencies): Promise<DeskAnswers['show']['history']> {
  const concerns = (entry: DeskAnswers['show']['history'][number]) =>
    entry.message === undefined ? entry.group === message.group && entry.at >= message.parkedAt : entry.message === message.id;
  const found: DeskAnswers['show']['history'][number][] = [];
  let from: string | undefined;
  for (let pages = 0; pages < MOST_AUDIT_PAGES; pages++) {
    const page = await store.audit(from);
    found.push(...page.found.filter(concerns));
    from = page.next;
    if (from === undefined || (page.found.at(-1)?.at ?? '') < message.parkedAt) break;
  }
  return found.reverse();
}

/** Newest first. */
export async function audit({ group, cursor }: Of<'audit'>, { store }: DeskDependencies): Promise<DeskAnswers['audit']> {
  const { found, next } = await store.audit(cursor);
  const entries = found.filter((entry) => group === undefined || entry.group === group);
  return { entries, ...(next !== undefined && { cursor: next }) };
}

export async function job({ job: id }: Of<'job'>, { store }: DeskDependencies): Promise<DeskAnswers['job']> {
  return { job: jobView(await requireJob(id, store)) };
}

/** The last ones, newest first. */
export async function jobs(_request: Of<'jobs'>, { store }: DeskDependencies): Promise<DeskAnswers['jobs']> {
  return { jobs: (await store.jobs(MOST_JOBS)).map(jobView) };
}
