/** What the relay's construct, the relay and those who receive its events agree on. Imports nothing. */

/** Environment of the relay function. */
export const RelayEnvironment = {
  /** Name or ARN of the event bus. */
  EVENT_BUS: 'BREAKWATER_EVENT_BUS',
  /** URL of the queue in which what can't be published is parked. */
  PARKING_LOT_URL: 'BREAKWATER_PARKING_LOT_URL',
} as const;

export const RelayMetric = {
  PUBLISHED: 'Published',
  PARKED: 'Parked',
  /** Milliseconds from the effect to the event bus. */
  RELAY_TIME: 'RelayTime',
} as const;

/** The attribute by which a stream filter knows an outbox item: `{ dynamodb: { NewImage: { outbox: { M: { eventId: { S: [{ exists: true }] } } } } } }`. */
export const OUTBOX_ATTRIBUTE = 'outbox';

/** Keys of outbox items begin so. */
export const OUTBOX_KEY_PREFIX = 'outbox#';

/** The `detail` of a published event. */
export interface EmittedDetail<T = unknown> {
  readonly metadata: {
    /** The same for every copy of the event: deduplicate on it. */
    readonly eventId: string;
    readonly contract: string;
    readonly version: number;
    readonly correlationId: string;
    /** Idempotency key of the event whose effect this one tells of. */
    readonly causedBy: string;
    /** ISO 8601. */
    readonly occurredAt: string;
  };
  readonly data: T;
}
