import type { Duration } from 'aws-cdk-lib';

/** What a reconciliation promises. */
export interface RunObjective {
  /**
   * The run of a business day is completed within this time after it was due, 5 minutes to 16 hours. A start that may be later by a flexible window has that much more.
   *
   * @default Duration.hours(2)
   */
  readonly duration?: Duration;
}
