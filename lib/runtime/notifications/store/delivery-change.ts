import { OUTBOX_ATTRIBUTE } from '../../../blocks/contract';
import { type DeliveryChanged, type DeliveryStatus, FANOUT_EVENT_SOURCE, FanoutEvent } from '../../../blocks/fanout-contract';
import { deterministicId } from '../../deterministic-id';
import type { EmittedDetail } from '../../outbox/contract';
import type { OutboxEntry } from '../../outbox/outbox';
import type { UpdateOperation } from '../../transaction/operation';
import { type DeliveryMessage, messageName, type StoredDelivery, type StoredTimer, type TimelineEntry } from './items';
import { deliveryItemKey, PARTITION_KEY } from './keys';

/** What a message becomes. */
export interface MessageChange {
  readonly message: DeliveryMessage;
  /** Statuses that it may have had. @default - it is new */
  readonly from?: readonly DeliveryStatus[];
}

export interface DeliveryChange {
  readonly changes: readonly MessageChange[];
  /** What happened beside: engagements. Each change is a line of the timeline by itself. */
  readonly happened?: readonly TimelineEntry[];
  readonly timers?: readonly StoredTimer[];
  /** Whether the change is published. */
  readonly publish: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type DeliveryName = Pick<StoredDelivery, 'occurrence' | 'event' | 'recipient' | 'correlationId'>;

/**
 * Changes messages of a delivery, each on the condition that it has a status from which it may become what it does. For `Transaction.update`, and for the SDK once its
 * values are marshalled.
 *
 * @throws Error when nothing changes: an update of nothing would still be published
 */
export function deliveryUpdate(tableName: string, delivery: DeliveryName, change: DeliveryChange): UpdateOperation {
  const { changes, timers = [] } = change;
  const timeline = [...changes.map(({ message }) => lineOf(message)), ...(change.happened ?? [])];
  if (timeline.length === 0 && timers.length === 0) throw new Error(`nothing changes at the delivery of ${delivery.occurrence}`);
  const expression = new UpdateExpression();
  for (const { message, from } of changes) expression.message(message, from);
  if (timeline.length > 0) expression.append('timeline', timeline);
  if (timers.length > 0)
    expression.append(
      'timers',
      timers.map((timer) => JSON.stringify(timer)),
    );
  if (change.publish && changes.length > 0)
    expression.set(
      OUTBOX_ATTRIBUTE,
      outboxOf(
        delivery,
        changes.map(({ message }) => message),
        change.now,
      ),
    );
  return { TableName: tableName, Key: deliveryItemKey(delivery), ...expression.parameters() };
}

/** What tells of a change; an attribute of the delivery, published by the relay on the table's stream. */
export function outboxOf(delivery: DeliveryName, messages: readonly DeliveryMessage[], now: number): OutboxEntry {
  const { occurrence, event, recipient, correlationId } = delivery;
  const data: DeliveryChanged = {
    ...{ occurrence, ...(event !== undefined && { event }), recipient },
    changes: messages.map(({ channel, rule, status, reason, at }) => ({ channel, rule, status, reason, at: new Date(at).toISOString() })),
  };
  const eventId = deterministicId(FanoutEvent.DELIVERY_CHANGED, occurrence, recipient, JSON.stringify(data.changes), now);
  const occurredAt = new Date(now).toISOString();
  const causedBy = event ?? occurrence;
  const metadata = { eventId, contract: FanoutEvent.DELIVERY_CHANGED, version: 1, correlationId, causedBy, occurredAt };
  const detail: EmittedDetail<DeliveryChanged> = { metadata, data };
  return {
    ...{ eventId, source: FANOUT_EVENT_SOURCE, detailType: FanoutEvent.DELIVERY_CHANGED, occurredAt, correlationId, causedBy },
    detail: JSON.stringify(detail),
  };
}

/** A message as the timeline tells of it. */
export function lineOf({ channel, rule, status, reason, at }: DeliveryMessage): TimelineEntry {
  return { channel, rule, status, reason, at };
}

/** Collects clauses and their placeholders. */
class UpdateExpression {
  readonly #sets: string[] = [];
  readonly #conditions: string[] = ['attribute_exists(#pk)'];
  readonly #names: Record<string, string> = { '#pk': PARTITION_KEY };
  readonly #values: Record<string, unknown> = {};

  set(attribute: string, value: unknown): void {
    this.#sets.push(`${this.#name(attribute)} = ${this.#value(value)}`);
  }

  append(attribute: string, values: readonly unknown[]): void {
    const name = this.#name(attribute);
    this.#sets.push(`${name} = list_append(${name}, ${this.#value(values)})`);
  }

  message(message: DeliveryMessage, from: readonly DeliveryStatus[] | undefined): void {
    const path = `${this.#name('messages')}.${this.#name(messageName(message))}`;
    this.#sets.push(`${path} = ${this.#value(message)}`);
    if (from === undefined) this.#conditions.push(`attribute_not_exists(${path})`);
    else this.#conditions.push(`(${from.map((status) => `${path}.${this.#name('status')} = ${this.#value(status)}`).join(' OR ')})`);
  }

  parameters(): Pick<
    UpdateOperation,
    'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
  > {
    return {
      UpdateExpression: `SET ${this.#sets.join(', ')}`,
      ConditionExpression: this.#conditions.join(' AND '),
      ExpressionAttributeNames: this.#names,
      ExpressionAttributeValues: this.#values,
    };
  }

  #name(attribute: string): string {
    const known = Object.keys(this.#names).find((name) => this.#names[name] === attribute);
    const name = known ?? `#n${Object.keys(this.#names).length}`;
    this.#names[name] = attribute;
    return name;
  }

  #value(value: unknown): string {
    const name = `:v${Object.keys(this.#values).length}`;
    this.#values[name] = value;
    return name;
  }
}
