import {
  type AttributeValue,
  BatchGetItemCommand,
  type CancellationReason,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { type AuditEntry, ParkingKey } from '../../blocks/parking-contract';
import type { Clock } from '../clock';
import { writeTogether } from '../idempotency/write-together';
import { fromItem, type GroupItem, groupKey, type ItemKey, type JobItem, jobKey, type MessageItem, messageKey } from './items';

type Item = Readonly<Record<string, AttributeValue>>;

export interface Page<T> {
  readonly found: readonly T[];
  /** Where the next page begins; absent at the end. */
  readonly next?: string;
}

export interface PageOptions {
  readonly limit: number;
  readonly from?: string;
  readonly newestFirst?: boolean;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MOST_KEYS = 100;

/**
 * The desk's table.
 *
 * Items are read by their keys, consistently. The index, which lags behind, only names them: what was read from it is read again before anything is decided on it.
 */
export class ParkingStore {
  constructor(
    readonly tableName: string,
    private readonly clients: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock },
  ) {}

  async group(id: string): Promise<GroupItem | undefined> {
    const item = await this.#get(groupKey(id));
    return item && fromItem<GroupItem>(item);
  }

  async message(id: string): Promise<MessageItem | undefined> {
    const item = await this.#get(messageKey(id));
    return item && fromItem<MessageItem>(item);
  }

  async job(id: string): Promise<JobItem | undefined> {
    const item = await this.#get(jobKey(id));
    return item && fromItem<JobItem>(item);
  }

  /** Those that exist, in the order of the ids. */
  async messages(ids: readonly string[]): Promise<MessageItem[]> {
    return (await this.#getAll(ids.map(messageKey))).map((item) => fromItem<MessageItem>(item));
  }

  async groups(from?: string): Promise<Page<GroupItem>> {
    const { found, next } = await this.#index('groups', { limit: MOST_KEYS, from, newestFirst: true });
    return { found: (await this.#getAll(found)).map((item) => fromItem<GroupItem>(item)), next };
  }

  async jobs(limit: number): Promise<JobItem[]> {
    const { found } = await this.#index('jobs', { limit, newestFirst: true });
    return (await this.#getAll(found)).map((item) => fromItem<JobItem>(item));
  }

  /** Messages that stand in a partition of the index, as they are now: some may have left it. */
  async messagesIn(partition: string, options: PageOptions): Promise<Page<MessageItem>> {
    const { found, next } = await this.#index(partition, options);
    return { found: (await this.#getAll(found)).map((item) => fromItem<MessageItem>(item)), next };
  }

  /** Newest first. */
  async audit(from?: string): Promise<Page<AuditEntry>> {
    const { Items = [], LastEvaluatedKey } = await this.clients.dynamoDb.send(
      new QueryCommand({
        TableName: this.tableName,
        KeyConditionExpression: '#pk = :audit',
        ExpressionAttributeNames: { '#pk': ParkingKey.PARTITION },
        ExpressionAttributeValues: { ':audit': { S: 'audit' } },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: MOST_KEYS,
        ...(from !== undefined && { ExclusiveStartKey: read(from) }),
      }),
    );
    return { found: Items.map((item) => fromItem<AuditEntry>(item)), ...(LastEvaluatedKey && { next: written(LastEvaluatedKey) }) };
  }

  /** @returns undefined when it is written, else why each item was refused. @throws what is no refusal of an item */
  write(items: readonly TransactWriteItem[]): Promise<readonly CancellationReason[] | undefined> {
    return writeTogether(items, this.clients);
  }

  async #get(key: ItemKey): Promise<Item | undefined> {
    const { Item } = await this.clients.dynamoDb.send(new GetItemCommand({ TableName: this.tableName, Key: key, ConsistentRead: true }));
    return Item;
  }

  async #index(partition: string, { limit, from, newestFirst = false }: PageOptions): Promise<Page<ItemKey>> {
    const { Items = [], LastEvaluatedKey } = await this.clients.dynamoDb.send(
      new QueryCommand({
        TableName: this.tableName,
        IndexName: ParkingKey.INDEX,
        KeyConditionExpression: '#partition = :partition',
        ExpressionAttributeNames: { '#partition': ParkingKey.INDEX_PARTITION },
        ExpressionAttributeValues: { ':partition': { S: partition } },
        ScanIndexForward: !newestFirst,
        Limit: limit,
        ...(from !== undefined && { ExclusiveStartKey: read(from) }),
      }),
    );
    const found = Items.map(
      (item) => ({ [ParkingKey.PARTITION]: item[ParkingKey.PARTITION], [ParkingKey.SORT]: item[ParkingKey.SORT] }) as ItemKey,
    );
    return { found, ...(LastEvaluatedKey && { next: written(LastEvaluatedKey) }) };
  }

  #getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    return getAll(this.clients.dynamoDb, this.tableName, keys as readonly Item[]);
  }
}

/** Items of a table by their keys, read consistently: those that exist, in the order of the keys. */
export async function getAll(dynamoDb: Pick<DynamoDBClient, 'send'>, tableName: string, keys: readonly Item[]): Promise<Item[]> {
  const names = Object.keys(keys[0] ?? {});
  const textOf = (item: Item) => JSON.stringify(names.map((name) => item[name]));
  const distinct = [...new Map(keys.map((key) => [textOf(key), key] as const)).values()];
  const found = new Map<string, Item>();
  // From its end: to cut off the beginning copies the rest each time, and a register may ask for a million.
  const rest = [...distinct];
  while (rest.length > 0) {
    const { Responses, UnprocessedKeys } = await dynamoDb.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: rest.splice(-MOST_KEYS), ConsistentRead: true } } }),
    );
    for (const item of Responses?.[tableName] ?? []) found.set(textOf(item), item);
    rest.push(...(UnprocessedKeys?.[tableName]?.Keys ?? []));
  }
  return distinct.map((key) => found.get(textOf(key))).filter((item) => item !== undefined);
}

function written(key: Item): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws Error for what is no place in a list */
function read(cursor: string): Record<string, AttributeValue> {
  return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Record<string, AttributeValue>;
}
