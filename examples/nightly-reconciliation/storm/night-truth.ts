import type { Fault, Side } from './rows';

/** A row, or several as one, of which a report must tell. */
export interface TrueRow {
  readonly amountMinor: string;
  /** Empty for several currencies. */
  readonly currency: string;
  readonly date: string;
  /** How many rows, 1 or more. */
  readonly rows: number;
  /** As they are compared; none for several rows, or those of a batch. */
  readonly fields?: Readonly<Record<string, string>>;
  /** `file#record` that a report may name: of several rows the first; of rows that say the same, any. */
  readonly places: readonly string[];
}

export interface TrueBreak {
  /** What was planted, in words. */
  readonly planted: string;
  readonly class: string;
  readonly key: readonly string[];
  readonly count: number;
  readonly left?: TrueRow;
  readonly right?: TrueRow;
  readonly differenceMinor?: string;
  readonly days?: number;
  readonly also?: readonly string[];
  readonly fields?: readonly string[];
}

export interface TrueTransit {
  readonly planted: string;
  readonly side: Side;
  readonly key: readonly string[];
  readonly row: TrueRow;
  readonly ageDays: number;
}

export interface TrueBadRow {
  readonly side: Side;
  readonly file: string;
  /** 1 for the first below the header. */
  readonly record: number;
  /** 1 for the first line of the file. */
  readonly line: number;
  readonly fault: Fault;
}

/** What the report of a night must say, known from how its rows were made. */
export interface NightTruth {
  /** Business date. */
  readonly date: string;
  readonly breaks: readonly TrueBreak[];
  readonly inTransit: readonly TrueTransit[];
  readonly badRows: readonly TrueBadRow[];
  readonly matched: { readonly pairs: number; readonly oneToMany: number; readonly manyToOne: number };
  /** Rows that are compared, bad ones, and exact sums in minor units. */
  readonly totals: Readonly<Record<Side, TrueTotals>>;
}

export interface TrueTotals {
  readonly rows: number;
  readonly badRows: number;
  readonly byCurrency: Readonly<Record<string, string>>;
}
