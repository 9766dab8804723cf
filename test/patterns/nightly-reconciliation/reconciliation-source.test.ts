import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { AttributeType, Table, TableEncryption, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { FileFormat, Handler, ReconciliationSource } from '../../../lib';
import { environmentOf } from '../../support/cdk/desks';
import { nagFindings } from '../../support/cdk/nag';
import { bank, nightly } from '../../support/cdk/nights';
import { permissionsOfRole } from '../../support/cdk/policies';
import { inlineWorker, resourcesOf } from '../../support/cdk/stacks';

const id = { name: 'id', type: AttributeType.STRING };

function withRight(source: (stack: Stack) => ReconciliationSource, stack = bank()) {
  nightly(stack, { left: fixed(stack), right: source(stack) });
  return stack;
}

/** Which needs no permission of its own that is told apart below. */
function fixed(stack: Stack) {
  return ReconciliationSource.dynamoDbScan(Table.fromTableName(stack, 'Other', 'other'), { readUnitsPerSecond: 10 });
}

function mayRead(stack: Stack) {
  return permissionsOfRole(stack, 'LedgerVsBankSnapshotRole').filter(
    (line) => !/^(logs|xray):/.test(line) && !line.includes('LedgerVsBankStore') && !line.includes('other'),
  );
}

function settingsOf(stack: Stack) {
  const told = environmentOf(stack, 'LedgerVsBankSnapshot').BREAKWATER_NIGHT_SOURCES;
  const text =
    typeof told === 'string'
      ? told
      : (told as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '<token>')).join('');
  return JSON.parse(text).right;
}

describe('files in a bucket', () => {
  const files = (prefix: string) =>
    withRight((stack) => ReconciliationSource.s3(Bucket.fromBucketName(stack, 'Files', 'files'), { prefix }));

  test('may be read below their prefix, and listed there', () => {
    const stack = files('statements/');
    expect(mayRead(stack)).toEqual([
      's3:GetObject on arn:AWS::Partition:s3:::files/statements/*',
      's3:ListBucket on arn:AWS::Partition:s3:::files',
    ]);
    const policy = Object.values(resourcesOf(stack, 'AWS::IAM::Policy')).find(({ Properties }) =>
      JSON.stringify(Properties).includes(':s3:::files'),
    );
    expect(JSON.stringify(policy)).toContain('"Condition":{"StringLike":{"s3:prefix":["statements/*"]}}');
    expect(settingsOf(stack)).toEqual({ kind: 's3', bucket: 'files', prefix: 'statements/' });
    expect(nagFindings(stack)).toEqual([]);
  });

  test('of a date may be read for any date, and nothing beside', () => {
    const stack = files('bank/{date}/part-{yyyymmdd}');
    expect(mayRead(stack)[0]).toBe('s3:GetObject on arn:AWS::Partition:s3:::files/bank/????-??-??/part-????????*');
    expect(settingsOf(stack).prefix).toBe('bank/{date}/part-{yyyymmdd}');
    expect(nagFindings(stack)).toEqual([]);
  });

  test('that are encrypted may be decrypted, and their format is told', () => {
    const stack = withRight((scope) => {
      const encryptionKey = new Key(scope, 'FilesKey');
      const bucket = new Bucket(scope, 'Files', { encryption: BucketEncryption.KMS, encryptionKey });
      return ReconciliationSource.s3(bucket, { prefix: 'statements/', format: FileFormat.JSON_LINES });
    });
    expect(mayRead(stack)).toContain('kms:Decrypt on FilesKey');
    expect(settingsOf(stack)).toMatchObject({ content: 'jsonLines' });
  });

  test.each(['', '/statements/', 'all*', '{date}', '{month}/', 'what?', '$1'])(
    'are refused with the prefix %j, which would open more than them',
    (prefix) => {
      expect(() => files(prefix)).toThrow(/^\[Bank\/LedgerVsBank\] the prefix of a source names its files .*given '.*'\. Give a prefix/);
    },
  );
});

