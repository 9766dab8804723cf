import { type EventContract, worker } from 'cdk-breakwater/runtime';

export interface PaymentRecorded {
  readonly payment: string;
  readonly amount: number;
}

export const paymentRecorded: EventContract<PaymentRecorded> = { name: 'payment.recorded', version: 1, source: 'acme.payments' };

export const handler = worker<{ readonly id: string; readonly amount: number }>({
  handle: ({ id, amount }, { transaction }) => {
    transaction.put({ TableName: process.env.LEDGER_TABLE ?? '', Item: { id: `payment#${id}`, amount } });
    transaction.emit(paymentRecorded, { payment: id, amount });
  },
});
