import fc from 'fast-check';
import { computeAccount, type Evidence, isClean, percentiles } from '../../../lib/operate/storm/account';
import type { End, ParkedCopy, PlannedEvent, StandingEffect } from '../../../lib/operate/storm/contract';
import type { Attempt } from '../../../lib/operate/storm/sender';

const SENT = 1_800_000_000_000;

function planned(id: string, ends: readonly End[] = ['done']): PlannedEvent {
  return {
    id,
    kind: 'payment',
    ends,
    ...(ends.includes('rejected') ? { rejection: 'forged' } : {}),
    ...(ends.includes('done') ? { effect: { book: 'cash', amount: 10 } } : {}),
  };
}

function attempt(eventId: string, status: number | 'none' = 202, startedAtEpochMilliseconds = SENT): Attempt {
  return { eventId, status: status === 'none' ? undefined : status, startedAtEpochMilliseconds, milliseconds: 20 };
}

let effects = 0;
function effect(eventId: string, amount = 10, recordedAtEpochMilliseconds = SENT + 100): StandingEffect {
  effects += 1;
  return { key: `effect ${effects}`, eventId, amount, recordedAtEpochMilliseconds };
}

function parked(eventId: string | undefined, reason = 'permanent', discarded = false): ParkedCopy {
  return { ...(eventId === undefined ? {} : { eventId }), reason, discarded };
}

function account(evidence: Partial<Evidence>) {
  return computeAccount({ events: [], attempts: [], effects: [], parked: [], books: {}, unsettled: 0, ...evidence });
}

test('each event of a clean storm is counted under its one end', () => {
  const result = account({
    events: [planned('a'), planned('b', ['parked']), planned('c', ['rejected'])],
    attempts: [attempt('a', 502), attempt('a', 'none'), attempt('a'), attempt('b'), attempt('c', 401)],
    effects: [effect('a')],
    parked: [parked('b', 'malformed')],
    books: { cash: 10 },
  });
  expect(result).toMatchObject({
    events: 3,
    deliveries: 5,
    answered: { 202: 2, 401: 1, 502: 1, none: 1 },
    done: 1,
    parked: { malformed: 1 },
    rejected: { forged: 1 },
    lost: [],
    doubled: [],
    booksTotal: 10,
  });
  expect(isClean(result)).toBe(true);
});

test('an event that was accepted and stands nowhere is lost', () => {
  const result = account({ events: [planned('a')], attempts: [attempt('a')] });
  expect(result.lost).toEqual(['a']);
  expect(isClean(result)).toBe(false);
});

test('a valid event that nobody accepted is lost, refused or not', () => {
  const result = account({ events: [planned('a'), planned('b')], attempts: [attempt('a', 401), attempt('b', 500)] });
  expect(result.lost).toEqual(['a', 'b']);
});

test('an event with two effects is doubled, though the books agree with a handler that counts', () => {
  const result = account({ events: [planned('a')], attempts: [attempt('a')], effects: [effect('a'), effect('a')], books: { cash: 20 } });
  expect(result.doubled).toEqual(['a']);
  expect(result.booksOff).toEqual([{ book: 'cash', expected: 10, found: 20 }]);
  expect(isClean(result)).toBe(false);
});

test('a balance that moved twice behind one ledger entry is found by the books', () => {
  const result = account({ events: [planned('a')], attempts: [attempt('a')], effects: [effect('a')], books: { cash: 20 } });
  expect(result.doubled).toEqual([]);
  expect(result.booksOff).toEqual([{ book: 'cash', expected: 10, found: 20 }]);
  expect(isClean(result)).toBe(false);
});

test('a forged event that was accepted is a failure wherever it ended', () => {
  const events = ['a', 'b', 'c'].map((id) => planned(id, ['rejected']));
  const result = account({
    events,
    attempts: [attempt('a'), attempt('b'), attempt('c', 401), attempt('c', 202)],
    effects: [effect('a')],
    parked: [parked('b')],
    books: { cash: 0 },
  });
  expect(result.wronglyAccepted).toEqual(['a', 'b', 'c']);
  expect(isClean(result)).toBe(false);
});

test('an event that met nothing but a 5xx was never refused; one that was sent again after it, and then refused, was', () => {
  expect(account({ events: [planned('a', ['rejected'])], attempts: [attempt('a', 500)] }).lost).toEqual(['a']);
  const sentAgain = account({
    events: [planned('a', ['rejected'])],
    attempts: [attempt('a', 503), attempt('a', 'none'), attempt('a', 401)],
  });
  expect(sentAgain).toMatchObject({ lost: [], rejected: { forged: 1 } });
});

test('an end that is wrong for the kind of event is a failure', () => {
  const result = account({
    events: [planned('a', ['parked']), planned('b')],
    attempts: [attempt('a'), attempt('b')],
    effects: [effect('a')],
    parked: [parked('b')],
  });
  expect(result.misplaced.map(({ id, end }) => [id, end])).toEqual([
    ['a', 'done'],
    ['b', 'parked'],
  ]);
  expect(isClean(result)).toBe(false);
});

