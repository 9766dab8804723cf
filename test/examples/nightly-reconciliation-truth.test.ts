import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Maker } from '../../examples/nightly-reconciliation/storm/maker';
import { CASES, type GeneratedNights, generateNights, type NightFiles } from '../../examples/nightly-reconciliation/storm/sides';
import { type JudgedReport, judge } from '../../examples/nightly-reconciliation/storm/truth';
import { seededRandom } from '../../lib/operate/storm/random';
import { parseRules } from '../../lib/reconciliation-rules/rules-file';
import type { Break, ReconciliationReport } from '../../lib/runtime/reconciliation/contract';
import { reconcile } from '../../lib/runtime/reconciliation/reconcile';
import { type Move, rulesTrial } from '../../lib/runtime/reconciliation/rules-trial';
import { LIMITS } from '../support/reconciliation/files';

jest.setTimeout(120_000);

const RULES_FILE = path.resolve(__dirname, '../../examples/nightly-reconciliation/reconciliation.json');
const rules = parseRules(RULES_FILE, readFileSync(RULES_FILE, 'utf8'));
const dates = { first: '2026-10-23', second: '2026-10-26' };
/** The night on which clocks change lies between them. */
const adjacent = { first: '2026-10-24', second: '2026-10-25' };
const NIGHTS = ['first', 'second', 'restated'] as const;
const generated = (seed: number, more: { readonly rows?: number; readonly dates?: typeof dates } = {}): GeneratedNights =>
  generateNights({ random: seededRandom(seed), rows: 1_500, dates, ...more });

