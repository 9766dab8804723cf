import type { Alternative } from '../crossover';
import type { CostReport } from '../report';
import { dollars, headOf } from './figures';

/** The same tables in every format. The first row is the head. */
export type Table = ReadonlyArray<readonly string[]>;

const MOST_RESOURCES = 15;

export function sums(report: CostReport): Table {
  const { loads } = report;
  return [
    [loads.some(({ title }) => title !== undefined) ? 'a month of' : 'events a month', ...loads.map(headOf)],
    ['fixed', ...loads.map((load) => dollars(load.fixed))],
    ['growing', ...loads.map((load) => dollars(load.growing))],
    ['sum', ...loads.map((load) => dollars(load.total))],
    ...(loads.every(({ perEvent }) => perEvent === undefined)
      ? []
      : [['one event', ...loads.map((load) => (load.perEvent === undefined ? '-' : dollars(load.perEvent)))]]),
    ['when every event fails', ...loads.map((load) => dollars(load.whenEveryEventFails))],
  ];
}

export function byKind(report: CostReport): Table {
  const kinds = [...new Set([...report.loads].reverse().flatMap((load) => load.byKind.map(({ kind }) => kind)))];
  return [
    ['by kind', ...report.loads.map(headOf)],
    ...kinds.map((kind) => [kind, ...report.loads.map((load) => dollars(load.byKind.find((one) => one.kind === kind)?.cost ?? '0'))]),
  ];
}

export function byResource(report: CostReport): Table {
  const last = report.loads.at(-1)!;
  const name = (one: { readonly stack: string; readonly logicalId: string }) =>
    report.stacks.length > 1 ? `${one.stack}/${one.logicalId}` : one.logicalId;
  const shown = last.byResource.filter((one) => one.cost !== '0').slice(0, MOST_RESOURCES);
  const rest = last.byResource.filter((one) => one.cost !== '0').length - shown.length;
  return [
    ['by resource', ...report.loads.map(headOf)],
    ...shown.map((one) => [
      name(one),
      ...report.loads.map((load) =>
        dollars(load.byResource.find((other) => other.logicalId === one.logicalId && other.stack === one.stack)?.cost ?? '0'),
      ),
    ]),
    ...(rest > 0 ? [[`${rest} more, all in JSON and CSV`, ...report.loads.map(() => '')]] : []),
  ];
}

export const ALTERNATIVE: Readonly<Record<Alternative, string>> = {
  lambda: 'Lambda',
  'lambda-provisioned': 'Lambda with provisioned concurrency',
  fargate: 'Fargate',
  'fargate-load-balanced': 'Fargate behind a load balancer',
};

export function breakEvens(report: CostReport): Table {
  return [
    ['a container is cheaper from', 'requests a month'],
    ...report.crossovers.flatMap(({ name, breakEvens: points }) =>
      points.map(({ from, to, requestsPerMonth }) => [
        `${name}: ${ALTERNATIVE[to]} than ${ALTERNATIVE[from]}`,
        requestsPerMonth === undefined ? 'never, up to 100 billion' : requestsPerMonth.toLocaleString('en-US'),
      ]),
    ),
  ];
}

export function head({ prices, stacks }: CostReport): string {
  return `${stacks.join(', ')}: prices of ${prices.region}, ${prices.date}, free tier ${prices.freeTier ? 'taken off' : 'not taken off'}, before tax`;
}
