import type { AttributeValue, ConditionCheck, Put } from '@aws-sdk/client-dynamodb';
import { IdempotencyAttribute, ParkedReason } from '../../blocks/contract';

/** States of an event's record. `INPROGRESS` is Powertools' word, for leases. */
export const RecordStatus = {
  COMPLETED: 'COMPLETED',
  /** The event lies in the parking lot. Only a copy redriven from there, which carries the same `parked_at`, may still have the effect. */
  PARKED: 'PARKED',
} as const;

/** When the event was parked, ISO 8601; also the token by which a redriven copy is known. */
export const PARKED_AT = 'parked_at';
export const PARKED_REASON = 'parked_reason';

/** What a delivery brings to its idempotency record. */
export interface EventIdentity {
  readonly key: string;
  /** Lower-case hex SHA-256 of the payload. */
  readonly payloadHash: string;
  /** Token of a copy that was redriven from the parking lot. */
  readonly parkedAt?: string;
}

/** What a record that stands in the way says. */
export type Obstacle =
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'conflict' }
  /** Parked before, by another copy: this one belongs beside it. `conflicting` when the payload differs. */
  | { readonly kind: 'parked'; readonly parkedAt: string; readonly reason: ParkedReason; readonly conflicting: boolean };

export interface RecordTable {
  readonly tableName: string;
  readonly retentionSeconds: number;
}

/**
 * The write that only one delivery of an event can make: no record stands, or it has expired, or it is the parked one this copy was redriven from.
 */
export function guardPut(table: RecordTable, event: EventIdentity, nowMilliseconds: number): Put {
  return recordPut(table, event, nowMilliseconds, { status: RecordStatus.COMPLETED });
}

/** The write that parks an event. It fails when the effect stands; once it stands, no earlier delivery can have the effect any more. */
export function parkedPut(table: RecordTable, event: EventIdentity, parked: ParkedState, nowMilliseconds: number): Put {
  return recordPut(table, event, nowMilliseconds, { status: RecordStatus.PARKED, parked });
}

export interface ParkedState {
  readonly parkedAt: string;
  readonly reason: ParkedReason;
}

function recordPut(
  table: RecordTable,
  event: EventIdentity,
  nowMilliseconds: number,
  state: { readonly status: string; readonly parked?: ParkedState },
): Put {
  const now = Math.floor(nowMilliseconds / 1000);
  return {
    TableName: table.tableName,
    Item: {
      [IdempotencyAttribute.KEY]: { S: event.key },
      [IdempotencyAttribute.STATUS]: { S: state.status },
      [IdempotencyAttribute.PAYLOAD_HASH]: { S: event.payloadHash },
      [IdempotencyAttribute.EXPIRATION]: { N: String(now + table.retentionSeconds) },
      ...(state.parked !== undefined && { [PARKED_AT]: { S: state.parked.parkedAt }, [PARKED_REASON]: { S: state.parked.reason } }),
    },
    ...whileOpen(event, now),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** Holds the event's effect open: writes nothing, and fails as the guard would. */
export function openCheck(table: RecordTable, event: EventIdentity, nowMilliseconds: number): ConditionCheck {
  return {
    TableName: table.tableName,
    Key: { [IdempotencyAttribute.KEY]: { S: event.key } },
    ...whileOpen(event, Math.floor(nowMilliseconds / 1000)),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

function whileOpen(event: EventIdentity, nowSeconds: number) {
  const { parkedAt } = event;
  return {
    ConditionExpression: `attribute_not_exists(#key) OR #expiration < :now${parkedAt === undefined ? '' : ' OR (#status = :parked AND #parkedAt = :parkedAt)'}`,
    ExpressionAttributeNames: {
      '#key': IdempotencyAttribute.KEY,
      '#expiration': IdempotencyAttribute.EXPIRATION,
      ...(parkedAt !== undefined && { '#status': IdempotencyAttribute.STATUS, '#parkedAt': PARKED_AT }),
    },
    ExpressionAttributeValues: {
      ':now': { N: String(nowSeconds) },
      ...(parkedAt !== undefined && { ':parked': { S: RecordStatus.PARKED }, ':parkedAt': { S: parkedAt } }),
    },
  };
}

/** Reads the record that made a guard fail. */
export function readObstacle(item: Readonly<Record<string, AttributeValue>>, event: EventIdentity): Obstacle {
  const sameHash = item[IdempotencyAttribute.PAYLOAD_HASH]?.S === event.payloadHash;
  const parkedAt = item[PARKED_AT]?.S;
  if (item[IdempotencyAttribute.STATUS]?.S === RecordStatus.PARKED && parkedAt !== undefined) {
    const reason = (item[PARKED_REASON]?.S ?? ParkedReason.PERMANENT) as ParkedReason;
    return { kind: 'parked', parkedAt, reason, conflicting: !sameHash };
  }
  return sameHash ? { kind: 'duplicate' } : { kind: 'conflict' };
}
