import { tmpdir } from 'node:os';
import fc from 'fast-check';
import type { ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { BreakFinder } from '../../../lib/runtime/reconciliation/breaks';
import { compareRows, openKeys } from '../../../lib/runtime/reconciliation/compare';
import type { Break, CompletenessProof, InTransit, ReconciliationReport } from '../../../lib/runtime/reconciliation/contract';
import { Database, text } from '../../../lib/runtime/reconciliation/database';
import { CompletenessAccount, checkCompleteness, IncompleteRun, proofOf } from '../../../lib/runtime/reconciliation/proof';
import { DAY, RULES } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

interface Row {
  readonly key: string;
  readonly minor: number;
  readonly currency: string;
  readonly day: number;
  readonly isGrouped: boolean;
}

const BUSINESS_DAY = Date.parse(DAY) / 86_400_000;
const row: fc.Arbitrary<Row> = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  minor: fc.integer({ min: -2, max: 3 }),
  currency: fc.constantFrom('EUR', 'EUR', 'JPY'),
  day: fc.integer({ min: BUSINESS_DAY - 3, max: BUSINESS_DAY }),
  isGrouped: fc.constantFrom(false, false, true),
});
const side = fc.array(row, { minLength: 1, maxLength: 12 });
const rules: ReconciliationRules = {
  ...RULES,
  timing: { minimumAgeDays: 2 },
  group: { batch: 'batch', account: 'account' },
  amount: { ...RULES.amount, tolerance: { minor: 1 } },
};

/** Compares rows as a run does, and counts them. */
async function compared(left: readonly Row[], right: readonly Row[]) {
  const database = await Database.open({ memoryBytes: 256 * 1024 * 1024, threads: 1, temporaryDirectory: tmpdir() });
  try {
    for (const [name, rows] of Object.entries({ left, right }))
      await database.run(
        `CREATE TABLE ${name}_rows AS SELECT *, (hash(k) >> 1)::BIGINT AS h FROM (VALUES ${rows
          .map(
            ({ key, minor, currency, day, isGrouped }, index) =>
              `(${index + 1}::BIGINT, ${text(key)}, ${isGrouped}, ${text(currency)}, ${minor}::HUGEINT, DATE '1970-01-01' + ${day})`,
          )
          .join(', ')}) AS t(n, k, grouped, currency, minor, day)`,
      );
    const sides = { left: 'left_rows', right: 'right_rows' };
    const { matched: agreed, ...counted } = await compareRows(database, rules, sides);
    const matched = { ...agreed };
    const account = new CompletenessAccount(counted);
    const finder = new BreakFinder(rules, BUSINESS_DAY);
    const breaks: Break[] = [];
    const inTransit: InTransit[] = [];
    for await (const key of openKeys(database, rules)) {
      const outcome = finder.decide(key);
      account.add(key, outcome);
      matched.pairs += outcome.pairs;
      breaks.push(...outcome.breaks);
      inTransit.push(...outcome.inTransit);
    }
    const totals = (rows: readonly Row[]) => {
      const byCurrency: Record<string, string> = {};
      for (const { currency, minor } of rows) byCurrency[currency] = String(Number(byCurrency[currency] ?? 0) + minor);
      return { rows: rows.length, badRows: 0, byCurrency };
    };
    const report: ReconciliationReport = {
      ...{ version: 1, name: 'ledger', date: DAY, matched, breaks, inTransit, badRows: [] },
      totals: { left: totals(left), right: totals(right) },
    };
    const sources = { left: { read: left.length, bad: 0 }, right: { read: right.length, bad: 0 } };
    const ends = account.ends();
    return { report, sources, ends, proof: proofOf(sources, [ends]) };
  } finally {
    database.close();
  }
}

const one = (key: string, minor: number, more: Partial<Row> = {}): Row => ({
  ...{ key, minor, currency: 'EUR', day: BUSINESS_DAY - 10, isGrouped: false },
  ...more,
});

test('every row of both sides ends somewhere, for whatever rows', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, async (left, right) => {
      const { report, proof } = await compared(left, right);
      expect(() => checkCompleteness(report, proof)).not.toThrow();
    }),
    { numRuns: Number(process.env.BREAKWATER_RECONCILIATION_RUNS ?? 40) },
  );
});

/** Each way in which a row can end. */
const LEFT = [
  one('same', 10),
  one('near', 10),
  one('far', 10),
  one('alone', 7, { currency: 'JPY' }),
  one('young', 5, { day: BUSINESS_DAY }),
];
const RIGHT = [one('same', 10), one('near', 11), one('far', 90), one('twice', 4), one('twice', 4)];

