import type { WrittenFile } from './files';
import type { PlantedRows, Scene } from './maker';
import type { NightTruth, TrueRow, TrueTotals } from './night-truth';
import { dateOf, dayOf, type Row, type Side } from './rows';

export interface PlantedScene {
  /** What it is, in words. */
  readonly planted: string;
  readonly scene: Scene;
}

/** What a report must say of scenes that lie in these files. */
export function truthOf(date: string, scenes: readonly PlantedScene[], files: Readonly<Record<Side, readonly WrittenFile[]>>): NightTruth {
  const records = recordsOf(scenes, files);
  const shown = ({ rows, anyOf }: PlantedRows): TrueRow => {
    const first = rows[0]!;
    const isOne = rows.length === 1;
    const places = (anyOf ?? rows)
      .map((row) => ({ row, record: records.get(row)! }))
      .sort((a, b) => a.row.file - b.row.file || a.record - b.record)
      .map(({ row, record }) => `${files[row.side][row.file]!.name}#${record}`);
    return {
      amountMinor: String(sum(rows)),
      currency: rows.every(({ currency }) => currency === first.currency) ? first.currency : '',
      date: dateOf(Math.max(...rows.map(({ day }) => day))),
      rows: rows.length,
      ...(isOne && first.batch === '' && { fields: { iban: first.iban, purpose: first.purpose } }),
      places: anyOf === undefined ? places.slice(0, 1) : places,
    };
  };
  const count = (name: 'pairs' | 'oneToMany' | 'manyToOne'): number => scenes.reduce((all, { scene }) => all + (scene[name] ?? 0), 0);
  return {
    date,
    breaks: scenes.flatMap(({ planted, scene }) =>
      (scene.breaks ?? []).map(({ left, right, difference, count: rows = 1, ...found }) => ({
        ...{ planted, ...found, count: rows },
        ...(left && { left: shown(left) }),
        ...(right && { right: shown(right) }),
        ...(difference !== undefined && { differenceMinor: String(difference) }),
      })),
    ),
    inTransit: scenes.flatMap(({ planted, scene }) =>
      (scene.inTransit ?? []).map(({ key, shown: rows }) => {
        const row = shown(rows);
        return { planted, side: rows.rows[0]!.side, key, row, ageDays: dayOf(date) - dayOf(row.date) };
      }),
    ),
    badRows: [...files.left, ...files.right].flatMap(({ badRows }) => badRows),
    matched: { pairs: count('pairs'), oneToMany: count('oneToMany'), manyToOne: count('manyToOne') },
    totals: { left: totalsOf(files.left), right: totalsOf(files.right) },
  };
}

/** Records of the rows that a report must tell of. */
function recordsOf(scenes: readonly PlantedScene[], files: Readonly<Record<Side, readonly WrittenFile[]>>): ReadonlyMap<Row, number> {
  const told = new Set(scenes.flatMap(({ scene }) => (scene.breaks === undefined && scene.inTransit === undefined ? [] : scene.rows)));
  const records = new Map<Row, number>();
  for (const { rows } of [...files.left, ...files.right])
    for (const [index, row] of rows.entries()) if (told.has(row)) records.set(row, index + 1);
  return records;
}

const sum = (rows: readonly Row[]): bigint => rows.reduce((all, { minor }) => all + minor, 0n);

function totalsOf(files: readonly WrittenFile[]): TrueTotals {
  const byCurrency = new Map<string, bigint>();
  let rows = 0;
  for (const file of files)
    for (const { fault, currency, minor } of file.rows) {
      if (fault !== undefined) continue;
      rows += 1;
      byCurrency.set(currency, (byCurrency.get(currency) ?? 0n) + minor);
    }
  return {
    rows,
    badRows: files.reduce((all, { badRows }) => all + badRows.length, 0),
    byCurrency: Object.fromEntries(
      [...byCurrency].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => [currency, String(minor)]),
    ),
  };
}
