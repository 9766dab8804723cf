import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeBreaksParquet } from '../../../lib/runtime/reconciliation/breaks-parquet';
import type { ReconciliationReport } from '../../../lib/runtime/reconciliation/contract';
import { Database, text } from '../../../lib/runtime/reconciliation/database';
import { LIMITS } from '../../support/reconciliation/files';
import { hostileReport } from '../../support/reconciliation/hostile-report';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breaks-parquet-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function write(report: ReconciliationReport, date = report.date, file = 'breaks.parquet'): Promise<string> {
  const place = path.join(folder, `date=${date}`, file);
  mkdirSync(path.dirname(place), { recursive: true });
  await writeBreaksParquet({ ...report, date }, { file: place, memoryBytes: LIMITS.memoryBytes, temporaryDirectory: folder });
  return place;
}

async function query<T>(sql: string): Promise<readonly T[]> {
  const database = await Database.open({ ...LIMITS, temporaryDirectory: folder });
  try {
    return await database.rows<T>(sql);
  } finally {
    database.close();
  }
}

test('every break comes back with all it said, whatever its texts try', async () => {
  const { breaks, ...rest } = hostileReport();
  const named = breaks.map((one, index) => (one.left && index % 2 === 0 ? { ...one, left: { ...one.left, file: `${index}.csv` } } : one));
  const report = { ...rest, breaks: named };
  const file = await write(report);
  const rows = await query<Record<string, unknown>>(
    `SELECT id, class, key, count::INTEGER AS count, left_amount_minor::VARCHAR AS l, left_digits, left_date::VARCHAR AS dated, right_amount_minor::VARCHAR AS r,
      right_record::INTEGER AS record, difference_minor::VARCHAR AS difference, days, also, fields, left_file FROM read_parquet(${text(file)}, hive_partitioning = false)`,
  );
  expect(rows).toEqual(
    report.breaks.map(({ id, class: name, key, count, left, right, differenceMinor, days, also, fields }) => ({
      ...{ id, class: name, key, count, l: left?.amountMinor ?? null, dated: left?.date ?? null, r: right?.amountMinor ?? null },
      left_digits: left === undefined || left.currency === '' ? null : { EUR: 2, JPY: 0 }[left.currency],
      ...{
        record: right?.record ?? null,
        difference: differenceMinor ?? null,
        left_file: left?.file ?? null,
        days: days ?? null,
        also: also ?? [],
        fields: fields ?? [],
      },
    })),
  );
});

test('the same report is the same bytes', async () => {
  const [one, other] = [await write(hostileReport(), undefined, 'a'), await write(hostileReport(), undefined, 'b')];
  expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
});

test('files of many dates are one table, also where a night had no breaks', async () => {
  const report = hostileReport();
  await write(report, '2026-11-20');
  await write({ ...report, breaks: report.breaks.slice(0, 8) }, '2026-11-21');
  await write({ ...report, breaks: [] }, '2026-11-22');
  const all = `read_parquet(${text(path.join(folder, 'date=*/breaks.parquet'))}, hive_partitioning = true)`;
  const sums = await query(
    `SELECT date::VARCHAR AS date, left_currency AS currency, count(*)::INTEGER AS breaks, sum(left_amount_minor)::VARCHAR AS minor
      FROM ${all} WHERE date >= '2026-11-20' AND class = 'amount' GROUP BY ALL ORDER BY ALL`,
  );
  expect(sums).toEqual([
    { date: '2026-11-20', currency: 'EUR', breaks: 7, minor: '1111111' },
    { date: '2026-11-21', currency: 'EUR', breaks: 7, minor: '1111111' },
  ]);
  // The partition of the path is no column of the file: a reader would have two of one name.
  const described = await query<{ column_name: string; column_type: string }>(`DESCRIBE SELECT * FROM ${all}`);
  expect(described.map(({ column_name, column_type }) => `${column_name} ${column_type}`)).toMatchInlineSnapshot(`
[
  "reconciliation VARCHAR",
  "business_date DATE",
  "id VARCHAR",
  "class VARCHAR",
  "key VARCHAR[]",
  "count BIGINT",
  "left_file VARCHAR",
  "left_record BIGINT",
  "left_rows BIGINT",
  "left_amount_minor DECIMAL(38,0)",
  "left_currency VARCHAR",
  "left_digits INTEGER",
  "left_date DATE",
  "right_file VARCHAR",
  "right_record BIGINT",
  "right_rows BIGINT",
  "right_amount_minor DECIMAL(38,0)",
  "right_currency VARCHAR",
  "right_digits INTEGER",
  "right_date DATE",
  "difference_minor DECIMAL(38,0)",
  "days INTEGER",
  "also VARCHAR[]",
  "fields VARCHAR[]",
  "date DATE",
]
`);
});
