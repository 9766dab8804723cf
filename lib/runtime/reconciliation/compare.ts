import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { Database } from './database';
import type { Item, ItemRow } from './match-key';
import { placeOf } from './part-files';
import type { SideName } from './row-expressions';

/** Items of one key that do not agree at first sight. */
export interface OpenKey {
  readonly key: string;
  /** The engine's own, for control totals. */
  readonly hash: bigint;
  readonly left: readonly Item[];
  readonly right: readonly Item[];
}

export interface AgreedCounts {
  readonly pairs: number;
  readonly oneToMany: number;
  readonly manyToOne: number;
}

/** Keys in one segment, about: where one differs, so many are looked at. */
const ROWS_A_SEGMENT = 64;
const MOST_SEGMENTS = 262_144;

/**
 * Compares the comparable rows of two sides: hashes of segments first, rows only where they differ, so that nearly equal sides cost little.
 *
 * @param sources SQL that the rows of a side are selected from
 * @param eachRow whether each row of a batch is kept, not only the first
 * @returns what agrees, counted; what does not follows by `openKeys`
 */
export async function compareRows(
  database: Database,
  rules: ReconciliationRules,
  sources: Readonly<Record<SideName, string>>,
  eachRow = false,
): Promise<AgreedCounts> {
  const fields = (rules.fields ?? []).map((_, index) => `f${index}`);
  for (const side of ['left', 'right'] as const) await database.run(itemsOf(side, rules, sources[side], fields, eachRow));
  const [{ rows }] = (await database.rows<{ rows: bigint }>(
    'SELECT greatest((SELECT count(*) FROM left_items), (SELECT count(*) FROM right_items)) AS rows',
  )) as [{ rows: bigint }];
  const segments = Math.min(MOST_SEGMENTS, Math.max(1, Math.ceil(Number(rows) / ROWS_A_SEGMENT)));
  const segment = segmentOf(segments);
  // A group of several currencies never agrees, not even with its like.
  const values = [
    'currency',
    'minor',
    'day',
    ...fields,
    ...(rules.group === undefined ? [] : ['grouped', 'rows', `CASE WHEN currency = '' THEN side END`]),
  ];
  const hashes = (side: SideName) =>
    `SELECT ${segment} AS segment, count(*) AS items, sum(hash(h, ${values.join(', ')})) AS total
      FROM (SELECT *, hash(k) AS h, '${side}' AS side FROM ${side}_items) GROUP BY segment`;
  await database.run(`CREATE TABLE differing AS
    SELECT segment FROM (${hashes('left')}) AS l FULL JOIN (${hashes('right')}) AS r USING (segment)
    WHERE l.items IS DISTINCT FROM r.items OR l.total IS DISTINCT FROM r.total`);
  for (const side of ['left', 'right'] as const) {
    await database.run(
      `CREATE TABLE ${side}_open AS SELECT * EXCLUDE (h) FROM (SELECT *, hash(k) AS h FROM ${side}_items) WHERE ${segment} IN (SELECT segment FROM differing)`,
    );
  }
  const single = (side: SideName) => `SELECT k, count(*) AS items, any_value(COLUMNS(* EXCLUDE (k))) FROM ${side}_open GROUP BY k`;
  await database.run(`CREATE TABLE agreed AS
    SELECT l.k AS k, l.grouped AS many_left, r.grouped AS many_right
    FROM (${single('left')}) AS l JOIN (${single('right')}) AS r ON l.k = r.k
    WHERE l.items = 1 AND r.items = 1 AND ${agreeing(rules, fields)}`);
  const [counts] = await database.rows<Record<'equal' | 'pairs' | 'oneToMany' | 'manyToOne', bigint>>(`SELECT
    (SELECT count(*) FROM left_items) - (SELECT count(*) FROM left_open) AS equal,
    (SELECT count(*) FROM agreed WHERE many_left = many_right) AS pairs,
    (SELECT count(*) FROM agreed WHERE NOT many_left AND many_right) AS "oneToMany",
    (SELECT count(*) FROM agreed WHERE many_left AND NOT many_right) AS "manyToOne"`);
  const { equal, pairs, oneToMany, manyToOne } = counts!;
  return { pairs: Number(equal + pairs), oneToMany: Number(oneToMany), manyToOne: Number(manyToOne) };
}

/** Of the upper half of the key's hash: its remainder chose the part already, and would leave most segments of a part empty. */
const segmentOf = (segments: number): string => `(h >> 32) % ${segments}`;

