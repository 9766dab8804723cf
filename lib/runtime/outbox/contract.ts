/** What the relay and those who receive its events agree on; what the relay's construct knows too stands in the contract of the blocks. Imports nothing. */

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
