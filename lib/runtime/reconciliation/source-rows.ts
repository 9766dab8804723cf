import type { BadRecord } from './csv-scan';
import type { RawRows } from './row-expressions';

/** A source as the database reads it. */
export interface SourceRows extends RawRows {
  /** Whether the relation has `n`; otherwise its rows are in the order of the records. */
  readonly isNumbered: boolean;
  /** Good ones and bad ones. */
  readonly records: number;
  /** Records that could not be read; the relation has a row of empty texts in the place of each, so that its rows are numbered as the records are. */
  readonly bad: ReadonlyArray<Pick<BadRecord, 'record' | 'line' | 'reason'>>;
  lineOf(record: number): number;
}

export interface SourceFile {
  readonly file: string;
  /** What errors call it. */
  readonly named: string;
  /** Names of the columns to read. */
  readonly columns: readonly string[];
  /** For copies. */
  readonly folder: string;
}

/** A source of no rows, as one of several files may be. */
export const noRows = (columns: readonly string[]): SourceRows => ({
  relation: `(SELECT 0::BIGINT AS n, ${columns.map((_, index) => `'' AS c${index}`).join(', ')} WHERE false)`,
  isNumbered: true,
  typedDates: new Set(),
  records: 0,
  bad: [],
  lineOf: (record) => record,
});
