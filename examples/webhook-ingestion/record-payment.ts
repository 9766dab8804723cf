import { randomUUID } from 'node:crypto';
import { PermanentError, worker } from 'cdk-breakwater/runtime';

interface PaymentEvent {
  readonly id: string;
  readonly type: 'payment.succeeded' | 'payment.refunded';
  readonly customer: string;
  /** In the smallest unit of the currency. */
  readonly amount: number;
}

const TableName = process.env.LEDGER_TABLE ?? '';

/** Writes a ledger entry and the customer's new balance. Both stand once or not at all, however often the event comes. */
export const handler = worker<PaymentEvent>({
  handle: ({ id, type, customer, amount }, { transaction, attempt }) => {
    if (!(amount > 0)) throw new PermanentError(`the amount of ${id} must be over 0, given ${amount}`);
    const change = type === 'payment.refunded' ? -amount : amount;
    transaction.put({
      TableName,
      Item: { id: `entry#${randomUUID()}`, event: id, customer, amount: change, attempt, recordedAt: new Date().toISOString() },
    });
    transaction.update({
      TableName,
      Key: { id: `customer#${customer}` },
      UpdateExpression: 'ADD balance :change',
      // A refund may overtake its payment: then the balance does not cover it yet, and the queue brings it again.
      ...(change < 0 && { ConditionExpression: 'balance >= :owed' }),
      ExpressionAttributeValues: { ':change': change, ...(change < 0 && { ':owed': amount }) },
    });
  },
});
