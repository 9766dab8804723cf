import type { Alarm, Count, Edge, Graph, Path, PathEnd, Paths, ResourceRef, Unknown } from '../topology/graph';

export type Category = 'loss' | 'repetition' | 'storm' | 'blocking' | 'time' | 'size' | 'checklist';
export const CATEGORIES: readonly Category[] = ['loss', 'repetition', 'storm', 'blocking', 'time', 'size', 'checklist'];

export type Severity = 'error' | 'warning' | 'info';
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** Where a finding is, for code scanning and for a person. */
export interface Location extends ResourceRef {
  /** 1-based line of the resource in the template. */
  readonly line?: number;
}

/** One thing that goes wrong, with the way an event takes there and the change that fixes it. */
export interface Finding {
  /** Id of the rule; its page is `docs/rules/<id>.md`. */
  readonly rule: string;
  readonly category: Category;
  readonly severity: Severity;
  /** Logical ids of the resources to change or look at. */
  readonly resources: readonly string[];
  /** Logical ids on the event's way, first to last; what is no resource stands in parentheses. */
  readonly path: readonly string[];
  readonly message: string;
  readonly fix: string;
  /** `resources` with stack, template, line and `aws:cdk:path`; same order. */
  readonly locations: readonly Location[];
}

/** A finding that the configuration or the command line sets aside. */
export interface IgnoredFinding extends Finding {
  readonly because: string;
}

/** A finding that is accepted. */
export interface Ignore {
  /** Id of a rule, or a category. */
  readonly rule: string;
  /** Logical id or `aws:cdk:path` of a resource of the finding; `*` stands for any text. */
  readonly resource: string;
  readonly because: string;
}

/** One way of one event, as the report tells it. */
export interface PathReport {
  readonly from: string;
  readonly to: string;
  readonly resources: readonly string[];
  /** Handler runs for one event at worst. */
  readonly handlerRuns: Count;
  /** The product behind `handlerRuns`: one line per factor that is not 1, for example `5 (Queue: maxReceiveCount)`. */
  readonly factors: readonly string[];
  readonly handOverAttempts: Count;
  readonly secondsUntilParked: Count;
  readonly ends: PathEnd;
}

/** A line of the checklist, answered from the template. */
export interface ChecklistAnswer {
  /** Id of the line, for example `parking-lot-and-runbook`. */
  readonly id: string;
  readonly question: string;
  readonly answer: 'yes' | 'no' | 'partly' | 'cannot be told from a template';
  /** What the answer stands on. */
  readonly evidence: readonly string[];
}

/** The JSON report. Its order is stable: the same input gives the same bytes. */
export interface Report {
  /** Version of the format. */
  readonly version: 1;
  readonly stacks: ReadonlyArray<{ readonly name: string; readonly template: string; readonly resources: number }>;
  readonly findings: readonly Finding[];
  readonly ignored: readonly IgnoredFinding[];
  /** Ignores that set no finding aside: mended since, or misspelt. */
  readonly unmatchedIgnores: readonly Ignore[];
  readonly paths: readonly PathReport[];
  readonly checklist: readonly ChecklistAnswer[];
  /** References and resources that couldn't be followed. */
  readonly unknowns: readonly Unknown[];
  /** Why the paths are not all there; absent when they are. */
  readonly truncated?: string;
}

/** Everything a presenter can draw on: the report, and the graph it was concluded from. */
export interface Review {
  readonly report: Report;
  readonly graph: Graph;
  readonly paths: Paths;
}

/** Turns a review into text for one output format. Pure: no files, no clock. */
export type Presenter = (review: Review) => string;

export type { Alarm, Count, Edge, Graph, Path, PathEnd, Paths, ResourceRef, Unknown };
