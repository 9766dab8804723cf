import { InputFault } from '../../reconciliation-rules/input-fault';
import { type Database, text } from './database';
import type { MinorType, SideName } from './row-expressions';

/** Most parts a run may have: so many comparisons, each of files of its own. */
export const MOST_PARTS = 1000;

/** @throws InputFault for anything but a whole number of parts from 1 to {@link MOST_PARTS} */
export function requireParts(parts: number): void {
  if (!Number.isInteger(parts) || parts < 1 || parts > MOST_PARTS)
    throw new InputFault(`parts: must be a whole number from 1 to ${MOST_PARTS}, given ${parts}`);
}

/** What a part file says of itself. */
export interface PartOrigin {
  /** What reports call the source. */
  readonly source: string;
  /** Version of the database that cut it. */
  readonly engine: string;
}

/** Distinct values of a column worth a dictionary: days and currencies have fewer, and to try one for keys and amounts costs a third of writing. */
const MOST_DICTIONARY_VALUES = 1000;

/** Options of COPY. Encodings of version 2 make files a quarter smaller; LZ4 is read in two thirds of the time of Snappy, for two hundredths more bytes. */
export const partFormat = ({ source, engine }: PartOrigin): string =>
  `FORMAT parquet, PARQUET_VERSION v2, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT ${MOST_DICTIONARY_VALUES}, KV_METADATA {source: ${text(source)}, engine: ${text(engine)}}`;

/**
 * What part files of both sides say of themselves, in their order.
 *
 * @throws Error when they were cut by different versions of the database
 */
export async function originsOf(
  database: Database,
  files: Readonly<Record<SideName, readonly string[]>>,
): Promise<Readonly<Record<SideName, readonly PartOrigin[]>>> {
  const all = [...files.left, ...files.right];
  const rows = await database.rows<{ readonly file: string; readonly name: string; readonly value: string }>(
    `SELECT file_name AS file, decode(key) AS name, decode(value) AS value FROM parquet_kv_metadata([${all.map(text).join(', ')}])`,
  );
  const found = new Map(all.map((file) => [file, { source: file, engine: 'unknown' }]));
  for (const { file, name, value } of rows)
    if (name === 'source' || name === 'engine') found.set(file, { ...found.get(file)!, [name]: value });
  requireOneEngine([...found].map(([file, { engine }]) => ({ file, engine })));
  const of = (side: SideName): readonly PartOrigin[] => files[side].map((file) => found.get(file)!);
  return { left: of('left'), right: of('right') };
}

/** @throws Error that names two files which different versions of the database cut: equal keys may lie in different parts */
export function requireOneEngine(files: ReadonlyArray<{ readonly file: string; readonly engine: string }>): void {
  const [first] = files;
  const other = files.find(({ engine }) => engine !== first?.engine);
  if (first !== undefined && other !== undefined)
    throw new Error(
      `${other.file} was cut into parts by DuckDB ${other.engine}, ${first.file} by ${first.engine}, which may put a key into another part: read both again with the same version`,
    );
}

/** The type in which amounts of all files are the same: to hash and to compare they must have one. */
export async function minorTypeOf(database: Database, files: readonly string[]): Promise<MinorType> {
  const types = await database.rows<{ readonly type: string }>(
    `SELECT DISTINCT type FROM parquet_schema([${files.map(text).join(', ')}]) WHERE name = 'minor'`,
  );
  return types.every(({ type }) => type === 'INT64') ? 'BIGINT' : 'DECIMAL(38, 0)';
}

/** A side may have so many records in a file, and rows are ordered by file, then record. */
export const RECORD_BITS = 40;
export const RECORD_MASK = 2 ** RECORD_BITS - 1;

/** SQL of the place of a row among all files of its side. */
export const PLACE = `(file_index::BIGINT << ${RECORD_BITS}) + n`;

export const placeOf = (place: bigint): { readonly file: number; readonly row: number } => ({
  file: Number(place >> BigInt(RECORD_BITS)),
  row: Number(BigInt.asUintN(RECORD_BITS, place)),
});
