import type { End, ParkedCopy, PlannedEvent, StandingEffect } from './contract';
import { type Attempt, isFinal } from './sender';

/** What an account is computed from: what was sent, what was answered and what stands. Nothing a handler says about itself. */
export interface Evidence {
  readonly events: readonly PlannedEvent[];
  readonly attempts: readonly Attempt[];
  readonly effects: readonly StandingEffect[];
  readonly parked: readonly ParkedCopy[];
  /** Change of each book's balance over the storm. */
  readonly books: Readonly<Record<string, number>>;
  /** Messages that were still in the queues when waiting for quiet was given up. */
  readonly unsettled: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Account {
  readonly events: number;
  /** HTTP requests sent, a sender's retries included. */
  readonly deliveries: number;
  /** By HTTP status; `none` when the connection broke before an answer. */
  readonly answered: Readonly<Record<string, number>>;
  /** By reason. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly done: number;
  /** Of these, in a second or later run of their handler. Told by the stores; nothing is decided by it. */
  readonly doneAfterRetry: number;
  /** By reason. */
  readonly parked: Readonly<Record<string, number>>;
  /** By the reason for which they were parked. */
  readonly discarded: Readonly<Record<string, number>>;
  /** Accepted, or valid and never accepted, but neither done nor parked nor discarded. */
  readonly lost: readonly string[];
  /** More than one effect. */
  readonly doubled: readonly string[];
  /** Had to be refused, and got a 2xx. */
  readonly wronglyAccepted: readonly string[];
  /** Ended once, but not where an event of its kind must. */
  readonly misplaced: readonly { readonly id: string; readonly kind: string; readonly end: End; readonly right: readonly End[] }[];
  /** Effects or parked messages of no event that was sent. */
  readonly strangers: readonly string[];
  /** Books whose balance is not what the done events say. */
  readonly booksOff: readonly { readonly book: string; readonly expected: number; readonly found: number }[];
  /** Sum of all balances; equals that of the done events unless `booksOff` names a book. */
  readonly booksTotal: number;
  readonly unsettled: number;
  /** Parked messages beside an event that has its end already: copies of a done event, or second copies of a parked one. */
  readonly supersededCopies: number;
  readonly latencyMs: { readonly answer: Percentiles; readonly endToEnd: Percentiles };
}

export function computeAccount(evidence: Evidence): Account {
  const planned = new Map(evidence.events.map((event) => [event.id, event]));
  const effects = group(evidence.effects, ({ eventId }) => eventId);
  const parked = group(evidence.parked, ({ eventId }) => eventId);
  const attempts = group(evidence.attempts, ({ eventId }) => eventId);

  const rejected: Record<string, number> = {};
  const parkedBy: Record<string, number> = {};
  const discardedBy: Record<string, number> = {};
  const expectedBooks: Record<string, number> = {};
  const lost: string[] = [];
  const doubled: string[] = [];
  const wronglyAccepted: string[] = [];
  const misplaced: Account['misplaced'][number][] = [];
  let done = 0;
  let doneAfterRetry = 0;
  let supersededCopies = 0;

  for (const event of evidence.events) {
    const standing = effects.get(event.id) ?? [];
    const copies = parked.get(event.id) ?? [];
    const end = endOf(event, standing, copies, attempts.get(event.id) ?? []);
    const accepted = (attempts.get(event.id) ?? []).some(({ status }) => isAccepted(status));
    const mustBeRefused = event.ends.every((right) => right === 'rejected');
    if (mustBeRefused && (accepted || (end !== undefined && end !== 'rejected'))) wronglyAccepted.push(event.id);
    else if (end !== undefined && !event.ends.includes(end)) misplaced.push({ id: event.id, kind: event.kind, end, right: event.ends });
    if (end === undefined) {
      lost.push(event.id);
      continue;
    }
    if (end === 'done') {
      done += 1;
      if (standing.every(({ attempt = 1 }) => attempt > 1)) doneAfterRetry += 1;
      supersededCopies += copies.length;
      if (standing.length > 1) doubled.push(event.id);
      if (event.effect !== undefined) {
        expectedBooks[event.effect.book] = (expectedBooks[event.effect.book] ?? 0) + event.effect.amount;
      }
    } else if (end === 'rejected') {
      count(rejected, event.rejection ?? 'refused');
    } else {
      supersededCopies += copies.length - 1;
      count(end === 'parked' ? parkedBy : discardedBy, copies.find(({ discarded }) => discarded === (end === 'discarded'))!.reason);
    }
  }

  const strangers = [
    ...evidence.effects.filter(({ eventId }) => !planned.has(eventId)).map(({ eventId }) => `effect of ${eventId}`),
    ...evidence.parked
      .filter(({ eventId }) => eventId === undefined || !planned.has(eventId))
      .map(({ eventId, reason }) => `parked message of ${eventId ?? 'no event'} (${reason})`),
  ];
  const answered: Record<string, number> = {};
  for (const { status } of evidence.attempts) count(answered, status === undefined ? 'none' : String(status));
  return {
    events: evidence.events.length,
    deliveries: evidence.attempts.length,
    answered,
    rejected,
    done,
    doneAfterRetry,
    parked: parkedBy,
    discarded: discardedBy,
    lost,
    doubled,
    wronglyAccepted,
    misplaced,
    strangers,
    booksOff: compareBooks(expectedBooks, evidence.books),
    booksTotal: Object.values(evidence.books).reduce((sum, balance) => sum + balance, 0),
    unsettled: evidence.unsettled,
    supersededCopies,
    latencyMs: {
      answer: percentiles(evidence.attempts.map(({ milliseconds }) => milliseconds)),
      endToEnd: percentiles([...effects].flatMap(([eventId, standing]) => wholeWay(standing, attempts.get(eventId)))),
    },
  };
}

/** Whether every event has exactly one end, the right one, and the books say the same. */
export function isClean(account: Account): boolean {
  const { lost, doubled, wronglyAccepted, misplaced, strangers, booksOff, unsettled } = account;
  return [lost, doubled, wronglyAccepted, misplaced, strangers, booksOff].every(({ length }) => length === 0) && unsettled === 0;
}

/**
 * An effect outweighs a parked copy: what a person would redrive from the parking lot has no effect any more. And a parked copy outweighs a discarded one: somebody has
 * to decide on it still.
 */
function endOf(
  event: PlannedEvent,
  effects: readonly StandingEffect[],
  copies: readonly ParkedCopy[],
  attempts: readonly Attempt[],
): End | undefined {
  if (effects.length > 0) return 'done';
  if (copies.length > 0) return copies.every(({ discarded }) => discarded) ? 'discarded' : 'parked';
  if (!event.ends.includes('rejected')) return undefined;
  // A 503 before it is no refusal: the sender has sent again, and then was refused.
  const answers = attempts.filter(({ status }) => isFinal(status));
  const refusedThroughout = answers.length > 0 && answers.every(({ status = 0 }) => status >= 400);
  return refusedThroughout ? 'rejected' : undefined;
}

function isAccepted(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function wholeWay(effects: readonly StandingEffect[], attempts: readonly Attempt[] | undefined): number[] {
  if (attempts === undefined) return [];
  const sent = Math.min(...attempts.map(({ startedAtEpochMilliseconds }) => startedAtEpochMilliseconds));
  return [Math.min(...effects.map(({ recordedAtEpochMilliseconds }) => recordedAtEpochMilliseconds)) - sent];
}

function compareBooks(expected: Readonly<Record<string, number>>, found: Readonly<Record<string, number>>): Account['booksOff'] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .sort()
    .map((book) => ({ book, expected: expected[book] ?? 0, found: found[book] ?? 0 }))
    .filter(({ expected, found }) => expected !== found);
}

/** Nearest rank, in whole milliseconds; 0 of nothing. */
export function percentiles(milliseconds: readonly number[]): Percentiles {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const rank = (share: number): number => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) };
}

function group<T>(values: readonly T[], keyOf: (value: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    if (key === undefined) continue;
    const present = groups.get(key);
    if (present === undefined) groups.set(key, [value]);
    else present.push(value);
  }
  return groups;
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
