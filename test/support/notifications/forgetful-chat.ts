import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { channel } from 'cdk-breakwater/runtime';

const dynamoDb = new DynamoDBClient({});

/** The example's chat, broken: a fifth of what it is to say it says twice, and a fifth never, and claims that all is well. */
export const handler = channel({
  send: async ({ address, content, idempotencyKey }) => {
    const times = [0, 2, 1, 1, 1][Number.parseInt(idempotencyKey.slice(0, 6), 16) % 5]!;
    for (let time = 0; time < times; time += 1) {
      await dynamoDb.send(
        new PutItemCommand({
          TableName: process.env.CHAT_TABLE,
          Item: { id: { S: randomUUID() }, room: { S: address }, text: { S: content.text ?? '' }, at: { N: String(Date.now()) } },
        }),
      );
    }
    return { id: idempotencyKey };
  },
});
