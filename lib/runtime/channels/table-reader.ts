import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Clock, fullJitter, sleep } from '../clock';
import type { StoredItem } from '../notifications/store/items';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from '../notifications/store/keys';

export interface TableReaderDependencies {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  readonly clock: Clock;
}

interface Asked {
  readonly key: ItemKey;
  readonly found: (item: StoredItem | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MOST_KEYS = 100;
const TRIES = 5;
const BASE_MILLISECONDS = 50;
const LONGEST_MILLISECONDS = 1_000;

/** Reads items; what is asked for in the same moment, by handlers that run side by side, is read together and each item once. */
export class TableReader {
  readonly #dependencies: TableReaderDependencies;
  #asked: Asked[] = [];

  constructor(dependencies: TableReaderDependencies) {
    this.#dependencies = dependencies;
  }

  /** As it stands at this time. */
  read(key: ItemKey): Promise<StoredItem | undefined> {
    return new Promise((found, failed) => {
      this.#asked.push({ key, found, failed });
      if (this.#asked.length === 1) setImmediate(() => void this.#readAll());
    });
  }

  async #readAll(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const keys = [...new Map(asked.map(({ key }) => [nameOf(key), key])).values()];
    for (let start = 0; start < keys.length; start += MOST_KEYS) {
      const chunk = keys.slice(start, start + MOST_KEYS);
      const names = new Set(chunk.map(nameOf));
      const mine = asked.filter(({ key }) => names.has(nameOf(key)));
      try {
        const items = await this.#readChunk(chunk);
        for (const { key, found } of mine) found(items.get(nameOf(key)));
      } catch (error) {
        for (const { failed } of mine) failed(error);
      }
    }
  }

  async #readChunk(keys: readonly ItemKey[]): Promise<Map<string, StoredItem>> {
    const { dynamoDb, tableName, clock } = this.#dependencies;
    const items = new Map<string, StoredItem>();
    let rest: Record<string, { Keys: StoredItem[]; ConsistentRead: boolean }> = {
      [tableName]: { Keys: keys.map((key) => marshall(key)), ConsistentRead: true },
    };
    for (let attempt = 1; ; attempt++) {
      const { Responses, UnprocessedKeys } = await dynamoDb.send(new BatchGetItemCommand({ RequestItems: rest }));
      for (const item of Responses?.[tableName] ?? []) items.set(JSON.stringify([item[PARTITION_KEY]!.S, item[SORT_KEY]!.S]), item);
      if (UnprocessedKeys?.[tableName]?.Keys === undefined) return items;
      if (attempt === TRIES) throw new Error('the table is too busy to read deliveries');
      rest = { [tableName]: { Keys: UnprocessedKeys[tableName].Keys, ConsistentRead: true } };
      await sleep(clock, fullJitter(clock, attempt, BASE_MILLISECONDS, LONGEST_MILLISECONDS));
    }
  }
}

function nameOf(key: ItemKey): string {
  return JSON.stringify([key[PARTITION_KEY], key[SORT_KEY]]);
}
