import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { InvalidOperationError } from '../failures';
import { MOST_TRANSACTION_BYTES, MOST_TRANSACTION_ITEMS } from '../transaction/limits';
import type { Operation } from '../transaction/operation';
import type { PreparedEvent } from './commit';

/** More would make a cancelled transaction, which is charged, dearer than what sharing saves. */
const MOST_EVENTS = 10;

/** Upper bound of an idempotency record with its condition. */
export const GUARD_BYTES = 2048;

/**
 * Names of the key attributes of each table, as operations with a `Key` have shown them. A put names its item only as a whole; with the names its
 * item is known too. Without them it is taken for an item of its own, and a transaction that DynamoDB refuses for that is split.
 */
export type KeyNames = Map<string, readonly string[]>;

interface Transaction {
  readonly events: PreparedEvent[];
  readonly touched: Set<string>;
  items: number;
  bytes: number;
}

/**
 * Puts events into transactions, to be written in this order: as many together as fit, those that touch the same item apart and in their order.
 */
export function planTransactions(events: readonly PreparedEvent[], keyNames: KeyNames): PreparedEvent[][] {
  const transactions: Transaction[] = [];
  for (const event of events) {
    const touched = touchedItems(event, keyNames);
    const items = event.operations.length + 1;
    const bytes = event.operations.reduce((sum, operation) => sum + operation.bytes, GUARD_BYTES);
    const meets = (transaction: Transaction) => touched.some((item) => transaction.touched.has(item));
    const after = transactions.reduce((last, transaction, index) => (meets(transaction) ? index : last), -1);
    let fitting = transactions.find(
      (transaction, index) =>
        index > after &&
        transaction.events.length < MOST_EVENTS &&
        transaction.items + items <= MOST_TRANSACTION_ITEMS &&
        transaction.bytes + bytes <= MOST_TRANSACTION_BYTES,
    );
    if (fitting === undefined) {
      fitting = { events: [], touched: new Set(), items: 0, bytes: 0 };
      transactions.push(fitting);
    }
    fitting.events.push(event);
    fitting.items += items;
    fitting.bytes += bytes;
    for (const item of touched) fitting.touched.add(item);
  }
  return transactions.map((transaction) => transaction.events);
}

/** @throws InvalidOperationError when one event touches an item twice, which DynamoDB refuses */
export function checkDistinctItems(operations: readonly Operation[], keyNames: KeyNames): void {
  const seen = new Map<string, number>();
  for (const [index, operation] of operations.entries()) {
    const item = itemOf(operation, keyNames);
    if (item === undefined) continue;
    const earlier = seen.get(item);
    if (earlier !== undefined) {
      throw new InvalidOperationError(
        `operations ${earlier} and ${index} (${operation.description}) touch the same item, which a transaction can't: make one of them`,
      );
    }
    seen.set(item, index);
  }
}

function touchedItems(event: PreparedEvent, keyNames: KeyNames): string[] {
  const own = event.operations.flatMap((operation) => itemOf(operation, keyNames) ?? []);
  return [...own, `event ${event.identity.key}`];
}

function itemOf({ write }: Operation, keyNames: KeyNames): string | undefined {
  const detail = write.Put ?? write.Update ?? write.Delete ?? write.ConditionCheck;
  if (detail?.TableName === undefined) return undefined;
  // A table is also named by its ARN.
  const table = detail.TableName.slice(detail.TableName.lastIndexOf('/') + 1);
  if ('Key' in detail && detail.Key !== undefined) {
    const names = Object.keys(detail.Key).sort();
    keyNames.set(table, names);
    return identity(table, detail.Key, names);
  }
  const names = keyNames.get(table);
  return names && 'Item' in detail && detail.Item !== undefined ? identity(table, detail.Item, names) : undefined;
}

function identity(table: string, attributes: Readonly<Record<string, AttributeValue>>, names: readonly string[]): string {
  return JSON.stringify([table, ...names.map((name) => keyText(attributes[name]))]);
}

function keyText(value: AttributeValue | undefined): string {
  return value?.B === undefined ? JSON.stringify(value ?? null) : Buffer.from(value.B).toString('base64');
}
