import { App, Duration, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DeliveryReview, ReviewSeverity } from 'cdk-breakwater';
import { PaymentsStack } from './shortest-webhook-ingestion';

const app = new App();
Validations.of(app).addPlugins(new DeliveryReview());

Validations.of(app).addPlugins(
  new DeliveryReview({
    objectives: { synchronous: Duration.seconds(2), asynchronous: Duration.hours(1) },
    budget: { handlerRuns: 5, within: Duration.hours(2) },
    assumptions: { heard: ['arn:aws:sns:eu-west-1:111122223333:on-call'] },
    severity: { checklist: ReviewSeverity.WARNING },
  }),
);

const stack = new PaymentsStack(app, 'Payments');
const clicks = new Queue(stack, 'Clicks');

Validations.of(clicks).acknowledge({
  id: 'cdk-breakwater::loss-queue-without-dead-letter',
  reason: 'a lost click changes no decision',
});
