import { Decimal } from 'decimal.js';
import type { Model, Resource, Topology } from '../../topology';
import type { ResourceRef } from '../../topology/graph';
import { compare } from '../../topology/read-graph';
import { ZERO } from './amounts';
import type { ChargeKind, Counting, Quantity, Unpriced } from './charge';
import { COUNTERS, isFree } from './counters';
import { Flows } from './flow';
import type { PriceKey, Prices } from './price-list';
import type { Assumption, Traffic } from './traffic';

/** A quantity with its price. */
export interface Charge extends Quantity {
  /** USD a month. */
  readonly cost: Decimal;
}

/** What stacks cost in a month under one load. */
export interface Estimate {
  /** Events that enter in the month. */
  readonly events: number;
  /** USD a month. */
  readonly total: Decimal;
  /** What a month without any event costs. */
  readonly fixed: Decimal;
  /** What comes on top: `total - fixed`. */
  readonly growing: Decimal;
  /** `growing` by event; absent without events. */
  readonly perEvent?: Decimal;
  /** The bill when every event fails until it is parked. */
  readonly storm: Decimal;
  readonly charges: readonly Charge[];
  readonly still: Still;
  readonly unpriced: readonly Unpriced[];
  readonly assumptions: readonly Assumption[];
}

/** What a month without any event costs; the same for all loads. */
export interface Still {
  readonly charges: readonly Charge[];
  readonly total: Decimal;
  readonly byKind: ReadonlyMap<ChargeKind, Decimal>;
  readonly byResource: ReadonlyMap<ResourceRef, Decimal>;
}

export function stillOf(topology: Topology, traffic: Traffic, prices: Prices): Still {
  const { charges } = priced(count(topology, traffic.silentlyUnder({ eventsPerMonth: 0 })).quantities, prices);
  return {
    charges,
    total: sum(charges),
    byKind: sumsBy(charges, ({ kind }) => kind),
    byResource: sumsBy(charges, ({ resource }) => resource),
  };
}

/**
 * Estimates what stacks cost, with the sums for no event and for a storm in which every event fails.
 *
 * @param still the sums for no event, when they are known from another load
 */
export function estimate(topology: Topology, traffic: Traffic, prices: Prices, still = stillOf(topology, traffic, prices)): Estimate {
  const asAsked = count(topology, traffic);
  const { charges, unpriced } = priced(asAsked.quantities, prices);
  const total = sum(charges);
  const fixed = still.total;
  const storm = sumOf(count(topology, traffic.silentlyUnder({ failures: 1 })).quantities, prices);
  const growing = total.minus(fixed);
  const events = asAsked.flows.entered();
  return {
    events,
    total,
    fixed,
    growing,
    ...(events === 0 ? {} : { perEvent: growing.div(events) }),
    storm,
    charges,
    still,
    unpriced: [...asAsked.unpriced, ...unpriced],
    assumptions: traffic.assumptions,
  };
}

export function sum(charges: readonly Charge[]): Decimal {
  return charges.reduce((all, charge) => all.plus(charge.cost), ZERO);
}

const COUNTER_OF_TYPE = new Map(COUNTERS.flatMap((counter) => counter.types.map((type) => [type, counter] as const)));

const UNTOLD = 'nothing in the reviewed templates tells what is sent or written there: a profile may name it under ingress';

interface Counted {
  readonly flows: Flows;
  readonly quantities: readonly Quantity[];
  readonly unpriced: readonly Unpriced[];
}

/** What all resources use, without prices. */
export function count(topology: Topology, traffic: Traffic): Counted {
  const quantities: Quantity[] = [];
  const unpriced: Unpriced[] = [];
  const flows = new Flows(topology, traffic);
  const counting: Counting = {
    topology,
    flows,
    traffic,
    quantity: (resource, kind, item, amount, because) => {
      if (amount !== 0) quantities.push({ resource: resource.ref, kind, item, amount, because });
    },
    unpriced: (resource, reason) => void unpriced.push({ resource: resource.ref, reason }),
  };
  for (const resource of inOrder(topology.model)) {
    const counter = COUNTER_OF_TYPE.get(resource.type);
    if (counter) counter.count(resource, counting);
    else if (!isFree(resource.type)) counting.unpriced(resource, `${resource.type} is not priced`);
    if (counter?.sentTo && flows.isUntold(resource)) counting.unpriced(resource, UNTOLD);
  }
  return { flows, quantities, unpriced };
}

function totalsOf(quantities: readonly Quantity[]): ReadonlyMap<PriceKey, number> {
  const totals = new Map<PriceKey, number>();
  for (const { item, amount } of quantities) totals.set(item, (totals.get(item) ?? 0) + amount);
  return totals;
}

function sumOf(quantities: readonly Quantity[], prices: Prices): Decimal {
  return [...totalsOf(quantities)].reduce((all, [item, amount]) => all.plus(prices.of(item, new Decimal(amount)) ?? ZERO), ZERO);
}

/** Tiers count what all resources use together; each bears its part of the line. */
function priced(quantities: readonly Quantity[], prices: Prices): { readonly charges: Charge[]; readonly unpriced: Unpriced[] } {
  const totals = totalsOf(quantities);
  const partsOf = new Map([...totals].map(([item, total]) => [item, partOf(total, prices.of(item, new Decimal(total)))] as const));
  const charges: Charge[] = [];
  const unpriced: Unpriced[] = [];
  for (const { resource, kind, item, amount, because } of quantities) {
    const cost = partsOf.get(item)?.(amount);
    if (cost === undefined) unpriced.push({ resource, reason: `the price list of ${prices.list.region} has no ${item}` });
    else charges.push({ resource, kind, item, amount, because, cost });
  }
  return { charges, unpriced };
}

/** What an amount bears of the cost of its line. Resources of a kind often use the same: each amount is reckoned once. */
function partOf(total: number, cost: Decimal | undefined): ((amount: number) => Decimal) | undefined {
  if (cost === undefined) return undefined;
  const known = new Map([[total, cost]]);
  return (amount) => {
    const part = known.get(amount) ?? cost.times(amount / total);
    known.set(amount, part);
    return part;
  };
}

/** Sums of charges by something they share. */
export function sumsBy<Key>(charges: readonly Charge[], keyOf: (charge: Charge) => Key): ReadonlyMap<Key, Decimal> {
  const sums = new Map<Key, Decimal>();
  for (const charge of charges) {
    const key = keyOf(charge);
    const sum = sums.get(key);
    sums.set(key, sum ? sum.plus(charge.cost) : charge.cost);
  }
  return sums;
}

/** Sums with their keys, the largest first. */
export function largestFirst<Key>(sums: ReadonlyMap<Key, Decimal>, name: (key: Key) => string): Array<readonly [Key, Decimal]> {
  return [...sums].sort(([a, x], [b, y]) => y.comparedTo(x) || compare(name(a), name(b)));
}

/** The same for every load. */
const IN_ORDER = new WeakMap<Model, readonly Resource[]>();

/** By id, so that neither lines nor the rounding of sums depend on the order in which a template names its resources. */
function inOrder(model: Model): readonly Resource[] {
  const known = IN_ORDER.get(model) ?? [...model.resources.values()].sort((a, b) => compare(a.id, b.id));
  IN_ORDER.set(model, known);
  return known;
}
