import { closeSync, existsSync, mkdtempSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { BadRow, ReconciliationRules } from './contract';
import { type BadRecord, type CsvScan, scanCsv } from './csv-scan';
import { type Database, text } from './database';
import { InputFault } from './input-fault';
import { rowExpressions, type SideName } from './row-expressions';

/** A side as it stands in the database: table `<side>_rows`, one row for each good record. */
export interface LoadedSide {
  readonly side: SideName;
  readonly badRows: readonly BadRow[];
  readonly keyParts: number;
  readonly fields: number;
  /** Record number of the n-th row, 1 for the first. */
  recordOf(row: number): number;
}

/** Between the parts of a key; no statement holds it. */
export const KEY_SEPARATOR = '\u001f';

/**
 * Reads a CSV file into the database.
 *
 * @throws InputFault when the file is missing or empty, or lacks a column of the rules
 */
export async function loadCsv(
  database: Database,
  {
    side,
    file,
    rules,
    folder,
  }: { readonly side: SideName; readonly file: string; readonly rules: ReconciliationRules; readonly folder: string },
): Promise<LoadedSide> {
  if (!existsSync(file)) throw new InputFault(`${side}: ${file}: no such file; a missing source is a failed run, not one without breaks`);
  const scan = scanCsv(file);
  if (scan.records === 0) throw new InputFault(`${side}: ${file}: holds no rows; an empty source is a failed run, not one without breaks`);
  const expressions = rowExpressions(rules, side, (name) => `c${position(scan, name, file, side)}`);

  const readable = scan.bad.length === 0 ? file : withoutBad(file, scan, folder);
  const columns = scan.columns.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ');
  const used = [...new Set(expressions.columns.map((name) => position(scan, name, file, side)))];
  const source = `read_csv(${text(readable)}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {${columns}},
    strict_mode = false, max_line_size = ${LONGEST_LINE_BYTES}, parallel = ${scan.longRecords.length === 0})`;
  await database.run(`CREATE OR REPLACE TABLE ${side}_raw AS
    SELECT row_number() OVER () AS n, ${used.map((index) => `coalesce(c${index}, '') AS c${index}`).join(', ')} FROM ${source}`);

  const joined = (parts: readonly string[]): string => parts.join(` || '${KEY_SEPARATOR}' || `);
  const { batch } = expressions;
  await database.run(`CREATE OR REPLACE TABLE ${side}_judged AS SELECT n,
    ${expressions.fault} AS fault,
    ${batch === undefined ? 'false' : batch.isBatch} AS grouped,
    ${batch === undefined ? joined(expressions.key) : `CASE WHEN ${batch.isBatch} THEN ${joined(batch.key)} ELSE ${joined(expressions.key)} END`} AS k,
    ${expressions.currency} AS currency,
    ${expressions.amount} AS minor,
    ${expressions.date ?? 'NULL::DATE'} AS day
    ${expressions.fields.map((sql, index) => `, ${sql} AS f${index}`).join('')}
    FROM ${side}_raw`);
  await database.run(`DROP TABLE ${side}_raw`);

  const recordOf = recordsBehind(scan.bad);
  const faulty = await database.rows<{ readonly n: bigint; readonly fault: string }>(
    `SELECT n, fault FROM ${side}_judged WHERE fault IS NOT NULL ORDER BY n`,
  );
  const lineOf = linesBehind(scan);
  const badRows = [
    ...scan.bad.map(({ record, line, reason }) => ({ side, record, line, reason })),
    ...faulty.map(({ n, fault }) => ({ side, record: recordOf(Number(n)), line: lineOf(recordOf(Number(n))), reason: fault })),
  ].sort((a, b) => a.record - b.record);
  await database.run(
    faulty.length === 0
      ? `ALTER TABLE ${side}_judged RENAME TO ${side}_rows`
      : `CREATE TABLE ${side}_rows AS SELECT * FROM ${side}_judged WHERE fault IS NULL`,
  );
  checkShare(rules, side, badRows, scan.records);
  return { side, badRows, keyParts: expressions.key.length, fields: expressions.fields.length, recordOf };
}

/** The scan lets a record be at most so long before it takes its quote for one that was never closed. */
const LONGEST_LINE_BYTES = 8 * 1024 * 1024;

const USUAL_BAD_SHARE = 0.05;

function checkShare(rules: ReconciliationRules, side: SideName, badRows: readonly BadRow[], records: number): void {
  const most = rules.limits?.badRows ?? USUAL_BAD_SHARE;
  if (badRows.length <= most * records) return;
  const sample = badRows.slice(0, 5).map(({ record, line, reason }) => `record ${record}, line ${line}: ${reason}`);
  throw new InputFault(
    `${side}: ${badRows.length} of ${records} rows are bad, more than the share of ${most} that limits.badRows allows. ${sample.join('; ')}`,
  );
}

function position({ columns }: CsvScan, name: string, file: string, side: SideName): number {
  const index = columns.indexOf(name);
  if (index === -1) throw new InputFault(`${side}: ${file}: has no column ${JSON.stringify(name)}; it has ${columns.join(', ')}`);
  if (columns.indexOf(name, index + 1) !== -1) throw new InputFault(`${side}: ${file}: has the column ${JSON.stringify(name)} twice`);
  return index;
}

/** A copy of the file without the ranges that can't be read. */
function withoutBad(file: string, { bad, bytes }: CsvScan, folder: string): string {
  const copy = path.join(mkdtempSync(path.join(folder, 'readable-')), 'rows.csv');
  const from = openSync(file, 'r');
  const to = openSync(copy, 'w');
  try {
    const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);
    let start = 0;
    for (const range of [...bad, { from: bytes, to: bytes }]) {
      for (let at = start; at < range.from; ) {
        const read = readSync(from, buffer, 0, Math.min(buffer.length, range.from - at), at);
        writeSync(to, buffer, 0, read);
        at += read;
      }
      start = range.to;
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
  return copy;
}

/** Numbers rows as the file has them: the database does not see the records that could not be read. */
function recordsBehind(bad: readonly BadRecord[]): (row: number) => number {
  // The i-th bad record comes after `record - i` good ones.
  const goodBefore = bad.map(({ record }, index) => record - 1 - index);
  return (row) => row + countBelow(goodBefore, row);
}

function linesBehind({ longRecords }: CsvScan): (record: number) => number {
  const further: number[] = [];
  for (const { furtherLines } of longRecords) further.push((further.at(-1) ?? 0) + furtherLines);
  const records = longRecords.map(({ record }) => record);
  return (record) => 1 + record + (further[countBelow(records, record) - 1] ?? 0);
}

/** How many of the ascending numbers are below a bound. */
function countBelow(ascending: readonly number[], bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
