import type { BadRow, Break, ReconciliationReport, ReportedRow, RowBehind } from './contract';

/** Where a row ends under rules. `class` is that of its break. */
export type RowEnd =
  | { readonly end: 'matched' }
  | { readonly end: 'break'; readonly class: string; readonly id: string; readonly key: readonly string[] }
  | { readonly end: 'in_transit'; readonly key: readonly string[] }
  | { readonly end: 'bad_row'; readonly reason: string };

/** A row that ends elsewhere. Its amount is as the rules say that do not match it, if neither does as those on trial say; a bad row has none. */
export interface MovedRow extends Pick<RowBehind, 'file' | 'record'> {
  readonly side: 'left' | 'right';
  readonly amountMinor?: string;
  readonly currency?: string;
}

/** Rows that ended together and end together elsewhere. */
export interface Move {
  readonly from: RowEnd;
  readonly to: RowEnd;
  readonly rows: readonly MovedRow[];
}

/** How many moves go the same way, and of which rows. */
export interface MoveSum {
  /** `matched`, `in_transit`, `bad_row`, or the class of a break. */
  readonly from: string;
  readonly to: string;
  readonly moves: number;
  readonly rows: { readonly left: number; readonly right: number };
  /** Exact sums in minor units, of each side as its rows are compared. */
  readonly minor: { readonly left: Readonly<Record<string, string>>; readonly right: Readonly<Record<string, string>> };
}

export interface RulesTrial {
  readonly version: 1;
  /** Names of the rules, those in force and those on trial. */
  readonly against: string;
  readonly name: string;
  readonly date: string;
  readonly matched: { readonly against: ReconciliationReport['matched']; readonly now: ReconciliationReport['matched'] };
  /** Breaks, and rows in transit and bad ones, under either rules. */
  readonly counts: Readonly<Record<string, { readonly against: number; readonly now: number }>>;
  readonly sums: readonly MoveSum[];
  /** Matches that the rules on trial make. */
  readonly won: readonly Move[];
  /** Matches that they do not make any more. */
  readonly lost: readonly Move[];
  /** What matches under neither, and is something else. */
  readonly changed: readonly Move[];
}

type Side = 'left' | 'right';

/** Of whose rows it may be asked where each ended. */
type TriedReport = Omit<ReconciliationReport, 'totals' | 'proof' | 'version'>;

interface EndedRow {
  readonly place: MovedRow;
  readonly end: RowEnd;
}

/**
 * Which matches are won and lost by other rules. A row is known by its side, file and record, as other rules may give it another key; so both reports must be of the same
 * files in the same order. A row that neither report tells of matches under both, be it with another partner.
 *
 * @param against under the rules in force
 * @param now under the rules on trial, of the same date
 * @throws Error when a report does not name each row of its breaks: `reconcile` with `eachRow`
 */
export function rulesTrial(against: TriedReport, now: TriedReport): RulesTrial {
  if (against.date !== now.date) throw new Error(`trial of rules: both reports must be of one date, given ${against.date} and ${now.date}`);
  const [before, after] = [endsOf(against), endsOf(now)];
  const moves = new Map<string, { from: RowEnd; to: RowEnd; rows: MovedRow[] }>();
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [one, other] = [before.get(id), after.get(id)];
    const [from, to] = [one?.end ?? MATCHED, other?.end ?? MATCHED];
    if (from.end === to.end && nameOf(from) === nameOf(to)) continue;
    const way = JSON.stringify([from, to]);
    const move = moves.get(way) ?? { from, to, rows: [] };
    move.rows.push(valued(one?.place, other?.place));
    moves.set(way, move);
  }
  const all = [...moves.values()].map((move) => ({ ...move, rows: move.rows.sort(byPlace) })).sort(byKey);
  return {
    version: 1,
    against: against.name,
    name: now.name,
    date: now.date,
    matched: { against: against.matched, now: now.matched },
    counts: countsOf(against, now),
    sums: sumsOf(all),
    won: all.filter(({ to }) => to.end === 'matched'),
    lost: all.filter(({ from }) => from.end === 'matched'),
    changed: all.filter(({ from, to }) => from.end !== 'matched' && to.end !== 'matched'),
  };
}

