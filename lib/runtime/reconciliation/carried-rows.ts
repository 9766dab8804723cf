import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { type Database, text } from './database';
import type { ItemRow } from './match-key';
import { placeOf, RECORD_BITS, RECORD_MASK } from './part-files';
import { columnsOf, type SideName } from './row-expressions';

/** Where a row stood that was carried forward. */
export interface RowOrigin {
  readonly file: string;
  readonly record: number;
  /** Business date it was delivered for. */
  readonly since: string;
}

/** The origin of a row that was carried forward; undefined for a row of the night itself. */
export type OriginOf = (side: SideName, place: Pick<ItemRow, 'file' | 'row'>) => RowOrigin | undefined;

/** Columns of a file of carried rows, beside those of the source. */
const ORIGIN = ['breakwater_file', 'breakwater_record', 'breakwater_since'] as const;

/** What a file of carried rows must have: the columns of its source as they stood there, so that rules which have changed meanwhile read them anew. */
export const carriedColumns = (rules: ReconciliationRules, side: SideName): readonly string[] => [...columnsOf(rules, side), ...ORIGIN];

/**
 * Which columns of a source part files keep, so that rows which are left over can be carried forward.
 *
 * @param isCarried whether the source is a file of carried rows itself
 * @returns what to keep of a source, and what to select of that
 */
export function keptColumns(rules: ReconciliationRules, side: SideName, isCarried: boolean) {
  const own = columnsOf(rules, side).map((_, index) => `c${index}`);
  const origin = ORIGIN.map((_, index) => `c${own.length + index}`);
  const [file, record, since] = isCarried ? origin : ['NULL', 'NULL', 'NULL'];
  return {
    kept: isCarried ? [...own, ...origin] : own,
    selected: [...own, `${file}::VARCHAR AS origin_file`, `${record}::BIGINT AS origin_record`, `${since}::VARCHAR AS origin_since`],
  };
}

/** Typed dates were written as days of ISO 8601, which no other format of the rules takes for another day. */
export function rulesForCarried(rules: ReconciliationRules): ReconciliationRules {
  const { date, fields } = rules;
  const withIso = <T extends { readonly formats?: readonly string[] }>(one: T): T => ({
    ...one,
    formats: [...new Set(['YYYY-MM-DD', ...(one.formats ?? [])])],
  });
  return {
    ...rules,
    ...(date !== undefined && { date: withIso(date) }),
    ...(fields !== undefined && {
      fields: fields.map((field) => (field.date === undefined ? field : { ...field, date: withIso(field.date) })),
    }),
  };
}

/**
 * Writes the rows of a side whose key the other side does not have. Of the others, pairs that differ and duplicates had their counterpart.
 *
 * @param names of the side's files, in their order
 * @returns how many rows there are
 */
export async function writeLeftOver(
  database: Database,
  file: string,
  {
    rules,
    side,
    date,
    names,
  }: { readonly rules: ReconciliationRules; readonly side: SideName; readonly date: string; readonly names: readonly string[] },
): Promise<number> {
  const other = side === 'left' ? 'right' : 'left';
  const own = columnsOf(rules, side).map((name, index) => `c${index} AS "${name.replaceAll('"', '""')}"`);
  const [fileColumn, recordColumn, sinceColumn] = ORIGIN;
  const rows = `FROM ${side}_open WHERE k NOT IN (SELECT k FROM ${other}_open)`;
  await database.run(`COPY (SELECT ${own.join(', ')},
      coalesce(origin_file, [${names.map(text).join(', ')}][(n >> ${RECORD_BITS}) + 1]) AS ${fileColumn},
      coalesce(origin_record, n & ${RECORD_MASK}) AS ${recordColumn}, coalesce(origin_since, ${text(date)}) AS ${sinceColumn}
    ${rows} ORDER BY n) TO ${text(file)} (FORMAT parquet)`);
  const [found] = await database.rows<{ readonly rows: bigint }>(`SELECT count(*) AS rows ${rows}`);
  return Number(found!.rows);
}

/**
 * Makes one file of those of all parts; the same rows in the same order, however many parts there were.
 *
 * @param matched rows that later rules matched, once all parts were compared
 * @returns how many rows it has, and how many it was left without
 */
export async function joinLeftOver(
  database: Database,
  files: readonly string[],
  { file, matched = [] }: { readonly file: string; readonly matched?: readonly RowOrigin[] },
): Promise<{ readonly rows: number; readonly without: number }> {
  const source = `read_parquet([${files.map(text).join(', ')}])`;
  await database.run('CREATE OR REPLACE TABLE matched_later (file VARCHAR, record BIGINT, since VARCHAR)');
  for (let from = 0; from < matched.length; from += ROWS_AN_INSERT) {
    const values = matched.slice(from, from + ROWS_AN_INSERT).map((one) => `(${text(one.file)}, ${one.record}, ${text(one.since)})`);
    await database.run(`INSERT INTO matched_later VALUES ${values.join(', ')}`);
  }
  const rows = `SELECT * FROM ${source} ANTI JOIN matched_later ON file = ${ORIGIN[0]} AND record = ${ORIGIN[1]} AND since = ${ORIGIN[2]}`;
  await database.run(`COPY (${rows} ORDER BY ${[ORIGIN[2], ORIGIN[0], ORIGIN[1]].join(', ')}) TO ${text(file)} (FORMAT parquet)`);
  const [found] = await database.rows<{ readonly all: bigint; readonly rows: bigint }>(
    `SELECT (SELECT count(*) FROM ${source}) AS "all", (SELECT count(*) FROM read_parquet(${text(file)})) AS rows`,
  );
  return { rows: Number(found!.rows), without: Number(found!.all - found!.rows) };
}

const ROWS_AN_INSERT = 1000;

/** Origins of the carried rows that do not agree at first sight. @param sides that carry rows */
export async function originsOfOpen(database: Database, sides: readonly SideName[]): Promise<OriginOf> {
  const found: Record<SideName, Map<string, RowOrigin>> = { left: new Map(), right: new Map() };
  for (const side of sides) {
    const rows = database.stream<{ readonly n: bigint; readonly file: string; readonly record: bigint; readonly since: string }>(
      `SELECT n, origin_file AS file, origin_record AS record, origin_since AS since FROM ${side}_open WHERE origin_record IS NOT NULL`,
    );
    for await (const portion of rows)
      for (const { n, file, record, since } of portion) found[side].set(placeKey(placeOf(n)), { file, record: Number(record), since });
  }
  return (side, place) => found[side].get(placeKey(place));
}

const placeKey = ({ file, row }: Pick<ItemRow, 'file' | 'row'>): string => `${file}/${row}`;