test('rows and sums stand by side and currency', async () => {
  const { proof } = await compared(LEFT, RIGHT);
  expect(proof.left).toMatchObject({
    ...{ read: 5, bad: 0 },
    compared: { EUR: { rows: 4, minor: '35' }, JPY: { rows: 1, minor: '7' } },
    matched: { EUR: { rows: 2, minor: '20' } },
    inBreaks: { EUR: { rows: 1, minor: '10' }, JPY: { rows: 1, minor: '7' } },
    inTransit: { EUR: { rows: 1, minor: '5' } },
  });
  expect(proof.right).toMatchObject({
    matched: { EUR: { rows: 2, minor: '21' } },
    inBreaks: { EUR: { rows: 3, minor: '98' } },
    inTransit: {},
  });
});

describe('a run fails, naming the numbers,', () => {
  const faultOf = async (spoil: (report: ReconciliationReport, proof: CompletenessProof) => [ReconciliationReport, CompletenessProof]) => {
    const { report, proof } = await compared(LEFT, RIGHT);
    const changed = spoil(report, proof);
    try {
      checkCompleteness(...changed);
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(IncompleteRun);
      return (error as Error).message;
    }
  };

  test.each<[string, Parameters<typeof faultOf>[0], string]>([
    [
      'when a record that was read is nowhere',
      (report, proof) => [report, { ...proof, left: { ...proof.left, read: 6 } }],
      'left: 6 records were read, but 5 were compared and 0 are bad',
    ],
    [
      'when a break is lost',
      (report, proof) => [{ ...report, breaks: report.breaks.slice(1) }, proof],
      'left JPY: 1 rows of 7 minor units are in breaks, but the report shows 0 rows of 0',
    ],
    [
      'when a break stands twice',
      (report, proof) => [{ ...report, breaks: [...report.breaks, report.breaks[0]!] }, proof],
      'left JPY: 1 rows of 7 minor units are in breaks, but the report shows 2 rows of 14',
    ],
    [
      'when a row in transit is lost',
      (report, proof) => [{ ...report, inTransit: [] }, proof],
      'left EUR: 1 rows of 5 minor units are in transit, but the report shows 0 rows of 0',
    ],
    [
      'when an amount moved from one currency to the other',
      (report, proof) => [report, { ...proof, left: { ...proof.left, matched: { JPY: proof.left.matched.EUR! } } }],
      'left EUR: 35 minor units compared, but 0 matched, 10 in breaks, 5 in transit',
    ],
    [
      'when a row was exchanged for another of the same amount',
      (report, proof) => [report, { ...proof, right: { ...proof.right, matched: { EUR: { ...proof.right.matched.EUR!, hash: '1' } } } }],
      'hash total compared, but 1 matched',
    ],
    [
      'when the totals say something else',
      (report, proof) => [{ ...report, totals: { ...report.totals, right: { rows: 5, badRows: 0, byCurrency: { EUR: '118' } } } }, proof],
      'right EUR: 119 minor units were compared, but the totals say 118',
    ],
    [
      'when the totals count another number of rows',
      (report, proof) => [{ ...report, totals: { ...report.totals, right: { rows: 6, badRows: 0, byCurrency: { EUR: '119' } } } }, proof],
      'right: 5 rows were compared, but the totals say 6',
    ],
    [
      'when beside a batch of several currencies one currency has too many rows',
      (report, proof) => [
        report,
        { ...proof, left: { ...proof.left, matched: { JPY: proof.left.matched.EUR!, '': { rows: 1, minor: '0', hash: '0' } } } },
      ],
      'left JPY: 1 rows compared, but 3 have ended somewhere',
    ],
    [
      'when a bad row is not listed',
      (report, proof) => [report, { ...proof, right: { ...proof.right, read: 6, bad: 1 } }],
      'right: 1 bad rows were found, but the report lists 0',
    ],
  ])('%s', async (_, spoil, message) => {
    expect(await faultOf(spoil)).toContain(message);
  });
});

test('the proof of parts is the proof of the whole', async () => {
  const half = (rows: readonly Row[], isFirst: boolean) => rows.filter(({ key }) => key < 'm' === isFirst);
  const parts = await Promise.all([true, false].map((isFirst) => compared(half(LEFT, isFirst), half(RIGHT, isFirst))));
  const { report, sources, proof } = await compared(LEFT, RIGHT);
  expect(
    proofOf(
      sources,
      parts.map(({ ends }) => ends),
    ),
  ).toEqual(proof);
  expect(() => checkCompleteness(report, proofOf(sources, [parts[0]!.ends]))).toThrow('left: 5 records were read, but');
});
