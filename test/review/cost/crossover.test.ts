import fc from 'fast-check';
import { type Crossover, crossoverOf } from '../../../lib/review/cost/crossover';
import { plotCrossover } from '../../../lib/review/cost/plot';
import { Prices } from '../../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../../lib/review/cost/prices/us-east-1';
import { PRICES } from '../../support/cost/estimates';

/** 128 MB for 100 ms, the example on which a container breaks even at some thirty million requests a month. */
const example = { name: 'Example', parts: [{ runs: 1, milliseconds: 100, gigabytes: 0.125 }], arm: false };
const from = (crossover: Crossover, to: string) =>
  crossover.breakEvens.find((one) => one.from === 'lambda' && one.to === to)?.requestsPerMonth;

describe('when a container is cheaper', () => {
  test('128 MB for 100 ms: from 22 million requests on, 39 million with the free tier, 62 million behind a load balancer', () => {
    expect(from(crossoverOf(example, PRICES), 'fargate')! / 1e6).toBeCloseTo(22.07, 2);
    expect(from(crossoverOf(example, new Prices(US_EAST_1, true)), 'fargate')! / 1e6).toBeCloseTo(38.88, 2);
    expect(from(crossoverOf(example, PRICES), 'fargate-load-balanced')! / 1e6).toBeCloseTo(62.29, 2);
  });

  test('the assumptions behind it are said: one task, no free tier in it, no load balancer units', () => {
    expect(crossoverOf(example, PRICES).assumptions.join('\n')).toMatch(
      /a task of 0.25 vCPU and 0.5 GB.*\n.*as long for a request.*\n.*load balancer without its capacity units/,
    );
  });

  test('right before the break-even the function is cheaper, at it the container', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 2000 }),
        fc.constantFrom(0.125, 0.25, 0.5, 1, 2),
        fc.boolean(),
        (milliseconds, gigabytes, arm) => {
          const work = { name: 'Work', parts: [{ runs: 1, milliseconds, gigabytes }], arm };
          const crossover = crossoverOf(work, PRICES);
          const point = from(crossover, 'fargate')!;
          const before = crossover.curve.filter(({ requestsPerMonth }) => requestsPerMonth < point);
          expect(before.every(({ cost }) => cost.lambda.lte(cost.fargate))).toBe(true);
          expect(
            crossover.curve
              .find(({ requestsPerMonth }) => requestsPerMonth >= point)!
              .cost.fargate.lte(crossover.curve.find(({ requestsPerMonth }) => requestsPerMonth >= point)!.cost.lambda),
          ).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('the plot stands alone: no script, no address outside, and names escaped', async () => {
    const svg = await plotCrossover(crossoverOf({ ...example, name: '<script>&"' }, PRICES), '2026-09-19');
    expect(svg).not.toMatch(/<script|href|url\(|@import/);
    expect(svg).toContain('&#60;script&#62;&#38;&#34;');
    expect(svg.match(/<path d="M[^"]+" fill="none"/g)).toHaveLength(4);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
