import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { idempotentApi } from 'cdk-breakwater/runtime';
import { type Order, orderCreated } from './contract';

const TableName = process.env.ORDERS_TABLE ?? '';
const dynamoDb = new DynamoDBClient({});

export const handler = idempotentApi<Order>({
  name: 'create-order',
  caller: () => 'anybody',
  handle: async ({ id, after }, { transaction }) => {
    while (after !== undefined && !(await isThere(after))) await setTimeout(50);
    transaction.put({ TableName, Item: { id } });
    transaction.emit(orderCreated, { id });
    return { statusCode: 201, body: { id, run: randomUUID() } };
  },
});

async function isThere(id: string): Promise<boolean> {
  const { Item } = await dynamoDb.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }));
  return Item !== undefined;
}
