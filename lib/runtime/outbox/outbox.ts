import type { AttributeValue, Put } from '@aws-sdk/client-dynamodb';
import { IdempotencyAttribute, OUTBOX_ATTRIBUTE } from '../../blocks/contract';
import { deterministicId } from '../deterministic-id';
import type { StandardSchema } from '../standard-schema';
import { type EmittedDetail, OUTBOX_KEY_PREFIX } from './contract';

/** What an event is called and looks like. */
export interface EventContract<T> {
  /** Its `detail-type` on the event bus, for example `payment.recorded`; 1 to 128 characters. */
  readonly name: string;
  /** A whole number, 1 or more; a new one for a change that breaks receivers. */
  readonly version: number;
  /** Its `source` on the event bus, for example `acme.payments`; 1 to 128 characters, never beginning with `aws.`. */
  readonly source: string;
  /** Any Standard Schema that answers at once. @default the event is not checked */
  readonly schema?: StandardSchema<T>;
}

/** Whose effect the emitted events tell of, and where they are kept. */
export interface Outbox {
  readonly tableName: string;
  readonly retentionSeconds: number;
  readonly causedBy: string;
  readonly correlationId: string;
  readonly nowMilliseconds: number;
}

/**
 * The item that puts an event into the same transaction as its effect. A relay on the table's stream publishes it.
 *
 * @param index how many events of this contract the handler emitted before: with key and contract it makes the id, so that a run that is repeated
 *   emits the same events
 */
export function outboxPut<T>(contract: EventContract<T>, event: T, index: number, outbox: Outbox): Put {
  checkContract(contract);
  const eventId = deterministicId(outbox.causedBy, contract.source, contract.name, contract.version, index);
  const occurredAt = new Date(outbox.nowMilliseconds).toISOString();
  const detail: EmittedDetail = {
    metadata: {
      ...{ eventId, contract: contract.name, version: contract.version },
      ...{ correlationId: outbox.correlationId, causedBy: outbox.causedBy, occurredAt },
    },
    data: checkedData(contract, event),
  };
  const fields: Record<keyof OutboxEntry, string> = {
    ...{ eventId, source: contract.source, detailType: contract.name, occurredAt },
    ...{ correlationId: outbox.correlationId, causedBy: outbox.causedBy, detail: JSON.stringify(detail) },
  };
  return {
    TableName: outbox.tableName,
    Item: {
      [IdempotencyAttribute.KEY]: { S: `${OUTBOX_KEY_PREFIX}${eventId}` },
      [IdempotencyAttribute.EXPIRATION]: { N: String(Math.floor(outbox.nowMilliseconds / 1000) + outbox.retentionSeconds) },
      [OUTBOX_ATTRIBUTE]: { M: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { S: value }])) },
    },
  };
}

/** An outbox item as the relay reads it. */
export interface OutboxEntry {
  readonly eventId: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly causedBy: string;
}

/** @returns undefined for an item that is not of the outbox */
export function readOutboxEntry(image: Readonly<Record<string, Pick<AttributeValue, 'S' | 'M'>>> | undefined): OutboxEntry | undefined {
  const fields = image?.[OUTBOX_ATTRIBUTE]?.M;
  if (fields === undefined) return undefined;
  const text = (name: keyof OutboxEntry) => fields[name]?.S ?? '';
  return {
    ...{ eventId: text('eventId'), source: text('source'), detailType: text('detailType'), detail: text('detail') },
    ...{ occurredAt: text('occurredAt'), correlationId: text('correlationId'), causedBy: text('causedBy') },
  };
}

function checkContract({ name, version, source }: Pick<EventContract<unknown>, 'name' | 'version' | 'source'>): void {
  for (const [field, value] of Object.entries({ name, source })) {
    if (value.length < 1 || value.length > 128)
      throw new Error(`${field} of the contract has ${value.length} characters, allowed are 1 to 128`);
  }
  if (source.startsWith('aws.'))
    throw new Error(`source of the contract is ${source}: EventBridge keeps names that begin with aws. for itself`);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new Error(`version of the contract is ${version}, allowed is a whole number from 1`);
}

function checkedData<T>({ schema, name }: EventContract<T>, event: T): T {
  if (event === undefined) throw new Error(`the event for ${name} is undefined`);
  if (schema === undefined) return event;
  const result = schema['~standard'].validate(event);
  if (result instanceof Promise) throw new Error(`the schema of ${name} answers later: emit takes schemas that answer at once`);
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  const path = (issue?.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');
  throw new Error(`the event is refused by the schema of ${name}: ${path || 'the event itself'}: ${issue?.message}`);
}
