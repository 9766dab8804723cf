import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputFault } from '../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { BadRow, PartitionedSide } from './contract';
import { Database, type DatabaseOptions, text } from './database';
import { openSource } from './open-source';
import { columnsOf, comparableRows, type SideName } from './row-expressions';
import type { SourceRows } from './source-rows';
import { totalsOf } from './totals';

export interface PartitionRequest extends Omit<DatabaseOptions, 'temporaryDirectory'> {
  readonly rules: ReconciliationRules;
  readonly side: SideName;
  /** Path of the source on this machine. */
  readonly file: string;
  /** How many files to cut it into, 1 or more. Both sides need the same number. */
  readonly parts: number;
  /** Folder in which the files are put; what a run that was killed left of them is replaced. */
  readonly folder: string;
}

/** Part of the rows that are bad. */
const BAD = -1;

/**
 * Reads one side, judges each of its rows, and cuts it into Parquet files by hash of the key, so that rows which belong together are in files of the same number.
 *
 * @throws InputFault when the source is missing, empty, damaged, lacks a column of the rules, or has too many bad rows
 */
export async function partition(request: PartitionRequest): Promise<PartitionedSide> {
  const { rules, side, file, parts, folder, memoryBytes, threads } = request;
  const scratch = path.join(folder, `${side}.partial`);
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    const database = await Database.open({ memoryBytes, threads, temporaryDirectory: scratch });
    try {
      const source = await openSource(database, file, columnsOf(rules, side), scratch);
      const cut = path.join(scratch, 'parts');
      // Otherwise a part that was closed is continued in a second file.
      await database.run(`SET partitioned_write_max_open_files = ${parts + 2}`);
      await database.run(`COPY (
        SELECT n, fault, grouped, k, currency, minor, day, ${(rules.fields ?? []).map((_, index) => `f${index}, `).join('')}
          CASE WHEN fault IS NULL THEN (hash(k) % ${parts})::INTEGER ELSE ${BAD} END AS part
        FROM (${comparableRows(rules, side, source)})) TO ${text(cut)} (FORMAT parquet, PARTITION_BY (part))`);
      const badRows = await badRowsOf(database, side, source, path.join(cut, `part=${BAD}`));
      checkShare(rules, badRows, source.records);
      const written: string[] = [];
      for (let part = 0; part < parts; part += 1) written.push(await fileOf(database, cut, part));
      const files = written.map((_, part) => `${side}-${String(part).padStart(5, '0')}.parquet`);
      for (const [part, name] of files.entries()) await rename(written[part]!, path.join(folder, name));
      const totals = await totalsOf(
        database,
        files.map((name) => path.join(folder, name)),
      );
      return { version: 1, side, files, read: source.records, badRows, totals: { ...totals, badRows: badRows.length } };
    } finally {
      database.close();
    }
  } catch (error) {
    throw error instanceof InputFault ? new InputFault(`${side}: ${error.message}`) : error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function badRowsOf(database: Database, side: SideName, { bad, lineOf }: SourceRows, folder: string): Promise<readonly BadRow[]> {
  if (!existsSync(folder)) return [];
  const faulty = await database.rows<{ readonly n: bigint; readonly fault: string }>(
    `SELECT n, fault FROM read_parquet(${text(path.join(folder, '*.parquet'))}) ORDER BY n`,
  );
  // What could not be read stands there as a row of empty texts.
  const unread = new Map(bad.map((one) => [one.record, one]));
  return faulty.map(({ n, fault }) => {
    const record = Number(n);
    const { line, reason } = unread.get(record) ?? { line: lineOf(record), reason: fault };
    return { side, record, line, reason };
  });
}

/** The one file of a part; a part without rows has one too, as a file that is not there is a fault. */
async function fileOf(database: Database, cut: string, part: number): Promise<string> {
  const folder = path.join(cut, `part=${part}`);
  if (existsSync(folder)) {
    const files = await readdir(folder);
    if (files.length !== 1) throw new Error(`${folder}: ${files.length} files, one is needed`);
    return path.join(folder, files[0]!);
  }
  const file = path.join(cut, `${part}.parquet`);
  await database.run(
    `COPY (SELECT * EXCLUDE (part) FROM read_parquet(${text(path.join(cut, '*/*.parquet'))}, hive_partitioning = true) WHERE false) TO ${text(file)} (FORMAT parquet)`,
  );
  return file;
}

const USUAL_BAD_SHARE = 0.05;

function checkShare(rules: ReconciliationRules, badRows: readonly BadRow[], records: number): void {
  const most = rules.limits?.badRows ?? USUAL_BAD_SHARE;
  if (badRows.length <= most * records) return;
  const sample = badRows.slice(0, 5).map(({ record, line, reason }) => `record ${record}, line ${line}: ${reason}`);
  throw new InputFault(
    `${badRows.length} of ${records} rows are bad, more than the share of ${most} that limits.badRows allows. ${sample.join('; ')}`,
  );
}
