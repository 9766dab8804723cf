import { Decimal } from 'decimal.js';
import type { Topology } from '../../topology';
import { ZERO } from './amounts';
import type { ChargeKind } from './charge';
import { type BreakEven, type Crossover, crossoverOf, worksOf } from './crossover';
import { type Estimate, estimate, largestFirst, stillOf, sumsBy } from './estimate';
import type { Prices } from './price-list';
import { type Assumption, Traffic, type TrafficProfile } from './traffic';

/** Exact decimal text of an amount in USD. */
type Money = string;

/** One kind of charge under one load. */
export interface KindCost {
  readonly kind: ChargeKind;
  readonly cost: Money;
  /** Part of what one more event costs, 0 to 1. */
  readonly shareOfEvent: number;
}

/** One resource under one load. */
export interface ResourceCost {
  readonly stack: string;
  readonly logicalId: string;
  readonly constructPath?: string;
  readonly type: string;
  readonly cost: Money;
  readonly fixed: Money;
  readonly growing: Money;
}

export interface ChargeLine {
  readonly stack: string;
  readonly logicalId: string;
  readonly kind: ChargeKind;
  /** Offer and usage type of the price list. */
  readonly item: string;
  readonly amount: string;
  readonly unit: string;
  readonly cost: Money;
  readonly because: string;
}

/** Sums of one load. */
export interface LoadReport {
  /** What the profile calls itself. */
  readonly title?: string;
  /** What was asked for at each ingress; absent when the profile says it. */
  readonly eventsPerMonth?: number;
  /** Events that enter in a month, at all ingresses together. */
  readonly events: string;
  readonly total: Money;
  readonly fixed: Money;
  readonly growing: Money;
  readonly perEvent?: Money;
  /** The bill when every event fails until it is parked. */
  readonly whenEveryEventFails: Money;
  readonly byKind: readonly KindCost[];
  readonly byResource: readonly ResourceCost[];
  /** Empty unless asked for. */
  readonly charges: readonly ChargeLine[];
}

/** What `breakwater cost --format json` prints. Its order is stable. */
export interface CostReport {
  readonly version: 1;
  readonly prices: { readonly region: string; readonly date: string; readonly currency: string; readonly freeTier: boolean };
  readonly stacks: readonly string[];
  readonly loads: readonly LoadReport[];
  readonly assumptions: readonly Assumption[];
  readonly unpriced: ReadonlyArray<{ readonly stack: string; readonly logicalId: string; readonly type: string; readonly reason: string }>;
  readonly crossovers: ReadonlyArray<{
    readonly name: string;
    readonly breakEvens: readonly BreakEven[];
    readonly curve: ReadonlyArray<{ readonly requestsPerMonth: number; readonly cost: Readonly<Record<string, Money>> }>;
    readonly assumptions: readonly string[];
  }>;
}

export interface CostRequest {
  readonly profile: TrafficProfile;
  readonly prices: Prices;
  /** Events a month at each ingress, one estimate each; none for what the profile says. */
  readonly loads: readonly number[];
  readonly crossover: boolean;
  /** Whether the report tells each charge: JSON and CSV do, tables for people don't. */
  readonly charges: boolean;
}

/** The report, and what presenters draw from it. */
export interface CostResult {
  readonly report: CostReport;
  readonly crossovers: readonly Crossover[];
}

export const THREE_LOADS: readonly number[] = [100_000, 10_000_000, 1_000_000_000];

