import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { FanoutAttribute } from '../../blocks/fanout-contract';
import type { FanoutStore } from './store/fanout-store';
import { readDelivery, type StoredDelivery } from './store/items';
import { PARTITION_KEY, RECIPIENT_INDEX, SORT_KEY } from './store/keys';

/** A recipient's deliveries, the latest first. @param most how many */
export async function recipientDeliveries(
  recipient: string,
  most: number,
  { store, dynamoDb }: { readonly store: FanoutStore; readonly dynamoDb: Pick<DynamoDBClient, 'send'> },
): Promise<readonly StoredDelivery[]> {
  const { Items = [] } = await dynamoDb.send(
    new QueryCommand({
      ...{ TableName: store.tableName, IndexName: RECIPIENT_INDEX, ScanIndexForward: false, Limit: most },
      KeyConditionExpression: '#recipient = :recipient',
      ExpressionAttributeNames: { '#recipient': FanoutAttribute.RECIPIENT },
      ExpressionAttributeValues: { ':recipient': { S: recipient } },
    }),
  );
  const keys = Items.map((item) => ({ [PARTITION_KEY]: item[PARTITION_KEY]!.S!, [SORT_KEY]: item[SORT_KEY]!.S! }));
  const found = await store.read(keys);
  return keys.flatMap((key) => {
    const item = found.get(key);
    return item === undefined ? [] : [readDelivery(item)];
  });
}
