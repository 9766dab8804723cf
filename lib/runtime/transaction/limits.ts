import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { InvalidOperationError } from '../failures';
import type { Operation } from './operation';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const MOST_TRANSACTION_ITEMS = 100;
export const MOST_TRANSACTION_BYTES = 4 * 1024 * 1024;
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const MOST_ITEM_BYTES = 400 * 1024;

/** @throws InvalidOperationError when one event alone is more than a transaction takes, naming the event */
export function checkLimits(idempotencyKey: string, operations: readonly Operation[], guardBytes: number): void {
  const items = operations.length + 1;
  if (items > MOST_TRANSACTION_ITEMS) {
    throw new InvalidOperationError(
      `the event ${idempotencyKey} makes ${operations.length} operations, a transaction takes ${MOST_TRANSACTION_ITEMS - 1} beside the idempotency record: split the event where it is sent`,
    );
  }
  let total = guardBytes;
  for (const [index, { bytes, itemBytes, description }] of operations.entries()) {
    total += bytes;
    if (itemBytes <= MOST_ITEM_BYTES) continue;
    throw new InvalidOperationError(
      `the event ${idempotencyKey} writes ${itemBytes} bytes in operation ${index} (${description}), an item takes ${MOST_ITEM_BYTES}: store the large part in S3`,
    );
  }
  if (total > MOST_TRANSACTION_BYTES) {
    throw new InvalidOperationError(
      `the event ${idempotencyKey} writes ${total} bytes in all, a transaction takes ${MOST_TRANSACTION_BYTES}: split the event where it is sent`,
    );
  }
}

/**
 * Bytes of an item as DynamoDB counts them.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, number) => sum + numberBytes(number), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, binary) => sum + binary.byteLength, 0);
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  if (value.L !== undefined) return value.L.reduce((sum, element) => sum + 1 + valueBytes(element), 3);
  return 1;
}

/** About a byte for two significant digits and one for the exponent. */
function numberBytes(number: string): number {
  const digits = number
    .replace(/[eE].*$/, '')
    .replace(/[^0-9]/g, '')
    .replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + (number.startsWith('-') ? 2 : 1);
}
