/** What a reconciliation is asked and what it answers: the rules file and the report. Imports nothing. */

/** How a text is changed before it is compared. */
export type Normaliser = 'trim' | 'lowerCase' | 'collapseSpaces' | 'removeSpaces' | 'removeLeadingZeros' | 'digitsOnly';

/** Name of a column; two when the sides call it differently. */
export type ColumnName = string | { readonly left: string; readonly right: string };

/** At most this much may differ; the edge belongs to it. With both, the larger one counts. */
export interface AmountTolerance {
  /** Minor units, for example cents. */
  readonly minor?: number;
  /** Of the larger of both amounts, as decimal text, for example `"0.5"`: so it is the same seen from either side. */
  readonly percent?: string;
}

export interface AmountRule {
  readonly column: ColumnName;
  /** Column of the ISO 4217 code, or the code itself for files of one currency. */
  readonly currency: { readonly column: ColumnName } | { readonly code: string };
  /**
   * Whether the column holds minor units already.
   *
   * @default false
   */
  readonly inMinorUnits?: boolean;
  /**
   * Which side states amounts with the other sign, as a bank does for payments.
   *
   * @default - none
   */
  readonly negated?: 'left' | 'right';
  /** @default - exact */
  readonly tolerance?: AmountTolerance;
}

export interface DateRule {
  readonly column: ColumnName;
  /**
   * Formats to be tried in order, of `YYYY-MM-DD`, `DD.MM.YYYY`, `DD/MM/YYYY`, `MM/DD/YYYY`, `YYYYMMDD`.
   *
   * @default ['YYYY-MM-DD']
   */
  readonly formats?: readonly string[];
  /**
   * Days by which the dates may differ, the edge included.
   *
   * @default 0
   */
  readonly toleranceDays?: number;
}

export interface FieldRule {
  readonly column: ColumnName;
  /** @default - compared as they stand */
  readonly normalise?: readonly Normaliser[];
}

/**
 * Rows with a batch id are summed and compared with one row of the other side: the one whose first key column is the batch id and whose account is the same. With
 * this rule, the account belongs to the key of every row.
 */
export interface GroupRule {
  /** Column of the batch id; rows where it is empty stand alone. */
  readonly batch: ColumnName;
  readonly account: ColumnName;
  /**
   * Which side has the batches.
   *
   * @default 'both'
   */
  readonly side?: 'left' | 'right' | 'both';
}

/** A class of the user's own: the first whose conditions all hold replaces the computed one. */
export interface ClassRule {
  readonly name: string;
  /** Computed classes it applies to. */
  readonly of: readonly BreakClass[];
  /** Bounds of right minus left in minor units, both included. */
  readonly differenceMinor?: { readonly from?: number; readonly to?: number };
}

/** The rules file. */
export interface ReconciliationRules {
  readonly version: 1;
  /** Part of every break's id. */
  readonly name: string;
  /** Columns that say which rows belong together; compared without outer white space and case unless `normalise` says otherwise. */
  readonly key: readonly FieldRule[];
  readonly amount: AmountRule;
  readonly date?: DateRule;
  /** Further columns that must be equal. */
  readonly fields?: readonly FieldRule[];
  readonly group?: GroupRule;
  readonly timing?: {
    /**
     * A row without counterpart younger than so many days is in transit. Needs `date`.
     *
     * @default 0
     */
    readonly minimumAgeDays?: number;
  };
  /** Decimal digits by currency, beside and instead of those of ISO 4217. */
  readonly minorUnits?: Readonly<Record<string, number>>;
  readonly classes?: readonly ClassRule[];
  readonly limits?: {
    /**
     * The run fails above this share of bad rows a side, 0 to 1.
     *
     * @default 0.05
     */
    readonly badRows?: number;
    /**
     * The run fails, with a sample, above so many breaks: a wrong file, not so many breaks.
     *
     * @default 1000000
     */
    readonly breaks?: number;
  };
}

export type BreakClass =
  | 'missing_left'
  | 'missing_right'
  | 'amount'
  | 'date'
  | 'field'
  | 'duplicate_left'
  | 'duplicate_right'
  | 'group_mismatch'
  | 'ambiguous';

