import fc from 'fast-check';
import type { ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import type { ReconciliationReport, ReportedRow } from '../../../lib/runtime/reconciliation/contract';
import { rules, side } from '../../support/reconciliation/arbitrary';
import { type Row, reconciled, reconciledFiles } from '../../support/reconciliation/files';

jest.setTimeout(120_000);

const RUNS = Number(process.env.BREAKWATER_RECONCILIATION_RUNS ?? 6);

const sorted = (lines: readonly string[]): string[] => [...lines].sort();

/** A report without what names a place in a file. */
function content({ matched, later = [], breaks, inTransit }: ReconciliationReport) {
  return {
    matched,
    later: sorted(later.map(({ left, right, ...rest }) => JSON.stringify([placeless(left), placeless(right), rest]))),
    breaks: sorted(breaks.map(({ id, left, right, ...rest }) => JSON.stringify([id, placeless(left), placeless(right), rest]))),
    inTransit: sorted(inTransit.map(({ row, ...rest }) => JSON.stringify([placeless(row), rest]))),
  };
}

const placeless = (row?: ReportedRow) => row && { ...row, file: undefined, record: 0 };

const MIRRORED: Readonly<Record<string, string>> = {
  missing_left: 'missing_right',
  missing_right: 'missing_left',
  duplicate_left: 'duplicate_right',
  duplicate_right: 'duplicate_left',
};
const negative = (minor: string): string => String(-BigInt(minor));

/** What the report would be if the sides had been given the other way round; ids of one-sided breaks name their side. */
function mirrored(report: ReconciliationReport) {
  return {
    matched: { pairs: report.matched.pairs, oneToMany: report.matched.manyToOne, manyToOne: report.matched.oneToMany },
    later: sorted(
      (report.later ?? []).map(({ rule, key, left, right, differenceMinor }) =>
        JSON.stringify([rule, key.right, key.left, value(right), value(left), negative(differenceMinor)]),
      ),
    ),
    breaks: sorted(
      report.breaks.map((one) =>
        JSON.stringify([
          MIRRORED[one.class] ?? one.class,
          one.key,
          one.count,
          value(one.right),
          value(one.left),
          one.differenceMinor && negative(one.differenceMinor),
        ]),
      ),
    ),
  };
}
function plain(report: ReconciliationReport) {
  return {
    matched: report.matched,
    later: sorted(
      (report.later ?? []).map(({ rule, key, left, right, differenceMinor }) =>
        JSON.stringify([rule, key.left, key.right, value(left), value(right), differenceMinor]),
      ),
    ),
    breaks: sorted(
      report.breaks.map((one) => JSON.stringify([one.class, one.key, one.count, value(one.left), value(one.right), one.differenceMinor])),
    ),
  };
}
const value = (given: ReconciliationReport['breaks'][number]['left']) => given && [given.amountMinor, given.currency, given.date];

test('swapping the sides mirrors the report', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, rules, async (left, right, given) => {
      expect(plain(await reconciled(right, left, given))).toEqual(mirrored(await reconciled(left, right, given)));
    }),
    { numRuns: RUNS },
  );
});

test('the order of rows changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, rules, fc.infiniteStream(fc.nat()), async (left, right, given, draws) => {
      const shuffled = (rows: readonly Row[]) =>
        rows
          .map((one) => ({ one, at: draws.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
      expect(content(await reconciled(shuffled(left), shuffled(right), given))).toEqual(content(await reconciled(left, right, given)));
    }),
    { numRuns: RUNS },
  );
});

test('more tolerance never adds a break', async () => {
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      rules,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 2 }),
      async (left, right, given, cents, days) => {
        const wider: ReconciliationRules = {
          ...given,
          amount: { ...given.amount, tolerance: { ...given.amount.tolerance, minor: (given.amount.tolerance?.minor ?? 0) + cents } },
          date: { ...given.date!, toleranceDays: given.date!.toleranceDays! + days },
          fields: given.fields!.map(({ number, date, ...field }) => ({
            ...field,
            ...(number && { number: { tolerance: { ...number.tolerance, absolute: `0.0${cents}` } } }),
            ...(date && { date: { ...date, toleranceDays: date.toleranceDays! + days } }),
          })),
        };
        // A rule that takes more leaves others to those behind it: of several rules that is another test.
        const [narrow, wide] = [await reconciled(left, right, first(given)), await reconciled(left, right, first(wider))];
        expect(wide.breaks.length).toBeLessThanOrEqual(narrow.breaks.length);
      },
    ),
    { numRuns: RUNS },
  );
});

