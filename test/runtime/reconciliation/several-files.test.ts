import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { breaksCsv } from '../../../lib/runtime/reconciliation/breaks-csv';
import { comparePart } from '../../../lib/runtime/reconciliation/compare-part';
import type { PartitionedSide } from '../../../lib/runtime/reconciliation/contract';
import { Database, text } from '../../../lib/runtime/reconciliation/database';
import { mergeParts } from '../../../lib/runtime/reconciliation/merge-parts';
import { partFormat } from '../../../lib/runtime/reconciliation/part-files';
import { partition } from '../../../lib/runtime/reconciliation/partition';
import { reportPage } from '../../../lib/runtime/reconciliation/report-page';
import { csvOf, DAY, LIMITS, RULES, reconciledFiles, withFiles, writeSource } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

const a = { reference: 'a', amount: '1' };
const b = { reference: 'b', amount: '2' };
const c = { reference: 'c', amount: '3' };
const named = (path_: string | undefined): string | undefined => path_?.split('/').pop();

describe('a side of several files', () => {
  test('is one side: totals, proof and what matches are of all of them, and rows name their file', async () => {
    const report = await reconciledFiles({ left: [[a, b], [c]], right: [[a, { ...c, amount: '4' }, { ...c, amount: '5' }]] }, { parts: 3 });
    expect(report.matched.pairs).toBe(1);
    expect(report.totals.left).toEqual({ rows: 3, badRows: 0, byCurrency: { EUR: '600' } });
    expect(report.proof?.left).toMatchObject({ read: 3, bad: 0, compared: { EUR: { rows: 3, minor: '600' } } });
    expect(
      report.breaks.map(({ class: name, left, right }) => [name, named(left?.file), left?.record, right?.file, right?.record]),
    ).toEqual([
      ['missing_right', '0-rows.csv', 2, undefined, undefined],
      ['amount', '1-rows.csv', 1, undefined, 2],
      ['duplicate_right', undefined, undefined, undefined, 3],
    ]);
  });

  test('a batch whose rows lie in several files is one, and is named by its first row', async () => {
    const batched = (amount: string) => ({ reference: 'x', amount, batch: 'B1', account: '1' });
    const rules = { ...RULES, group: { batch: 'batch', account: 'account' } };
    const left = [[batched('1')], [a], [batched('2'), batched('4')]];
    const whole = { reference: 'B1', amount: '7', account: '1' };
    expect((await reconciledFiles({ left, right: [[whole]] }, { rules })).matched.manyToOne).toBe(1);
    const { breaks } = await reconciledFiles({ left: left.reverse(), right: [[{ ...whole, amount: '8' }]] }, { rules });
    const mismatch = breaks.find((one) => one.class === 'group_mismatch')?.left;
    expect([named(mismatch?.file), mismatch?.record, mismatch?.rows, mismatch?.amountMinor]).toEqual(['0-rows.csv', 1, 3, '700']);
  });

  test('amounts of any size are compared with each other, however wide the file keeps them', async () => {
    const huge = { reference: 'huge', amount: '123456789012345678901.23' };
    const report = await reconciledFiles({
      left: [
        [a, b],
        [huge, c],
      ],
      right: [[a, c], [b], [{ ...huge, amount: '123456789012345678901.24' }]],
    });
    expect([report.matched.pairs, report.totals.left.byCurrency]).toEqual([3, { EUR: '12345678901234567890723' }]);
    expect(report.breaks.map(({ class: name, differenceMinor }) => [name, differenceMinor])).toEqual([['amount', '1']]);
    // Eighteen digits are kept narrow: their sums and differences go beyond 2^63 all the same.
    const edge = (sign: string) => Array.from({ length: 20 }, (_, index) => ({ reference: `e${index}`, amount: `${sign}999999999999.9` }));
    const far = await reconciledFiles({ left: [edge('')], right: [edge('-')] });
    expect(far.totals.left.byCurrency).toEqual({ EUR: String(20n * 99_999_999_999_990n) });
    expect(far.breaks[0]?.differenceMinor).toBe('-199999999999980');
  });

  test('bad rows name their file, and their share is that of the side', async () => {
    const bad = `${csvOf([])}short\n`;
    const many = Array.from({ length: 30 }, (_, index) => ({ reference: `r${index}`, amount: '1' }));
    const rules = { ...RULES, limits: { badRows: 0.05 } };
    const { badRows, totals } = await reconciledFiles({ left: [many, bad], right: [many] }, { rules });
    expect(badRows.map((one) => ({ ...one, file: named(one.file) }))).toEqual([
      { side: 'left', file: '1-rows.csv', record: 1, line: 2, reason: '1 column, the header has 10' },
    ]);
    expect(totals.left).toMatchObject({ rows: 30, badRows: 1 });
    await expect(reconciledFiles({ left: [many.slice(0, 10), bad], right: [many] }, { rules })).rejects.toThrow(
      /left: 1 of 11 rows are bad, more than the share of 0.05 .*1-rows.csv record 1, line 2/,
    );
  });

  test('one of them that is empty, or missing, is a failed run', async () => {
    await expect(reconciledFiles({ left: [[a], ''], right: [[a]] })).rejects.toThrow(/left: .*1-rows.csv: is empty/);
    await expect(reconciledFiles({ left: [[a], csvOf([])], right: [[a]] })).rejects.toThrow(/left: .*1-rows.csv: holds no rows/);
  });

  test('the page and the CSV name the file; of a single file they say nothing of it', async () => {
    const report = await reconciledFiles({ left: [[a], `${csvOf([b])}short\n`], right: [[a]] });
    const page = await reportPage(report);
    expect(page).toMatch(/1-rows\.csv, record 1/);
    expect(page).toMatch(/<th[^>]*>file<\/th>/);
    const [header, line] = [...breaksCsv(report)];
    expect(header).toMatch(/,fields,left_file\r\n$/);
    expect(line).toMatch(/1-rows\.csv"\r\n$/);
    const single = await reconciledFiles({ left: [[b]], right: [[a]] });
    expect(await reportPage(single)).not.toContain('rows.csv');
    expect([...breaksCsv(single)][0]).toMatch(/,fields\r\n$/);
  });
});

describe('one file of several', () => {
  const cut = (content: string | Buffer, more: Partial<Parameters<typeof partition>[0]> = {}): Promise<PartitionedSide> =>
    withFiles({ left: { name: 'fetched', content }, right: [] }, ({ left }, folder) =>
      partition({ rules: RULES, side: 'left', file: left, parts: 2, folder, ...LIMITS, ...more }),
    );

  test('is called, decompressed and read as it is said to be', async () => {
    const line = JSON.stringify({ ...a, currency: 'EUR', date: DAY });
    const side = await cut(gzipSync(`${line}\n`), { name: 'data/x.gz', content: 'jsonLines' });
    expect([side.file, side.totals.byCurrency]).toEqual(['data/x.gz', { EUR: '100' }]);
    await expect(cut('no gzip', { name: 'data/x.csv.gz' })).rejects.toThrow(/left: data\/x.csv.gz: is cut short or damaged/);
    await expect(cut(csvOf([]), { name: 'data/x.csv' })).rejects.toThrow('left: data/x.csv: holds no rows');
  });

  test.each<[string, string | Buffer, string]>([
    ['not a byte', '', 'x.csv'],
    ['not a byte, though it is named as compressed', '', 'x.json.gz'],
    ['nothing, compressed', gzipSync(''), 'x.csv.gz'],
    ['a header alone', csvOf([]), 'x.csv'],
    ['no lines', '', 'x.jsonl'],
  ])('may be empty when that is said: %s', async (_, content, name) => {
    const side = await cut(content, { name, mayBeEmpty: true });
    expect(side).toMatchObject({ read: 0, badRows: [], totals: { rows: 0, badRows: 0, byCurrency: {} } });
    expect(side.files).toHaveLength(2);
    await expect(cut(content, { name })).rejects.toThrow(/left: x\./);
  });

  test.each([0, 1001, 1.5, Number.NaN])('is not cut into %s parts', async (parts) => {
    await expect(cut(csvOf([a]), { parts })).rejects.toThrow(`parts: must be a whole number from 1 to 1000, given ${parts}`);
  });
});

describe('parts of several files', () => {
  /** Files of one part of each side. */
  const withParts = <T>(
    use: (given: {
      readonly sides: readonly PartitionedSide[];
      readonly file: (index: number) => string;
      readonly folder: string;
    }) => Promise<T>,
  ): Promise<T> =>
    withFiles({ left: [], right: [] }, async (_, folder) => {
      const sources = [csvOf([a]), csvOf([b]), '', csvOf([a, b])];
      const sides: PartitionedSide[] = [];
      for (const [index, source] of sources.entries())
        sides.push(
          await partition({
            ...{ rules: RULES, side: index < 3 ? 'left' : 'right', parts: 1, mayBeEmpty: true, ...LIMITS },
            file: writeSource(folder, String(index), source),
            folder: path.join(folder, `parts-${index}`),
          }),
        );
      return use({ sides, folder, file: (index) => path.join(folder, `parts-${index}`, sides[index]!.files[0]!) });
    });

  test('are compared together, an empty one too; a side that is empty in all its files is a failed run', async () => {
    await withParts(async ({ sides, file, folder }) => {
      const compare = (left: readonly number[]) =>
        comparePart({ rules: RULES, date: DAY, part: 0, parts: 1, left: left.map(file), right: [file(3)], folder, ...LIMITS });
      const merge = async (left: readonly number[]) =>
        mergeParts({ rules: RULES, left: left.map((index) => sides[index]!), right: [sides[3]!], parts: [await compare(left)] });
      expect((await merge([2, 0, 1])).matched.pairs).toBe(2);
      expect(await merge([0, 1])).toEqual(await merge([0, 1, 2]));
      await expect(merge([2, 2])).rejects.toThrow('left: 2 files hold no rows; an empty source is a failed run');
      await expect(merge([])).rejects.toThrow('part 0 of 1: left has no files');
    });
  });

  test('that different versions of the database cut are not mixed, as they may hash otherwise', async () => {
    await withParts(async ({ sides, file, folder }) => {
      const database = await Database.open({ ...LIMITS, temporaryDirectory: folder });
      const older = path.join(folder, 'older.parquet');
      try {
        const origin = { source: 'left.csv', engine: 'v1.0.0' };
        await database.run(`COPY (FROM read_parquet(${text(file(0))})) TO ${text(older)} (${partFormat(origin)})`);
      } finally {
        database.close();
      }
      const compare = (left: readonly string[]) =>
        comparePart({ rules: RULES, date: DAY, part: 0, parts: 1, left, right: [file(3)], folder, ...LIMITS });
      await expect(compare([file(0), older])).rejects.toThrow(/cut into parts by DuckDB v1.0.0, .* by v/);
      const [first, second, , right] = sides;
      const report = await compare([file(0), file(1)]);
      const merged = (engine: string) => () =>
        mergeParts({ rules: RULES, left: [first!, { ...second!, engine }], right: [right!], parts: [report] });
      expect(merged('v1.0.0')).toThrow(/read both again with the same version/);
      expect(merged(first!.engine)().matched.pairs).toBe(2);
      writeFileSync(older, 'damaged');
      await expect(compare([older])).rejects.toThrow();
    });
  });
});
