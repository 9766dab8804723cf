import { dollars, events, parts } from '../review/cost/presenters/figures';
import { Prices } from '../review/cost/price-list';
import { US_EAST_1 } from '../review/cost/prices/us-east-1';
import { costOf } from '../review/cost/report';
import type { TrafficProfile } from '../review/cost/traffic';
import { topologyOf } from '../topology';
import type { Outcome } from './delivery-matchers';
import { receivedOf } from './received';

/** The traffic for which a stack is estimated; one of both is needed. */
export interface CostOptions {
  /** Events a month at each place where they enter. @default what the profile says */
  readonly eventsPerMonth?: number;
  /** What no template tells, as in a file of `npx breakwater cost --profile`. @default what the model assumes */
  readonly profile?: TrafficProfile;
}

/** @throws Error when there is no traffic to estimate */
export function toCostLessThan(received: unknown, dollarsPerMonth: number, options: CostOptions = {}): Outcome {
  const { eventsPerMonth, profile } = options;
  if (!(dollarsPerMonth > 0)) throw new Error(`toCostLessThan: a sum above 0 in USD; given ${dollarsPerMonth}`);
  if (eventsPerMonth === undefined && profile === undefined)
    throw new Error('toCostLessThan: give eventsPerMonth or a profile: without traffic there is nothing to estimate');
  const { asked } = receivedOf(received);
  const { report } = costOf(topologyOf(asked), {
    profile: profile ?? { version: 1 },
    prices: new Prices(US_EAST_1, false),
    loads: eventsPerMonth === undefined ? [] : [eventsPerMonth],
    crossover: false,
    charges: false,
  });
  const load = report.loads[0]!;
  const pass = Number(load.total) < dollarsPerMonth;
  return {
    pass,
    message: () =>
      [
        `expected ${report.stacks.join(', ')} to cost ${pass ? 'not ' : ''}less than ${dollars(String(dollarsPerMonth))} a month at ${events(load)} events, and the estimate is ${dollars(load.total)}`,
        ...(load.perEvent === undefined ? [] : [`one event costs ${dollars(load.perEvent)}: ${parts(load.byKind)}`]),
        ...load.byResource.slice(0, 5).map(({ logicalId, cost }) => `  ${dollars(cost)} ${logicalId}`),
        `prices of ${report.prices.region}, ${report.prices.date}; npx breakwater cost tells every part`,
      ].join('\n'),
  };
}
