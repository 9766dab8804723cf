import type { ResourceRef } from '../topology/graph';
import type { Facts } from './facts';
import type { Category, Severity } from './report';

/** What a rule found, before it is told in logical ids. */
export interface Draft {
  /** Resources to change or look at; the first is the one that the finding is about. */
  readonly resources: readonly ResourceRef[];
  /** Ids of the nodes on the event's way. */
  readonly path: readonly string[];
  readonly message: string;
  /** The change that fixes it, in the words of CloudFormation. */
  readonly fix: string;
  /** @default that of the rule */
  readonly severity?: Severity;
}

/** One thing that can go wrong with an event. Each has a page of its name in `docs/rules`. */
export interface Rule {
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  /** One sentence on why it matters. */
  readonly reason: string;
  /** The AWS document behind it. */
  readonly source: string;
  check(facts: Facts): Iterable<Draft>;
}
