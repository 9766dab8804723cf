import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Alarms, Handler, RetryBudget, WebhookIngestion, WebhookSender } from 'cdk-breakwater';
import type { Construct } from 'constructs';

/** Payments that four senders report, each recorded once in a ledger. */
export class WebhookIngestionExample extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    // Their values come from the providers: `aws secretsmanager put-secret-value`.
    const stripe = new Secret(this, 'StripeSecret');
    const github = new Secret(this, 'GithubSecret');
    const shopify = new Secret(this, 'ShopifySecret');
    const subscriptions = new Secret(this, 'SubscriptionsSecret');
    const ledger = new TableV2(this, 'Ledger', { partitionKey: { name: 'id', type: AttributeType.STRING } });

    const payments = new WebhookIngestion(this, 'Payments', {
      senders: {
        stripe: WebhookSender.stripe(stripe),
        github: WebhookSender.github(github),
        shopify: WebhookSender.shopify(shopify),
        subscriptions: WebhookSender.standardWebhooks(subscriptions),
      },
      worker: Handler.fromEntry('examples/webhook-ingestion/record-payment.ts', { environment: { LEDGER_TABLE: ledger.tableName } }),
      maxConcurrency: 5,
      retryBudget: RetryBudget.of({ firstDelay: Duration.seconds(1) }),
      alarms: Alarms.toTopic(new Topic(this, 'OnCall', { enforceSSL: true })),
    });
    ledger.grantWriteData(payments.worker);

    new CfnOutput(this, 'Url', { value: payments.url });
    new CfnOutput(this, 'LedgerTable', { value: ledger.tableName });
    new CfnOutput(this, 'QueueUrl', { value: payments.queue.queueUrl });
    new CfnOutput(this, 'ParkingLotUrl', { value: payments.parkingLot.queueUrl });
    for (const [sender, secret] of Object.entries({ stripe, github, shopify, subscriptions })) {
      new CfnOutput(this, `${sender}SecretArn`, { value: secret.secretArn });
    }
  }
}

export const addTo = (app: Construct): Stack => new WebhookIngestionExample(app, 'WebhookIngestion');
