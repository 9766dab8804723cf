import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { Database } from './database';
import { amountColumn, comparableRows, KEY_HASH, longestNarrowAmount, type MinorType, type SideName } from './row-expressions';
import type { SourceRows } from './source-rows';

export interface RowsToJudge {
  readonly rules: ReconciliationRules;
  readonly side: SideName;
  readonly source: SourceRows;
  /** Columns of the source to keep as they stand. */
  readonly kept: readonly string[];
}

/**
 * Judges the rows of a source; amounts have the narrow type where all of them fit it.
 *
 * Rows without numbers are put in a table as they are read, which numbers them in their order: a window over the reader would do so on one thread, and a table of what was read
 * would hold texts instead of numbers. So `comparableRows` must not change their order: it joins nothing.
 *
 * @returns SQL of the rows that `comparableRows` tells of
 * @throws Error when the database reads another number of rows than the source has records
 */
export async function judgedRows(database: Database, { rules, side, source, kept }: RowsToJudge): Promise<string> {
  const isWide = `strlen(${amountColumn(rules, side)}) > ${longestNarrowAmount(rules)}`;
  const typeFor = (wide: boolean | null): MinorType => (wide === true ? 'DECIMAL(38, 0)' : 'BIGINT');
  if (source.isNumbered) {
    const [found] = await database.rows<{ readonly wide: boolean | null }>(`SELECT bool_or(${isWide}) AS wide FROM ${source.relation}`);
    return comparableRows(rules, side, source, typeFor(found!.wide), kept);
  }
  const relation = `(SELECT 0::BIGINT AS n, *, ${isWide} AS wide FROM ${source.relation})`;
  const judge = async (type: MinorType): Promise<boolean> => {
    const rows = comparableRows(rules, side, { ...source, relation }, type, [...kept, 'wide']);
    await database.run(`CREATE OR REPLACE TABLE judged AS SELECT * EXCLUDE (n, h) FROM (${rows})`);
    const [found] = await database.rows<{ readonly rows: bigint; readonly wide: boolean | null }>(
      'SELECT count(*) AS rows, bool_or(wide) AS wide FROM judged',
    );
    // Each row is named by its number: one that the database leaves out would shift all behind it.
    if (Number(found!.rows) !== source.records) throw new Error(`the database reads ${found!.rows} of ${source.records} records`);
    return type === typeFor(found!.wide);
  };
  if (!(await judge('BIGINT'))) await judge('DECIMAL(38, 0)');
  return `(SELECT rowid + 1 AS n, * EXCLUDE (wide), ${KEY_HASH} AS h FROM judged)`;
}
