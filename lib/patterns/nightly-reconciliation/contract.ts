/** What the construct of a nightly reconciliation, its state machine and its functions agree on. Imports nothing. */

/** Environment of the functions. Each function gets what it uses. */
export const NightEnvironment = {
  /** Name of the reconciliation, as its rules have it. */
  NAME: 'BREAKWATER_NIGHT_NAME',
  /** Name of the bucket which holds runs and reports. */
  BUCKET: 'BREAKWATER_NIGHT_BUCKET',
  /** Name of the table of the break register; also remembers which runs were started. */
  TABLE: 'BREAKWATER_NIGHT_TABLE',
  /** ARN of the state machine. */
  STATE_MACHINE: 'BREAKWATER_NIGHT_STATE_MACHINE',
  /** JSON of {@link CalendarSettings}. */
  CALENDAR: 'BREAKWATER_NIGHT_CALENDAR',
  /** JSON of {@link RulesPlace}. */
  RULES: 'BREAKWATER_NIGHT_RULES',
  /** JSON of {@link SourceSettings}, by side. */
  SOURCES: 'BREAKWATER_NIGHT_SOURCES',
  /** Bytes of both sides together that one part may have; those of compressed files are counted as what they hold, about. */
  PART_BYTES: 'BREAKWATER_NIGHT_PART_BYTES',
  /** Seconds from its start after which a run is late. */
  LATE_AFTER_SECONDS: 'BREAKWATER_NIGHT_LATE_AFTER_SECONDS',
} as const;

/** Metrics of the pattern, namespace `MetricNamespace`, dimension `service`. */
export const NightMetric = {
  /** The scheduler called: once a night, whether or not there was something to run. */
  CALLED: 'ReconciliationCalled',
  COMPLETED: 'ReconciliationCompleted',
  FAILED: 'ReconciliationFailed',
  /** 1 when the night's run had not completed in time, also when it was not started. */
  LATE: 'ReconciliationLate',
  BREAKS: 'ReconciliationBreaks',
  IN_TRANSIT: 'ReconciliationInTransit',
  BAD_ROWS: 'ReconciliationBadRows',
  /** Rows of both sides that were compared. */
  ROWS: 'ReconciliationRows',
} as const;

/** Events on the default event bus of the account; source {@link NIGHT_EVENT_SOURCE}, detail {@link ReconciliationCompleted} and {@link ReconciliationFailed}. */
export const NightEvent = {
  COMPLETED: 'ReconciliationCompleted',
  FAILED: 'ReconciliationFailed',
} as const;
export const NIGHT_EVENT_SOURCE = 'cdk-breakwater.reconciliation';

export interface ReconciliationCompleted {
  readonly version: 1;
  /** The same for each copy of one event: receivers deduplicate on it. */
  readonly eventId: string;
  readonly reconciliation: string;
  /** Business date. */
  readonly date: string;
  readonly run: number;
  readonly matched: number;
  readonly breaks: number;
  readonly classes: Readonly<Record<string, number>>;
  readonly inTransit: number;
  readonly badRows: number;
  readonly rows: { readonly left: number; readonly right: number };
  /** What changed in the register. */
  readonly opened: number;
  readonly closed: number;
  readonly reopened: number;
  /** `s3://bucket/key` of the reports. */
  readonly report: { readonly json: string; readonly page: string; readonly csv: string; readonly parquet: string };
}

export interface ReconciliationFailed {
  readonly version: 1;
  readonly eventId: string;
  readonly reconciliation: string;
  readonly date: string;
  readonly run: number;
  /** Name of the state that failed. */
  readonly step: string;
  /** Whether a source or the rules are at fault, so that starting again with the same ones changes nothing. */
  readonly input: boolean;
  readonly reason: string;
}

/** When a business day ends, and which days are business days. */
export interface CalendarSettings {
  /** IANA name. */
  readonly timeZone: string;
  /** Minutes after local midnight at which a business day ends; 1440 for the midnight after it. */
  readonly cutOffMinutes: number;
  /** Days of the week that are business days, 0 for Sunday. */
  readonly weekdays: readonly number[];
  /** Further days that are none, `YYYY-MM-DD`. */
  readonly holidays: readonly string[];
}

