import { readFileSync } from 'node:fs';
import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';
import type { CostReport, LoadReport } from './cost/report';

/** What happens when a budget is exceeded. */
export enum BudgetAction {
  /** The synth fails. */
  FAIL = 'fail',
  /** The synth reports it. */
  WARN = 'warn',
}

/** Properties of CostBudget. */
export interface CostBudgetProps {
  /** Largest sum of all stacks a month, in USD before tax; above 0. */
  readonly dollarsPerMonth: number;
  /**
   * Events a month at each place where they enter; 0 or more.
   *
   * @default - what the profile says
   */
  readonly eventsPerMonth?: number;
  /**
   * A traffic profile, as `npx breakwater cost --profile` reads it. Either it or `eventsPerMonth` is needed.
   *
   * @default - what the model assumes
   */
  readonly profile?: string;
  /**
   * A price list, as `npx breakwater prices update` writes it.
   *
   * @default - us-east-1, of the day in the package
   */
  readonly prices?: string;
  /**
   * What happens when the sum is larger.
   *
   * @default BudgetAction.FAIL
   */
  readonly action?: BudgetAction;
}

/** Largest parts that a report names. */
const NAMED = 3;

/**
 * Estimates at synth what the app costs in a month under the traffic it is made for, and fails or warns above a sum. The estimate is that of `npx breakwater cost`.
 *
 * ```ts
 * Validations.of(app).addPlugins(new CostBudget({ dollarsPerMonth: 200, profile: 'traffic.json' }));
 * ```
 */
export class CostBudget implements IPolicyValidationPlugin {
  public readonly name = 'cdk-breakwater-cost';
  /** Ids of all rules. */
  public readonly ruleIds?: string[] = ['cost-budget'];

  /** @throws Error with the field, what is allowed and what was given */
  public constructor(private readonly props: CostBudgetProps) {
    const { dollarsPerMonth, eventsPerMonth, profile } = props;
    if (!(dollarsPerMonth > 0)) throw new Error(`CostBudget: dollarsPerMonth: a number above 0; given ${dollarsPerMonth}`);
    if (eventsPerMonth !== undefined && !(eventsPerMonth >= 0))
      throw new Error(`CostBudget: eventsPerMonth: a number of at least 0; given ${eventsPerMonth}`);
    if (eventsPerMonth === undefined && profile === undefined)
      throw new Error('CostBudget: give eventsPerMonth or a profile: without traffic there is nothing to estimate');
  }

  /** Called by the CDK when the app is synthesised. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const report = this.estimate(context.templatePaths);
    const [load] = report.loads;
    const { dollarsPerMonth, action = BudgetAction.FAIL } = this.props;
    if (!load || Number(load.total) <= dollarsPerMonth) return { success: true, violations: [] };
    const [first] = load.byResource;
    return {
      success: action === BudgetAction.WARN,
      violations: [
        {
          ruleName: 'cost-budget',
          description: describe(report, load, dollarsPerMonth),
          fix: `look at what costs most (${load.byResource.slice(0, NAMED).map(named).join(', ')}), or raise the budget; npx breakwater cost tells every part`,
          severity: action === BudgetAction.WARN ? 'warning' : 'error',
          violatingResources: first
            ? [{ resourceLogicalId: first.logicalId, templatePath: templateOf(context.templatePaths, first.stack), locations: [] }]
            : [],
        },
      ],
    };
  }

  private estimate(templates: readonly string[]): CostReport {
    // Loaded when a budget is looked at: an app without one does not wait for the model.
    const { costOf } = require('./cost/report') as typeof import('./cost/report');
    const { parseProfile } = require('./cost/profile-file') as typeof import('./cost/profile-file');
    const { parsePriceList } = require('./cost/price-file') as typeof import('./cost/price-file');
    const { Prices } = require('./cost/price-list') as typeof import('./cost/price-list');
    const { US_EAST_1 } = require('./cost/prices/us-east-1') as typeof import('./cost/prices/us-east-1');
    const { readTopology } = require('../topology') as typeof import('../topology');
    const { profile, prices, eventsPerMonth } = this.props;
    return costOf(readTopology(templates), {
      profile: profile === undefined ? { version: 1 } : parseProfile(profile, readFileSync(profile, 'utf8')),
      prices: new Prices(prices === undefined ? US_EAST_1 : parsePriceList(prices, readFileSync(prices, 'utf8')), false),
      loads: eventsPerMonth === undefined ? [] : [eventsPerMonth],
      crossover: false,
      charges: false,
    }).report;
  }
}

function describe({ prices }: CostReport, load: LoadReport, budget: number): string {
  const { dollars, events } = require('./cost/presenters/figures') as typeof import('./cost/presenters/figures');
  const parts = load.byKind.slice(0, NAMED).map(({ kind, cost }) => `${dollars(cost)} ${kind}`);
  return `${dollars(load.total)} a month at ${events(load)} events is more than the budget of ${dollars(String(budget))} (${parts.join(', ')}, …; prices of ${prices.region}, ${prices.date})`;
}

function named({ logicalId, cost }: LoadReport['byResource'][number]): string {
  const { dollars } = require('./cost/presenters/figures') as typeof import('./cost/presenters/figures');
  return `${logicalId} ${dollars(cost)}`;
}

function templateOf(templates: readonly string[], stack: string): string {
  return templates.find((template) => template.includes(stack)) ?? templates[0]!;
}