/** One row, or a group of rows, as a report shows it. Amounts are decimal text of minor units: they may exceed 2^53. */
export interface ReportedRow {
  /** Record of the source, 1 for the first after the header; of several rows the first. */
  readonly record: number;
  /** How many rows these figures are the sum of; absent for one. */
  readonly rows?: number;
  readonly amountMinor: string;
  readonly currency: string;
  /** ISO 8601 date. */
  readonly date?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

export interface Break {
  /** Stable from night to night: of reconciliation, kind and key. */
  readonly id: string;
  /** A {@link BreakClass}, or one of the rules' own. */
  readonly class: string;
  readonly key: readonly string[];
  /** Rows it stands for on the side that has too many, or in a group; 1 otherwise. */
  readonly count: number;
  readonly left?: ReportedRow;
  readonly right?: ReportedRow;
  /** Right minus left. */
  readonly differenceMinor?: string;
  /** Right date minus left date. */
  readonly days?: number;
  /** What else differs, for example `date` in a break of class amount. */
  readonly also?: readonly string[];
  /** Columns of `fields` that differ. */
  readonly fields?: readonly string[];
}

export interface InTransit {
  readonly side: 'left' | 'right';
  readonly key: readonly string[];
  readonly row: ReportedRow;
  readonly ageDays: number;
}

export interface BadRow {
  readonly side: 'left' | 'right';
  /** 1 for the first after the header. */
  readonly record: number;
  /** 1 for the first line of the file. */
  readonly line: number;
  readonly reason: string;
}

export interface SideTotals {
  /** Rows that were compared; bad ones stand in no total. */
  readonly rows: number;
  readonly badRows: number;
  /** Sum of amounts in minor units, as decimal text. */
  readonly byCurrency: Readonly<Record<string, string>>;
}

/** Control totals of rows: how many, and exact sums as decimal text, so that no row can be missing, or stand for another one, without being seen. */
export interface ControlTotal {
  readonly rows: number;
  /** Sum of amounts in minor units. */
  readonly minor: string;
  /** Sum of a hash of the rows' keys: a number that means nothing, and differs when a row was exchanged for another. */
  readonly hash: string;
}

/** By currency; under the empty name what a break sums up over several currencies. */
export type ControlTotals = Readonly<Record<string, ControlTotal>>;

/** Where the rows of a side ended. Each number is counted where the rows were at that time, none is a difference of others. */
export interface RowEnds {
  readonly compared: ControlTotals;
  readonly matched: ControlTotals;
  readonly inBreaks: ControlTotals;
  readonly inTransit: ControlTotals;
}

export interface SideProof extends RowEnds {
  /** Records of the source, as they were counted while it was read. */
  readonly read: number;
  readonly bad: number;
}

/** That each row of both sources is accounted for: read = bad + compared, and compared = matched + in breaks + in transit. */
export interface CompletenessProof {
  readonly left: SideProof;
  readonly right: SideProof;
}

export interface ReconciliationReport {
  readonly version: 1;
  readonly name: string;
  /** Business date. */
  readonly date: string;
  readonly matched: {
    /** Rows that agree one with one. */
    readonly pairs: number;
    readonly oneToMany: number;
    readonly manyToOne: number;
  };
  readonly breaks: readonly Break[];
  readonly inTransit: readonly InTransit[];
  readonly badRows: readonly BadRow[];
  readonly totals: { readonly left: SideTotals; readonly right: SideTotals };
  readonly proof?: CompletenessProof;
}

/** One side, read and judged once and cut into parts by its keys: what stands beside the files of its rows. */
export interface PartitionedSide {
  readonly version: 1;
  readonly side: 'left' | 'right';
  /** Names of the Parquet files, one for each part, in their order. */
  readonly files: readonly string[];
  /** Records of the source, good ones and bad ones. */
  readonly read: number;
  readonly badRows: readonly BadRow[];
  readonly totals: SideTotals;
}

/** What one pair of files came to. */
export interface PartReport {
  readonly version: 1;
  readonly name: string;
  readonly date: string;
  /** 0 for the first of `parts`. */
  readonly part: number;
  readonly parts: number;
  readonly matched: ReconciliationReport['matched'];
  readonly breaks: readonly Break[];
  readonly inTransit: readonly InTransit[];
  /** Where the rows of the part ended. */
  readonly ends: { readonly left: RowEnds; readonly right: RowEnds };
}