test('an event that is done stays done when copies of it are parked, and the copies are counted apart', () => {
  const result = account({
    events: [planned('a'), planned('b', ['parked'])],
    attempts: [attempt('a'), attempt('b')],
    effects: [effect('a')],
    parked: [parked('a', 'conflict'), parked('b'), parked('b')],
    books: { cash: 10 },
  });
  expect(result).toMatchObject({ done: 1, parked: { permanent: 1 }, supersededCopies: 2 });
  expect(isClean(result)).toBe(true);
});

test('an event whose every copy was discarded ended so, and counts under the reason for which it was parked', () => {
  const result = account({
    events: [planned('a', ['discarded']), planned('b', ['discarded'])],
    attempts: [attempt('a'), attempt('b')],
    parked: [parked('a', 'permanent', true), parked('b', 'malformed', true), parked('b', 'malformed', true)],
  });
  expect(result).toMatchObject({ discarded: { permanent: 1, malformed: 1 }, parked: {}, lost: [], supersededCopies: 1 });
  expect(isClean(result)).toBe(true);
});

test('a copy that still waits for a person outweighs a discarded one, and an effect outweighs both', () => {
  const result = account({
    events: [planned('a', ['discarded']), planned('b', ['discarded'])],
    attempts: [attempt('a'), attempt('b')],
    effects: [effect('b', 0)],
    parked: [parked('a', 'permanent', true), parked('a', 'budget_spent'), parked('b', 'permanent', true)],
    books: {},
  });
  expect(result).toMatchObject({ done: 1, parked: { budget_spent: 1 }, discarded: {}, supersededCopies: 2 });
  expect(result.misplaced.map(({ id, end }) => [id, end])).toEqual([
    ['a', 'parked'],
    ['b', 'done'],
  ]);
});

test('an event that nobody was to discard is misplaced when it was, and one that had to be refused was accepted', () => {
  const result = account({
    events: [planned('a'), planned('b', ['rejected'])],
    attempts: [attempt('a'), attempt('b', 401)],
    parked: [parked('a', 'permanent', true), parked('b', 'permanent', true)],
  });
  expect(result.misplaced.map(({ id, end }) => [id, end])).toEqual([['a', 'discarded']]);
  expect(result.wronglyAccepted).toEqual(['b']);
  expect(isClean(result)).toBe(false);
});

test('effects and parked messages of no event that was sent are strangers', () => {
  const result = account({ effects: [effect('x')], parked: [parked('y'), parked(undefined, 'moved by the queue')] });
  expect(result.strangers).toEqual(['effect of x', 'parked message of y (permanent)', 'parked message of no event (moved by the queue)']);
  expect(isClean(result)).toBe(false);
});

test('an event that was done by a later run of its handler is told apart, one whose first run did it is not', () => {
  const result = account({
    events: [planned('a'), planned('b'), planned('c')],
    attempts: [attempt('a'), attempt('b'), attempt('c')],
    effects: [{ ...effect('a'), attempt: 3 }, { ...effect('b'), attempt: 1 }, effect('c')],
    books: { cash: 30 },
  });
  expect(result).toMatchObject({ done: 3, doneAfterRetry: 1 });
});

test('a storm that never came to rest is not clean', () => {
  expect(isClean(account({ unsettled: 1 }))).toBe(false);
  expect(isClean(account({}))).toBe(true);
});

test('the whole way is counted from the first delivery to the first effect', () => {
  const result = account({
    events: [planned('a')],
    attempts: [attempt('a', 202, SENT + 50), attempt('a', 502, SENT)],
    effects: [effect('a', 10, SENT + 400), effect('a', 10, SENT + 300)],
  });
  expect(result.latencyMs.endToEnd).toEqual({ p50: 300, p95: 300, p99: 300 });
});

test('percentiles are of the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentiles(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
  expect(percentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  expect(percentiles([])).toEqual({ p50: 0, p95: 0, p99: 0 });
});

test('every event has exactly one end, whatever stands', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const anyId = fc.constantFrom(...ids);
  const ends = fc.constantFrom<readonly End[]>(['done'], ['parked'], ['rejected'], ['discarded'], ['done', 'parked']);
  fc.assert(
    fc.property(
      fc.tuple(...ids.map(() => ends)),
      fc.array(fc.tuple(anyId, fc.constantFrom(202, 401, 413, 500, 'none' as const))),
      fc.array(anyId),
      fc.array(fc.tuple(anyId, fc.boolean())),
      (rights, answers, done, inParkingLot) => {
        const result = account({
          events: ids.map((id, index) => planned(id, rights[index])),
          attempts: answers.map(([id, status]) => attempt(id, status)),
          effects: done.map((id) => effect(id)),
          parked: inParkingLot.map(([id, discarded]) => parked(id, 'permanent', discarded)),
        });
        const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, count) => total + count, 0);
        const waiting = sum(result.parked);
        const discarded = sum(result.discarded);
        expect(result.done + waiting + discarded + sum(result.rejected) + result.lost.length).toBe(ids.length);
        expect(result.done).toBe(new Set(done).size);
        expect(result.doubled).toEqual(ids.filter((id) => done.filter((each) => each === id).length > 1));
        expect(result.supersededCopies).toBe(inParkingLot.length - waiting - discarded);
      },
    ),
  );
});
