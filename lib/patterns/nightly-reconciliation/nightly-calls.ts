import { Duration } from 'aws-cdk-lib';
import { JitterType, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { HandlerFunction } from '../../blocks/handler-function';
import { RetryBudget, type RetryPlan } from '../../blocks/retry-budget';
import { requireKnownSeconds } from '../../blocks/rule';
import { INPUT_FAULT } from './contract';

export interface CallOptions {
  /** @default - the input of the state */
  readonly payload?: { [name: string]: unknown };
  readonly resultPath?: string;
  readonly outputPath?: string;
  /**
   * Time that all attempts together have, when the budget's is longer.
   *
   * @default - the budget's
   */
  readonly within?: Duration;
}

/** A state that calls a function within the retry budget. What a source or the rules are at fault for is not tried again: it would end the same. */
export function callOf(scope: Construct, id: string, calls: HandlerFunction, budget: RetryBudget, options: CallOptions): LambdaInvoke {
  const state = new LambdaInvoke(scope, id, {
    lambdaFunction: calls.function,
    payload: options.payload && TaskInput.fromObject(options.payload),
    payloadResponseOnly: true,
    resultPath: options.resultPath,
    outputPath: options.outputPath,
    taskTimeout: Timeout.duration(calls.timeout),
    retryOnServiceExceptions: false,
  });
  const plan = planOf(scope, calls, budget, options.within);
  state.addRetry({ errors: [INPUT_FAULT], maxAttempts: 0 });
  if (plan.handlerRuns > 1) {
    state.addRetry({
      errors: ['States.ALL'],
      interval: plan.firstDelay,
      backoffRate: 2,
      maxDelay: longerThan(plan.firstDelay, plan.longestDelay),
      maxAttempts: plan.handlerRuns - 1,
      jitterStrategy: JitterType.FULL,
    });
  }
  return state;
}

function planOf(scope: Construct, calls: HandlerFunction, budget: RetryBudget, within: Duration | undefined): RetryPlan {
  // A state waits for its function, and no longer.
  const hop = { functionTimeout: calls.timeout, visibilityTimeout: calls.timeout };
  if (within === undefined || requireKnownSeconds(scope, 'the time of a retry budget', budget.within) <= within.toSeconds())
    return budget.plan(scope, hop);
  const most = Math.floor((within.toSeconds() * 0.9) / requireKnownSeconds(scope, 'the timeout of a function', calls.timeout));
  return RetryBudget.of({ attempts: Math.min(budget.handlerRuns, most), within }).plan(scope, hop);
}

/** Step Functions wants a longest delay above the first one. */
function longerThan(first: Duration, longest: Duration): Duration {
  return Duration.seconds(Math.max(longest.toSeconds(), first.toSeconds() + 1));
}
