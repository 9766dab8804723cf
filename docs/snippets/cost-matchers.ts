import { App } from 'aws-cdk-lib';
import { PaymentsStack } from './shortest-webhook-ingestion';
import 'cdk-breakwater/testing';

test('what payments cost', () => {
  const stack = new PaymentsStack(new App(), 'Payments');
  expect(stack).toCostLessThan(50, { eventsPerMonth: 1_000_000 });
});
