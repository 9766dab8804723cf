import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { type Attribute, Billing, type GlobalSecondaryIndexPropsV2, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { refuse } from './rule';

export interface StateTableProps {
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  readonly globalSecondaryIndexes?: GlobalSecondaryIndexPropsV2[];
  /** @default - items stay */
  readonly timeToLiveAttribute?: string;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** A table that holds state: paid by request, encrypted, with point-in-time recovery, retained unless told otherwise. */
export function makeStateTable(scope: Construct, { encryptionKey, removalPolicy, ...keys }: StateTableProps): TableV2 {
  if (encryptionKey && Token.isUnresolved(Stack.of(scope).region)) {
    refuse(scope, {
      rule: 'a table with a key of your own must know its Region, because global tables name the key of each Region',
      allowed: 'a stack with an explicit Region',
      given: 'a stack for any Region',
      remedy: "Give the stack env: { region: '…' }, or leave encryptionKey out.",
    });
  }
  return new TableV2(scope, 'Table', {
    ...keys,
    billing: Billing.onDemand(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: encryptionKey ? TableEncryptionV2.customerManagedKey(encryptionKey) : TableEncryptionV2.dynamoOwnedKey(),
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
  });
}

/** What whoever uses an encrypted table may do with its key. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html */
export const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
