import { detailSchema, type EmittedDetail, worker } from 'cdk-breakwater/runtime';
import { type OrderShippedV2, orderShippedV2 } from './contracts';

export const handler = worker<EmittedDetail<OrderShippedV2>>({
  schema: detailSchema(orderShippedV2),
  idempotencyKey: ({ metadata }) => metadata.eventId,
  handle: ({ data }, { transaction }) => {
    transaction.put({ TableName: process.env.THANKS_TABLE ?? '', Item: { id: data.order, parcels: data.parcels.length } });
  },
});
