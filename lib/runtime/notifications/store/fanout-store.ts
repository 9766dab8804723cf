import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { PAGE_RECIPIENTS } from '../../../blocks/fanout-contract';
import type { Clock } from '../../clock';
import { retrying, writeTogether } from '../../idempotency/write-together';
import { getAll } from '../../parking/store';
import type { UpdateOperation } from '../../transaction/operation';
import type { StoredItem } from './items';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from './keys';

export interface FanoutStoreClients {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly clock: Clock;
}

/** An update as the SDK takes it. */
export type MarshalledUpdate = ReturnType<typeof marshalled>;

/** Why nothing was written. */
export type Refusal =
  /** The item that was to be new, as it is there. */
  | { readonly kind: 'exists'; readonly item: StoredItem }
  /** Something is not what the change was made from. */
  | { readonly kind: 'changed' };

/** Items that were read, by their keys. */
export interface FoundItems {
  get(key: ItemKey): StoredItem | undefined;
  readonly all: readonly StoredItem[];
}

/** The table of a fan-out: reads are consistent, and what meets other traffic is tried again for a moment. */
export class FanoutStore {
  readonly #dynamoDb: Pick<DynamoDBClient, 'send'>;

  constructor(
    readonly tableName: string,
    private readonly clients: FanoutStoreClients,
  ) {
    this.#dynamoDb = retrying(clients.dynamoDb, clients.clock);
  }

  async read(keys: readonly ItemKey[]): Promise<FoundItems> {
    const all = keys.length === 0 ? [] : await getAll(this.#dynamoDb, this.tableName, keys.map(marshalledKey));
    const byName = new Map(all.map((item) => [nameOf(item[PARTITION_KEY]!.S!, item[SORT_KEY]!.S!), item]));
    return { all, get: (key) => byName.get(nameOf(key[PARTITION_KEY], key[SORT_KEY])) };
  }

  async readOne(key: ItemKey): Promise<StoredItem | undefined> {
    const { Item } = await this.#dynamoDb.send(
      new GetItemCommand({ TableName: this.tableName, Key: marshalledKey(key), ConsistentRead: true }),
    );
    return Item;
  }

  /** One page of a partition, in the order of the sort keys. @param after a sort key */
  async page(partition: string, after?: string): Promise<{ readonly items: readonly StoredItem[]; readonly isLast: boolean }> {
    const { Items = [], LastEvaluatedKey } = await this.#dynamoDb.send(
      new QueryCommand({
        TableName: this.tableName,
        KeyConditionExpression: after === undefined ? '#pk = :pk' : '#pk = :pk AND #sk > :after',
        ExpressionAttributeNames: { '#pk': PARTITION_KEY, ...(after !== undefined && { '#sk': SORT_KEY }) },
        ExpressionAttributeValues: { ':pk': { S: partition }, ...(after !== undefined && { ':after': { S: after } }) },
        Limit: PAGE_RECIPIENTS,
        ConsistentRead: true,
      }),
    );
    return { items: Items, isLast: LastEvaluatedKey === undefined };
  }

  /** All items of a partition whose sort keys come after this one. */
  async rest(partition: string, after?: string): Promise<readonly StoredItem[]> {
    const found: StoredItem[] = [];
    for (;;) {
      const { items, isLast } = await this.page(partition, found.at(-1)?.[SORT_KEY]?.S ?? after);
      found.push(...items);
      if (isLast) return found;
    }
  }

  /** Writes an item, if a condition is given only where it holds. @returns undefined when it is written, else what is there */
  async put(item: StoredItem, condition?: Condition): Promise<Refusal | undefined> {
    const input: PutItemCommandInput = {
      ...{ TableName: this.tableName, Item: item },
      ...(condition && { ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
    };
    try {
      await this.#dynamoDb.send(new PutItemCommand(input));
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item === undefined ? { kind: 'changed' } : { kind: 'exists', item: error.Item };
    }
  }

  /** @returns whether its condition was met */
  update(operation: UpdateOperation): Promise<boolean> {
    return this.#where(new UpdateItemCommand(marshalled(operation)));
  }

  /** @returns whether the condition was met */
  delete(key: ItemKey, condition: Condition): Promise<boolean> {
    return this.#where(new DeleteItemCommand({ TableName: this.tableName, Key: marshalledKey(key), ...condition }));
  }

  async #where(command: UpdateItemCommand | DeleteItemCommand): Promise<boolean> {
    try {
      await (this.#dynamoDb as { send(one: typeof command): Promise<unknown> }).send(command);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /**
   * Writes these items together.
   *
   * @param newItem index of the one that must not be there yet
   * @returns undefined when they are written
   */
  async together(items: readonly TransactWriteItem[], newItem?: number): Promise<Refusal | undefined> {
    try {
      const reasons = await writeTogether(items, this.clients);
      if (reasons === undefined) return undefined;
      const item = newItem === undefined ? undefined : reasons[newItem]?.Item;
      if (item !== undefined) return { kind: 'exists', item };
      const fault = reasons.find(({ Code }) => Code === 'ValidationError');
      if (fault !== undefined) throw new Error(`the table refuses an item: ${fault.Message}`);
      return { kind: 'changed' };
    } catch (error) {
      // Others kept changing the same items all the time.
      if (error instanceof TransactionCanceledException) return { kind: 'changed' };
      throw error;
    }
  }
}

export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: StoredItem;
}

/** An item that is not there yet. */
export const IS_NEW: Condition = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': PARTITION_KEY } };

/** @param revision that it has @default - it is not there */
export function hasRevision(revision: string | number | undefined): Condition {
  if (revision === undefined) return IS_NEW;
  return {
    ConditionExpression: '#revision = :revision',
    ExpressionAttributeNames: { '#revision': 'revision' },
    ExpressionAttributeValues: marshall({ ':revision': revision }),
  };
}

export function marshalledKey(key: ItemKey): StoredItem {
  return marshall(key);
}

/** An operation of a transaction with the SDK's values. */
export function marshalled({ Key, ExpressionAttributeValues: values, ExpressionAttributeNames: names, ...others }: UpdateOperation) {
  return {
    ...others,
    Key: marshall(Key),
    ...(names && { ExpressionAttributeNames: { ...names } }),
    ...(values && { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) }),
  };
}

function nameOf(partition: string, sort: string): string {
  return `${partition} ${sort}`;
}
