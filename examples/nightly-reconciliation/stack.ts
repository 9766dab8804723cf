import { CfnOutput, Duration, Stack, type StackProps, TimeZone } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Alarms, BusinessSchedule, NightlyReconciliation, ReconciliationRules, ReconciliationSource, RetryBudget } from 'cdk-breakwater';
import type { Construct } from 'constructs';

/** Payments of our ledger against the statements of a bank, and balances in a table against the bank's, each night for the day before. */
export class NightlyReconciliationExample extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const deliveries = new Bucket(this, 'Deliveries', { enforceSSL: true, blockPublicAccess: BlockPublicAccess.BLOCK_ALL });

    const onCall = Alarms.toTopic(new Topic(this, 'OnCall', { enforceSSL: true }));
    // What fails for a moment is tried again soon: a night has time, and a person who is woken up has not.
    const retryBudget = RetryBudget.of({ attempts: 6, within: Duration.hours(3), firstDelay: Duration.seconds(1) });

    const payments = new NightlyReconciliation(this, 'LedgerVsBank', {
      schedule: BusinessSchedule.daily({ hour: 2, timeZone: TimeZone.EUROPE_ZURICH }),
      left: ReconciliationSource.s3(deliveries, { prefix: 'ledger/{date}/' }),
      right: ReconciliationSource.s3(deliveries, { prefix: 'bank/{date}/' }),
      rules: ReconciliationRules.fromFile('examples/nightly-reconciliation/reconciliation.json'),
      retryBudget,
      alarms: onCall,
    });

    // A table of some thousand items is read as fast as its other users can spare; a large one is better exported.
    const accounts = new TableV2(this, 'Accounts', { partitionKey: { name: 'account', type: AttributeType.STRING } });
    const balances = new NightlyReconciliation(this, 'BalancesVsBank', {
      schedule: BusinessSchedule.daily({ hour: 3, timeZone: TimeZone.EUROPE_ZURICH }),
      left: ReconciliationSource.dynamoDbScan(accounts, { readUnitsPerSecond: 200 }),
      right: ReconciliationSource.s3(deliveries, { prefix: 'balances/{date}/' }),
      rules: ReconciliationRules.fromFile('examples/nightly-reconciliation/balances.json'),
      retryBudget,
      alarms: onCall,
    });

    // Whoever wants to know what a night came to: here a queue, elsewhere a ticket or a message to the desk.
    const outcomes = new Queue(this, 'Outcomes', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    new Rule(this, 'Outcome', { eventPattern: { source: ['cdk-breakwater.reconciliation'] }, targets: [new SqsQueue(outcomes)] });

    new CfnOutput(this, 'DeliveriesBucket', { value: deliveries.bucketName });
    new CfnOutput(this, 'AccountsTable', { value: accounts.tableName });
    new CfnOutput(this, 'OutcomesUrl', { value: outcomes.queueUrl });
    for (const [name, nightly] of Object.entries({ Payments: payments, Balances: balances })) {
      new CfnOutput(this, `${name}RunsBucket`, { value: nightly.bucket.bucketName });
      new CfnOutput(this, `${name}RegisterTable`, { value: nightly.register.tableName });
      new CfnOutput(this, `${name}StartFunction`, { value: nightly.startFunction.lambdaFunction!.functionName });
    }
    new CfnOutput(this, 'PaymentsPlanFunction', { value: payments.planFunction.lambdaFunction!.functionName });
  }
}

export const addTo = (app: Construct): Stack => new NightlyReconciliationExample(app, 'NightlyReconciliation');
