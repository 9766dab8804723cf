/** What a reconciliation answers. What it is asked are the rules: lib/reconciliation-rules. */

/** One row behind a {@link ReportedRow}. */
export interface RowBehind {
  /** Name of the file it stands in, when its side has more than one. */
  readonly file?: string;
  readonly record: number;
  readonly amountMinor: string;
  readonly currency: string;
  /** Business date it was delivered for, when it was carried forward from there. */
  readonly since?: string;
}

/** One row, or a group of rows, as a report shows it. Amounts are decimal text of minor units: they may exceed 2^53. */
export interface ReportedRow {
  /** Name of the file it stands in, when its side has more than one. */
  readonly file?: string;
  /** Record of that file, 1 for the first after the header; of several rows the first. */
  readonly record: number;
  /** How many rows these figures are the sum of; absent for one. */
  readonly rows?: number;
  readonly amountMinor: string;
  readonly currency: string;
  /** ISO 8601 date. */
  readonly date?: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Business date it was delivered for, when it was carried forward from there. */
  readonly since?: string;
  /** Each of the rows, in the order of their places; only where it was asked for. */
  readonly eachRow?: readonly RowBehind[];
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

/** Two rows that a later rule of `later` matches, though the first one does not. */
export interface LaterMatch {
  /** Its name. */
  readonly rule: string;
  readonly key: { readonly left: readonly string[]; readonly right: readonly string[] };
  readonly left: ReportedRow;
  readonly right: ReportedRow;
  /** Right minus left. */
  readonly differenceMinor: string;
  /** Right date minus left date. */
  readonly days?: number;
}

export interface BadRow {
  readonly side: 'left' | 'right';
  /** Name of the file, when its side has more than one. */
  readonly file?: string;
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
  /** Those of the records that an earlier night left over, which file they are, and how many; absent when there are none. */
  readonly carried?: { readonly file: string; readonly read: number };
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
    /** Rows that agree one with one, by the first rule or a later one. */
    readonly pairs: number;
    readonly oneToMany: number;
    readonly manyToOne: number;
  };
  /** What later rules matched, by rule, then key; absent where the rules have none. */
  readonly later?: readonly LaterMatch[];
  readonly breaks: readonly Break[];
  readonly inTransit: readonly InTransit[];
  readonly badRows: readonly BadRow[];
  readonly totals: { readonly left: SideTotals; readonly right: SideTotals };
  readonly proof?: CompletenessProof;
}

/** One file of a side, read and judged once and cut into parts by its keys: what stands beside the files of its rows. */
export interface PartitionedSide {
  readonly version: 1;
  readonly side: 'left' | 'right';
  /** What reports call the source. */
  readonly file: string;
  /** Version of the database that cut it: another one may put a key into another part. */
  readonly engine: string;
  /** Whether its rows are those an earlier night left over, and none of the source's; absent when not. */
  readonly carried?: true;
  /** Names of the Parquet files, one for each part, in their order. */
  readonly files: readonly string[];
  /** Records of the source, good ones and bad ones. */
  readonly read: number;
  readonly badRows: readonly BadRow[];
  readonly totals: SideTotals;
}

/** A row that the first rule has matched with none, as a part gives it out. */
export interface WrittenItem {
  readonly file: number;
  readonly row: number;
  readonly currency: string;
  readonly minor: string;
  readonly day?: number;
  readonly fields: readonly string[];
  readonly laterKeys: readonly string[];
  /** Whether reports are to name each row. */
  readonly eachRow?: true;
  /** Of a row that was carried forward. */
  readonly origin?: { readonly file: string; readonly record: number; readonly since: string };
}

/** Rows of one key that the first rule has matched with none. */
export interface WrittenKey {
  readonly key: string;
  /** The engine's own, as decimal text. */
  readonly hash: string;
  /** Pairs of the first rule under the key. */
  readonly pairs: number;
  readonly left: readonly WrittenItem[];
  readonly right: readonly WrittenItem[];
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
  /** What later rules are to try, with what all other parts leave over: it ends nowhere yet. Absent where the rules have none. */
  readonly leftOver?: readonly WrittenKey[];
  /** Where the other rows of the part ended. */
  readonly ends: { readonly left: RowEnds; readonly right: RowEnds };
  /** Rows that the next night is to compare again, when it was asked for them. */
  readonly carried?: { readonly left: number; readonly right: number };
}
