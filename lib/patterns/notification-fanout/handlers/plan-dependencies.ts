import type { LaneQueues } from '../../../runtime/notifications/outgoing';
import type { SchedulesDependencies } from '../../../runtime/notifications/schedules';
import type { FanoutSettings } from '../../../runtime/notifications/settings';
import type { Expirations } from '../../../runtime/notifications/store/expirations';
import type { FanoutStore } from '../../../runtime/notifications/store/fanout-store';
import type { Telemetry } from '../../../runtime/telemetry';

/** What planning stands on. */
export interface PlanDependencies extends SchedulesDependencies {
  readonly settings: FanoutSettings;
  readonly store: FanoutStore;
  readonly expirations: Expirations;
  /** URL of each channel's queues by lane. */
  readonly channels: Readonly<Record<string, LaneQueues>>;
  /** Whether each change of a delivery is published. */
  readonly publish: boolean;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

/** Recipients of one message that are written side by side. */
export const RECIPIENTS_AT_ONCE = 25;
/** So often is a recipient decided anew whose state others change meanwhile. */
export const MOST_ROUNDS = 6;
/** Then whoever is in between has had time to finish. */
export const BUSY_SECONDS = 2;