/** The rules file as it was published with the stack. */
export interface RulesPlace {
  readonly bucket: string;
  readonly key: string;
}

export type SideName = 'left' | 'right';

/** How the files of a side are read; from the name of each file when absent. */
export type SourceContent = 'csv' | 'jsonLines' | 'parquet' | 'dynamoDbJson';

/** Where a side comes from. */
export type SourceSettings =
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** `{date}` and `{yyyymmdd}` stand for the business date. */
      readonly prefix: string;
      readonly content?: SourceContent;
    }
  | { readonly kind: 'export'; readonly tableArn: string }
  | {
      readonly kind: 'scan';
      readonly table: string;
      readonly segments: number;
      /** Read units a second, over all segments. */
      readonly readUnits: number;
    }
  /** A function wrote the files under the snapshot's prefix before this step; see {@link HandlerSourceRequest}. */
  | { readonly kind: 'handler'; readonly content?: SourceContent };

/** What a function behind `ReconciliationSource.handler` is called with. It puts files under the prefix, any number, and may be called again for the same run. */
export interface HandlerSourceRequest {
  readonly date: string;
  readonly run: number;
  readonly side: SideName;
  readonly bucket: string;
  /** Ends with a slash. */
  readonly prefix: string;
}

/** Input of the watch function, which a second schedule calls {@link NightEnvironment.LATE_AFTER_SECONDS} after the first. */
export interface WatchRequest {
  readonly scheduledTime: string;
}

/** Input of an execution; each step adds nothing to it. The name is `<date>-<run>-<attempt>`. */
export interface NightRun {
  readonly date: string;
  /** 1 for the first run of a date. */
  readonly run: number;
  /** 1 for the first execution of a run. */
  readonly attempt: number;
}

/** Input of the fail function. */
export interface FailRequest extends NightRun {
  /** Name of the state that failed; by the refusal, or unknown, when absent. */
  readonly step?: string;
  /** What a Catch says. */
  readonly error: { readonly Error?: string; readonly Cause?: string };
}

/** One call of the snapshot function: called again and again until `done`. */
export interface SnapshotRequest extends NightRun {
  readonly side: SideName;
}
export interface SnapshotAnswer {
  readonly next: 'again' | 'done';
  readonly waitSeconds: number;
}

/** Answer of the plan function: where the lists lie that the maps go over. */
export interface PlanAnswer {
  readonly parts: number;
  /** Keys of JSON arrays of {@link ReadItem} and {@link CompareItem} in the bucket. */
  readonly reads: string;
  readonly comparisons: string;
}

/** One file of a snapshot, to be read, judged and cut into parts. */
export interface ReadItem extends NightRun {
  readonly side: SideName;
  /** Place in the side's snapshot, 0 for the first. */
  readonly file: number;
  readonly parts: number;
}

export interface CompareItem extends NightRun {
  readonly part: number;
  readonly parts: number;
}

/** One file that a snapshot holds: a copy in our bucket, so that the source may change. */
export interface SnapshotFile {
  /** Key in our bucket. */
  readonly key: string;
  /** What reports call it: the key of the source. */
  readonly name: string;
  readonly bytes: number;
  readonly content?: SourceContent;
  /** Whether it may hold no rows, as files of an export do. */
  readonly mayBeEmpty?: boolean;
  /** How many records it holds, where whoever wrote it says so: the manifest of an export, a scan. Another number was damaged on its way. */
  readonly records?: number;
  /** Whether it holds rows that an earlier night left over, in the form in which it wrote them. */
  readonly carried?: true;
}

/** Rows to be compared again: a file a side that has any. */
export type CarriedFiles = Partial<Readonly<Record<SideName, SnapshotFile>>>;

