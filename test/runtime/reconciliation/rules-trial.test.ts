import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import type { ReconciliationReport } from '../../../lib/runtime/reconciliation/contract';
import { reconcile } from '../../../lib/runtime/reconciliation/reconcile';
import { type Move, nameOf, type RulesTrial, rulesTrial } from '../../../lib/runtime/reconciliation/rules-trial';
import { rules as anyRules, side } from '../../support/reconciliation/arbitrary';
import { DAY, LIMITS, RULES, type Source, writeSource } from '../../support/reconciliation/files';

jest.setTimeout(120_000);

const RUNS = Number(process.env.BREAKWATER_RECONCILIATION_RUNS ?? 6);

type Sides = Readonly<Record<'left' | 'right', readonly Source[]>>;

/** Reports of the same files by each of the rules, which name each row. */
async function reportsBy(sides: Sides, ...rules: readonly ReconciliationRules[]): Promise<ReconciliationReport[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trial-'));
  const write = (name: 'left' | 'right') => sides[name].map((source, index) => writeSource(path.join(folder, name), String(index), source));
  try {
    const files = { left: write('left'), right: write('right') };
    const reports: ReconciliationReport[] = [];
    for (const one of rules) reports.push(await reconcile({ rules: one, ...files, date: DAY, folder, eachRow: true, ...LIMITS }));
    return reports;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `now` wins and loses against RULES. */
async function trialOf(
  left: Source,
  right: Source,
  now: Partial<ReconciliationRules>,
  against: ReconciliationRules = RULES,
): Promise<RulesTrial> {
  const [one, other] = await reportsBy({ left: [left], right: [right] }, against, { ...against, ...now });
  return rulesTrial(one!, other!);
}

const told = ({ from, to, rows }: Move): string =>
  `${nameOf(from)} -> ${nameOf(to)}: ${rows.map((row) => `${row.side} ${row.record} ${row.currency} ${row.amountMinor}`).join(', ')}`;

test('more tolerance wins a pair: both of its rows, once, with their amounts', async () => {
  const trial = await trialOf(
    [
      { reference: 'a', amount: '1.00' },
      { reference: 'b', amount: '5' },
      { reference: 'c', amount: '7' },
    ],
    [
      { reference: 'c', amount: '7' },
      { reference: 'b', amount: '5.10' },
      { reference: 'a', amount: '1.02' },
    ],
    { amount: { ...RULES.amount, tolerance: { minor: 5 } } },
  );
  expect(trial.won.map(told)).toEqual(['amount -> matched: left 1 EUR 100, right 3 EUR 102']);
  expect(trial.won[0]!.from).toMatchObject({ end: 'break', class: 'amount', key: ['a'] });
  expect([trial.lost, trial.changed]).toEqual([[], []]);
  expect(trial.counts).toEqual({ amount: { against: 2, now: 1 }, bad_row: { against: 0, now: 0 }, in_transit: { against: 0, now: 0 } });
  expect(trial.matched).toEqual({
    against: { pairs: 1, oneToMany: 0, manyToOne: 0 },
    now: { pairs: 2, oneToMany: 0, manyToOne: 0 },
  });
  expect(trial.sums).toEqual([
    { from: 'amount', to: 'matched', moves: 1, rows: { left: 1, right: 1 }, minor: { left: { EUR: '100' }, right: { EUR: '102' } } },
  ]);
});

test('a later rule wins rows of two keys from their breaks, each row by itself', async () => {
  const trial = await trialOf(
    [
      { reference: 'a', amount: '1' },
      { reference: 'twice', amount: '2' },
      { reference: 'twice', amount: '2' },
    ],
    [
      { reference: 'x', amount: '2' },
      { reference: 'y', amount: '9' },
    ],
    { later: [{ name: 'by_amount', key: [] }] },
  );
  expect(trial.won.map(told)).toEqual(['missing_right -> matched: left 2 EUR 200', 'missing_left -> matched: right 1 EUR 200']);
  expect([trial.lost, trial.changed]).toEqual([[], []]);
  expect([trial.matched.against.pairs, trial.matched.now.pairs]).toEqual([0, 1]);
});

test('a key that is told apart in more ways loses a pair, whose rows become two breaks', async () => {
  const trial = await trialOf([{ reference: 'Ab', amount: '1' }], [{ reference: 'aB', amount: '1' }], {
    key: [{ column: 'reference', normalise: [] }],
  });
  expect(trial.lost.map(told).sort()).toEqual(['matched -> missing_left: right 1 EUR 100', 'matched -> missing_right: left 1 EUR 100']);
  expect(trial.won).toEqual([]);
});

test('rows that become another key are the same rows', async () => {
  const trial = await trialOf([{ reference: '0012', amount: '1' }], [{ reference: '12', amount: '1' }], {
    key: [{ column: 'reference', normalise: ['removeLeadingZeros'] }],
  });
  expect(trial.won.map(told).sort()).toEqual(['missing_left -> matched: right 1 EUR 100', 'missing_right -> matched: left 1 EUR 100']);
});

test('each row of a batch is told of, not only the first', async () => {
  const batch = ['1', '2', '4'].map((amount) => ({ reference: 'x', amount, batch: 'B1', account: '1' }));
  const group = { batch: 'batch', account: 'account' } as const;
  const trial = await trialOf(batch, [{ reference: 'B1', amount: '7', account: '1' }], { group });
  expect(trial.won.map(told)).toEqual([
    'missing_left -> matched: right 1 EUR 700',
    'missing_right -> matched: left 1 EUR 100, left 2 EUR 200, left 3 EUR 400',
  ]);
  const apart = await trialOf(
    batch,
    [{ reference: 'B1', amount: '8', account: '1' }],
    { amount: { ...RULES.amount, tolerance: { minor: 100 } } },
    { ...RULES, group },
  );
  expect(apart.won.map(told)).toEqual(['group_mismatch -> matched: left 1 EUR 100, left 2 EUR 200, left 3 EUR 400, right 1 EUR 800']);
});

test('of duplicates that are partly won, only those rows are', async () => {
  const rows = (...amounts: readonly string[]) => amounts.map((amount) => ({ reference: 'a', amount }));
  const trial = await trialOf(rows('1', '2', '3'), rows('1', '2.01'), { amount: { ...RULES.amount, tolerance: { minor: 1 } } });
  expect(trial.won.map(told)).toEqual(['amount -> matched: left 2 EUR 200, right 2 EUR 201']);
  expect(trial.counts.duplicate_left).toEqual({ against: 1, now: 1 });
});

test('what matches under neither rules and is called otherwise has changed', async () => {
  const left = [
    { reference: 'a', amount: '1', date: DAY },
    { reference: 'b', amount: '1', date: '1.11.2026' },
    { reference: 'c', amount: '3' },
  ];
  const trial = await trialOf(left, [{ reference: 'c', amount: '2' }], {
    timing: { minimumAgeDays: 1 },
    date: { column: 'date', formats: ['YYYY-MM-DD', 'DD.MM.YYYY'] },
    classes: [{ name: 'fee', of: ['amount'] }],
  });
  expect([...trial.won, ...trial.lost]).toEqual([]);
  expect(trial.changed.map(told)).toEqual([
    'missing_right -> in_transit: left 1 EUR 100',
    'amount -> fee: left 3 EUR 300, right 1 EUR 200',
  ]);
  expect(trial.counts.bad_row).toEqual({ against: 1, now: 1 });
});

test('a row that was bad and is read by other rules is won, without an amount that nobody knew', async () => {
  const trial = await trialOf(
    [{ reference: 'a', amount: '1', date: '01.11.2026' }],
    [{ reference: 'a', amount: '1', date: '2026-11-01' }],
    { date: { column: 'date', formats: ['YYYY-MM-DD', 'DD.MM.YYYY'] } },
  );
  expect(trial.won.map(told)).toEqual(['missing_left -> matched: right 1 EUR 100', 'bad_row -> matched: left 1 undefined undefined']);
});

test("a class of one's own that is called like an end is none", async () => {
  const wide = { ...RULES, amount: { ...RULES.amount, tolerance: { minor: 100 } } };
  const trial = await trialOf(
    [{ reference: 'a', amount: '1' }],
    [{ reference: 'a', amount: '2' }],
    { amount: RULES.amount, classes: [{ name: 'matched', of: ['amount'] }] },
    wide,
  );
  expect(trial.lost.map(told)).toEqual(['matched -> matched: left 1 EUR 100, right 1 EUR 200']);
});

test('rows of several files are known by file and record', async () => {
  const wider = { ...RULES, amount: { ...RULES.amount, tolerance: { minor: 1 } } };
  const sides = {
    left: [[{ reference: 'alone', amount: '1' }], [{ reference: 'b', amount: '2' }]],
    right: [
      [
        { reference: 'b', amount: '2.01' },
        { reference: 'a', amount: '1' },
      ],
    ],
  };
  const [one, other] = await reportsBy(sides, RULES, wider);
  const { won } = rulesTrial(one!, other!);
  expect(won.map(({ rows }) => rows.map(({ side: of, file, record }) => [of, file?.split('/').pop(), record]))).toEqual([
    [
      ['left', '1-rows.csv', 1],
      ['right', undefined, 1],
    ],
  ]);
});

test('reports that do not name each row, or of two dates, are refused', async () => {
  const [report] = await reportsBy({ left: [[{ reference: 'a', amount: '1' }]], right: [[{ reference: 'b', amount: '1' }]] }, RULES);
  const short = {
    ...report!,
    breaks: report!.breaks.map(({ left: _, ...one }) => ({ ...one, left: { record: 1, rows: 2, amountMinor: '1', currency: 'EUR' } })),
  };
  expect(() => rulesTrial(report!, short)).toThrow('record 1 stands for 2 rows');
  expect(() => rulesTrial(report!, { ...report!, date: '2026-11-22' })).toThrow('both reports must be of one date');
});

describe('for any files and rules', () => {
  const files = fc.record({ left: fc.array(side, { minLength: 1, maxLength: 2 }), right: fc.array(side, { minLength: 1, maxLength: 2 }) });

  test('the same rules win and lose nothing', async () => {
    await fc.assert(
      fc.asyncProperty(files, anyRules, async (sides, rules) => {
        const [one, again] = await reportsBy(sides, rules, rules);
        expect(rulesTrial(one!, again!)).toMatchObject({ won: [], lost: [], changed: [], sums: [] });
      }),
      { numRuns: RUNS },
    );
  });

  test('swapping the rules swaps what is won and lost', async () => {
    const ways = (moves: readonly Move[]) => moves.map(({ from, to, rows }) => JSON.stringify([from, to, rows])).sort();
    const back = (moves: readonly Move[]) => ways(moves.map(({ from, to, rows }) => ({ from: to, to: from, rows })));
    await fc.assert(
      fc.asyncProperty(files, anyRules, anyRules, async (sides, against, now) => {
        const [one, other] = await reportsBy(sides, against, now);
        const [there, andBack] = [rulesTrial(one!, other!), rulesTrial(other!, one!)];
        expect(back(andBack.won)).toEqual(ways(there.lost));
        expect(back(andBack.lost)).toEqual(ways(there.won));
        expect(back(andBack.changed)).toEqual(ways(there.changed));
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test('rows won less rows lost are the rows that match more, on each side', async () => {
    const matched = ({ proof }: ReconciliationReport, of: 'left' | 'right'): number =>
      Object.values(proof![of].matched).reduce((sum, { rows }) => sum + rows, 0);
    const rows = (moves: readonly Move[], of: 'left' | 'right'): number =>
      moves.flatMap((move) => move.rows).filter((row) => row.side === of).length;
    await fc.assert(
      fc.asyncProperty(files, anyRules, anyRules, async (sides, against, now) => {
        const [one, other] = await reportsBy(sides, against, now);
        const { won, lost } = rulesTrial(one!, other!);
        for (const name of ['left', 'right'] as const)
          expect(rows(won, name) - rows(lost, name)).toBe(matched(other!, name) - matched(one!, name));
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test('a report names each row that stands behind a figure, and no row twice', async () => {
    await fc.assert(
      fc.asyncProperty(files, anyRules, async (sides, rules) => {
        const [report] = await reportsBy(sides, rules);
        const shown = [
          ...report!.breaks.flatMap(({ left, right }) => [left && { of: 'left', row: left }, right && { of: 'right', row: right }]),
          ...report!.inTransit.map(({ side: of, row }) => ({ of, row })),
        ].flatMap((one) => (one === undefined ? [] : [one]));
        for (const { row } of shown) {
          expect(row.eachRow).toHaveLength(row.rows ?? 1);
          expect(row.eachRow![0]).toMatchObject({ record: row.record });
          expect(String(row.eachRow!.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n))).toBe(row.amountMinor);
        }
        const places = shown.flatMap(({ of, row }) => row.eachRow!.map(({ file, record }) => `${of} ${file} ${record}`));
        expect(new Set(places).size).toBe(places.length);
      }),
      { numRuns: RUNS },
    );
  });
});
