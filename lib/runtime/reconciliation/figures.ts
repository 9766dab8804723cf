import type { Break, ReconciliationReport } from './contract';

/** What a run comes to in a line: kept from night to night, and drawn over the last ones. */
export interface RunFigures {
  /** Business date. */
  readonly date: string;
  readonly rows: { readonly left: number; readonly right: number };
  /** Pairs and groups that agree. */
  readonly matched: number;
  readonly breaks: number;
  readonly inTransit: number;
  readonly badRows: number;
  /** Breaks by class. */
  readonly classes: Readonly<Record<string, number>>;
}

export function figuresOf({ date, matched, breaks, inTransit, badRows, totals }: ReconciliationReport): RunFigures {
  const classes = new Map<string, number>();
  for (const one of breaks) classes.set(one.class, (classes.get(one.class) ?? 0) + 1);
  return {
    date,
    rows: { left: totals.left.rows, right: totals.right.rows },
    matched: matched.pairs + matched.oneToMany + matched.manyToOne,
    breaks: breaks.length,
    inTransit: inTransit.length,
    badRows: badRows.length,
    classes: Object.fromEntries([...classes].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Ages in days, each up to and with its bound. */
export const AGES: ReadonlyArray<{ readonly name: string; readonly upTo: number }> = [
  { name: '0 to 1 day', upTo: 1 },
  { name: '2 to 7 days', upTo: 7 },
  { name: '8 to 30 days', upTo: 30 },
  { name: 'over 30 days', upTo: Number.POSITIVE_INFINITY },
];

/** Days from the earlier value date of a break to the business date; below 0 for one to come. Undefined when the rules compare no date. */
export function ageOf({ left, right }: Pick<Break, 'left' | 'right'>, businessDate: string): number | undefined {
  const dates = [left?.date, right?.date].filter((date) => date !== undefined).sort();
  return dates[0] === undefined ? undefined : daysBetween(dates[0], businessDate);
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / MILLISECONDS_A_DAY);
}

const MILLISECONDS_A_DAY = 86_400_000;