export function costOf(topology: Topology, request: CostRequest): CostResult {
  const traffic = new Traffic(request.profile);
  const asked: ReadonlyArray<number | undefined> = request.loads.length > 0 ? request.loads : [undefined];
  const still = stillOf(topology, traffic, request.prices);
  const estimates = asked.map((eventsPerMonth) => {
    const under = eventsPerMonth === undefined ? traffic : traffic.under({ eventsPerMonth });
    return { eventsPerMonth, estimate: estimate(topology, under, request.prices, still) };
  });
  const crossovers = request.crossover ? worksOf(topology, traffic).map((work) => crossoverOf(work, request.prices)) : [];
  const { list } = request.prices;
  const unpriced = estimates[0]?.estimate.unpriced ?? [];
  return {
    crossovers,
    report: {
      version: 1,
      prices: { region: list.region, date: list.date, currency: list.currency, freeTier: request.prices.freeTier },
      stacks: topology.model.stacks.map((stack) => stack.name),
      loads: estimates.map((one) => loadReport(one.eventsPerMonth, one.estimate, request)),
      assumptions: unique([...estimates.flatMap((one) => one.estimate.assumptions), ...traffic.assumptions]),
      unpriced: unpriced.map(({ resource, reason }) => ({
        stack: resource.stack,
        logicalId: resource.logicalId,
        type: resource.type,
        reason,
      })),
      crossovers: crossovers.map(({ name, breakEvens, curve, assumptions }) => ({
        name,
        breakEvens,
        assumptions,
        curve: curve.map(({ requestsPerMonth, cost }) => ({
          requestsPerMonth,
          cost: Object.fromEntries(Object.entries(cost).map(([alternative, sum]) => [alternative, money(sum)])),
        })),
      })),
    },
  };
}

function loadReport(eventsPerMonth: number | undefined, one: Estimate, { prices, charges, profile: { title } }: CostRequest): LoadReport {
  return {
    ...(title === undefined ? {} : { title }),
    ...(eventsPerMonth === undefined ? {} : { eventsPerMonth }),
    events: new Decimal(one.events).toFixed(),
    total: money(one.total),
    fixed: money(one.fixed),
    growing: money(one.growing),
    ...(one.perEvent ? { perEvent: money(one.perEvent) } : {}),
    whenEveryEventFails: money(one.storm),
    byKind: byKind(one),
    byResource: byResource(one),
    charges: (charges ? one.charges : []).map((charge) => ({
      stack: charge.resource.stack,
      logicalId: charge.resource.logicalId,
      kind: charge.kind,
      item: charge.item,
      amount: new Decimal(charge.amount).toDecimalPlaces(6).toFixed(),
      unit: prices.line(charge.item)!.unit,
      cost: money(charge.cost),
      because: charge.because(),
    })),
  };
}

/** Several profiles side by side, each as {@link costOf} has it; what a container would cost, by the first. */
export function costOfEach(topology: Topology, profiles: readonly TrafficProfile[], request: Omit<CostRequest, 'profile'>): CostResult {
  const results = profiles.map((profile, index) => costOf(topology, { ...request, profile, crossover: request.crossover && index === 0 }));
  const { crossovers, report } = results[0]!;
  const loads = results.flatMap((one) => one.report.loads);
  const assumptions = unique(results.flatMap((one) => one.report.assumptions));
  return { crossovers, report: { ...report, loads, assumptions } };
}

function byKind({ charges, still, growing }: Estimate): KindCost[] {
  const sums = sumsBy(charges, (charge) => charge.kind);
  return largestFirst(sums, (kind) => kind).map(([kind, cost]) => {
    const grown = cost.minus(still.byKind.get(kind) ?? ZERO);
    return { kind, cost: money(cost), shareOfEvent: growing.isZero() ? 0 : grown.div(growing).toDecimalPlaces(6).toNumber() };
  });
}

function byResource({ charges, still }: Estimate): ResourceCost[] {
  const sums = sumsBy(charges, (charge) => charge.resource);
  return largestFirst(sums, ({ stack, logicalId }) => `${stack}/${logicalId}`).map(([resource, cost]) => {
    const { stack, logicalId, constructPath, type } = resource;
    const fixed = still.byResource.get(resource) ?? ZERO;
    return {
      stack,
      logicalId,
      ...(constructPath === undefined ? {} : { constructPath }),
      type,
      cost: money(cost),
      fixed: money(fixed),
      growing: money(cost.minus(fixed)),
    };
  });
}

/** Twelve places hold the smallest price times one; more is noise of a division. */
function money(amount: Decimal): Money {
  return amount.toDecimalPlaces(12).toFixed();
}

function unique(assumptions: readonly Assumption[]): Assumption[] {
  return [...new Map(assumptions.map((one) => [JSON.stringify(one), one])).values()];
}
