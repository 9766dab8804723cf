import type { Duration } from 'aws-cdk-lib';
import { type CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Handler } from './handler';
import { behindAlias } from './handler-function';
import type { QueueWorkerProps } from './queue-worker-props';
import type { RetryPlan } from './retry-budget';
import { knownSeconds, refuse, requireKnownSeconds, requireWithin } from './rule';

/** What props of a queue worker may not say together. */
export function checkQueueWorker(scope: Construct, props: QueueWorkerProps, retention: Duration, parkingLotRetention: Duration) {
  requireWithin(scope, 'maxConcurrency of an SQS event source', props.maxConcurrency, [2, 1000], 'Change maxConcurrency, or leave it out.');
  checkBatch(scope, props);
  checkReservedConcurrency(scope, props);
  checkEnvironment(scope, props.worker._options.environment ?? {});
  const age =
    props.objective?.messageAge && requireKnownSeconds(scope, 'the objective for the age of messages', props.objective.messageAge);
  requireWithin(scope, 'objective for the age of messages in seconds', age, [60, 1_209_600], 'Change objective.messageAge.');
  const kept = requireKnownSeconds(scope, 'the retention of the queue', retention);
  const parked = requireKnownSeconds(scope, 'the retention of the parking lot', parkingLotRetention);
  if (parked <= kept) {
    refuse(scope, {
      rule: 'the parking lot must keep messages longer than the queue, because SQS counts from the first arrival of a message',
      allowed: `more than ${kept} s`,
      given: `${parked} s`,
      remedy: 'Raise parkingLotRetention (up to 14 days) or lower retention.',
    });
  }
}

/** A message must be parked before the queue forgets it. */
export function checkRetention(scope: Construct, plan: RetryPlan, retention: Duration) {
  if (plan.untilParked.toSeconds() < retention.toSeconds()) return;
  refuse(scope, {
    rule: 'the queue must keep a message for longer than its retries take, or it expires without being parked',
    allowed: `a retention of more than ${plan.untilParked.toSeconds()} s`,
    given: `${retention.toSeconds()} s`,
    remedy: 'Raise retention or lower retryBudget.',
  });
}

/** Visibility below this lets a message be delivered a second time while its first run still works. */
export function checkVisibility(scope: Construct, props: QueueWorkerProps, functionTimeout: Duration) {
  if (!props.visibilityTimeout) return;
  const given = requireKnownSeconds(scope, 'the visibility timeout', props.visibilityTimeout);
  const timeout = requireKnownSeconds(scope, "the worker's timeout", functionTimeout);
  const least = 6 * timeout + (props.maxBatchingWindow?.toSeconds() ?? 0);
  if (given >= least && given <= 43_200) return;
  refuse(scope, {
    rule: "visibility must be at least 6 times the worker's timeout plus the batching window",
    allowed: `${least} to 43200 s`,
    given: `${given} s`,
    remedy: "Leave visibilityTimeout out to have it computed, raise it, or lower the worker's timeout.",
  });
}

function checkEnvironment(scope: Construct, environment: { [name: string]: string }) {
  const taken = Object.keys(environment).filter((name) => name.startsWith('BREAKWATER_'));
  if (taken.length === 0) return;
  refuse(scope, {
    rule: 'names that begin with BREAKWATER_ are set by the construct',
    allowed: 'any other name',
    given: taken.join(', '),
    remedy: 'Rename them in the environment of the Handler.',
  });
}

function checkBatch(scope: Construct, props: QueueWorkerProps) {
  const window = props.maxBatchingWindow ? knownSeconds(props.maxBatchingWindow) : 0;
  if (props.fifo) {
    requireWithin(scope, 'batch size of a FIFO queue', props.batchSize, [1, 10], 'Lower batchSize, or use a standard queue.');
    if (props.maxBatchingWindow) {
      refuse(scope, {
        rule: 'FIFO queues know no batching window',
        allowed: 'none',
        given: `${window} s`,
        remedy: 'Leave maxBatchingWindow out, or use a standard queue.',
      });
    }
  }
  requireWithin(scope, 'batch size of an SQS event source', props.batchSize, [1, 10_000], 'Change batchSize.');
  requireWithin(scope, 'batching window of an SQS event source in seconds', window, [0, 300], 'Change maxBatchingWindow.');
  if (props.batchSize !== undefined && props.batchSize > 10 && window === 0) {
    refuse(scope, {
      rule: 'a batch of more than 10 needs a batching window',
      allowed: '1 to 300 s',
      given: 'none',
      remedy: 'Give maxBatchingWindow, or lower batchSize to 10.',
    });
  }
}

/** Concurrency that is kept for the function of a handler, as far as it is known. */
export function reservedConcurrencyOf(handler: Handler): number | undefined {
  const given = handler._given && behindAlias(handler._given);
  if (given instanceof LambdaFunction) return (given.node.defaultChild as CfnFunction).reservedConcurrentExecutions;
  return handler._options.reservedConcurrency;
}

function checkReservedConcurrency(scope: Construct, props: QueueWorkerProps) {
  const reserved = reservedConcurrencyOf(props.worker);
  if (reserved === undefined) return;
  const least = props.maxConcurrency ?? 2;
  requireWithin(
    scope,
    'reserved concurrency of a worker, below which throttled messages lose attempts',
    reserved,
    [least, 100_000],
    'Reserve at least maxConcurrency, or lower maxConcurrency.',
  );
}
