import { App, Duration } from 'aws-cdk-lib';
import { PaymentsStack } from './shortest-webhook-ingestion';
import 'cdk-breakwater/testing';

test('payments', () => {
  const stack = new PaymentsStack(new App(), 'Payments');
  expect(stack).toLoseNothing();
  expect(stack).toStayWithinRetryBudget({ handlerRuns: 5, within: Duration.hours(2) });
  expect(stack).toMatchStableSnapshot();
});
