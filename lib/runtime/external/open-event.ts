import type { AttributeValue, ConditionCheck } from '@aws-sdk/client-dynamodb';
import { type EventIdentity, type Obstacle, openCheck, type RecordTable, readObstacle } from '../idempotency/record';

/** An event as its external effects see it: they may only begin while it is open. */
export interface OpenEvent {
  readonly key: string;
  readonly payloadHash: string;
  /** Fails when the event is closed. */
  openCheck(nowMilliseconds: number): ConditionCheck;
  /** What to throw then, by the record that stands. */
  closed(record: Record<string, AttributeValue> | undefined): Error;
}

/** The event has had its effect, or is parked: no step of it may begin. */
export class EventClosedError extends Error {
  override readonly name = 'EventClosedError';
  readonly obstacle: Obstacle;

  constructor(obstacle: Obstacle) {
    super(`the event is closed: ${obstacle.kind}`);
    this.obstacle = obstacle;
  }
}

/** An event of a queue is open until it has had its effect, or is parked. */
export function openQueueEvent(table: RecordTable, identity: EventIdentity): OpenEvent {
  return {
    key: identity.key,
    payloadHash: identity.payloadHash,
    openCheck: (nowMilliseconds) => openCheck(table, identity, nowMilliseconds),
    closed: (record) =>
      record === undefined
        ? new Error('the record that closed the event was not returned')
        : new EventClosedError(readObstacle(record, identity)),
  };
}
