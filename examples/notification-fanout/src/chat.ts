import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { channel } from 'cdk-breakwater/runtime';

const table = process.env.CHAT_TABLE;
const dynamoDb = new DynamoDBClient({});

/** A channel of our own: what is said to a customer in the shop's chat lies in a table that the chat reads. */
export const handler = channel({
  send: async ({ recipient, address, content, rule, events, idempotencyKey }) => {
    try {
      await dynamoDb.send(
        new PutItemCommand({
          TableName: table,
          Item: {
            id: { S: idempotencyKey },
            room: { S: address },
            text: { S: content.text ?? '' },
            said: { M: { recipient: { S: recipient.id }, rule: { S: rule }, events: { L: events.map((id) => ({ S: id })) } } },
            at: { N: String(Date.now()) },
          },
          // Said already, by an attempt that did not hear of it.
          ConditionExpression: 'attribute_not_exists(id)',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
    return { id: idempotencyKey };
  },
});
