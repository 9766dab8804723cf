import { Stack, type StackProps, TimeZone } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BusinessSchedule, FileFormat, NightlyReconciliation, ReconciliationRules, ReconciliationSource } from 'cdk-breakwater';
import type { Construct } from 'constructs';

export class LedgerStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const ledger = new TableV2(this, 'Ledger', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
    const bankBucket = new Bucket(this, 'BankFiles');

    new NightlyReconciliation(this, 'LedgerVsBank', {
      schedule: BusinessSchedule.daily({ hour: 2, timeZone: TimeZone.EUROPE_ZURICH }),
      left: ReconciliationSource.dynamoDb(ledger),
      right: ReconciliationSource.s3(bankBucket, { prefix: 'statements/{date}/', format: FileFormat.CSV }),
      rules: ReconciliationRules.fromFile('reconciliation.json'),
    });
  }
}
