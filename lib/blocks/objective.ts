import type { Duration } from 'aws-cdk-lib';

/**
 * What the pattern promises its callers, kept apart for the two paths: a slow answer makes the sender send again, a late effect
 * makes nobody wait at the line. Alarms are computed from it.
 */
export interface Objective {
  /**
   * Synchronous path: 99 % of answers within this time, measured at the API, 50 milliseconds to 30 seconds.
   *
   * @default - half of the shortest answer deadline of the senders
   */
  readonly answerTime?: Duration;
  /**
   * Asynchronous path: no message waits longer than this for its effect, 1 minute or more.
   *
   * @default Duration.minutes(15)
   */
  readonly messageAge?: Duration;
}
