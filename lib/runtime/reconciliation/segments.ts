import { type SumRow, Sums } from './control-totals';
import type { Database } from './database';
import type { SideName } from './row-expressions';

/** Rows of a segment, about: where one differs, so many are looked at. */
const ROWS_A_SEGMENT = 32;
/** As many as fit {@link SEGMENT}. */
const MOST_SEGMENTS = 65_536;
/** Of a number of 16 bits the engine knows all values beforehand: it sums in an array then, not in a hash table, in less than half the time. */
const SEGMENT = 'USMALLINT';
const SEGMENT_BITS = 16;
/** Of a key's hash, which is never negative. */
const HASH_BITS = 63;

/** Control totals of a side: of all rows, and of those that agree. */
export type SegmentCounts = Readonly<Record<SideName, { readonly compared: Sums; readonly matched: Sums }>>;

export interface Segments {
  /** How many rows there are in a side's segments that are equal on both. */
  readonly equalRows: number;
  readonly counts: SegmentCounts;
}

const SIDES = ['left', 'right'] as const;

/**
 * Adds up by segment a hash of each row, those of the right side taken away: where nothing is left, the rows of both sides are the same. Takes the rows of segments that differ
 * into the tables `left_open` and `right_open`, then counts the rows of each side by currency.
 *
 * A segment with a batch counts as one that differs: whether its rows make the same sum as those of the other side, a row does not say.
 *
 * @param sources SQL that the rows of a side are selected from
 * @throws Error when segments that are equal have other rows, amounts or keys where they are counted: a file was exchanged meanwhile, or hashes agree by chance
 */
export async function openSegments(
  database: Database,
  sources: Readonly<Record<SideName, string>>,
  { fields, hasGroups }: { readonly fields: readonly string[]; readonly hasGroups: boolean },
): Promise<Segments> {
  const [{ rows }] = (await database.rows<{ rows: bigint }>(
    `SELECT greatest((SELECT count(*) FROM ${sources.left}), (SELECT count(*) FROM ${sources.right})) AS rows`,
  )) as [{ rows: bigint }];
  const segments = Math.min(MOST_SEGMENTS, Math.max(2, Number(rows) / ROWS_A_SEGMENT));
  // By the upper bits of the key's hash: its remainder chose the part already, and would leave most segments of a part empty.
  const segment = `(h >> ${HASH_BITS - Math.ceil(Math.log2(segments))})::${SEGMENT}`;
  const content = `(hash(${['h', 'currency', 'minor', 'day', ...fields].join(', ')}) >> 1)::BIGINT`;
  const signed = (side: SideName, sign: string): string =>
    `SELECT ${segment} AS segment, ${sign}${content} AS content${hasGroups ? ', grouped' : ''} FROM ${sources[side]}`;
  // One bit more than the numbers have, for the engine keeps a place for NULL.
  await database.run(`SET perfect_ht_threshold = ${SEGMENT_BITS + 1}`);
  await database.run(`CREATE TABLE differing AS SELECT segment FROM (${signed('left', '')} UNION ALL ${signed('right', '-')})
    GROUP BY segment HAVING sum(content) <> 0${hasGroups ? ' OR bool_or(grouped)' : ''}`);
  for (const side of SIDES)
    await database.run(`CREATE TABLE ${side}_open AS SELECT * FROM ${sources[side]} WHERE ${segment} IN (SELECT segment FROM differing)`);
  const counts = { left: await countsOf(database, 'left', sources.left), right: await countsOf(database, 'right', sources.right) };
  const [left, right] = SIDES.map((side) => JSON.stringify(counts[side].matched.written()));
  if (left !== right)
    throw new Error(`segments that are equal hold ${left} on the left side, ${right} on the right: has a file changed meanwhile?`);
  return { equalRows: counts.left.matched.total().rows, counts };
}

/** What is not open is equal. */
async function countsOf(database: Database, side: SideName, source: string): Promise<SegmentCounts[SideName]> {
  const sums = (from: string): Promise<readonly SumRow[]> =>
    database.rows(
      `SELECT currency, count(*) AS rows, sum(minor)::VARCHAR AS minor, sum(h)::VARCHAR AS hash FROM ${from} GROUP BY currency`,
    );
  const compared = new Sums();
  compared.addRows(await sums(source));
  const matched = Sums.of(compared.written());
  matched.takeRows(await sums(`${side}_open`));
  return { compared, matched };
}
