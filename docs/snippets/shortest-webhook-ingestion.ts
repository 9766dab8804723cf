import { Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Handler, WebhookIngestion, WebhookSender } from 'cdk-breakwater';
import type { Construct } from 'constructs';

export class PaymentsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const secret = new Secret(this, 'StripeSecret');
    const otherSecret = new Secret(this, 'GithubSecret');
    const ledger = new TableV2(this, 'Ledger', { partitionKey: { name: 'id', type: AttributeType.STRING } });

    const payments = new WebhookIngestion(this, 'Payments', {
      senders: { stripe: WebhookSender.stripe(secret), github: WebhookSender.github(otherSecret) },
      worker: Handler.fromEntry('src/record-payment.ts', { environment: { LEDGER_TABLE: ledger.tableName } }),
    });
    ledger.grantReadWriteData(payments.worker);
  }
}
