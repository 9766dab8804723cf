import type { Stack, Stage } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import type * as CostMatchers from './cost-matchers';
import type * as Matchers from './delivery-matchers';

export type { CostOptions } from './cost-matchers';
export type { DeliveryOptions, RetryBudgetOptions } from './delivery-matchers';

/** What the matchers can be asked about: a stack, a stage or an app, which is synthesised; a `Template`; or a template as an object. */
export type Reviewable = Stack | Stage | Template | object;

/** Matchers on how a stack delivers events, and what that costs. */
export interface DeliveryMatchers<R> {
  /**
   * Fails where an event is lost: dropped after its retries, parked where nobody hears of it, or forgotten before somebody looks. What can't be followed from the
   * template is not judged; `npx breakwater review` lists it.
   */
  toLoseNothing(options?: Matchers.DeliveryOptions): R;
  /** Fails where one event may run its last handler more often than that over all hops, or is parked later. Runs without a limit, or not told by the template, fail. */
  toStayWithinRetryBudget(options?: Matchers.RetryBudgetOptions): R;
  /** Fails where the estimate of `npx breakwater cost` is not below a sum in USD a month, under the traffic that is given. */
  toCostLessThan(dollarsPerMonth: number, options: CostMatchers.CostOptions): R;
  /** Compares the template with its snapshot; hashes of assets and of function versions are masked, so that a change of code is no change of the template. */
  toMatchStableSnapshot(hint?: string): R;
}

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: declarations merge only with the same type parameters.
    interface Matchers<R, T = {}> extends DeliveryMatchers<R> {}
  }
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends DeliveryMatchers<R> {}
}

interface Context {
  readonly isNot?: boolean;
}

/** As much of jest's and vitest's `expect` as is needed. */
export interface Expect {
  (received: unknown): object;
  extend(matchers: Record<string, (this: Context, received: unknown, ...parameters: unknown[]) => Matchers.Outcome>): void;
  getState?(): { readonly assertionCalls?: number };
  setState?(state: { readonly assertionCalls?: number }): void;
}

/**
 * Adds the matchers to an `expect`. `import 'cdk-breakwater/testing'` does so for jest's global one; others are given: `registerMatchers(expect)`.
 *
 * @param expect that of jest or vitest
 */
export function registerMatchers(expect: Expect): void {
  expect.extend({
    toLoseNothing: (received, options) => matchers().toLoseNothing(received, options as Matchers.DeliveryOptions | undefined),
    toStayWithinRetryBudget: (received, options) =>
      matchers().toStayWithinRetryBudget(received, options as Matchers.RetryBudgetOptions | undefined),
    toCostLessThan: (received, dollars, options) =>
      (require('./cost-matchers') as typeof CostMatchers).toCostLessThan(received, dollars as number, options as CostMatchers.CostOptions),
    toMatchStableSnapshot(received, hint) {
      if (this.isNot) throw new Error('toMatchStableSnapshot can not be used with not');
      return toMatchSnapshot(expect, matchers().stable(received), hint as string | undefined);
    },
  });
}

/** By the runner's own matcher, so that its files, flags and differences are those that everybody knows. It counts as one assertion. */
function toMatchSnapshot(expect: Expect, value: object, hint: string | undefined): Matchers.Outcome {
  const before = expect.getState?.().assertionCalls;
  try {
    const assertion = expect(value) as { toMatchSnapshot?(hint?: string): void };
    if (assertion.toMatchSnapshot === undefined) throw new Error('this expect knows no snapshots');
    if (hint === undefined) assertion.toMatchSnapshot();
    else assertion.toMatchSnapshot(hint);
    return { pass: true, message: () => 'toMatchStableSnapshot can not be used with not' };
  } catch (error) {
    return { pass: false, message: () => (error as Error).message };
  } finally {
    expect.setState?.({ assertionCalls: before });
  }
}

/** Loaded by the first use: the set-up stands in front of every test file. */
function matchers(): typeof Matchers {
  return require('./delivery-matchers') as typeof Matchers;
}

const { expect } = globalThis as { readonly expect?: Expect };
if (expect !== undefined) registerMatchers(expect);
