import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Alarms, Handler, RetryBudget, WebhookIngestion, WebhookSender } from 'cdk-breakwater';
import type { Construct } from 'constructs';

/** Orders that partners report, each booked once. The worker is deployed with two faults, and without them by `-c fixed=true`. */
export class ParkingDeskExample extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const partners = new Secret(this, 'PartnersSecret');
    const ledger = new TableV2(this, 'Ledger', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const release = String(this.node.tryGetContext('fixed')) === 'true' ? 'book-order-mended' : 'book-order';

    const orders = new WebhookIngestion(this, 'Orders', {
      senders: { partners: WebhookSender.github(partners) },
      worker: Handler.fromEntry(`examples/parking-desk/${release}.ts`, {
        environment: { LEDGER_TABLE: ledger.tableName },
        timeout: Duration.seconds(10),
      }),
      maxConcurrency: 5,
      // A fault in the code does not pass: what fails is soon before a person.
      retryBudget: RetryBudget.of({ attempts: 3, firstDelay: Duration.seconds(1) }),
      alarms: Alarms.toTopic(new Topic(this, 'OnCall', { enforceSSL: true })),
    });
    ledger.grantWriteData(orders.worker);

    new CfnOutput(this, 'Url', { value: orders.url });
    new CfnOutput(this, 'LedgerTable', { value: ledger.tableName });
    new CfnOutput(this, 'QueueUrl', { value: orders.queue.queueUrl });
    new CfnOutput(this, 'ParkingLotUrl', { value: orders.parkingLot.queueUrl });
    new CfnOutput(this, 'PartnersSecretArn', { value: partners.secretArn });
    new CfnOutput(this, 'JobFunction', { value: orders.parkingDesk!.jobFunction.lambdaFunction!.functionName });
  }
}

export const addTo = (app: Construct): Stack => new ParkingDeskExample(app, 'ParkingDesk');
