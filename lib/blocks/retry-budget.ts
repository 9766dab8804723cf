import { Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RetryBudgetSettings } from './contract';
import { refuse, requireKnownSeconds, requireWithin } from './rule';

/** What a message may cost. */
export interface RetryBudgetProps {
  /**
   * Handler runs of one message, the first included, 1 to 1000.
   *
   * @default 5
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (at least 5 are advised)
   */
  readonly attempts?: number;
  /**
   * Time from the first run of the handler until the message is done or parked, in the worst case: every run times out, every backoff is the
   * longest. Waiting in a backlog before the first run is not counted.
   *
   * @default Duration.hours(1)
   */
  readonly within?: Duration;
  /**
   * Upper bound of the first backoff, 1 second or more. Each further one doubles, up to the longest that fits `within`; the actual wait is
   * random below the bound (full jitter).
   *
   * @default - 1 minute, or less when the budget is smaller
   */
  readonly firstDelay?: Duration;
}

/** The hop a budget is spent on: a queue that feeds a function. */
export interface RetryHop {
  /** Timeout of the function behind the queue. */
  readonly functionTimeout: Duration;
  /**
   * Time the event source may wait for a batch to fill.
   *
   * @default Duration.seconds(0)
   */
  readonly batchingWindow?: Duration;
  /**
   * Visibility timeout of the queue.
   *
   * @default - 6 times the function's timeout and the batching window
   */
  readonly visibilityTimeout?: Duration;
}

/** Every setting of a hop that follows from its budget. */
export interface RetryPlan {
  /** `maxReceiveCount` of the queue, and the most handler runs a message can have before it is parked. */
  readonly handlerRuns: number;
  /** Visibility timeout of the queue: also the wait after a worker that died. */
  readonly visibilityTimeout: Duration;
  /** Upper bound of the first backoff. */
  readonly firstDelay: Duration;
  /** Upper bound of any backoff. */
  readonly longestDelay: Duration;
  /** Worst case from the first handler run until the message is parked. */
  readonly untilParked: Duration;
}

const LONGEST_VISIBILITY_SECONDS = 43_200;
const USUAL_FIRST_DELAY_SECONDS = 60;

/**
 * Attempts and time a message may cost over all hops. Only the queue retries; what stands behind it fails fast.
 *
 * From it follow the queue's `maxReceiveCount` and visibility and the worker's backoff, so that the worst case is known before the deployment.
 */
export class RetryBudget {
  /** @throws nothing; a budget that no hop can keep is refused at synth by the construct that gets it. */
  public static of(props: RetryBudgetProps = {}): RetryBudget {
    return new RetryBudget(props.attempts ?? 5, props.within ?? Duration.hours(1), props.firstDelay);
  }

  /** The most handler runs one message can have. */
  public readonly handlerRuns: number;
  /** The most time between the first handler run and the parking lot. */
  public readonly within: Duration;
  private readonly firstDelay?: Duration;

  private constructor(attempts: number, within: Duration, firstDelay?: Duration) {
    this.handlerRuns = attempts;
    this.within = within;
    this.firstDelay = firstDelay;
  }

  /**
   * The settings of one hop.
   *
   * @param scope construct that is named when the budget can't be kept
   * @throws when the attempts can't fit the time, because a worker that dies costs the whole visibility timeout each time
   */
  public plan(scope: IConstruct, hop: RetryHop): RetryPlan {
    requireWithin(scope, 'attempts of a retry budget', this.handlerRuns, [1, 1000], 'Change RetryBudget.of({ attempts }).');
    const within = requireKnownSeconds(scope, 'the time of a retry budget', this.within);
    const timeout = requireKnownSeconds(scope, "the worker's timeout", hop.functionTimeout);
    const window = hop.batchingWindow ? requireKnownSeconds(scope, 'the batching window', hop.batchingWindow) : 0;
    const visibility = hop.visibilityTimeout
      ? requireKnownSeconds(scope, 'the visibility timeout', hop.visibilityTimeout)
      : 6 * timeout + window;
    const worstCase = (first: number, longest: number) => {
      let seconds = visibility;
      for (let run = 1; run < this.handlerRuns; run++) {
        // A run that fails in order waits out its backoff; one that dies waits out the visibility timeout.
        seconds += Math.max(visibility, window + timeout + Math.min(longest, first * 2 ** (run - 1)));
      }
      return seconds;
    };

    if (worstCase(1, 1) > within) {
      const least = this.handlerRuns * visibility;
      refuse(scope, {
        rule: 'a retry budget must hold its attempts, each of which costs the visibility timeout when the worker dies',
        allowed: `${this.handlerRuns} attempts within ${Math.max(least, worstCase(1, 1))} s or more (visibility ${visibility} s)`,
        given: `${this.handlerRuns} attempts within ${within} s`,
        remedy: "Give retryBudget more time, fewer attempts, or lower the worker's timeout.",
      });
    }
    const longestAllowed = Math.min(within, LONGEST_VISIBILITY_SECONDS - timeout - window);
    let first: number;
    if (this.firstDelay) {
      first = requireKnownSeconds(scope, 'the first delay of a retry budget', this.firstDelay);
      if (first < 1 || (this.handlerRuns > 1 && worstCase(first, first) > within)) {
        refuse(scope, {
          rule: 'the first delay of a retry budget must leave room for all attempts',
          allowed: `1 to ${largest((delay) => worstCase(delay, delay) <= within, longestAllowed)} s`,
          given: `${first} s`,
          remedy: 'Lower firstDelay or give retryBudget more time.',
        });
      }
    } else {
      first = largest((delay) => worstCase(delay, Number.POSITIVE_INFINITY) <= within, USUAL_FIRST_DELAY_SECONDS);
    }
    const longest = Math.max(
      first,
      largest((delay) => worstCase(first, delay) <= within, longestAllowed),
    );
    const used = Math.min(longest, first * 2 ** Math.max(0, this.handlerRuns - 2));
    return {
      handlerRuns: this.handlerRuns,
      visibilityTimeout: Duration.seconds(visibility),
      firstDelay: Duration.seconds(first),
      longestDelay: Duration.seconds(used),
      untilParked: Duration.seconds(worstCase(first, used)),
    };
  }

  /**
   * Seconds from the first handler run until the message is parked, in the worst case.
   *
   * @param scope construct that is named when the budget can't be kept
   */
  public secondsUntilParked(scope: IConstruct, hop: RetryHop): number {
    return this.plan(scope, hop).untilParked.toSeconds();
  }
}

/** What the worker spends at run time. */
export function settingsOf(plan: RetryPlan): RetryBudgetSettings {
  return {
    attempts: plan.handlerRuns,
    baseDelaySeconds: plan.firstDelay.toSeconds(),
    maxDelaySeconds: plan.longestDelay.toSeconds(),
  };
}

/** Largest whole number from 1 to `most` for which the monotone condition holds; 1 when it holds for none. */
function largest(holds: (candidate: number) => boolean, most: number): number {
  let low = 1;
  let high = Math.max(1, Math.floor(most));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
