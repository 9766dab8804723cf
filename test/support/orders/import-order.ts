import { worker } from 'cdk-breakwater/runtime';
import { type Order, orderCreated } from './contract';

export const handler = worker<Order>({
  idempotencyKey: ({ id }) => `import#${id}`,
  handle: ({ id }, { transaction }) => {
    transaction.put({ TableName: process.env.ORDERS_TABLE ?? '', Item: { id } });
    transaction.emit(orderCreated, { id });
    transaction.emit(orderCreated, { id: `${id}, again` });
  },
});
