import fc from 'fast-check';
import type { LaterRule, ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { type LaterPair, type LeftOverKey, matchLater } from '../../../lib/runtime/reconciliation/later-rules';
import type { Item } from '../../../lib/runtime/reconciliation/match-key';
import { RULES } from '../../support/reconciliation/files';

/** A row as it may be left over; few values, so that rows meet often. */
const row = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  minor: fc.integer({ min: 0, max: 5 }).map(BigInt),
  currency: fc.constantFrom('EUR', 'EUR', 'USD'),
  day: fc.integer({ min: 1, max: 4 }),
  fields: fc.constantFrom(['x'], ['y']),
  laterKeys: fc.constantFrom(['1', ''], ['2', 'p'], ['', 'q']),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;
const side = fc.array(row, { maxLength: 8 });
const laterRule = (name: string, key: LaterRule['key']): fc.Arbitrary<LaterRule> =>
  fc
    .record(
      {
        tolerance: fc.record({ minor: fc.integer({ min: 0, max: 3 }), percent: fc.constantFrom('0', '30') }),
        toleranceDays: fc.integer({ min: 0, max: 2 }),
        fields: fc.constant([]),
      },
      { requiredKeys: [] },
    )
    .map((more) => ({ name, ...more, key }));
const rules: fc.Arbitrary<ReconciliationRules> = fc
  .tuple(laterRule('one', [{ column: 'p' }]), laterRule('two', [{ column: 'q' }]), fc.boolean())
  .map(([one, two, any]) => ({ ...RULES, fields: [{ column: 'note' }], later: [one, any ? { ...two, key: [] } : two] }));

const item = (one: Row, place: number): Item => ({ ...one, file: 0, row: place, count: 1, grouped: false });

function keysOf(left: readonly Row[], right: readonly Row[]): LeftOverKey[] {
  const names = [...new Set([...left, ...right].map(({ key }) => key))];
  const of = (rows: readonly Row[], key: string): Item[] => rows.flatMap((one, index) => (one.key === key ? [item(one, index)] : []));
  return names.map((key) => ({ key, hash: 1n, pairs: 0, left: of(left, key), right: of(right, key) }));
}

const value = ({ file: _, row: __, ...rest }: Item): string =>
  JSON.stringify(rest, (___, one) => (typeof one === 'bigint' ? String(one) : one));
const told = (pairs: readonly LaterPair[]): string[] =>
  pairs.map(({ rule, left, right }) => `${rule} ${value(left)} ${value(right)}`).sort();

test('the order of rows and keys changes nothing', () => {
  fc.assert(
    fc.property(side, side, rules, (left, right, given) => {
      const backwards = keysOf([...left].reverse(), [...right].reverse()).reverse();
      expect(told(matchLater(given, backwards).pairs)).toEqual(told(matchLater(given, keysOf(left, right)).pairs));
    }),
    { numRuns: 1000 },
  );
});

test('swapping the sides mirrors the pairs', () => {
  fc.assert(
    fc.property(side, side, rules, (left, right, given) => {
      const swapped = matchLater(given, keysOf(right, left)).pairs.map((pair) => ({ ...pair, left: pair.right, right: pair.left }));
      expect(told(swapped)).toEqual(told(matchLater(given, keysOf(left, right)).pairs));
    }),
    { numRuns: 1000 },
  );
});

test('each row stays once: in a pair, or left over', () => {
  fc.assert(
    fc.property(side, side, rules, (left, right, given) => {
      const { pairs, keys } = matchLater(given, keysOf(left, right));
      for (const name of ['left', 'right'] as const) {
        const rest = keys.flatMap((key) => key[name].map((one) => one.row));
        const matched = pairs.map((pair) => pair[name].row);
        expect([...rest, ...matched].sort((a, b) => a - b)).toEqual((name === 'left' ? left : right).map((_, index) => index));
        expect(keys.flatMap((key) => key.matched[name].map((one) => one.row)).sort()).toEqual(matched.sort());
      }
    }),
    { numRuns: 300 },
  );
});

test('no pair is left that a rule would match', () => {
  fc.assert(
    fc.property(side, side, rules, (left, right, given) => {
      const { keys } = matchLater(given, keysOf(left, right));
      expect(matchLater(given, keys).pairs).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
