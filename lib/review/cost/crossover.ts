import { Decimal } from 'decimal.js';
import type { Resource, Topology } from '../../topology';
import { HOURS_A_MONTH, SECONDS_A_MONTH, ZERO } from './amounts';
import { Flows } from './flow';
import type { PriceKey, Prices } from './price-list';
import type { Traffic } from './traffic';

/** One way to run the same work. */
export type Alternative = 'lambda' | 'lambda-provisioned' | 'fargate' | 'fargate-load-balanced';
export const ALTERNATIVES: readonly Alternative[] = ['lambda', 'lambda-provisioned', 'fargate', 'fargate-load-balanced'];

/** Work that one request makes in functions. */
export interface Work {
  /** Logical id of the function, or what the whole is called. */
  readonly name: string;
  /** Runs, and milliseconds and GB of each, by request. */
  readonly parts: ReadonlyArray<{ readonly runs: number; readonly milliseconds: number; readonly gigabytes: number }>;
  readonly arm: boolean;
}

export interface BreakEven {
  readonly from: Alternative;
  readonly to: Alternative;
  /** Requests a month from which `to` costs less than `from`; absent when it never does up to the end of the curve. */
  readonly requestsPerMonth?: number;
}

export interface Crossover {
  readonly name: string;
  readonly assumptions: readonly string[];
  readonly task: { readonly vcpu: number; readonly gigabytes: number };
  readonly curve: ReadonlyArray<{ readonly requestsPerMonth: number; readonly cost: Readonly<Record<Alternative, Decimal>> }>;
  readonly breakEvens: readonly BreakEven[];
}

/** Lambda gives a function this much memory for a full vCPU. */
const MEGABYTES_A_VCPU = 1769;
/** A container isn't driven further than this, so that it still answers in a burst. */
const UTILISATION = 0.8;
/** Sizes that Fargate offers, by price. */
const TASKS: ReadonlyArray<{ readonly vcpu: number; readonly gigabytes: number }> = [
  { vcpu: 0.25, gigabytes: 0.5 },
  { vcpu: 0.25, gigabytes: 1 },
  { vcpu: 0.25, gigabytes: 2 },
  { vcpu: 0.5, gigabytes: 4 },
  { vcpu: 1, gigabytes: 8 },
  { vcpu: 2, gigabytes: 16 },
];
const SMALLEST = 1e4;
const LARGEST = 1e11;
const POINTS_A_DECADE = 16;

/** Compares what functions cost with containers that do the same work, over the requests of a month. */
export function crossoverOf(work: Work, prices: Prices): Crossover {
  const memory = Math.max(...work.parts.map((part) => part.gigabytes));
  const task = TASKS.find((size) => size.gigabytes >= memory) ?? TASKS.at(-1)!;
  const costs = (requests: number) => costsOf(work, task, requests, prices);
  const curve = grid().map((requestsPerMonth) => ({ requestsPerMonth, cost: costs(requestsPerMonth) }));
  return {
    name: work.name,
    task,
    curve,
    breakEvens: (['lambda', 'lambda-provisioned'] as const).flatMap((from) =>
      (['fargate', 'fargate-load-balanced'] as const).map((to) => breakEven(from, to, curve, costs)),
    ),
    assumptions: [
      `a task of ${task.vcpu} vCPU and ${task.gigabytes} GB, at least one all month; more when the work needs over ${UTILISATION * 100} % of its vCPU, taking a function's share of a vCPU as memory / ${MEGABYTES_A_VCPU} MB`,
      'the container takes as long for a request as the function, without init; operating it costs nothing',
      'a load balancer without its capacity units; no storage, no transfer on either side',
      'provisioned concurrency for the mean number of requests in flight, at least one environment, all month',
    ],
  };
}

