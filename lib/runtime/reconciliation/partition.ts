import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputFault } from '../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { carriedColumns, keptColumns, rulesForCarried } from './carried-rows';
import type { BadRow, PartitionedSide } from './contract';
import { Database, type DatabaseOptions, text } from './database';
import { judgedRows } from './judged-rows';
import { openSource } from './open-source';
import { partFormat, requireParts } from './part-files';
import { columnsOf, type SideName, valueColumns } from './row-expressions';
import type { SourceContent } from './source-format';
import type { SourceRows } from './source-rows';
import { totalsOf } from './totals';

export interface PartitionRequest extends Omit<DatabaseOptions, 'temporaryDirectory'> {
  readonly rules: ReconciliationRules;
  readonly side: SideName;
  /** Path of the source on this machine: one of the files of its side. */
  readonly file: string;
  /**
   * What reports call it; also says by its ending how it is compressed, and what it holds when `content` does not.
   *
   * @default - the path
   */
  readonly name?: string;
  /** @default - by the ending of the name */
  readonly content?: SourceContent;
  /**
   * Whether it may hold no rows, as one of several files.
   *
   * @default false
   */
  readonly mayBeEmpty?: boolean;
  /**
   * Whether what is left over of its rows can be carried forward: then the parts also hold the columns of the rules as they stand in the source.
   *
   * @default false
   */
  readonly carries?: boolean;
  /**
   * Whether it holds rows that an earlier night left over, as `comparePart` wrote them.
   *
   * @default false
   */
  readonly isCarried?: boolean;
  /** How many files to cut it into, 1 to 1000. All files of both sides need the same number. */
  readonly parts: number;
  /** Folder in which the files are put; what a run that was killed left of them is replaced. */
  readonly folder: string;
}

const CARRIED_FAULT =
  '. Rows that were carried forward have the columns of the rules they were read by: leave timing.carryForward out for one night, to which the open rows are delivered again';

/** Part of the rows that are bad. */
const BAD = -1;

/**
 * Reads one file of a side, judges each of its rows, and cuts it into Parquet files by hash of the key, so that rows which belong together are in files of the same number.
 *
 * How many of its rows may be bad is a question of the whole side: `refuseUnusable`.
 *
 * @throws InputFault when the source is missing, empty, damaged, or lacks a column of the rules
 */
export async function partition(request: PartitionRequest): Promise<PartitionedSide> {
  const { side, file, name = file, content, mayBeEmpty = false, parts, folder, memoryBytes, threads } = request;
  const { isCarried = false, carries = isCarried } = request;
  const rules = isCarried ? rulesForCarried(request.rules) : request.rules;
  requireParts(parts);
  const scratch = path.join(folder, `${side}.partial`);
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    const database = await Database.open({ memoryBytes, threads, temporaryDirectory: scratch });
    try {
      const origin = { source: name, engine: await database.engine() };
      const source = await openSource(database, {
        file,
        named: name,
        columns: isCarried ? carriedColumns(rules, side) : columnsOf(rules, side),
        folder: scratch,
        content,
        mayBeEmpty,
      });
      const cut = path.join(scratch, 'parts');
      // Otherwise a part that was closed is continued in a second file.
      await database.run(`SET partitioned_write_max_open_files = ${parts + 2}`);
      const { kept, selected } = carries ? keptColumns(rules, side, isCarried) : { kept: [], selected: [] };
      const rows = `
        SELECT n, fault, grouped, k, h, currency, minor, day, ${[...Object.values(valueColumns(rules)).flat(), ...selected].map((column) => `${column}, `).join('')}
          CASE WHEN fault IS NULL THEN (h % ${parts})::INTEGER ELSE ${BAD} END AS part
        FROM (${await judgedRows(database, { rules, side, source, kept })})`;
      await mkdir(cut);
      await database.run(`COPY (${rows}) TO ${text(cut)} (${partFormat(origin)}, PARTITION_BY (part), OVERWRITE)`);
      const badRows = await badRowsOf(database, side, source, path.join(cut, `part=${BAD}`));
      const written: string[] = [];
      for (let part = 0; part < parts; part += 1)
        written.push(
          await fileOf(
            database,
            cut,
            part,
            (file) => `COPY (SELECT * EXCLUDE (part) FROM (${rows}) WHERE false) TO ${text(file)} (${partFormat(origin)})`,
          ),
        );
      const files = written.map((_, part) => `${side}-${String(part).padStart(5, '0')}.parquet`);
      for (const [part, one] of files.entries()) await rename(written[part]!, path.join(folder, one));
      const totals = await totalsOf(
        database,
        files.map((one) => path.join(folder, one)),
      );
      return {
        version: 1,
        side,
        file: name,
        engine: origin.engine,
        ...(isCarried && { carried: true }),
        files,
        read: source.records,
        badRows,
        totals: { ...totals, badRows: badRows.length },
      };
    } finally {
      database.close();
    }
  } catch (error) {
    throw error instanceof InputFault ? new InputFault(`${side}: ${error.message}${isCarried ? CARRIED_FAULT : ''}`) : error;
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
async function fileOf(database: Database, cut: string, part: number, emptyFile: (file: string) => string): Promise<string> {
  const folder = path.join(cut, `part=${part}`);
  if (existsSync(folder)) {
    const files = await readdir(folder);
    if (files.length !== 1) throw new Error(`${folder}: ${files.length} files, one is needed`);
    return path.join(folder, files[0]!);
  }
  const file = path.join(cut, `${part}.parquet`);
  await database.run(emptyFile(file));
  return file;
}
