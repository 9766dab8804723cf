import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, type StackProps, TimeZone } from 'aws-cdk-lib';
import { AttributeType, type ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  Alarms,
  BusinessSchedule,
  NightlyReconciliation,
  type NightlyReconciliationProps,
  ReconciliationRules,
  ReconciliationSource,
} from '../../../lib';
import { CONTEXT, resourcesOf } from './stacks';
import { referencesIn } from './template-walk';

/** A stack whose assets are not copied and whose layer is not fetched: templates are the same. */
export function bank(props?: StackProps, id = 'Bank'): Stack {
  const context = { ...CONTEXT, 'aws:cdk:disable-asset-staging': true, 'aws:cdk:bundling-stacks': [] };
  return new Stack(new App({ context }), id, props);
}

export const RULES = {
  version: 1,
  name: 'ledger-vs-bank',
  key: [{ column: 'reference' }],
  amount: { column: 'amount', currency: { column: 'currency' } },
};

/** A rules file of its own. */
export function rulesFile(rules: unknown = RULES): string {
  const file = join(mkdtempSync(join(tmpdir(), 'rules-')), 'reconciliation.json');
  writeFileSync(file, typeof rules === 'string' ? rules : JSON.stringify(rules));
  return file;
}

export function ledgerOf(stack: Stack): ITable {
  return new TableV2(stack, 'Ledger', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  });
}

export function dailyAt(hour: number, timeZone = TimeZone.EUROPE_ZURICH) {
  return BusinessSchedule.daily({ hour, timeZone });
}

/** The shortest use, with alarms to a topic. */
export function nightly(stack: Stack, props: Partial<NightlyReconciliationProps> = {}): NightlyReconciliation {
  return new NightlyReconciliation(stack, 'LedgerVsBank', {
    schedule: dailyAt(2),
    left: ReconciliationSource.dynamoDb(ledgerOf(stack)),
    right: ReconciliationSource.s3(Bucket.fromBucketName(stack, 'BankFiles', 'bank-files'), { prefix: 'statements/' }),
    rules: ReconciliationRules.fromFile(rulesFile()),
    ...(!('alarms' in props) && { alarms: Alarms.toTopic(new Topic(stack, 'OnCall', { enforceSSL: true })) }),
    ...props,
  });
}

export interface State {
  readonly States?: Record<string, State>;
  readonly Branches?: ReadonlyArray<{ readonly StartAt: string; readonly States: Record<string, State> }>;
  readonly ItemProcessor?: { readonly States: Record<string, State>; readonly ProcessorConfig: unknown };
  readonly [name: string]: unknown;
}

/** The definition of the stack's state machine, with the logical id of what it names. */
export function definitionOf(stack: Stack): { readonly States: Record<string, State>; readonly [name: string]: unknown } {
  const { DefinitionString } = Object.values(resourcesOf(stack, 'AWS::StepFunctions::StateMachine'))[0]!.Properties;
  const [, parts] = (DefinitionString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : referencesIn(part)[0])).join(''));
}
