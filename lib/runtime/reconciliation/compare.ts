import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { fieldsAgree } from './compared-fields';
import type { Database } from './database';
import type { Item, ItemRow } from './match-key';
import { placeOf } from './part-files';
import { type SideName, valueColumns } from './row-expressions';
import { openSegments, type SegmentCounts } from './segments';

/** Items of one key that do not agree at first sight. */
export interface OpenKey {
  readonly key: string;
  /** The engine's own, for control totals. */
  readonly hash: bigint;
  readonly left: readonly Item[];
  readonly right: readonly Item[];
}

/** What agrees at first sight, and control totals of it and of all rows. */
export interface FirstSight extends SegmentCounts {
  readonly matched: { readonly pairs: number; readonly oneToMany: number; readonly manyToOne: number };
}

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
): Promise<FirstSight> {
  const { fields, laterKeys } = valueColumns(rules);
  const hasGroups = rules.group !== undefined;
  const segments = await openSegments(database, sources, { fields, hasGroups });
  for (const side of SIDES) await database.run(itemsOf(side, { hasGroups, values: [...fields, ...laterKeys], eachRow }));
  const single = (side: SideName) => `SELECT k, count(*) AS items, any_value(COLUMNS(* EXCLUDE (k))) FROM ${side}_items GROUP BY k`;
  await database.run(`CREATE TABLE agreed AS
    SELECT l.k AS k, l.grouped AS many_left, r.grouped AS many_right
    FROM (${single('left')}) AS l JOIN (${single('right')}) AS r ON l.k = r.k
    WHERE l.items = 1 AND r.items = 1 AND ${agreeing(rules)}`);
  const [counts] = await database.rows<Record<'pairs' | 'oneToMany' | 'manyToOne', bigint>>(`SELECT
    count(*) FILTER (many_left = many_right) AS pairs,
    count(*) FILTER (NOT many_left AND many_right) AS "oneToMany",
    count(*) FILTER (many_left AND NOT many_right) AS "manyToOne" FROM agreed`);
  const { pairs, oneToMany, manyToOne } = counts!;
  for (const side of SIDES)
    segments.counts[side].matched.addRows(
      await database.rows(`SELECT currency, count(*) AS rows, sum(minor)::VARCHAR AS minor, sum(h)::VARCHAR AS hash
        FROM ${side}_open WHERE k IN (SELECT k FROM agreed) GROUP BY currency`),
    );
  const matched = { pairs: segments.equalRows + Number(pairs), oneToMany: Number(oneToMany), manyToOne: Number(manyToOne) };
  return { matched, ...segments.counts };
}

const SIDES = ['left', 'right'] as const;

/** What is compared under a key: rows as they stand, and those of a batch as one. */
function itemsOf(
  side: SideName,
  { hasGroups, values, eachRow }: { readonly hasGroups: boolean; readonly values: readonly string[]; readonly eachRow: boolean },
): string {
  const columns = ['n', 'k', 'h', 'currency', 'minor', 'day', ...values].join(', ');
  const row = `concat_ws(' ', n, currency, minor)`;
  const alone = `SELECT false AS grouped, 1::BIGINT AS rows, ${columns}${eachRow ? `, ${row} AS each_row` : ''} FROM ${side}_open`;
  if (!hasGroups) return `CREATE VIEW ${side}_items AS ${alone}`;
  return `CREATE TABLE ${side}_items AS ${alone} WHERE NOT grouped UNION ALL
    SELECT true AS grouped, count(*) AS rows, min(n) AS n, k, any_value(h) AS h,
      CASE WHEN min(currency) = max(currency) THEN min(currency) ELSE '' END AS currency,
      sum(minor) AS minor, max(day) AS day${values.map((value) => `, '' AS ${value}`).join('')}${eachRow ? `, string_agg(${row}, ',' ORDER BY n) AS each_row` : ''}
    FROM ${side}_open WHERE grouped GROUP BY k`;
}

/** The same as `agree`, for keys that stand once on each side. */
function agreeing({ amount: { tolerance = {} }, date, fields = [] }: ReconciliationRules): string {
  const [, whole = '0', fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(tolerance.percent ?? '0') ?? [];
  const share = `(greatest(abs(l.minor), abs(r.minor))::HUGEINT * ${BigInt(whole + fraction)}::HUGEINT) // ${10n ** BigInt(fraction.length + 2)}::HUGEINT`;
  const allowed = tolerance.percent === undefined ? String(tolerance.minor ?? 0) : `greatest(${tolerance.minor ?? 0}::HUGEINT, ${share})`;
  const days = date?.toleranceDays ?? 0;
  return [
    `l.currency = r.currency AND l.currency <> ''`,
    `abs(r.minor - l.minor)::HUGEINT <= ${allowed}`,
    `coalesce(abs(r.day - l.day), 0) <= ${days}`,
    ...(fields.length === 0
      ? []
      : [`(l.grouped OR r.grouped OR (${fields.map((field, index) => fieldsAgree(field, `l.f${index}`, `r.f${index}`)).join(' AND ')}))`]),
  ].join(' AND ');
}

interface OpenRow {
  readonly k: string;
  readonly h: bigint;
  readonly side: SideName;
  readonly n: bigint;
  readonly rows: bigint;
  readonly grouped: boolean;
  readonly currency: string;
  readonly minor: string;
  readonly day: number | null;
  /** Place, currency and minor units of each row, when they were kept. */
  readonly each_row?: string;
  readonly [value: `${'f' | 'p'}${number}`]: string;
}

/**
 * Keys whose items do not simply agree, in order of the key; one in memory at a time.
 *
 * @param eachRow as it was given to {@link compareRows}
 */
export async function* openKeys(
  database: Database,
  rules: Pick<ReconciliationRules, 'fields' | 'later'>,
  eachRow = false,
): AsyncGenerator<OpenKey> {
  const { fields, laterKeys } = valueColumns(rules);
  const of = (side: SideName) => `SELECT k, h, '${side}' AS side, n, rows, grouped, currency, minor::VARCHAR AS minor,
    datediff('day', DATE '1970-01-01', day)::INTEGER AS day${[...fields, ...laterKeys, ...(eachRow ? ['each_row'] : [])].map((name) => `, ${name}`).join('')}
    FROM ${side}_items WHERE k NOT IN (SELECT k FROM agreed)`;
  let current: { key: string; hash: bigint; left: Item[]; right: Item[] } | undefined;
  for await (const portion of database.stream<OpenRow>(`${of('left')} UNION ALL ${of('right')} ORDER BY k, side, n`)) {
    for (const row of portion) {
      if (current?.key !== row.k) {
        if (current !== undefined) yield current;
        current = { key: row.k, hash: row.h, left: [], right: [] };
      }
      current[row.side].push({
        ...placeOf(row.n),
        count: Number(row.rows),
        grouped: row.grouped,
        currency: row.currency,
        minor: BigInt(row.minor),
        day: row.day ?? undefined,
        fields: fields.map((name) => row[name]),
        ...(laterKeys.length > 0 && { laterKeys: laterKeys.map((name) => row[name]) }),
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
