import { worker } from 'cdk-breakwater/runtime';
import { book, type Order, orderSchema } from './order';

/** The first release, with two faults: a gift may come without a note, and the tills of older shops write the time as seconds. */
export const handler = worker<Order>({
  schema: orderSchema,
  handle: (order, context) =>
    book(
      order,
      {
        placedAt: new Date(order.placedAt).toISOString(),
        ...(order.gift && { giftNote: (order.gift.note as string).trim() }),
      },
      context,
    ),
});
