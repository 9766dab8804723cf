import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';

/** Plain JavaScript values. Undefined ones inside an item are left out; a Date, a class instance or NaN is refused. */
export type Item = Readonly<Record<string, unknown>>;

export interface Target {
  readonly TableName: string;
}

export interface Condition {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

export interface PutOperation extends Target, Condition {
  readonly Item: Item;
}

export interface UpdateOperation extends Target, Condition {
  readonly Key: Item;
  readonly UpdateExpression: string;
}

export interface DeleteOperation extends Target, Condition {
  readonly Key: Item;
}

export interface CheckOperation extends Target, Condition {
  readonly Key: Item;
  readonly ConditionExpression: string;
}

export interface OperationOptions {
  /**
   * What a condition that is not met means: `retry` when it may be met later, `park` when it never will be.
   *
   * @default 'retry'
   */
  readonly whenConditionFails?: 'retry' | 'park';
}

/** An operation as it is sent. */
export interface Operation {
  readonly write: TransactWriteItem;
  /** For errors: kind and table. Never values. */
  readonly description: string;
  readonly whenConditionFails: 'retry' | 'park';
  /** What it adds to the size of a transaction. */
  readonly bytes: number;
  /** Size of the item it writes, as far as the operation alone tells. */
  readonly itemBytes: number;
}
