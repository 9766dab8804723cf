import { Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Alarms, Handler, OutboxRelay, QueueWorker, WebhookIngestion, WebhookSender } from 'cdk-breakwater';
import type { Construct } from 'constructs';

export class EmittedEventsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const alarms = Alarms.toTopic(new Topic(this, 'OnCall', { enforceSSL: true }));
    const payments = new WebhookIngestion(this, 'Payments', {
      senders: { stripe: WebhookSender.stripe(new Secret(this, 'StripeSecret')) },
      worker: Handler.fromEntry('src/tell-of-payment.ts'),
      alarms,
    });

    const eventBus = new EventBus(this, 'Events');
    new OutboxRelay(this, 'Outbox', { table: payments.idempotencyTable, eventBus, alarms });

    const receipts = new QueueWorker(this, 'Receipts', { worker: Handler.fromEntry('src/write-receipt.ts'), alarms });
    new Rule(this, 'ToReceipts', {
      eventBus,
      eventPattern: { source: ['acme.payments'], detailType: ['payment.recorded'] },
      // Without EventBridge's own envelope, which is another one for each copy.
      targets: [new SqsQueue(receipts.queue, { message: RuleTargetInput.fromEventPath('$.detail'), deadLetterQueue: receipts.parkingLot })],
    });
  }
}