/** What is compared under a key: rows as they stand, and those of a batch as one. */
function itemsOf(side: SideName, { group }: ReconciliationRules, source: string, fields: readonly string[], eachRow: boolean): string {
  const columns = ['n', 'k', 'currency', 'minor', 'day', ...fields].join(', ');
  const row = `concat_ws(' ', n, currency, minor)`;
  const alone = `SELECT false AS grouped, 1::BIGINT AS rows, ${columns}${eachRow ? `, ${row} AS each_row` : ''} FROM ${source}`;
  if (group === undefined) return `CREATE VIEW ${side}_items AS ${alone}`;
  return `CREATE TABLE ${side}_items AS ${alone} WHERE NOT grouped UNION ALL
    SELECT true AS grouped, count(*) AS rows, min(n) AS n, k, CASE WHEN min(currency) = max(currency) THEN min(currency) ELSE '' END AS currency,
      sum(minor) AS minor, max(day) AS day${fields.map((field) => `, '' AS ${field}`).join('')}${eachRow ? `, string_agg(${row}, ',' ORDER BY n) AS each_row` : ''}
    FROM ${source} WHERE grouped GROUP BY k`;
}

/** The same as `agree`, for keys that stand once on each side. */
function agreeing({ amount: { tolerance = {} }, date }: ReconciliationRules, fields: readonly string[]): string {
  const [, whole = '0', fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(tolerance.percent ?? '0') ?? [];
  const share = `(greatest(abs(l.minor), abs(r.minor))::HUGEINT * ${BigInt(whole + fraction)}::HUGEINT) // ${10n ** BigInt(fraction.length + 2)}::HUGEINT`;
  const allowed = tolerance.percent === undefined ? String(tolerance.minor ?? 0) : `greatest(${tolerance.minor ?? 0}::HUGEINT, ${share})`;
  const days = date?.toleranceDays ?? 0;
  return [
    `l.currency = r.currency AND l.currency <> ''`,
    `abs(r.minor - l.minor)::HUGEINT <= ${allowed}`,
    `coalesce(abs(r.day - l.day), 0) <= ${days}`,
    ...(fields.length === 0 ? [] : [`(l.grouped OR r.grouped OR (${fields.map((field) => `l.${field} = r.${field}`).join(' AND ')}))`]),
  ].join(' AND ');
}

interface OpenRow {
  readonly k: string;
  readonly h: string;
  readonly side: SideName;
  readonly n: bigint;
  readonly rows: bigint;
  readonly grouped: boolean;
  readonly currency: string;
  readonly minor: string;
  readonly day: number | null;
  /** Place, currency and minor units of each row, when they were kept. */
  readonly each_row?: string;
  readonly [field: `f${number}`]: string;
}

/**
 * Keys whose items do not simply agree, in order of the key; one in memory at a time.
 *
 * @param eachRow as it was given to {@link compareRows}
 */
export async function* openKeys(database: Database, fields: number, eachRow = false): AsyncGenerator<OpenKey> {
  const names = Array.from({ length: fields }, (_, index) => `f${index}` as const);
  const of = (side: SideName) => `SELECT k, hash(k)::VARCHAR AS h, '${side}' AS side, n, rows, grouped, currency, minor::VARCHAR AS minor,
    datediff('day', DATE '1970-01-01', day)::INTEGER AS day${[...names, ...(eachRow ? ['each_row'] : [])].map((name) => `, ${name}`).join('')}
    FROM ${side}_open WHERE k NOT IN (SELECT k FROM agreed)`;
  let current: { key: string; hash: bigint; left: Item[]; right: Item[] } | undefined;
  for await (const portion of database.stream<OpenRow>(`${of('left')} UNION ALL ${of('right')} ORDER BY k, side, n`)) {
    for (const row of portion) {
      if (current?.key !== row.k) {
        if (current !== undefined) yield current;
        current = { key: row.k, hash: BigInt(row.h), left: [], right: [] };
      }
      current[row.side].push({
        ...placeOf(row.n),
        count: Number(row.rows),
        grouped: row.grouped,
        currency: row.currency,
        minor: BigInt(row.minor),
        day: row.day ?? undefined,
        fields: names.map((name) => row[name]),
        ...(row.each_row !== undefined && { eachRow: rowsIn(row.each_row) }),
      });
    }
  }
  if (current !== undefined) yield current;
}

function rowsIn(texts: string): ItemRow[] {
  return texts.split(',').map((text) => {
    const [place, currency, minor] = text.split(' ') as [string, string, string];
    return { ...placeOf(BigInt(place)), currency, minor: BigInt(minor) };
  });
}
