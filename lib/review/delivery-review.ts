import { existsSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import type {
  Duration,
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import type { SourceStack } from '../topology/model';
import type { ReviewConfig } from './config';
import type { Finding } from './report';

/** How much a finding weighs. */
export enum ReviewSeverity {
  /** Fails the synth. */
  ERROR = 'error',
  /** Is reported. */
  WARNING = 'warning',
  /** Is reported. */
  INFO = 'info',
}

/** Promised bounds, for the synchronous and the asynchronous paths apart. */
export interface ReviewObjectives {
  /**
   * Time in which an API answers.
   *
   * @default - not checked
   */
  readonly synchronous?: Duration;
  /**
   * Time after which an accepted event has had its effect or is parked.
   *
   * @default - not checked
   */
  readonly asynchronous?: Duration;
}

/** What one event may cost at worst. */
export interface ReviewBudget {
  /**
   * Handler runs over the whole path, above 0.
   *
   * @default 10
   */
  readonly handlerRuns?: number;
  /**
   * Time until the event is parked.
   *
   * @default Duration.hours(6)
   */
  readonly within?: Duration;
}

/** What no template tells. Resources by logical id or construct path; `*` stands for any text. */
export interface ReviewAssumptions {
  /**
   * Functions, machines and endpoints whose effects may be repeated without harm.
   *
   * @default - those whose constructs say so
   */
  readonly idempotent?: string[];
  /**
   * Hand-overs at which events may be dropped, named by the giver, the receiver or the resource between them.
   *
   * @default - none
   */
  readonly mayDrop?: string[];
  /**
   * Topics and alarms that somebody listens to outside the app.
   *
   * @default - none
   */
  readonly heard?: string[];
}

/** A finding that is accepted. */
export interface ReviewIgnore {
  /** Id of a rule, or a category. */
  readonly rule: string;
  /** Logical id or construct path of a resource of the finding; `*` stands for any text. */
  readonly resource: string;
  /** Why it is accepted. */
  readonly because: string;
}

/** Properties of DeliveryReview: those of `breakwater.json`. What is given here goes before what the file says; ignores of both count. */
export interface DeliveryReviewProps {
  /**
   * A configuration file as `npx breakwater review` reads it.
   *
   * @default - breakwater.json in the current folder, if there is one
   */
  readonly configFile?: string;
  /**
   * Promised bounds.
   *
   * @default - those of the file, or not checked
   */
  readonly objectives?: ReviewObjectives;
  /**
   * What one event may cost at worst.
   *
   * @default - that of the file, or 10 handler runs within 6 hours
   */
  readonly budget?: ReviewBudget;
  /**
   * What no template tells.
   *
   * @default - those of the file, or none
   */
  readonly assumptions?: ReviewAssumptions;
  /**
   * Findings that are accepted, beside those that the file ignores. `Validations.of(construct).acknowledge()` is the way for a single construct.
   *
   * @default - none
   */
  readonly ignore?: ReviewIgnore[];
  /**
   * Only these rules or categories.
   *
   * @default - those of the file, or all
   */
  readonly rules?: string[];
  /**
   * Another severity for rules or categories; a rule's own entry counts before that of its category.
   *
   * @default - those of the file, or the rules' own
   */
  readonly severity?: { readonly [rule: string]: ReviewSeverity };
}

/**
 * Reads the app at synth as one flow of events, and fails the synth where an event is lost for certain, blocks the others, or costs more than its budget.
 * The rules are those of `npx breakwater review`.
 *
 * ```ts
 * Validations.of(app).addPlugins(new DeliveryReview());
 * ```
 *
 * A finding is accepted at the construct that the report names, with
 * `Validations.of(construct).acknowledge({ id: 'cdk-breakwater::loss-retention', reason: '…' })`.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
 */
export class DeliveryReview implements IPolicyValidationPlugin {
  public readonly name = 'cdk-breakwater';
  /** Version of this package. */
  public readonly version?: string;
  /** Ids of all rules. */
  public readonly ruleIds?: string[];
  private readonly config: ReviewConfig;

  /** @throws Error with the field, what is allowed and what was given */
  public constructor(props: DeliveryReviewProps = {}) {
    // Loaded by who reviews: an app that does not would wait for forty rules.
    const { packageVersion } = require('./package-version') as typeof import('./package-version');
    const { RULES } = require('./rules') as typeof import('./rules');
    this.version = packageVersion();
    this.ruleIds = RULES.map((rule) => rule.id);
    this.config = configOf(props);
  }

  /** Called by the CDK when the app is synthesised. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const { reviewStacks } = require('./review') as typeof import('./review');
    const { report } = reviewStacks(stacksOf(context.templatePaths), this.config);
    const unmatched = report.unmatchedIgnores.map(({ rule, resource }) => `${rule}@${resource}`);
    return {
      success: report.findings.every((finding) => finding.severity !== ReviewSeverity.ERROR),
      violations: report.findings.map(violationOf),
      ...(unmatched.length === 0 ? {} : { metadata: { 'ignored, but no such finding is left': unmatched.join(', ') } }),
    };
  }
}

function configOf({ configFile, objectives, budget, assumptions, ignore, ...rest }: DeliveryReviewProps): ReviewConfig {
  const { checkConfig } = require('./config') as typeof import('./config');
  const { CONFIG_FILE, checkRules, readConfig } = require('./config-file') as typeof import('./config-file');
  const file = configFile ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
  const { $schema: _, ...read } = (file === undefined ? {} : readConfig(file)) as ReviewConfig & { readonly $schema?: string };
  const given = {
    ...withoutAbsent(rest),
    ...(objectives && {
      objectives: withoutAbsent({
        synchronousSeconds: objectives.synchronous?.toSeconds({ integral: false }),
        asynchronousSeconds: objectives.asynchronous?.toSeconds({ integral: false }),
      }),
    }),
    ...(budget && { budget: withoutAbsent({ handlerRuns: budget.handlerRuns, seconds: budget.within?.toSeconds({ integral: false }) }) }),
    ...(assumptions && { assumptions: withoutAbsent(assumptions) }),
    ...(ignore && { ignore }),
  };
  const checked = checkConfig('DeliveryReview', given);
  checkRules('DeliveryReview', checked);
  return {
    ...read,
    ...checked,
    objectives: { ...read.objectives, ...checked.objectives },
    budget: { ...read.budget, ...checked.budget },
    assumptions: { ...read.assumptions, ...checked.assumptions },
    ignore: [...(read.ignore ?? []), ...(checked.ignore ?? [])],
    severity: { ...read.severity, ...checked.severity },
  };
}

function withoutAbsent(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The stacks that the CDK asks about, by the folder of their assembly: what is in it belongs to the stage that the plugin was added to. */
function stacksOf(templates: readonly string[]): SourceStack[] {
  const { loadStacks } = require('../topology/load') as typeof import('../topology/load');
  const folders = [...new Set(templates.map((template) => dirname(resolve(template))))];
  return loadStacks(folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}${sep}`))));
}

/** Stands at the resource that the finding is about, so that acknowledging it there is enough. */
function violationOf(finding: Finding): PolicyViolation {
  const { pageOf } = require('./rule-page') as typeof import('./rule-page');
  const [first] = finding.locations;
  return {
    ruleName: finding.rule,
    description: `${finding.message} (${finding.path.join(' -> ')})`,
    fix: finding.fix,
    severity: finding.severity,
    ruleMetadata: { page: pageOf(finding.rule), category: finding.category },
    violatingResources: first === undefined ? [] : [{ resourceLogicalId: first.logicalId, templatePath: first.template, locations: [] }],
  };
}
