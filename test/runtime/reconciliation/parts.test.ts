import { cpSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { comparePart } from '../../../lib/runtime/reconciliation/compare-part';
import type { PartitionedSide, PartReport } from '../../../lib/runtime/reconciliation/contract';
import { mergeParts } from '../../../lib/runtime/reconciliation/merge-parts';
import { partition } from '../../../lib/runtime/reconciliation/partition';
import { IncompleteRun } from '../../../lib/runtime/reconciliation/proof';
import { csvOf, DAY, LIMITS, type Row, RULES, reconciled, withFiles } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

const PARTS = 5;
const row = (index: number): Row => ({ reference: `r${index}`, amount: String(index % 7), currency: index % 3 === 0 ? 'USD' : 'EUR' });
const left = Array.from({ length: 300 }, (_, index) => row(index));
const right = left.slice(3).map((one, index) => (index % 40 === 0 ? { ...one, amount: '99' } : one));

interface Run {
  readonly folder: string;
  readonly cut: () => Promise<{ readonly left: PartitionedSide; readonly right: PartitionedSide }>;
  readonly compare: (part: number) => Promise<PartReport>;
}

/** A run in a folder, part by part as the functions of a night have it. */
function inParts<T>(
  use: (run: Run) => Promise<T>,
  sources: { readonly left: readonly Row[]; readonly right: readonly Row[] } = { left, right },
): Promise<T> {
  return withFiles(sources, (files, scratch) => {
    const folder = path.join(scratch, 'parts');
    const side = (name: 'left' | 'right') => partition({ rules: RULES, side: name, file: files[name], parts: PARTS, folder, ...LIMITS });
    const file = (name: string, part: number) => path.join(folder, `${name}-0000${part}.parquet`);
    return use({
      folder,
      cut: async () => ({ left: await side('left'), right: await side('right') }),
      compare: (part) =>
        comparePart({
          rules: RULES,
          date: DAY,
          part,
          parts: PARTS,
          left: [file('left', part)],
          right: [file('right', part)],
          folder: scratch,
          ...LIMITS,
        }),
    });
  });
}

const compareAll = async ({ compare }: Run): Promise<PartReport[]> => {
  const reports: PartReport[] = [];
  for (let part = 0; part < PARTS; part += 1) reports.push(await compare(part));
  return reports;
};

test('what a killed run left is replaced: the report of the repeated parts is the same to the byte', async () => {
  const whole = JSON.stringify(await reconciled(left, right));
  await inParts(async (run) => {
    // Half written files of an earlier attempt, and what it had open.
    await run.cut();
    for (const name of readdirSync(run.folder).slice(0, 4)) truncateSync(path.join(run.folder, name), 100);
    mkdirSync(path.join(run.folder, 'left.partial/parts/part=1'), { recursive: true });
    writeFileSync(path.join(run.folder, 'left.partial/parts/part=1/data_0.parquet'), 'half');
    const sides = await run.cut();
    expect(readdirSync(run.folder).sort()).toEqual([...sides.left.files, ...sides.right.files].sort());
    const first = await compareAll(run);
    const again = await run.compare(2);
    expect(JSON.stringify(again)).toBe(JSON.stringify(first[2]));
    const parts = [first[4]!, first[0]!, again, first[3]!, first[1]!];
    expect(JSON.stringify(mergeParts({ rules: RULES, left: [sides.left], right: [sides.right], parts }))).toBe(whole);
  });
});

test('each part has its file, a part without rows as well, and what it came to is small', async () => {
  await inParts(
    async (run) => {
      const sides = await run.cut();
      expect(sides.left.files).toHaveLength(PARTS);
      const reports = await compareAll(run);
      expect(reports.map(({ ends }) => ends.left.compared.EUR?.rows ?? ends.left.compared.USD?.rows ?? 0).sort()).toEqual([0, 0, 0, 0, 1]);
      expect(mergeParts({ rules: RULES, left: [sides.left], right: [sides.right], parts: reports }).matched.pairs).toBe(1);
    },
    { left: left.slice(0, 1), right: left.slice(0, 1) },
  );
});

test('rows that were lost or doubled on the way, and parts that are not of the run, are no report', async () => {
  await inParts(async (run) => {
    const sides = await run.cut();
    const parts = await compareAll(run);
    const merged = (changed: readonly PartReport[]) => () =>
      mergeParts({ rules: RULES, left: [sides.left], right: [sides.right], parts: changed });
    expect(merged(parts.slice(1))).toThrow('left has 1 files, right 1, cut into 5 parts, and there are 4 reports of parts');
    expect(merged([...parts.slice(1), parts[1]!])).toThrow('part 0 of 5 is needed, given 1 of 5');
    expect(merged([{ ...parts[0]!, date: '2026-11-20' }, ...parts.slice(1)])).toThrow(
      'part 1 is of ledger, 2026-11-21; the run is ledger, 2026-11-20',
    );
    cpSync(path.join(run.folder, sides.left.files[1]!), path.join(run.folder, sides.left.files[0]!));
    const doubled = merged([await run.compare(0), ...parts.slice(1)]);
    expect(doubled).toThrow(IncompleteRun);
    expect(doubled).toThrow(/left: 300 records were read, but \d+ were compared and 0 are bad/);
    rmSync(path.join(run.folder, sides.left.files[0]!));
    await expect(run.compare(0)).rejects.toThrow(/part 0 of 5: .*left-00000.parquet: no such file/);
  });
});

test('bad rows and totals stand beside the files of a side', async () => {
  const csv = `${csvOf([row(1), row(3)])}short\nx,1.234,EUR,2026-11-01,,,,,,\n`;
  await withFiles({ left: csv, right }, async (files, folder) => {
    const side = await partition({ rules: RULES, side: 'left', file: files.left, parts: 3, folder, ...LIMITS });
    expect(side).toEqual({
      version: 1,
      side: 'left',
      file: files.left,
      engine: expect.stringMatching(/^v\d/),
      files: ['left-00000.parquet', 'left-00001.parquet', 'left-00002.parquet'],
      read: 4,
      badRows: [
        { side: 'left', record: 3, line: 4, reason: '1 column, the header has 10' },
        { side: 'left', record: 4, line: 5, reason: 'amount: has more decimals than EUR' },
      ],
      totals: { rows: 2, badRows: 2, byCurrency: { EUR: '100', USD: '300' } },
    });
  });
});
