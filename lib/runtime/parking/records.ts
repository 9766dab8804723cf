import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdempotencyAttribute } from '../../blocks/contract';
import type { ParkingLotSettings } from '../../blocks/parking-contract';
import type { MessageItem } from './items';
import { getAll } from './store';

/** Idempotency records of messages, where the desk can see them. @returns record by message id; undefined for a message that has none */
export async function recordsOf(
  messages: readonly MessageItem[],
  lots: readonly ParkingLotSettings[],
  dynamoDb: Pick<DynamoDBClient, 'send'>,
): Promise<ReadonlyMap<string, Readonly<Record<string, AttributeValue>>>> {
  const found = new Map<string, Readonly<Record<string, AttributeValue>>>();
  for (const table of new Set(lots.flatMap(({ idempotencyTable }) => idempotencyTable ?? []))) {
    const seen = messages.filter((message) => visibleTable(message, lots) === table);
    if (seen.length === 0) continue;
    const items = await getAll(
      dynamoDb,
      table,
      seen.map(({ idempotencyKey }) => ({ [IdempotencyAttribute.KEY]: { S: idempotencyKey! } })),
    );
    const byKey = new Map(items.map((item) => [item[IdempotencyAttribute.KEY]?.S, item] as const));
    for (const { id, idempotencyKey } of seen) {
      const item = byKey.get(idempotencyKey);
      if (item !== undefined) found.set(id, item);
    }
  }
  return found;
}

/** Table in which the effect of a message is seen; undefined when nobody can see it. */
export function visibleTable({ lot, idempotencyKey }: MessageItem, lots: readonly ParkingLotSettings[]): string | undefined {
  return idempotencyKey === undefined ? undefined : lots.find(({ arn }) => arn === lot)?.idempotencyTable;
}
