import type { Duration } from 'aws-cdk-lib';
import { type Assumptions, DEFAULT_BUDGET, type ReviewConfig } from '../review/config';
import { checkRules } from '../review/config-file';
import type { Count, Finding, Ignore, Path, Review } from '../review/report';
import { reviewStacks } from '../review/review';
import { type Received, receivedOf } from './received';
import { stableTemplate } from './stable-template';
import { named, told } from './told';

/** What a test takes for granted. */
export interface DeliveryOptions {
  /** What no template tells, as in `breakwater.json`. @default none */
  readonly assumptions?: Assumptions;
  /** Findings that are accepted, each with its reason, as in `breakwater.json`. @default none */
  readonly ignore?: readonly Ignore[];
}

/** What one event may cost at worst. */
export interface RetryBudgetOptions extends DeliveryOptions {
  /** Runs of the last handler on any path, above 0. @default 10 */
  readonly handlerRuns?: number;
  /** Time until an event that keeps failing is parked. @default Duration.hours(6) */
  readonly within?: Duration;
}

export interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

export function toLoseNothing(received: unknown, options: DeliveryOptions = {}): Outcome {
  const subject = receivedOf(received);
  const review = reviewOf(subject, { ...options, rules: ['loss'] });
  const losses = findingsAbout(subject, review).filter((finding) => finding.severity !== 'info');
  return {
    pass: losses.length === 0,
    message: () =>
      losses.length === 0
        ? `expected ${nameOf(subject)} to lose something, and it does not: ${review.report.paths.length} paths of an event were followed`
        : `expected ${nameOf(subject)} to lose nothing, and it does in ${places(losses.length)}\n\n${told(losses, review.graph)}`,
  };
}

export function toStayWithinRetryBudget(received: unknown, options: RetryBudgetOptions = {}): Outcome {
  const { handlerRuns = DEFAULT_BUDGET.handlerRuns, within, ...rest } = options;
  const seconds = within?.toSeconds({ integral: false }) ?? DEFAULT_BUDGET.seconds;
  const subject = receivedOf(received);
  const review = reviewOf(subject, { ...rest, budget: { handlerRuns, seconds }, rules: ['storm-retry-budget', 'storm-time-until-parked'] });
  const beyond = findingsAbout(subject, review);
  const open = endless(subject, review);
  const count = beyond.length + open.length;
  const budget = `${handlerRuns} handler runs within ${seconds} s`;
  return {
    pass: count === 0,
    message: () =>
      count === 0
        ? `expected ${nameOf(subject)} to spend more than ${budget}, and it does not: ${review.report.paths.length} paths of an event were followed`
        : [`expected ${nameOf(subject)} to stay within ${budget}, and it does not in ${places(count)}`, ...open, told(beyond, review.graph)]
            .filter((part) => part !== '')
            .join('\n\n'),
  };
}

/** The template, or the templates by stack, with what changes at each build masked. */
export function stable(received: unknown): object {
  const { asked } = receivedOf(received);
  const [first, ...others] = asked;
  if (first !== undefined && others.length === 0) return stableTemplate(first.template.body);
  return Object.fromEntries(asked.map((stack) => [stack.name, stableTemplate(stack.template.body)]));
}

function reviewOf({ all }: Received, config: ReviewConfig): Review {
  checkRules('ignore', config);
  return reviewStacks(all, config);
}

function findingsAbout({ asked, all }: Received, { report }: Review): Finding[] {
  if (asked === all) return [...report.findings];
  return report.findings.filter((finding) => finding.locations.some(({ stack }) => isAsked(asked, stack)));
}

function isAsked(asked: Received['asked'], stack: string): boolean {
  return asked.some(({ name }) => stack === name || stack.startsWith(`${name}/`));
}

/** Paths whose handler runs have no end or can't be told: no budget holds them. Each handler once. */
function endless({ asked }: Received, { graph, paths }: Review): string[] {
  const seen = new Set<string>();
  return paths.paths.flatMap((path: Path) => {
    const factor = path.factors.find(({ runs }) => typeof runs !== 'number');
    if (factor === undefined || seen.has(factor.edge.id)) return [];
    const hops = path.nodes.map((id) => graph.nodes.get(id)!);
    if (!hops.some((node) => node.resource && isAsked(asked, node.resource.stack))) return [];
    seen.add(factor.edge.id);
    return [
      [
        `${limitOf(factor.runs)}: ${factor.because}`,
        ...hops.map((node, index) => `  ${index === 0 ? 'way: ' : '  -> '}${named(node.label, node.resource?.constructPath)}`),
      ].join('\n'),
    ];
  });
}

function limitOf(runs: Count): string {
  return runs === 'unlimited' ? 'handler runs without a limit' : 'handler runs that the template does not tell';
}

function nameOf({ asked }: Received): string {
  return asked.map(({ name }) => name).join(', ');
}

function places(count: number): string {
  return `${count} ${count === 1 ? 'place' : 'places'}`;
}
