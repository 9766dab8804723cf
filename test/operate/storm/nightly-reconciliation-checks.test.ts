import type { RefusedRun, RunAccount } from '../../../examples/nightly-reconciliation/storm/account';
import { outcomeFaults } from '../../../examples/nightly-reconciliation/storm/outcome-checks';
import { type Entry, movesOf, registerFaults } from '../../../examples/nightly-reconciliation/storm/register-checks';
import type { Outcome } from '../../../examples/nightly-reconciliation/storm/site';

const DATE = '2026-10-25';
const EVE = '2026-10-24';

describe('the register is held against a report', () => {
  const open = (fields: Entry = {}): Entry => ({ state: 'open', opened: DATE, lastSeen: DATE, class: 'amount', versions: [], ...fields });
  const faults = (before: Record<string, Entry>, after: Record<string, Entry>, ...reported: string[]) =>
    registerFaults(new Map(Object.entries(before)), new Map(Object.entries(after)), new Set(reported), DATE);

  test('what it opens, closes and opens again is counted', () => {
    const before = { a: open({ opened: EVE }), b: open({ opened: EVE }), c: open({ state: 'closed', closed: EVE }) };
    expect(movesOf(new Map(Object.entries(before)), new Set(['a', 'c', 'd', 'e']))).toEqual({ opened: 2, closed: 1, reopened: 1 });
  });

  test('a register that says the same has no fault', () => {
    const seen = open({ opened: EVE, left: { amountMinor: '1', currency: 'EUR' } });
    const closed = open({ state: 'closed', opened: EVE, lastSeen: EVE, closed: EVE });
    const { state: _, opened, lastSeen, versions: __, ...facts } = closed;
    expect(
      faults(
        {
          seen: { ...seen, lastSeen: EVE, left: { currency: 'EUR', amountMinor: '1' } },
          gone: open({ opened: EVE, lastSeen: EVE }),
          back: closed,
        },
        { seen, gone: open({ state: 'closed', closed: DATE }), back: open({ versions: [{ ...facts, opened, lastSeen }] }), fresh: open() },
        ...['seen', 'back', 'fresh'],
      ),
    ).toEqual([]);
  });

  test.each<[string, Record<string, Entry>, Record<string, Entry>, string[], RegExp]>([
    ['a break is missing', {}, {}, ['a'], /a of 2026-10-25 is not in the register/],
    ['a break is closed', {}, { a: open({ state: 'closed' }) }, ['a'], /is closed there/],
    ['a break was not seen', { a: open() }, { a: open({ lastSeen: EVE }) }, ['a'], /last seen 2026-10-24/],
    ['a break was opened on another day', {}, { a: open({ opened: EVE }) }, ['a'], /the register says 2026-10-24/],
    ['a break stayed open', { a: open() }, { a: open() }, [], /is open in the register/],
    ['a break was closed on another day', { a: open() }, { a: open({ state: 'closed', closed: EVE }) }, [], /the register says 2026-10-24/],
    ['a former version is missing', { a: open({ class: 'date' }) }, { a: open() }, ['a'], /does not show what it said before/],
    ['a reopened break does not say so', { a: open({ state: 'closed', closed: EVE }) }, { a: open() }, ['a'], /does not show/],
  ])('found: %s', (_, before, after, reported, fault) => {
    expect(faults(before, after, ...reported)).toEqual([expect.stringMatching(fault)]);
  });
});

describe('events are held against the runs', () => {
  const run: RunAccount = {
    ...{ what: 'first night', date: EVE, run: 1, attempt: 2, seconds: 1, precision: 1, recall: 1 },
    rows: { left: 10, right: 11 },
    classes: { amount: { found: 2, true: 2 }, date: { found: 0, true: 0 } },
    ...{ inTransit: 3, badRows: 4 },
    register: { opened: 2, closed: 0, reopened: 0 },
  };
  const refused: RefusedRun = { what: 'an empty file', date: DATE, status: 'FAILED', reason: 'bank-1.csv: is empty', seconds: 1 };
  const completed: Outcome = {
    type: 'ReconciliationCompleted',
    detail: {
      ...{ eventId: 'one', date: EVE, run: 1, rows: { right: 11, left: 10 }, breaks: 2, classes: { amount: 2 }, inTransit: 3, badRows: 4 },
      ...{ opened: 2, closed: 0, reopened: 0 },
    },
  };
  const failed: Outcome = {
    type: 'ReconciliationFailed',
    detail: { eventId: 'two', date: DATE, run: 1, input: true, reason: refused.reason },
  };
  const changed = (outcome: Outcome, fields: object): Outcome => ({ ...outcome, detail: { ...outcome.detail, ...fields } });

  test('one event for each run, and copies of it, are as it must be', () => {
    expect(outcomeFaults([completed, failed, completed], [run], [refused])).toEqual([]);
  });

  test.each<[string, Outcome[], RegExp]>([
    ['none for a run', [failed], /0 events ReconciliationCompleted tell of run 1 of 2026-10-24/],
    ['none for a failed run', [completed], /0 events ReconciliationFailed/],
    ['another number', [changed(completed, { closed: 7 }), failed], /says closed 7, and it is 0/],
    ['a class too many', [changed(completed, { classes: { amount: 2, date: 1 } }), failed], /says classes/],
    ['another reason', [completed, changed(failed, { reason: 'unknown' })], /does not say that its source is at fault/],
    ['a second id', [completed, failed, changed(completed, { eventId: 'three' })], /2 events ReconciliationCompleted/],
    ['of nothing', [completed, failed, changed(failed, { eventId: 'three', run: 2 })], /run 2 of 2026-10-25 tells of nothing that was/],
    ['copies that differ', [completed, failed, changed(completed, { breaks: 9 })], /different things under the id one/],
  ])('found: %s', (_, outcomes, fault) => {
    expect(outcomeFaults(outcomes, [run], [refused]).join('\n')).toMatch(fault);
  });
});
