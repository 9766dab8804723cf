import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { RetryBudget, type RetryPlan } from '../../lib';
import { settingsOf } from '../../lib/blocks/retry-budget';

const scope = new Stack(new App(), 'Shop');
const seconds = Duration.seconds;

/** Seconds until parked when each run either dies or fails in order, with the worst jitter there is. */
function play(plan: RetryPlan, functionTimeout: number, window: number, dies: readonly boolean[], spent: readonly number[]): number {
  const { baseDelaySeconds, maxDelaySeconds, attempts } = settingsOf(plan);
  const visibility = plan.visibilityTimeout.toSeconds();
  let elapsed = 0;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const worked = window + Math.min(functionTimeout, spent[attempt % spent.length]!);
    if (attempt === attempts) return elapsed + (dies[attempt % dies.length] ? visibility : worked);
    const delay = Math.min(maxDelaySeconds, baseDelaySeconds * 2 ** (attempt - 1));
    elapsed += dies[attempt % dies.length] ? visibility : worked + delay;
  }
  return elapsed;
}

const hops = fc.record({
  functionTimeout: fc.integer({ min: 1, max: 900 }),
  window: fc.integer({ min: 0, max: 300 }),
  attempts: fc.integer({ min: 1, max: 20 }),
  within: fc.integer({ min: 1, max: 200_000 }),
  firstDelay: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
});

function planOrRefusal(hop: { functionTimeout: number; window: number; attempts: number; within: number; firstDelay?: number }) {
  const budget = RetryBudget.of({
    attempts: hop.attempts,
    within: seconds(hop.within),
    firstDelay: hop.firstDelay === undefined ? undefined : seconds(hop.firstDelay),
  });
  try {
    return budget.plan(scope, { functionTimeout: seconds(hop.functionTimeout), batchingWindow: seconds(hop.window) });
  } catch (error) {
    return error as Error;
  }
}

describe('a retry budget', () => {
  test('is kept whatever the worker does', () => {
    let kept = 0;
    fc.assert(
      fc.property(
        hops,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 }),
        (hop, dies, spent) => {
          const plan = planOrRefusal(hop);
          if (plan instanceof Error) return;
          kept++;
          const elapsed = play(plan, hop.functionTimeout, hop.window, dies, spent);
          expect(elapsed).toBeLessThanOrEqual(plan.untilParked.toSeconds());
          expect(plan.untilParked.toSeconds()).toBeLessThanOrEqual(hop.within);
          expect(plan.handlerRuns).toBe(hop.attempts);
        },
      ),
      { numRuns: 500 },
    );
    expect(kept).toBeGreaterThan(50);
  });

  test('is refused exactly when dying workers alone, or the shortest delays, use it up', () => {
    fc.assert(
      fc.property(hops, ({ firstDelay: _, ...hop }) => {
        const visibility = 6 * hop.functionTimeout + hop.window;
        const shortest = Math.max(visibility, hop.window + hop.functionTimeout + 1);
        const needed = (hop.attempts - 1) * shortest + visibility;
        expect(planOrRefusal(hop) instanceof Error).toBe(needed > hop.within);
      }),
      { numRuns: 500 },
    );
  });

  test('gives its delays all the time that is left', () => {
    fc.assert(
      fc.property(hops, (hop) => {
        const plan = planOrRefusal(hop);
        if (plan instanceof Error || hop.attempts < 2) return;
        const first = plan.firstDelay.toSeconds();
        const doubled = first * 2 ** (hop.attempts - 2);
        const untilParked = (longest: number) => {
          const visibility = plan.visibilityTimeout.toSeconds();
          let sum = visibility;
          for (let run = 1; run < hop.attempts; run++) {
            sum += Math.max(visibility, hop.window + hop.functionTimeout + Math.min(longest, first * 2 ** (run - 1)));
          }
          return sum;
        };
        const longest = plan.longestDelay.toSeconds();
        const atLimit = 43_200 - hop.functionTimeout - hop.window;
        expect(longest >= Math.min(doubled, atLimit) || untilParked(longest + 1) > hop.within).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('of five attempts within an hour backs off up to eight minutes behind a worker of 30 seconds', () => {
    const plan = RetryBudget.of().plan(scope, { functionTimeout: seconds(30) });
    expect(settingsOf(plan)).toEqual({ attempts: 5, baseDelaySeconds: 60, maxDelaySeconds: 480 });
    expect(plan.visibilityTimeout.toSeconds()).toBe(180);
    expect(plan.untilParked.toSeconds()).toBe(180 + 180 + 270 + 510 + 180);
    expect(RetryBudget.of().secondsUntilParked(scope, { functionTimeout: seconds(30) })).toBe(1320);
  });

  test('shrinks its first delay when time is short', () => {
    const plan = RetryBudget.of({ attempts: 5, within: Duration.minutes(2) }).plan(scope, { functionTimeout: seconds(3) });
    expect(settingsOf(plan)).toEqual({ attempts: 5, baseDelaySeconds: 5, maxDelaySeconds: 40 });
  });

  test.each([
    [
      RetryBudget.of(),
      { functionTimeout: Duration.minutes(5) },
      /^\[Shop\] a retry budget must hold its attempts.*allowed 5 attempts within 9000 s.*given 5 attempts within 3600 s/,
    ],
    [RetryBudget.of({ attempts: 0 }), { functionTimeout: seconds(1) }, /attempts of a retry budget: allowed 1 to 1000, given 0/],
    [
      RetryBudget.of({ firstDelay: Duration.hours(1) }),
      { functionTimeout: seconds(30) },
      /the first delay of a retry budget.*allowed 1 to 825 s, given 3600 s/,
    ],
    [
      RetryBudget.of({ within: seconds(Lazy.number({ produce: () => 60 })) }),
      { functionTimeout: seconds(30) },
      /the time of a retry budget must be known at synth.*given a token/,
    ],
  ])('%# is refused with construct, rule, allowed and given value', (budget, hop, message) => {
    expect(() => budget.plan(scope, hop)).toThrow(message);
  });
});