async function reportsOf({ left, right, truth }: NightFiles, given = [rules], eachRow = false): Promise<ReconciliationReport[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'night-'));
  const written = (files: NightFiles['left']): string[] =>
    files.map(({ name, content }) => {
      const file = path.join(folder, name);
      writeFileSync(file, content);
      return file;
    });
  try {
    const sides = { left: written(left), right: written(right) };
    const reports: ReconciliationReport[] = [];
    for (const one of given) reports.push(await reconcile({ rules: one, ...sides, date: truth.date, folder, eachRow, ...LIMITS }));
    return reports;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.each([
  [1, dates],
  [20_261_121, adjacent],
  [4_294_967_295, dates],
])('seed %i', (seed, between) => {
  const nights = generated(seed, { dates: between });

  test.each(NIGHTS)('the report of the night %s says what was planted, and nothing else', async (name) => {
    const { truth, ...files } = nights[name];
    const [report] = await reportsOf({ ...files, truth });
    const { found, right, ...judged } = judge(report!, truth);
    expect(judged).toEqual({ missed: [], wrong: [], precision: 1, recall: 1 });
    expect(found).toBe(right);
  });
});

test('a trial of rules that allow one minor unit more wins exactly what was planted just over the edge, and back it is lost', async () => {
  const night = generated(9).first;
  const wider = { ...rules, amount: { ...rules.amount, tolerance: { ...rules.amount.tolerance, minor: 3 } } };
  const [inForce, onTrial] = (await reportsOf(night, [rules, wider], true)) as [ReconciliationReport, ReconciliationReport];
  const overTheEdge = night.truth.breaks.filter(({ differenceMinor }) => /^-?3$/.test(differenceMinor ?? ''));
  expect(new Set(overTheEdge.map(({ planted }) => planted)).size).toBe(4);
  const keys = (moves: readonly Move[]) =>
    moves.map(({ from, to }) => ('key' in from ? from : 'key' in to ? to : { key: [] }).key.join()).sort();
  const trial = rulesTrial(inForce, onTrial);
  expect(keys(trial.won)).toEqual(overTheEdge.map(({ key }) => key.join()).sort());
  expect([trial.lost, trial.changed]).toEqual([[], []]);
  expect(trial.won.every(({ rows }) => rows.length === 2)).toBe(true);
  const back = rulesTrial(onTrial, inForce);
  expect(keys(back.lost)).toEqual(keys(trial.won));
  expect([back.won, back.changed]).toEqual([[], []]);
});

test('the same seed makes the same bytes and the same truth, another one others', () => {
  const [one, again, other] = [generated(7), generated(7), generated(8)];
  for (const name of NIGHTS) {
    expect(again[name].truth).toEqual(one[name].truth);
    for (const side of ['left', 'right'] as const)
      for (const [index, { content }] of one[name][side].entries()) {
        expect(content.equals(again[name][side][index]!.content)).toBe(true);
        expect(content.equals(other[name][side][index]!.content)).toBe(false);
      }
  }
});

test('everything there is to plant is planted, each class of break and each fault on both nights', () => {
  const { first, second } = generated(3);
  const classes = ['missing_left', 'missing_right', 'amount', 'bank_fee', 'date', 'field', 'duplicate_left', 'duplicate_right'];
  for (const { truth } of [first, second]) {
    expect(new Set(truth.breaks.map((one) => one.class))).toEqual(new Set([...classes, 'group_mismatch', 'ambiguous']));
    const faults = new Map<string, number>();
    for (const { side, fault } of truth.badRows) faults.set(`${side} ${fault}`, (faults.get(`${side} ${fault}`) ?? 0) + 1);
    expect(faults.size).toBe(16);
    expect(Math.min(...faults.values())).toBeGreaterThanOrEqual(2);
  }
  const told = new Map<string, number>();
  for (const { planted } of [...first.truth.breaks, ...first.truth.inTransit]) told.set(planted, (told.get(planted) ?? 0) + 1);
  const maker = new Maker(seededRandom(1), { day: 20_000, nextDay: 20_001 }, 'x');
  for (const { planted, plant } of CASES) {
    const isTold = [0, 1].some((index) => {
      const { now } = plant(maker, index);
      return now.breaks !== undefined || now.inTransit !== undefined;
    });
    expect({ planted, isTold: (told.get(planted) ?? 0) > 0 }).toEqual({ planted, isTold });
  }
});

test('a fiftieth of the rows is bad, and rows are as many as asked for', () => {
  const { first, second } = generated(5, { rows: 5_000 });
  for (const { truth } of [first, second]) {
    expect(truth.totals.left.rows).toBeGreaterThan(4_950);
    expect(truth.totals.left.rows).toBeLessThanOrEqual(5_000);
    expect(truth.totals.left.badRows / 5_000).toBeCloseTo(0.02, 2);
  }
});

test('the second night settles some of what was open, and keeps some', () => {
  const { first, second } = generated(4);
  const ids = ({ truth }: NightFiles): Set<string> => new Set(truth.breaks.map(({ key }) => key.join()));
  const waiting = first.truth.inTransit.map(({ key }) => key.join());
  const [before, after] = [ids(first), ids(second)];
  const stays = [...before].filter((key) => after.has(key));
  expect(stays.length).toBeGreaterThan(10);
  expect(stays.length).toBeLessThan(before.size - 10);
  expect(waiting.filter((key) => after.has(key)).length).toBeGreaterThanOrEqual(4);
  const stillWaiting = new Set(second.truth.inTransit.map(({ key }) => key.join()));
  expect(waiting.filter((key) => stillWaiting.has(key)).length).toBeGreaterThanOrEqual(4);
  expect(waiting.filter((key) => !stillWaiting.has(key) && !after.has(key)).length).toBeGreaterThanOrEqual(4);
});

test('one file of the right side is restated: breaks go, others come, and some that went are back on the second night', () => {
  const { first, restated, second } = generated(6);
  expect(restated.left).toEqual(first.left);
  expect(restated.right.filter(({ content }, index) => !content.equals(first.right[index]!.content)).map(({ name }) => name)).toEqual([
    'bank-1.csv',
  ]);
  const keys = ({ truth }: NightFiles): string[] => truth.breaks.map(({ key }) => key.join());
  const gone = keys(first).filter((key) => !keys(restated).includes(key));
  expect(gone.length).toBeGreaterThanOrEqual(4);
  expect(keys(restated).filter((key) => !keys(first).includes(key)).length).toBeGreaterThanOrEqual(2);
  expect(gone.filter((key) => keys(second).includes(key)).length).toBeGreaterThanOrEqual(1);
});

test.each<[string, Parameters<typeof generateNights>[0], string]>([
  ['too few rows', { random: seededRandom(1), rows: 100, dates }, 'rows: at least'],
  [
    'a second night before the first',
    { random: seededRandom(1), rows: 1_000, dates: { first: dates.second, second: dates.first } },
    'dates: the second must be after the first',
  ],
])('%s are refused', (_, options, message) => {
  expect(() => generateNights(options)).toThrow(message);
});

describe('the judge', () => {
  const night = generated(2).first;
  let report: ReconciliationReport;
  beforeAll(async () => {
    [report] = (await reportsOf(night)) as [ReconciliationReport];
  });

  const judged = (change: (report: ReconciliationReport) => Partial<JudgedReport>) => judge({ ...report, ...change(report) }, night.truth);
  /** The report with one break changed, the first that fits. */
  const withBreak = (fits: (one: Break) => boolean, change: (one: Break) => Partial<Break>) =>
    judged(({ breaks }) => {
      const at = breaks.findIndex(fits);
      return { breaks: breaks.map((one, index) => (index === at ? { ...one, ...change(one) } : one)) };
    });

  test.each<[string, () => ReturnType<typeof judge>]>([
    ['a dropped break', () => judged(({ breaks }) => ({ breaks: breaks.slice(1) }))],
    ['a dropped row in transit', () => judged(({ inTransit }) => ({ inTransit: inTransit.slice(1) }))],
    ['a dropped bad row', () => judged(({ badRows }) => ({ badRows: badRows.slice(1) }))],
  ])('%s is missed: the recall falls, the precision stays', (_, made) => {
    const { missed, wrong, precision, recall } = made();
    expect({ missed: missed.length, wrong: wrong.length, precision }).toEqual({ missed: 1, wrong: 0, precision: 1 });
    expect(recall).toBeLessThan(1);
  });

  test.each<[string, () => ReturnType<typeof judge>]>([
    [
      'an added break',
      () => judged(({ breaks }) => ({ breaks: [...breaks, { ...breaks[0]!, id: 'another', key: ['nobody', 'acc-001'] }] })),
    ],
    [
      'an added row in transit',
      () => judged(({ inTransit }) => ({ inTransit: [...inTransit, { ...inTransit[0]!, key: ['nobody', 'acc-001'] }] })),
    ],
    ['a row in transit that is told twice', () => judged(({ inTransit }) => ({ inTransit: [...inTransit, inTransit[0]!] }))],
    ['a bad row that is told twice', () => judged(({ badRows }) => ({ badRows: [...badRows, badRows[0]!] }))],
  ])('%s is wrong: the precision falls, the recall stays', (_, made) => {
    const { missed, wrong, precision, recall } = made();
    expect({ missed: missed.length, wrong: wrong.length, recall }).toEqual({ missed: 0, wrong: 1, recall: 1 });
    expect(precision).toBeLessThan(1);
  });

  const pair = (one: Break): boolean => one.left !== undefined && one.right !== undefined && one.differenceMinor !== undefined;
  test.each<[string, () => ReturnType<typeof judge>]>([
    ['the class of a break', () => withBreak(pair, () => ({ class: 'date_of_nobody' }))],
    ['the key of a break', () => withBreak(pair, () => ({ key: ['nobody', 'acc-001'] }))],
    ['the count of a break', () => withBreak(pair, ({ count }) => ({ count: count + 1 }))],
    ['a difference by one minor unit', () => withBreak(pair, (one) => ({ differenceMinor: String(BigInt(one.differenceMinor!) + 1n) }))],
    ['a difference that is not told', () => withBreak(pair, () => ({ differenceMinor: undefined }))],
    ['the days of a break', () => withBreak(pair, ({ days }) => ({ days: days! + 1 }))],
    [
      'what else differs',
      () =>
        withBreak(
          ({ also }) => also !== undefined,
          () => ({ also: undefined }),
        ),
    ],
    [
      'the fields that differ',
      () =>
        withBreak(
          ({ fields }) => fields !== undefined,
          () => ({ fields: ['nothing'] }),
        ),
    ],
    [
      'an amount of a break',
      () => withBreak(pair, ({ left }) => ({ left: { ...left!, amountMinor: `1${left!.amountMinor.replace('-', '')}` } })),
    ],
    ['a currency of a break', () => withBreak(pair, ({ left }) => ({ left: { ...left!, currency: 'CHF' } }))],
    ['a date of a break', () => withBreak(pair, ({ right }) => ({ right: { ...right!, date: '2001-01-01' } }))],
    [
      'how many rows a batch has',
      () =>
        withBreak(
          (one) => (one.left?.rows ?? 1) > 1,
          ({ left }) => ({ left: { ...left!, rows: left!.rows! + 1 } }),
        ),
    ],
    [
      'the side of a break',
      () =>
        withBreak(
          ({ right }) => right === undefined,
          ({ left }) => ({ left: undefined, right: left }),
        ),
    ],
    ['the record of a break', () => withBreak(pair, ({ left }) => ({ left: { ...left!, record: left!.record + 1 } }))],
    ['the file of a break', () => withBreak(pair, ({ left }) => ({ left: { ...left!, file: 'ledger-9.csv' } }))],
    ['the age of a row in transit', () => judged(({ inTransit: [one, ...rest] }) => ({ inTransit: [{ ...one!, ageDays: 9 }, ...rest] }))],
    [
      'the side of a row in transit',
      () =>
        judged(({ inTransit: [one, ...rest] }) => ({ inTransit: [{ ...one!, side: one!.side === 'left' ? 'right' : 'left' }, ...rest] })),
    ],
    ['the reason of a bad row', () => judged(({ badRows: [one, ...rest] }) => ({ badRows: [{ ...one!, reason: 'no idea' }, ...rest] }))],
    ['the line of a bad row', () => judged(({ badRows: [one, ...rest] }) => ({ badRows: [{ ...one!, line: one!.line + 1 }, ...rest] }))],
    ['the pairs', () => judged(({ matched }) => ({ matched: { ...matched, pairs: matched.pairs - 1 } }))],
    [
      'a total by one minor unit',
      () =>
        judged(({ totals }) => ({
          totals: {
            ...totals,
            left: { ...totals.left, byCurrency: { ...totals.left.byCurrency, EUR: String(BigInt(totals.left.byCurrency.EUR!) + 1n) } },
          },
        })),
    ],
    ['the rows of a side', () => judged(({ totals }) => ({ totals: { ...totals, right: { ...totals.right, rows: 1 } } }))],
    ['the business date', () => judged(() => ({ date: '2001-01-01' }))],
  ])('%s told wrongly is missed and wrong', (_, made) => {
    const { missed, wrong, precision, recall } = made();
    expect({ missed: missed.length, wrong: wrong.length }).toEqual({ missed: 1, wrong: 1 });
    expect(Math.max(precision, recall)).toBeLessThan(1);
  });

  test('a break told twice is wrong both times, as two of one id are none that a register can keep', () => {
    const { wrong, missed } = judged(({ breaks }) => ({ breaks: [...breaks, breaks[0]!] }));
    expect({ wrong: wrong.length, missed: missed.length }).toEqual({ wrong: 2, missed: 1 });
  });

  test('what a wrong row swallows of the truth is told with what was planted', () => {
    const { missed } = withBreak(
      ({ class: name }) => name === 'ambiguous',
      () => ({ count: 99 }),
    );
    expect(missed[0]).toMatch(/^break ambiguous batch-.*count 3.*\((a batch|batches) .*\)$/);
  });
});
