import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Lane } from '../../blocks/fanout-contract';
import { type Clock, sleep } from '../clock';
import type { ItemKey } from '../notifications/store/keys';

export interface SharedRateDependencies {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  readonly clock: Clock;
}

interface Waiting {
  readonly lane: Lane;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly take: (slot: number | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** Bulk takes places only so many milliseconds ahead, so that a transactional message waits no longer than that for what bulk has taken. */
export const BULK_AHEAD_MILLISECONDS = 500;

/** When the next free place is, in microseconds since the epoch: places follow each other at the distance of the rate (GCRA without a burst). */
const FREE_AT = 'free_at';

/**
 * Places in time, one for each message, given out to all functions of a channel from one item: `1 / perSecond` apart, whoever takes them.
 *
 * What asks in the same moment, a batch, takes its places in one request; when many ask, that is the cost of the limit: one write for ten messages.
 */
export class SharedRate {
  readonly #key: ItemKey;
  readonly #microseconds: number;
  readonly #dependencies: SharedRateDependencies;
  #waiting: Waiting[] = [];
  /** It only ever grows: what is known of it is true, or too early. */
  #freeAt = 0;

  /** @param perSecond above 0 */
  constructor(key: ItemKey, perSecond: number, dependencies: SharedRateDependencies) {
    this.#key = key;
    this.#microseconds = Math.ceil(1_000_000 / perSecond);
    this.#dependencies = dependencies;
  }

  /**
   * Waits for a place, and then until it has come.
   *
   * @param until milliseconds since the epoch: a later place is none
   * @returns milliseconds until there may be one, or undefined once the place has come
   */
  async waitForPlace(lane: Lane, until: number): Promise<number | undefined> {
    const { clock } = this.#dependencies;
    for (;;) {
      const place = await this.#place(lane, until);
      if (place !== undefined) {
        const wait = place - clock.now();
        if (wait > 0) await sleep(clock, wait);
        return undefined;
      }
      const untilFree = Math.max(0, this.#freeAt / 1000 - clock.now());
      // A part at random: those that wait together come back apart.
      const wait = Math.max(0, untilFree - BULK_AHEAD_MILLISECONDS) + clock.random() * BULK_AHEAD_MILLISECONDS + 1;
      if (clock.now() + Math.max(wait, untilFree) > until) return untilFree;
      await sleep(clock, wait);
    }
  }

  /** @returns milliseconds since the epoch, or undefined when none is free in time */
  #place(lane: Lane, until: number): Promise<number | undefined> {
    return new Promise((take, fail) => {
      this.#waiting.push({ lane, until, take, fail });
      if (this.#waiting.length === 1) setImmediate(() => void this.#takeAll());
    });
  }

  async #takeAll(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const lane of ['transactional', 'bulk'] as const) {
      const group = waiting.filter((one) => one.lane === lane);
      if (group.length === 0) continue;
      try {
        const until = Math.min(...group.map((one) => one.until));
        const places = await this.#reserve(
          group.length,
          () => this.#dependencies.clock.now() + ahead(lane, until, this.#dependencies.clock),
        );
        for (const [index, one] of group.entries()) one.take(places[index]);
      } catch (error) {
        for (const one of group) one.fail(error);
      }
    }
  }

  /** @returns as many places as are free in time, in milliseconds since the epoch, rounded up */
  async #reserve(wanted: number, latest: () => number): Promise<number[]> {
    const { clock } = this.#dependencies;
    for (;;) {
      const now = Math.ceil(clock.now() * 1000);
      const end = Math.floor(latest() * 1000);
      const from = Math.max(this.#freeAt, now);
      const count = Math.min(wanted, Math.floor((end - from) / this.#microseconds) + 1);
      if (count <= 0) return [];
      const first = await this.#take(count, from, now, end);
      if (first !== undefined) return Array.from({ length: count }, (_, index) => Math.ceil((first + index * this.#microseconds) / 1000));
    }
  }

  /** @returns the first of `count` places that follow each other; undefined when the next free place is another one than was thought: it is known then */
  async #take(count: number, from: number, now: number, end: number): Promise<number | undefined> {
    const { dynamoDb, tableName } = this.#dependencies;
    const taken = count * this.#microseconds;
    // Of those that are at work at the same time each adds to what is there: nobody has to be the first.
    const busy = this.#freeAt > now;
    try {
      const { Attributes } = await dynamoDb.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: marshall(this.#key),
          UpdateExpression: busy ? 'SET #free = #free + :taken' : 'SET #free = :next',
          ConditionExpression: busy ? '#free > :now AND #free <= :latest' : 'attribute_not_exists(#free) OR #free <= :now',
          ExpressionAttributeNames: { '#free': FREE_AT },
          ExpressionAttributeValues: marshall(
            busy ? { ':taken': taken, ':now': now, ':latest': end - taken + this.#microseconds } : { ':next': from + taken, ':now': now },
          ),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      this.#freeAt = Math.max(this.#freeAt, Number(Attributes![FREE_AT]!.N));
      return Number(Attributes![FREE_AT]!.N) - taken;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      this.#freeAt = Number(error.Item?.[FREE_AT]?.N ?? 0);
      return undefined;
    }
  }
}

function ahead(lane: Lane, until: number, clock: Clock): number {
  const left = until - clock.now();
  return lane === 'bulk' ? Math.min(BULK_AHEAD_MILLISECONDS, left) : left;
}
