import type { SQSRecord } from 'aws-lambda';
import type { EventIdentity } from '../idempotency/record';
import { fallbackCorrelationId, type OpenedMessage, openMessage, parkedAtOf, spentAttemptsOf, traceOf } from '../message/message';

/** One receive of one message, with what is known of it so far. Also a message that can't be read has a receive count, a trace and a way out. */
export class Delivery {
  readonly record: SQSRecord;
  /** Handler run this delivery stands for, 1 for the first. */
  readonly attempt: number;
  readonly traceId: string | undefined;
  readonly opened: OpenedMessage | { readonly error: unknown };
  #key: string | undefined;

  constructor(record: SQSRecord) {
    this.record = record;
    this.attempt = spentAttemptsOf(record) + Math.max(1, Number(record.attributes.ApproximateReceiveCount) || 1);
    this.traceId = traceOf(record);
    try {
      this.opened = openMessage(record);
      this.#key = this.opened.key;
    } catch (error) {
      this.opened = { error };
    }
  }

  get correlationId(): string {
    return 'error' in this.opened ? fallbackCorrelationId(this.record) : this.opened.correlationId;
  }

  /** Set once it is known: from the envelope, or from what `idempotencyKey` of the worker gave for the event. */
  get key(): string | undefined {
    return this.#key;
  }

  /** A plain message has a key as soon as its event is read. */
  identifyBy(key: string): void {
    this.#key = key;
  }

  get identity(): EventIdentity | undefined {
    if (this.#key === undefined || 'error' in this.opened) return undefined;
    return { key: this.#key, payloadHash: this.opened.payloadHash, parkedAt: parkedAtOf(this.record) };
  }

  /** FIFO queues only: deliveries of one group take effect in order. */
  get orderedGroup(): string | undefined {
    return this.record.eventSourceARN.endsWith('.fifo') ? this.record.attributes.MessageGroupId : undefined;
  }
}
