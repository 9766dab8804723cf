import { type EmittedDetail, worker } from 'cdk-breakwater/runtime';
import type { PaymentRecorded } from './tell-of-payment';

export const handler = worker<EmittedDetail<PaymentRecorded>>({
  idempotencyKey: ({ metadata }) => metadata.eventId,
  handle: ({ data }, { transaction }) => {
    transaction.put({ TableName: process.env.RECEIPTS_TABLE ?? '', Item: { id: data.payment, amount: data.amount } });
  },
});