describe('a table', () => {
  test('is exported into the run', () => {
    const stack = withRight((scope) => {
      const encryptionKey = new Key(scope, 'TableKey');
      const specification = { pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } };
      return ReconciliationSource.dynamoDb(
        new Table(scope, 'Rows', { partitionKey: id, encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey, ...specification }),
      );
    });
    expect(mayRead(stack)).toEqual([
      'dynamodb:DescribeExport on Rows/export/*',
      'dynamodb:ExportTableToPointInTime on Rows',
      'kms:Decrypt on TableKey',
      'kms:DescribeKey on TableKey',
    ]);
    expect(permissionsOfRole(stack, 'LedgerVsBankSnapshotRole')).toContain('s3:PutObjectAcl on LedgerVsBankStoreBucket/runs/*');
    expect(settingsOf(stack)).toEqual({ kind: 'export', tableArn: '<token>' });
  });

  test.each<[string, (scope: Stack) => Table | TableV2]>([
    ['Table', (scope) => new Table(scope, 'Rows', { partitionKey: id })],
    [
      'Table, switched off',
      (scope) => new Table(scope, 'Rows', { partitionKey: id, pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false } }),
    ],
    ['TableV2', (scope) => new TableV2(scope, 'Rows', { partitionKey: id })],
  ])('without point-in-time recovery is refused: %s', (_, make) => {
    expect(() => withRight((scope) => ReconciliationSource.dynamoDb(make(scope)))).toThrow(
      '[Bank/LedgerVsBank] a table is exported as it was at a point in time: allowed a table with point-in-time recovery, given Bank/Rows without',
    );
  });

  test('of which only the name is known is taken', () => {
    expect(() => withRight((scope) => ReconciliationSource.dynamoDb(Table.fromTableName(scope, 'Rows', 'rows')))).not.toThrow();
  });

  test('is scanned at the rate and in the parts asked for', () => {
    const stack = withRight((scope) =>
      ReconciliationSource.dynamoDbScan(new TableV2(scope, 'Rows', { partitionKey: id, removalPolicy: RemovalPolicy.DESTROY }), {
        readUnitsPerSecond: 50,
        segments: 2,
      }),
    );
    expect(mayRead(stack)).toEqual(['dynamodb:Scan on Rows']);
    expect(settingsOf(stack)).toEqual({ kind: 'scan', table: '<token>', segments: 2, readUnits: 50 });
  });

  test.each([
    [0, 1, 'read units a second of a scan: allowed 1 to 40000, given 0'],
    [10, 101, 'segments of a scan: allowed 1 to 100, given 101'],
  ])('is not scanned with %i units in %i segments', (readUnitsPerSecond, segments, told) => {
    expect(() =>
      withRight((scope) => ReconciliationSource.dynamoDbScan(Table.fromTableName(scope, 'Rows', 'rows'), { readUnitsPerSecond, segments })),
    ).toThrow(told);
  });
});

test('a function of the user writes below the prefix of its side', () => {
  const stack = bank();
  const night = nightly(stack, {
    left: ReconciliationSource.handler(inlineWorker(), { format: FileFormat.PARQUET }),
    right: ReconciliationSource.handler(Handler.fromFunction(inlineFunction(stack))),
  });
  expect(night.leftFunction!.node.path).toBe('Bank/LedgerVsBank/LeftSource');
  expect(night.rightFunction!.lambdaFunction).toBeUndefined();
  expect(settingsOf(stack)).toEqual({ kind: 'handler' });
  expect(nagFindings(stack).filter((finding) => finding.includes('LedgerVsBank'))).toEqual([]);
});

function inlineFunction(stack: Stack) {
  const code = { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('0') };
  return new LambdaFunction(stack, 'Own', { ...code, timeout: Duration.minutes(1) });
}
