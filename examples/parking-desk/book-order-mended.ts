import { worker } from 'cdk-breakwater/runtime';
import { book, type Order, orderSchema } from './order';

/** The release in which both faults of the first one are mended. */
export const handler = worker<Order>({
  schema: orderSchema,
  handle: (order, context) =>
    book(
      order,
      {
        placedAt: new Date(/^\d+$/.test(order.placedAt) ? Number(order.placedAt) * 1000 : order.placedAt).toISOString(),
        ...(order.gift?.note !== undefined && { giftNote: order.gift.note.trim() }),
      },
      context,
    ),
});