const MATCHED: RowEnd = { end: 'matched' };

/** What people call an end: the class of a break. */
export const nameOf = (end: RowEnd): string => (end.end === 'break' ? end.class : end.end);

/** Every row that does not match, by its place. */
function endsOf({ breaks, inTransit, badRows }: TriedReport): ReadonlyMap<string, EndedRow> {
  const ends = new Map<string, EndedRow>();
  const put = (place: MovedRow, end: RowEnd): void => {
    ends.set(JSON.stringify([place.side, place.file, place.record]), { place, end });
  };
  const putAll = (side: Side, row: ReportedRow | undefined, end: RowEnd): void => {
    for (const one of row === undefined ? [] : eachOf(row)) put({ side, ...one }, end);
  };
  for (const one of breaks) for (const side of ['left', 'right'] as const) putAll(side, one[side], brokenBy(one));
  for (const { side, key, row } of inTransit) putAll(side, row, { end: 'in_transit', key });
  for (const { side, reason, ...row } of badRows) put({ side, ...placeOf(row) }, { end: 'bad_row', reason });
  return ends;
}

const brokenBy = ({ class: name, id, key }: Break): RowEnd => ({ end: 'break', class: name, id, key });

const placeOf = ({ file, record }: Pick<BadRow, 'file' | 'record'>): Pick<BadRow, 'file' | 'record'> => ({
  ...(file !== undefined && { file }),
  record,
});

function eachOf({ eachRow, ...row }: ReportedRow): readonly RowBehind[] {
  if (eachRow === undefined)
    throw new Error(`trial of rules: record ${row.record} stands for ${row.rows ?? 1} rows, and the report does not name each of them`);
  return eachRow;
}

/** Of a row that one of the reports does not value, what the other says. */
function valued(one: MovedRow | undefined, other: MovedRow | undefined): MovedRow {
  const isValued = other?.amountMinor !== undefined;
  return (isValued ? other : (one ?? other))!;
}

function countsOf(against: TriedReport, now: TriedReport): RulesTrial['counts'] {
  const of = ({ breaks, inTransit, badRows }: TriedReport): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const { class: name } of breaks) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts.set('in_transit', inTransit.length).set('bad_row', badRows.length);
  };
  const [before, after] = [of(against), of(now)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return Object.fromEntries(names.map((name) => [name, { against: before.get(name) ?? 0, now: after.get(name) ?? 0 }]));
}

function sumsOf(moves: readonly Move[]): MoveSum[] {
  const ways = new Map<string, Move[]>();
  for (const move of moves) {
    const way = JSON.stringify([nameOf(move.from), nameOf(move.to)]);
    const same = ways.get(way);
    if (same === undefined) ways.set(way, [move]);
    else same.push(move);
  }
  return [...ways.keys()].sort().map((way) => {
    const [from, to] = JSON.parse(way) as [string, string];
    const same = ways.get(way)!;
    const rows = (side: Side): MovedRow[] => same.flatMap((move) => move.rows.filter((row) => row.side === side));
    const [left, right] = [rows('left'), rows('right')];
    return {
      from,
      to,
      moves: same.length,
      rows: { left: left.length, right: right.length },
      minor: { left: sumOf(left), right: sumOf(right) },
    };
  });
}

function sumOf(rows: readonly MovedRow[]): Readonly<Record<string, string>> {
  const sums = new Map<string, bigint>();
  for (const { currency, amountMinor } of rows)
    if (currency !== undefined && amountMinor !== undefined) sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amountMinor));
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => [currency, String(minor)]));
}

const keyOf = ({ from, to }: Move): string => JSON.stringify([from, to].map((end) => ('key' in end ? end.key : [])));

function byKey(a: Move, b: Move): number {
  const [one, other] = [keyOf(a), keyOf(b)];
  return one === other ? byPlace(a.rows[0]!, b.rows[0]!) : one < other ? -1 : 1;
}

function byPlace(a: MovedRow, b: MovedRow): number {
  if (a.side !== b.side) return a.side < b.side ? -1 : 1;
  if (a.file !== b.file) return (a.file ?? '') < (b.file ?? '') ? -1 : 1;
  return a.record - b.record;
}
