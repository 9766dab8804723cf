import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { comparePart } from '../../../lib/runtime/reconciliation/compare-part';
import type { PartReport } from '../../../lib/runtime/reconciliation/contract';
import { Database, text } from '../../../lib/runtime/reconciliation/database';
import { partition } from '../../../lib/runtime/reconciliation/partition';
import { rules, side } from '../../support/reconciliation/arbitrary';
import { DAY, LIMITS, RULES, writeSource } from '../../support/reconciliation/files';

jest.setTimeout(120_000);

const RUNS = Number(process.env.BREAKWATER_RECONCILIATION_RUNS ?? 6);
const SIDES = ['left', 'right'] as const;
type Paths = Readonly<Record<(typeof SIDES)[number], string>>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'carried-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One night of one part over sources, or over what a night before left over. */
async function night(name: string, given: ReconciliationRules, sources: Paths, date: string, isCarried = false) {
  const own = path.join(folder, name);
  mkdirSync(own);
  const parts = { left: '', right: '' };
  for (const one of SIDES) {
    const content = isCarried ? ({ content: 'parquet', isCarried } as const) : {};
    const cut = { ...LIMITS, rules: given, side: one, file: sources[one], carries: true, mayBeEmpty: true, parts: 1 };
    const { files } = await partition({ ...cut, ...content, folder: path.join(own, one) });
    parts[one] = path.join(own, one, files[0]!);
  }
  const leftOver = { left: path.join(own, 'left.parquet'), right: path.join(own, 'right.parquet') };
  const compared = { rules: given, date, part: 0, parts: 1, left: [parts.left], right: [parts.right], folder: own };
  return { report: await comparePart({ ...compared, ...LIMITS, leftOver }), leftOver };
}

/** What later rules leave over is known once parts are merged. */
const firstRule = rules.map(({ later: _, ...first }) => first);

const isAlone = ({ left, right }: PartReport['breaks'][number]): boolean => left === undefined || right === undefined;
/** Breaks without counterpart and rows in transit, without what says where a row came from. */
function alone({ breaks, inTransit }: PartReport): string[] {
  const places = /"(file|since)":"[^"]*",?/g;
  const lines = [...breaks.filter((one) => isAlone(one) && !one.class.startsWith('duplicate')), ...inTransit];
  return lines.map((line) => JSON.stringify(line).replace(places, '').replace(/,}/g, '}'));
}

test('what a night leaves over says the same on its own, and is left over again, whatever the rules', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(side, side, firstRule, async (left, right, given) => {
      count += 1;
      const sources = { left: writeSource(folder, `left-${count}`, left), right: writeSource(folder, `right-${count}`, right) };
      const first = await night(`${count}-first`, given, sources, DAY);
      const second = await night(`${count}-second`, given, first.leftOver, DAY, true);
      expect(alone(second.report)).toEqual(alone(first.report));
      expect([second.report.breaks.filter((one) => !isAlone(one)), second.report.matched.pairs]).toEqual([[], 0]);
      const third = await night(`${count}-third`, given, second.leftOver, DAY, true);
      // The place they were delivered at and the date of that go with them.
      expect([third.report.breaks, third.report.inTransit]).toEqual([second.report.breaks, second.report.inTransit]);
    }),
    { numRuns: RUNS },
  );
});

test('a typed date is carried as the day it is, whatever format the rules ask texts for', async () => {
  const database = await Database.open({ ...LIMITS, temporaryDirectory: folder });
  const sources = { left: path.join(folder, 'left-typed.parquet'), right: path.join(folder, 'right-typed.parquet') };
  for (const one of SIDES)
    await database.run(
      `COPY (SELECT '${one}' AS reference, '1.00' AS amount, 'EUR' AS currency, DATE '2026-11-02' AS date) TO ${text(sources[one])} (FORMAT parquet)`,
    );
  database.close();
  const given: ReconciliationRules = { ...RULES, date: { column: 'date', formats: ['MM/DD/YYYY'] }, timing: { minimumAgeDays: 30 } };
  const first = await night('first', given, sources, DAY);
  const second = await night('second', given, first.leftOver, '2026-11-22', true);
  expect(second.report.inTransit.map(({ row, ageDays }) => [row.date, row.since, ageDays])).toEqual([
    ['2026-11-02', DAY, 20],
    ['2026-11-02', DAY, 20],
  ]);
});