/** Keys below a run, in the bucket. */
export const RUNS_PREFIX = 'runs/';
export const runPrefix = ({ date, run }: Pick<NightRun, 'date' | 'run'>): string => `${RUNS_PREFIX}${date}/${run}/`;
const place = (number: number): string => String(number).padStart(5, '0');
export const RunKey = {
  /** The rules the run was begun with. */
  rules: (run: NightRun) => `${runPrefix(run)}rules.json`,
  /** Files of a side's snapshot lie below. */
  snapshot: (run: NightRun, side: SideName) => `${runPrefix(run)}snapshot/${side}/`,
  /** JSON of {@link SnapshotFile}`[]`, written when the snapshot is whole. */
  snapshotList: (run: NightRun, side: SideName) => `${runPrefix(run)}snapshot/${side}.json`,
  /** JSON of {@link PlanAnswer}. */
  plan: (run: NightRun) => `${runPrefix(run)}plan.json`,
  reads: (run: NightRun) => `${runPrefix(run)}reads.json`,
  comparisons: (run: NightRun) => `${runPrefix(run)}comparisons.json`,
  /** Parts of one file lie below. */
  parts: (run: NightRun, side: SideName, file: number) => `${runPrefix(run)}parts/${side}/${place(file)}/`,
  /** One of them, Parquet. */
  part: (run: NightRun, side: SideName, file: number, part: number) => `${RunKey.parts(run, side, file)}${place(part)}.parquet`,
  /** JSON of what stands beside them, written when all of them are there. */
  partition: (run: NightRun, side: SideName, file: number) => `${runPrefix(run)}parts/${side}/${place(file)}.json`,
  comparison: (run: NightRun, part: number) => `${runPrefix(run)}compared/${place(part)}.json`,
  /** One object for each part with breaks or rows for later rules lies below, written before the comparison; its name says which part, and how many of both. */
  tallies: (run: NightRun) => `${runPrefix(run)}tallies/`,
  /** JSON array of some of the breaks, for people. */
  tally: (run: NightRun, part: number, { breaks, leftOver }: { readonly breaks: number; readonly leftOver: number }) =>
    `${RunKey.tallies(run)}${place(part)}-${breaks}-${leftOver}.json`,
  /** JSON of {@link CarriedFiles}: what the run takes from an earlier date's. */
  taken: (run: NightRun) => `${runPrefix(run)}taken.json`,
  /** Rows of a part that the next date is to compare again, Parquet; written before the comparison. */
  carriedPart: (run: NightRun, side: SideName, part: number) => `${runPrefix(run)}carried/${side}/${place(part)}.parquet`,
  /** Those of all parts. */
  carriedFile: (run: NightRun, side: SideName) => `${runPrefix(run)}carried/${side}.parquet`,
  /** JSON of {@link CarriedFiles}: what the run leaves to the next date, written when the files are there. */
  carried: (run: NightRun) => `${runPrefix(run)}carried.json`,
  report: (run: NightRun) => `${runPrefix(run)}report.json`,
  /** JSON array of the ids of breaks that were open before the run changed the register. */
  openBefore: (run: NightRun) => `${runPrefix(run)}open-before.json`,
  /** JSON of {@link ReconciliationCompleted}, written when register and reports are up to date. */
  completed: (run: NightRun) => `${runPrefix(run)}completed.json`,
  /** JSON of {@link Refusal}: why a source or the rules can't be reconciled. */
  refusal: (run: NightRun, attempt: number) => `${runPrefix(run)}refusals/${attempt}.json`,
} as const;

export interface Refusal {
  readonly step: string;
  readonly reason: string;
}

/** Reports of the last run of each date; partitioned as Athena expects it. */
export const ReportKey = {
  json: (date: string) => `reports/summary/date=${date}/report.json`,
  page: (date: string) => `reports/page/date=${date}/report.html`,
  csv: (date: string) => `reports/breaks-csv/date=${date}/breaks.csv`,
  parquet: (date: string) => `reports/breaks/date=${date}/breaks.parquet`,
} as const;

/** Names of the built handlers. */
export const NightHandler = {
  START: 'nightly-reconciliation-start',
  WATCH: 'nightly-reconciliation-watch',
  SNAPSHOT: 'nightly-reconciliation-snapshot',
  PLAN: 'nightly-reconciliation-plan',
  READ: 'nightly-reconciliation-read',
  COMPARE: 'nightly-reconciliation-compare',
  FINISH: 'nightly-reconciliation-finish',
  FAIL: 'nightly-reconciliation-fail',
} as const;

/** Error name by which the state machine knows that a step need not be tried again: a source or the rules are at fault. */
export const INPUT_FAULT = 'InputFault';
