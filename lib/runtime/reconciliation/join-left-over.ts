import { joinLeftOver } from './carried-rows';
import type { PartReport, ReconciliationReport } from './contract';
import { Database, type DatabaseOptions } from './database';
import { matchedSince } from './left-over';
import { IncompleteRun } from './proof';
import type { SideName } from './row-expressions';

export interface JoinRequest extends Omit<DatabaseOptions, 'threads'> {
  readonly report: ReconciliationReport;
  readonly parts: readonly PartReport[];
  readonly side: SideName;
  /** Names of the files of the side, in their order. */
  readonly names: readonly string[];
  /** Paths to which the parts wrote what they left over; asked for those that left rows over. */
  readonly filesOf: (parts: readonly number[]) => Promise<readonly string[]>;
  /** Path of the file to be written. */
  readonly file: string;
}

/**
 * Makes one file of the rows of a side that the parts of a run left over, and no later rule matched.
 *
 * @returns how many rows it has; for none no file is written
 * @throws IncompleteRun when it has other rows than the parts say
 */
export async function joinParts({ report, parts, side, names, filesOf, file, ...options }: JoinRequest): Promise<number> {
  const leaving = parts.filter(({ carried }) => (carried?.[side] ?? 0) > 0);
  // A side that carries nothing may have rows that later rules matched all the same.
  if (leaving.length === 0) return 0;
  const matched = matchedSince(report, parts, side, names);
  const all = leaving.reduce((rows, { carried }) => rows + carried![side], 0);
  const expected = all - matched.length;
  if (expected === 0) return 0;
  const files = await filesOf(leaving.map(({ part }) => part));
  const database = await Database.open({ ...options, threads: 1 });
  try {
    const { rows, without } = await joinLeftOver(database, files, { file, matched });
    if (rows !== expected || without !== matched.length)
      throw new IncompleteRun(
        `${side}: the parts left ${all} rows over, of which later rules matched ${matched.length}; but ${rows} would be carried forward, ${without} not`,
      );
    return rows;
  } finally {
    database.close();
  }
}
