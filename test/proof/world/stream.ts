import type { DynamoDBRecord } from 'aws-lambda';
import { OUTBOX_ATTRIBUTE } from '../../../lib/blocks/contract';
import type { EmittedDetail } from '../../../lib/runtime/outbox/contract';
import type { StoredItem } from '../../support/in-memory-table/attribute-values';
import { Violation } from '../explorer/violation';

/** What emitted events are held to. */
export const OutboxPromises = {
  AFTER_EFFECT: 'no event is published without the effect that it tells of',
  PUBLISHED: 'for every effect its event is published at least once, or parked',
  ONE_ID: 'all copies of an emitted event have one id',
} as const;

/** The stream of a table, as far as a relay reads it: in order, a batch again and again until it is answered. */
export class Stream {
  readonly #records: DynamoDBRecord[] = [];
  /** How many records need not be read again. */
  position = 0;

  /** @param at when, in milliseconds since the epoch */
  append(image: StoredItem, at: number): void {
    this.#records.push({
      eventName: 'INSERT',
      dynamodb: {
        NewImage: image as never,
        SequenceNumber: String(this.#records.length),
        ApproximateCreationDateTime: at / 1_000,
      },
    });
  }

  next(): readonly DynamoDBRecord[] {
    return this.#records.slice(this.position);
  }

  digest(): unknown {
    return [this.#records, this.position];
  }
}

/** Sees what is emitted, published and parked, and protests at once. */
export class OutboxWitness {
  readonly #effects = new Set<string>();
  readonly #ids = new Map<string, string>();
  readonly #ends = new Map<string, string>();

  effect(name: string): void {
    this.#effects.add(name);
  }

  /** @param end whether it was published or parked */
  seen(detail: string, end: 'published' | 'parked'): void {
    const { metadata, data } = JSON.parse(detail) as EmittedDetail<{ readonly event: string }>;
    const { event } = data;
    if (!this.#effects.has(event)) throw new Violation(OutboxPromises.AFTER_EFFECT, `of ${event}, ${end}`);
    const id = this.#ids.get(event) ?? metadata.eventId;
    if (id !== metadata.eventId) throw new Violation(OutboxPromises.ONE_ID, `${event} has ${id} and ${metadata.eventId}`);
    this.#ids.set(event, id);
    this.#ends.set(event, end);
  }

  atRest(): void {
    for (const event of this.#effects) {
      if (!this.#ends.has(event)) throw new Violation(OutboxPromises.PUBLISHED, `the event of ${event} is neither`);
    }
  }

  digest(): unknown {
    return [[...this.#effects].sort(), [...this.#ids].sort(), [...this.#ends].sort()];
  }
}

export function isOutboxItem(image: StoredItem | undefined): image is StoredItem {
  return image?.[OUTBOX_ATTRIBUTE] !== undefined;
}
