/** What a reconciliation is asked: the rules file. Imports nothing: the construct checks it at synth, what compares reads it. */

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

/** One value for both sides, or one for each. */
export type PerSide<T> = T | { readonly left: T; readonly right: T };

/** How numbers are written. */
export interface NumberStyle {
  /**
   * What stands before the decimals: `.` or `,`.
   *
   * @default '.'
   */
  readonly decimal?: PerSide<string>;
  /**
   * What stands between groups of three digits before the decimals: `.`, `,`, an apostrophe or a blank, straight or typographic. A number without any is one too.
   *
   * @default - nothing does
   */
  readonly thousands?: PerSide<string>;
}

/** A column that says whether an amount, which has no sign of its own, is added or taken away; compared without outer white space and case. */
export interface SignRule {
  readonly column: ColumnName;
  /** Texts of amounts below zero, for example `D` and `DBIT`. */
  readonly negative: readonly string[];
  /** Texts of the others, for example `C` and `CRDT`. What is in neither list is a bad row. */
  readonly positive: readonly string[];
  /**
   * Which side has the column.
   *
   * @default 'both'
   */
  readonly side?: 'left' | 'right' | 'both';
}

export interface AmountRule extends NumberStyle {
  readonly column: ColumnName;
  /** Column of the ISO 4217 code, or the code itself for files of one currency. */
  readonly currency: { readonly column: ColumnName } | { readonly code: string };
  /**
   * Whether the column holds minor units already.
   *
   * @default false
   */
  readonly inMinorUnits?: boolean;
  /** @default - amounts have a sign of their own */
  readonly sign?: SignRule;
  /**
   * Which side states amounts with the other sign, as a bank does for payments; after `sign`.
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
   * Formats to be tried in order: `DATE_FORMATS` of the schema.
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

/** How much two numbers may differ, as decimal texts; the edge belongs to it. With both, the larger one counts. */
export interface NumberTolerance {
  readonly absolute?: string;
  /** Of the larger of both numbers. */
  readonly percent?: string;
}

/** A further column that is compared. Without `number` and `date` it is a text. Empty agrees with empty only. */
export interface ComparedField extends FieldRule {
  /** Numbers of up to 15 digits before and 12 behind the decimal point: `1.50` is `1.5`. */
  readonly number?: NumberStyle & { readonly tolerance?: NumberTolerance };
  readonly date?: Omit<DateRule, 'column'>;
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

/**
 * A rule for rows that no earlier one has matched. It only adds matches, of one row with one: what it does not match stays what it was. Rows of a batch are not tried.
 */
export interface LaterRule {
  /** By which reports tell its matches. */
  readonly name: string;
  /**
   * Columns that must be the same; rows where all of them are empty are not tried. An empty list: rows of any key.
   *
   * @default - the key of the rules
   */
  readonly key?: readonly FieldRule[];
  /** @default - that of the amount */
  readonly tolerance?: AmountTolerance;
  /** @default - those of the date */
  readonly toleranceDays?: number;
  /**
   * Columns of `fields` that must agree, by the name that the left side has for them.
   *
   * @default - all
   */
  readonly fields?: readonly string[];
}

/** A class of the user's own: the first whose conditions all hold replaces the computed one. */
export interface ClassRule {
  readonly name: string;
  /** Computed classes it applies to. */
  readonly of: readonly BreakClass[];
  /** Only where nothing differs but these columns of `fields`, by the name that the left side has for them, at least one of them. */
  readonly fields?: readonly string[];
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
  /** Further columns that must agree; where one does not, the break is of class `field`, or says so beside its own. */
  readonly fields?: readonly ComparedField[];
  readonly group?: GroupRule;
  /** Further rules, in the order in which they are tried. */
  readonly later?: readonly LaterRule[];
  readonly timing?: {
    /**
     * A row without counterpart younger than so many days is in transit. Needs `date`.
     *
     * @default 0
     */
    readonly minimumAgeDays?: number;
    /**
     * Whether rows without counterpart are kept for the next night, as sources deliver each row once: of both sides, or of the one whose source does. Without it a source
     * delivers what is open again.
     *
     * @default false
     */
    readonly carryForward?: boolean | { readonly left?: boolean; readonly right?: boolean };
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
     * @default 100000
     */
    readonly breaks?: number;
    /**
     * The run fails above so many rows of both sides that `later` would have to try: they are held in memory together.
     *
     * @default 200000
     */
    readonly leftOver?: number;
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
