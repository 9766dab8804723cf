import { type SumRow, Sums } from './control-totals';
import type { Database } from './database';
import type { SideName } from './row-expressions';

/** Rows of a segment, about: where one differs, so many are looked at. */
const ROWS_A_SEGMENT = 32;
/** Their figures are a few hundred bytes each, by side and currency. */
const MOST_SEGMENTS = 262_144;
/** Of a key's hash, which is never negative. */
const HASH_BITS = 63;

/** Control totals of a side: of all rows, and of those that agree. */
export type SegmentCounts = Readonly<Record<SideName, { readonly compared: Sums; readonly matched: Sums }>>;

export interface Segments {
  /** How many rows there are in a side's segments that are equal on both. */
  readonly equalRows: number;
  readonly counts: SegmentCounts;
  /** SQL of the segment of a row. */
  readonly segment: string;
}

const SIDES = ['left', 'right'] as const;

/**
 * Reads the rows of both sides once: by segment of their keys and by currency how many there are, sums of amounts and of hashes of keys and of values. Where all of
 * them are the same, all rows are. Leaves the segments that differ in the table `differing`.
 *
 * A segment with a batch counts as one that differs: whether its rows make the same sum as those of the other side, a row does not say.
 *
 * @param sources SQL that the rows of a side are selected from
 */
export async function countSegments(
  database: Database,
  sources: Readonly<Record<SideName, string>>,
  { fields, hasGroups }: { readonly fields: readonly string[]; readonly hasGroups: boolean },
): Promise<Segments> {
  const [{ rows }] = (await database.rows<{ rows: bigint }>(
    `SELECT greatest((SELECT count(*) FROM ${sources.left}), (SELECT count(*) FROM ${sources.right})) AS rows`,
  )) as [{ rows: bigint }];
  const segments = Math.min(MOST_SEGMENTS, Math.max(2, Number(rows) / ROWS_A_SEGMENT));
  // By the upper bits of the key's hash: its remainder chose the part already, and would leave most segments of a part empty.
  const segment = `(h >> ${HASH_BITS - Math.ceil(Math.log2(segments))})::INTEGER`;
  const values = ['h', 'currency', 'minor', 'day', ...fields].join(', ');
  for (const side of SIDES)
    await database.run(`CREATE TABLE ${side}_segments AS
      SELECT ${segment} AS segment, currency, count(*) AS rows, sum(minor) AS minor, sum(h) AS hash,
        sum((hash(${values}) >> 1)::BIGINT) AS content${hasGroups ? ', bool_or(grouped) AS grouped' : ''}
      FROM ${sources[side]} GROUP BY segment, currency`);
  const figures = ['rows', 'minor', 'hash', 'content'];
  await database.run(`CREATE TABLE differing AS
    SELECT DISTINCT segment FROM left_segments AS l FULL JOIN right_segments AS r USING (segment, currency)
    WHERE ${[...figures.map((figure) => `l.${figure} IS DISTINCT FROM r.${figure}`), ...(hasGroups ? ['l.grouped', 'r.grouped'] : [])].join(' OR ')}`);
  const counts = { left: await countsOf(database, 'left'), right: await countsOf(database, 'right') };
  return { equalRows: counts.left.matched.total().rows, counts, segment };
}

async function countsOf(database: Database, side: SideName): Promise<SegmentCounts[SideName]> {
  const compared = new Sums();
  const matched = new Sums();
  const sums = await database.rows<SumRow & { readonly equal: boolean }>(`SELECT currency, equal, sum(rows)::BIGINT AS rows,
      sum(minor)::VARCHAR AS minor, sum(hash)::VARCHAR AS hash
    FROM (SELECT *, segment NOT IN (SELECT segment FROM differing) AS equal FROM ${side}_segments) GROUP BY currency, equal`);
  compared.addRows(sums);
  matched.addRows(sums.filter(({ equal }) => equal));
  return { compared, matched };
}

/** Takes the rows of segments that differ into the tables `left_open` and `right_open`. */
export async function openSegments(database: Database, sources: Readonly<Record<SideName, string>>, { segment }: Segments): Promise<void> {
  for (const side of SIDES)
    await database.run(`CREATE TABLE ${side}_open AS SELECT * FROM ${sources[side]} WHERE ${segment} IN (SELECT segment FROM differing)`);
}
