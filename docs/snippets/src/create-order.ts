import { randomUUID } from 'node:crypto';
import { idempotentApi } from 'cdk-breakwater/runtime';

export const handler = idempotentApi<{ readonly article: string; readonly pieces: number }>({
  name: 'create-order',
  caller: ({ headers }) => headers['x-customer'] ?? '',
  handle: ({ article, pieces }, { transaction }) => {
    const id = randomUUID();
    transaction.put({ TableName: process.env.ORDERS_TABLE ?? '', Item: { id, article, pieces } });
    return { statusCode: 201, body: { id } };
  },
});
