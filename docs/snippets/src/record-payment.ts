import { worker } from 'cdk-breakwater/runtime';

interface PaymentSucceeded {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
}

const TableName = process.env.LEDGER_TABLE ?? '';

export const handler = worker<PaymentSucceeded>({
  handle: (event, { transaction }) => {
    transaction.put({ TableName, Item: { id: `payment#${event.id}`, account: event.account, amount: event.amount } });
    transaction.update({
      TableName,
      Key: { id: `balance#${event.account}` },
      UpdateExpression: 'ADD balance :amount',
      ExpressionAttributeValues: { ':amount': event.amount },
    });
  },
});