const first = ({ later: _, ...given }: ReconciliationRules): ReconciliationRules => given;
const matchedRows = ({ matched }: ReconciliationReport): number => matched.pairs;

test('later rules only add pairs, and more tolerance of the last one takes none away', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, rules, fc.integer({ min: 1, max: 4 }), async (left, right, given, cents) => {
      const later = given.later ?? [{ name: 'second', key: [] }];
      const last = later.at(-1)!;
      const wider = [...later.slice(0, -1), { ...last, tolerance: { minor: (last.tolerance?.minor ?? 0) + cents } }];
      const exact = { ...given, amount: { ...given.amount, tolerance: {} } };
      const [none, some, more] = [
        await reconciled(left, right, first(exact)),
        await reconciled(left, right, { ...exact, later }),
        await reconciled(left, right, { ...exact, later: wider }),
      ];
      expect(matchedRows(some)).toBe(matchedRows(none) + some.later!.length);
      expect(matchedRows(more)).toBeGreaterThanOrEqual(matchedRows(some));
    }),
    { numRuns: RUNS },
  );
});

test('every row is in exactly one pair, group, break, or in transit', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, rules, async (left, right, given) => {
      const { matched, breaks, inTransit, totals } = await reconciled(left, right, given);
      const without = given.group === undefined;
      if (!without) return;
      const of = (name: 'left' | 'right') =>
        matched.pairs +
        breaks.reduce((sum, one) => sum + (one[name] === undefined ? 0 : one.count), 0) +
        inTransit.filter((one) => one.side === name).length;
      expect([of('left'), of('right')]).toEqual([totals.left.rows, totals.right.rows]);
    }),
    { numRuns: RUNS * 2 },
  );
});

test('what other rows are in the files changes nothing about a key', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, rules, async (left, right, given) => {
      const noise = Array.from({ length: 400 }, (_, index) => ({ reference: `noise${index}`, amount: '1', account: '1', note: 'x' }));
      const alone = await reconciled(left, right, given);
      const among = await reconciled([...left, ...noise], [...noise, ...right], given);
      expect(content({ ...among, matched: { ...among.matched, pairs: among.matched.pairs - noise.length } })).toEqual(content(alone));
    }),
    { numRuns: RUNS },
  );
});

test('the number of parts changes nothing, not even a byte', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, rules, fc.integer({ min: 2, max: 7 }), async (left, right, given, parts) => {
      const whole = await reconciled(left, right, given);
      expect(JSON.stringify(await reconciled(left, right, given, parts))).toBe(JSON.stringify(whole));
    }),
    { numRuns: RUNS },
  );
});

test('into how many files a side is cut, and in which order they are given, changes nothing but places', async () => {
  const cuts = fc.array(fc.nat({ max: 9 }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      rules,
      cuts,
      cuts,
      fc.integer({ min: 1, max: 4 }),
      async (left, right, given, leftCuts, rightCuts, parts) => {
        const files = (rows: readonly Row[], at: readonly number[]): (readonly Row[])[] => {
          const bounds = [0, ...at.map((one) => Math.min(one, rows.length)).sort((a, b) => a - b), rows.length];
          return bounds.slice(1).flatMap((to, index) => (to > bounds[index]! ? [rows.slice(bounds[index], to)] : []));
        };
        const whole = await reconciled(left, right, given);
        const [a, b] = [files(left, leftCuts), files(right, rightCuts)];
        const inOrder = await reconciledFiles({ left: a, right: b }, { rules: given, parts });
        expect(content(inOrder)).toEqual(content(whole));
        expect([inOrder.totals, inOrder.proof]).toEqual([whole.totals, whole.proof]);
        const reversed = await reconciledFiles({ left: a.reverse(), right: b }, { rules: given, parts });
        expect(content(reversed)).toEqual(content(whole));
      },
    ),
    { numRuns: RUNS },
  );
});
