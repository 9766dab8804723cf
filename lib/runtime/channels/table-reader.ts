import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { StoredItem } from '../notifications/store/items';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from '../notifications/store/keys';
import { getAll } from '../parking/store';

export interface TableReaderDependencies {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
}

interface Asked {
  readonly key: ItemKey;
  readonly found: (item: StoredItem | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** Reads items as they stand; what is asked for in the same moment, by handlers that run side by side, is read together and each item once. */
export class TableReader {
  readonly #dependencies: TableReaderDependencies;
  #asked: Asked[] = [];

  constructor(dependencies: TableReaderDependencies) {
    this.#dependencies = dependencies;
  }

  read(key: ItemKey): Promise<StoredItem | undefined> {
    return new Promise((found, failed) => {
      this.#asked.push({ key, found, failed });
      if (this.#asked.length === 1) setImmediate(() => void this.#readAll());
    });
  }

  async #readAll(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const { dynamoDb, tableName } = this.#dependencies;
    try {
      const items = await getAll(
        dynamoDb,
        tableName,
        asked.map(({ key }) => marshall(key)),
      );
      const byName = new Map(items.map((item) => [nameOf(item[PARTITION_KEY]!.S!, item[SORT_KEY]!.S!), item]));
      for (const { key, found } of asked) found(byName.get(nameOf(key[PARTITION_KEY], key[SORT_KEY])));
    } catch (error) {
      for (const { failed } of asked) failed(error);
    }
  }
}

function nameOf(partition: string, sort: string): string {
  return JSON.stringify([partition, sort]);
}