/** Functions that somebody waits for, and all functions of the stacks together. */
export function worksOf(topology: Topology, traffic: Traffic): Work[] {
  const one = traffic.under({ eventsPerMonth: 1_000_000, failures: 0 });
  const flows = new Flows(topology, one);
  const entered = flows.entered();
  if (entered === 0) return [];
  const functions = topology.model.ofType('AWS::Lambda::Function').filter((resource) => flows.node(resource.id).runs !== 0);
  const part = (resource: Resource, runs: number) => ({
    runs,
    milliseconds: traffic.resource('durationMilliseconds', resource, 100, '100 ms a run'),
    gigabytes: memoryOf(resource) / 1024,
  });
  const waitedFor = functions.filter((resource) =>
    (topology.graph.edgesTo.get(resource.id) ?? []).some((edge) => edge.synchronous && edge.role === 'delivery'),
  );
  const works = waitedFor.map((resource): Work => ({ name: resource.ref.logicalId, parts: [part(resource, 1)], arm: isArm(resource) }));
  const all = functions.map((resource) => part(resource, flows.node(resource.id).runs / entered));
  return all.length === 0 ? works : [...works, { name: 'all functions together', parts: all, arm: functions.every(isArm) }];
}

function memoryOf(resource: Resource): number {
  const memory = resource.get('MemorySize').number(128);
  return typeof memory === 'number' ? memory : 128;
}

function isArm(resource: Resource): boolean {
  return resource
    .get('Architectures')
    .items()
    .some((item) => item.canBe('arm64'));
}

function costsOf(work: Work, task: Crossover['task'], requests: number, prices: Prices): Record<Alternative, Decimal> {
  const price = (key: PriceKey, amount: Decimal | number) => prices.of(key, new Decimal(amount)) ?? ZERO;
  const processor = (key: PriceKey): PriceKey => (work.arm ? `${key}-ARM` : key);
  const runs = new Decimal(requests).times(sum(work.parts, (part) => part.runs));
  const computed = new Decimal(requests).times(sum(work.parts, (part) => (part.runs * part.milliseconds * part.gigabytes) / 1000));
  const calls = price('AWSLambda/Request', runs);
  const environments = work.parts.map(
    (part) => Math.max(1, Math.ceil((requests * part.runs * part.milliseconds) / 1000 / SECONDS_A_MONTH)) * part.gigabytes,
  );
  const kept = environments.reduce((all, one) => all + one, 0) * SECONDS_A_MONTH;
  const busy = sum(work.parts, (part) => ((part.runs * part.milliseconds) / 1000) * ((part.gigabytes * 1024) / MEGABYTES_A_VCPU));
  const tasks = Math.max(1, Math.ceil(((requests / SECONDS_A_MONTH) * busy) / (task.vcpu * UTILISATION)));
  const fargate = work.arm ? 'AmazonECS/Fargate-ARM' : 'AmazonECS/Fargate';
  const containers = price(`${fargate}-vCPU-Hours:perCPU`, tasks * task.vcpu * HOURS_A_MONTH).plus(
    price(`${fargate}-GB-Hours`, tasks * task.gigabytes * HOURS_A_MONTH),
  );
  return {
    lambda: calls.plus(price(processor('AWSLambda/Lambda-GB-Second'), computed)),
    'lambda-provisioned': calls
      .plus(price(processor('AWSLambda/Lambda-Provisioned-GB-Second'), computed))
      .plus(price(processor('AWSLambda/Lambda-Provisioned-Concurrency'), kept)),
    fargate: containers,
    'fargate-load-balanced': containers.plus(price('AWSELB/LoadBalancerUsage', HOURS_A_MONTH)),
  };
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}

function grid(): number[] {
  const points = Math.round(Math.log10(LARGEST / SMALLEST) * POINTS_A_DECADE);
  return Array.from({ length: points + 1 }, (_, index) => Math.round(SMALLEST * 10 ** (index / POINTS_A_DECADE)));
}

/** First request count from which the other is cheaper: between the last point of the curve where it isn't and the first where it is. */
function breakEven(
  from: Alternative,
  to: Alternative,
  curve: Crossover['curve'],
  costs: (requests: number) => Record<Alternative, Decimal>,
): BreakEven {
  const cheaper = (cost: Record<Alternative, Decimal>) => cost[to].lt(cost[from]);
  const index = curve.findIndex(({ cost }) => cheaper(cost));
  if (index < 0) return { from, to };
  let low = curve[index - 1]?.requestsPerMonth ?? 0;
  let high = curve[index]!.requestsPerMonth;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (cheaper(costs(middle))) high = middle;
    else low = middle;
  }
  return { from, to, requestsPerMonth: high };
}
