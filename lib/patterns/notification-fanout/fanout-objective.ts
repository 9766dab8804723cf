import type { Duration } from 'aws-cdk-lib';

/** What a fan-out promises of each lane: how long a message may wait in any of its queues. Alarms are computed from it. */
export interface FanoutObjective {
  /**
   * Transactional messages, 1 minute to 4 days.
   *
   * @default Duration.minutes(5)
   */
  readonly transactional?: Duration;
  /**
   * Bulk messages, 1 minute to 4 days.
   *
   * @default Duration.hours(6)
   */
  readonly bulk?: Duration;
}
