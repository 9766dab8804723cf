import { randomUUID } from 'node:crypto';
import { type HandlerContext, PermanentError } from 'cdk-breakwater/runtime';
import { z } from 'zod';

export const orderSchema = z.object({
  id: z.string(),
  customer: z.string(),
  shop: z.string(),
  country: z.string(),
  quantity: z.int().positive(),
  /** In the smallest unit of the currency. */
  amount: z.int().positive(),
  /** When it was placed: ISO 8601, or seconds since 1970 from the tills of older shops. */
  placedAt: z.string(),
  gift: z.object({ note: z.string().optional() }).optional(),
});
export type Order = z.infer<typeof orderSchema>;

/** What the faulty release and the mended one read differently. */
export interface Reading {
  readonly placedAt: string;
  readonly giftNote?: string;
}

const COUNTRIES = ['AT', 'CH', 'DE', 'FR', 'IT'];
const CLOSED_SHOPS = ['shop_closed'];

/** Nobody is there who would send the parcel. */
class ShopClosedError extends PermanentError {
  override readonly name = 'ShopClosedError';
}

const TableName = process.env.LEDGER_TABLE ?? '';

/** Writes a ledger entry and the customer's new balance. Both stand once or not at all, however often the order comes. */
export function book({ id, customer, shop, country, amount }: Order, reading: Reading, { transaction, attempt }: HandlerContext): void {
  if (CLOSED_SHOPS.includes(shop)) throw new ShopClosedError(`order ${id} is of '${shop}', which is closed`);
  if (!COUNTRIES.includes(country)) throw new PermanentError(`no carrier takes order ${id} to '${country}'`);
  transaction.put({
    TableName,
    Item: { id: `entry#${randomUUID()}`, event: id, customer, amount, attempt, recordedAt: new Date().toISOString(), ...reading },
  });
  transaction.update({
    TableName,
    Key: { id: `customer#${customer}` },
    UpdateExpression: 'ADD balance :amount',
    ExpressionAttributeValues: { ':amount': amount },
  });
}
