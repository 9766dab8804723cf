import type { EventContract } from 'cdk-breakwater/runtime';

export interface Order {
  readonly id: string;
  /** The handler waits until an item of this id stands in the table of orders. */
  readonly after?: string;
}

export const orderCreated: EventContract<{ readonly id: string }> = { name: 'order.created', version: 1, source: 'test.orders' };
