import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Alarms, BusinessSchedule, type NightlyReconciliationProps, ReconciliationSource } from '../../../lib';
import { NIGHT_OUTPUT_DESCRIPTION, RegisterKey } from '../../../lib/blocks/contract';
import { NightHandler, ReportKey, RunKey } from '../../../lib/patterns/nightly-reconciliation/contract';
import { DUCKDB_VERSION } from '../../../lib/patterns/nightly-reconciliation/nightly-functions';
import { environmentOf } from '../../support/cdk/desks';
import { nagFindings } from '../../support/cdk/nag';
import { bank, dailyAt, nightly, RULES } from '../../support/cdk/nights';
import { permissionsOfRole } from '../../support/cdk/policies';
import { inlineWorker, resourcesOf, warnings } from '../../support/cdk/stacks';
import { logicalIds, referencesIn } from '../../support/cdk/template-walk';

const IN_REGION = { env: { region: 'eu-west-1', account: '111111111111' } };
const KEYS = ['breaks', 'runFailed', 'runLate', 'startDeadLetters', 'runNotStarted'];

/** Everything a user can switch on. */
function everything(stack: Stack): Partial<NightlyReconciliationProps> {
  return {
    schedule: dailyAt(2),
    left: ReconciliationSource.handler(inlineWorker()),
    right: ReconciliationSource.handler(inlineWorker()),
    encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
    vpc: new Vpc(stack, 'Vpc', { natGateways: 1 }),
    objective: { duration: Duration.hours(16) },
    alarmAboveBreaks: 10,
    snapshotRetention: Duration.days(100),
  };
}

function made(props: Partial<NightlyReconciliationProps> = {}) {
  const stack = bank();
  return { stack, night: nightly(stack, props), template: Template.fromStack(stack) };
}

/** The shortest use, synthesised once. */
const usual = made();

describe('what is kept', () => {
  test('lies in a private, encrypted bucket; runs expire with what is unfinished of them, reports stay', () => {
    const { template } = usual;
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicAcls: true, RestrictPublicBuckets: true }),
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'expire-runs',
              Prefix: 'runs/',
              ExpirationInDays: 36,
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
              Status: 'Enabled',
            },
          ],
        },
        VersioningConfiguration: Match.absent(),
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })] },
    });
    const run = { date: '2026-11-20', run: 1, attempt: 1 };
    expect([RunKey.rules(run), RunKey.refusal(run, 1)].every((key) => key.startsWith('runs/'))).toBe(true);
    expect([ReportKey.json(run.date), ReportKey.page(run.date)].every((key) => key.startsWith('reports/'))).toBe(true);
  });

  test('expires when asked for', () => {
    const { template } = made({ snapshotRetention: Duration.days(7) });
    template.hasResourceProperties('AWS::S3::Bucket', { LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 8 })] } });
  });

  test('in the register has an index over its lists, can be restored, never expires and outlives the stack', () => {
    const { stack } = usual;
    const register = Object.entries(resourcesOf(stack, 'AWS::DynamoDB::GlobalTable')).find(([id]) => id.startsWith('LedgerVsBank'))![1];
    expect(register).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [{ AttributeName: RegisterKey.PARTITION, KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: RegisterKey.INDEX,
            KeySchema: [
              { AttributeName: RegisterKey.INDEX_PARTITION, KeyType: 'HASH' },
              { AttributeName: RegisterKey.INDEX_SORT, KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    });
    expect(register.Properties.TimeToLiveSpecification).toBeUndefined();
  });

  test('is encrypted with a key of one own, which whoever uses it may use', () => {
    const stack = bank(IN_REGION);
    nightly(stack, { encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }), alarms: Alarms.none() });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) }],
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      EncryptionConfiguration: Match.objectLike({ KmsKeyId: Match.anyValue() }),
    });
    for (const id of ['Start', 'Snapshot', 'Plan', 'Read', 'Compare', 'Finish', 'Runs', 'Schedule', 'WatchSchedule'])
      expect(permissionsOfRole(stack, `LedgerVsBank${id}Role`)).toEqual(
        expect.arrayContaining(['kms:Decrypt on Key', 'kms:GenerateDataKey on Key']),
      );
    expect(nagFindings(stack)).toEqual([]);
  });

  test.each([
    [undefined, 'Retain'],
    [RemovalPolicy.DESTROY, 'Delete'],
  ])('with removal policy %s is made to %s', (removalPolicy, expected) => {
    const stack = bank();
    nightly(stack, { removalPolicy, left: ReconciliationSource.handler(inlineWorker()) });
    const template = Template.fromStack(stack);
    for (const type of ['AWS::SQS::Queue', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup'])
      template.allResources(type, { DeletionPolicy: expected });
  });
});

describe('each function may do what it does on what it has, and nothing else', () => {
  const { stack } = usual;
  const store = 'LedgerVsBankStore';
  const runs = ['AbortMultipartUpload', 'GetObject', 'PutObject'].map((action) => `s3:${action} on ${store}Bucket/runs/*`);
  const list = `s3:ListBucket on ${store}Bucket`;
  const items = (...actions: string[]) => actions.map((action) => `dynamodb:${action} on ${store}Table`);
  const bus = 'events:PutEvents on arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/default';

  test.each<[string, string[]]>([
    [
      'Start',
      [
        ...items('GetItem', 'UpdateItem'),
        'sqs:SendMessage on LedgerVsBankDeadLetters',
        'states:DescribeExecution on arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:LedgerVsBankRuns:*',
        'states:StartExecution on LedgerVsBankRuns',
      ],
    ],
    ['Watch', [...items('GetItem'), 'sqs:SendMessage on LedgerVsBankDeadLetters']],
    ['Read', [...runs, list]],
    ['Compare', [...runs, list]],
    [
      'Finish',
      [
        ...items('BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'),
        `dynamodb:Query on ${store}Table/index/byList`,
        bus,
        ...runs,
        ...['AbortMultipartUpload', 'GetObject', 'PutObject'].map((action) => `s3:${action} on ${store}Bucket/reports/*`),
        list,
      ],
    ],
    ['Fail', [...items('UpdateItem'), bus, `s3:GetObject on ${store}Bucket/runs/*`, list]],
  ])('%s', (id, expected) => {
    expect(permissionsOfRole(stack, `LedgerVsBank${id}Role`).filter((line) => !/^(logs|xray):/.test(line))).toEqual(expected.sort());
  });

  test('Plan, which reads the one file of rules that was published', () => {
    const may = permissionsOfRole(stack, 'LedgerVsBankPlanRole').filter((line) => !/^(logs|xray):/.test(line));
    const [rules] = may.filter((line) => !line.includes(store));
    expect(may.filter((line) => line !== rules)).toEqual([...runs, list].sort());
    expect(rules).toMatch(/^s3:GetObject on arn:.*-assets-.*\/[0-9a-f]{64}\.json$/);
    expect(environmentOf(stack, 'LedgerVsBankPlan').BREAKWATER_NIGHT_RULES).toMatchObject({ 'Fn::Join': expect.anything() });
  });

  test('an operator may start, and read reports', () => {
    const operated = bank();
    const night = nightly(operated);
    const operator = new Role(operated, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    night.grantStart(operator);
    night.grantReadReports(operator);
    expect(permissionsOfRole(operated, 'Operator')).toEqual([
      'lambda:InvokeFunction on LedgerVsBankStartLive',
      `s3:GetObject on ${store}Bucket/reports/*`,
      `s3:ListBucket on ${store}Bucket`,
    ]);
    expect(nagFindings(operated)).toEqual([]);
  });

  test('an operator may use the command line, with a key of one own as well', () => {
    const operated = bank(IN_REGION);
    const night = nightly(operated, { encryptionKey: new Key(operated, 'Key', { enableKeyRotation: true }) });
    const operator = new Role(operated, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    night.grantOperate(operator);
    expect(permissionsOfRole(operated, 'Operator').filter((line) => !line.startsWith('kms:'))).toEqual([
      `dynamodb:BatchGetItem on ${store}Table`,
      `dynamodb:Query on ${store}Table/index/byList`,
      `dynamodb:UpdateItem on ${store}Table`,
      'lambda:InvokeFunction on LedgerVsBankStartLive',
    ]);
    expect(permissionsOfRole(operated, 'Operator')).toContain('kms:Decrypt on Key');
    expect(nagFindings(operated).filter((finding) => finding.includes('Operator'))).toEqual([]);
  });
});

test('is found by the command line: an output names its register and its start function', () => {
  const { stack } = usual;
  const [output] = Object.values(Template.fromStack(stack).findOutputs('*')).filter(({ Description: said }) =>
    String(said).startsWith(NIGHT_OUTPUT_DESCRIPTION),
  );
  expect(output!.Description).toBe('Nightly reconciliation of Bank/LedgerVsBank');
  const [separator, parts] = output!.Value['Fn::Join'] as [string, unknown[]];
  const written = parts.map((part) => (typeof part === 'string' ? part : referencesIn(part)[0])).join(separator);
  expect(JSON.parse(written)).toEqual({
    reconciliation: 'ledger-vs-bank',
    table: expect.stringMatching(/Table/),
    startFunction: expect.stringMatching(/^LedgerVsBankStartFunction.*:live$/),
  });
});

describe('the functions', () => {
  test.each([
    ['Start', 30, 512, undefined],
    ['Watch', 30, 512, undefined],
    ['Snapshot', 900, 1769, undefined],
    ['Plan', 120, 1024, undefined],
    ['Read', 900, 3538, 10_240],
    ['Compare', 60, 3538, 2048],
    ['Finish', 900, 5307, 4096],
    ['Fail', 30, 512, undefined],
  ])('%s has %i s, %i MiB and a disk of %s MiB', (id, timeout, memory, disk) => {
    const { stack } = usual;
    const [, { Properties }] = Object.entries(resourcesOf(stack, 'AWS::Lambda::Function')).find(([one]) =>
      one.startsWith(`LedgerVsBank${id}Function`),
    )!;
    expect(Properties).toMatchObject({ Timeout: timeout, MemorySize: memory, Architectures: ['arm64'] });
    expect(Properties.EphemeralStorage).toEqual(disk && { Size: disk });
  });

  test('that read, compare and report have DuckDB in a layer, of the version that is tested', () => {
    const { stack } = usual;
    const layered = Object.entries(resourcesOf(stack, 'AWS::Lambda::Function')).filter(([, { Properties }]) => Properties.Layers);
    expect(layered.map(([id]) => id.slice(0, -16)).sort()).toEqual(['LedgerVsBankCompare', 'LedgerVsBankFinish', 'LedgerVsBankRead']);
    const { devDependencies } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
    expect(DUCKDB_VERSION).toBe(devDependencies['@duckdb/node-api']);
  });

  test('are told the name of the reconciliation as its rules have it', () => {
    const { stack } = usual;
    for (const id of ['Start', 'Watch', 'Finish', 'Fail'])
      expect(environmentOf(stack, `LedgerVsBank${id}`).BREAKWATER_NIGHT_NAME).toBe(RULES.name);
  });

  test('are all built', () => {
    for (const name of Object.values(NightHandler))
      expect([name, existsSync(join(__dirname, '../../../dist/handlers', name, 'index.js'))]).toEqual([name, true]);
  });
});

describe('alarms', () => {
  test('are made by key, each with the link to its section of the runbook', () => {
    const { night, stack } = usual;
    expect(night.alarms.keys).toEqual(KEYS);
    for (const key of KEYS) {
      const [, { Properties }] = Object.entries(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).find(([id]) =>
        id.startsWith(`LedgerVsBankAlarms${key}`),
      )!;
      expect(Properties.AlarmDescription).toContain(`docs/runbook.md#${key.toLowerCase()}`);
      expect(Properties.AlarmActions).toHaveLength(1);
    }
    const runbook = readFileSync(join(__dirname, '../../../docs/runbook.md'), 'utf8');
    expect(KEYS.filter((key) => !runbook.includes(`\n## ${key}\n`))).toEqual([]);
  });

  test.each([
    [
      'breaks',
      { MetricName: 'ReconciliationBreaks', Threshold: 0, ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' },
    ],
    ['runFailed', { Namespace: 'AWS/States', MetricName: 'ExecutionsFailed', Threshold: 1 }],
    ['runLate', { MetricName: 'ReconciliationLate', Threshold: 1 }],
    ['startDeadLetters', { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 }],
    [
      'runNotStarted',
      {
        MetricName: 'ReconciliationCalled',
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
        Period: 3600,
        EvaluationPeriods: 26,
      },
    ],
  ])('%s watches %j', (key, expected) => {
    const { stack } = usual;
    const [, { Properties }] = Object.entries(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).find(([id]) =>
      id.startsWith(`LedgerVsBankAlarms${key}`),
    )!;
    expect(Properties).toMatchObject(expected);
  });

  test('let as many breaks pass, and wait as long for a call, as the props say', () => {
    const schedule = BusinessSchedule.daily({ hour: 5, timeZone: TimeZone.EUROPE_ZURICH, flexibleWindow: Duration.minutes(61) });
    const { template } = made({ alarmAboveBreaks: 25, schedule });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ReconciliationBreaks', Threshold: 25 });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ReconciliationCalled', EvaluationPeriods: 28 });
  });

  test('that tell nobody are warned of; those that are not wanted are not made', () => {
    expect(warnings(made({ alarms: undefined }).stack)).toEqual([expect.stringContaining('these alarms tell nobody')]);
    made({ alarms: Alarms.none() }).template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });
});

test('both packs of cdk-nag find nothing in the defaults, and would in the same without the acknowledgements', () => {
  const { stack } = made();
  expect(nagFindings(stack)).toEqual([]);
  for (const construct of stack.node.findAll()) (construct.node as unknown as { _metadata: unknown[] })._metadata = [];
  expect(nagFindings(stack).map((finding) => finding.split(' ')[1]!.replace(/\[.*/, ''))).toEqual(
    expect.arrayContaining(['AwsSolutions-IAM5', 'AwsSolutions-S1', 'AwsSolutions-SQS3', 'Serverless-LambdaDLQ']),
  );
});

test('logical ids never change: a changed one replaces a table or a bucket of a user', () => {
  const stack = bank(IN_REGION);
  nightly(stack, everything(stack));
  expect(nagFindings(stack).filter((finding) => finding.includes('LedgerVsBank'))).toEqual([]);
  expect(logicalIds(stack, 'LedgerVsBank')).toEqual(JSON.parse(readFileSync(join(__dirname, 'logical-ids.json'), 'utf8')));
});

test("CloudFormation's own rules, as the CDK checks them, find nothing", () => {
  const before = process.env.CDK_VALIDATION;
  delete process.env.CDK_VALIDATION;
  try {
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    nightly(new Stack(app, 'Bank'));
    const report = join(app.synth().directory, 'validation-report.json');
    // The oldest aws-cdk-lib of the range knows no such check.
    expect(existsSync(report)).toBe('_builtinCloudFormationValidation' in app);
    if (existsSync(report)) expect(JSON.stringify(JSON.parse(readFileSync(report, 'utf8')).pluginReports)).toBe('[]');
  } finally {
    process.env.CDK_VALIDATION = before;
  }
}, 120_000);

test('metrics are found under the construct’s own name', () => {
  const { night } = usual;
  const dimensions = { service: 'Bank/LedgerVsBank' };
  expect(night.metricBreaks()).toMatchObject({
    namespace: 'Breakwater',
    metricName: 'ReconciliationBreaks',
    statistic: 'Maximum',
    dimensions,
  });
  expect(night.metricInTransit()).toMatchObject({ metricName: 'ReconciliationInTransit', dimensions });
  expect(night.metricBadRows()).toMatchObject({ metricName: 'ReconciliationBadRows', dimensions });
  expect(night.metricRows()).toMatchObject({ metricName: 'ReconciliationRows', dimensions });
  expect(night.metricCompleted()).toMatchObject({ metricName: 'ReconciliationCompleted', statistic: 'Sum', dimensions });
  expect(night.metricFailed({ period: Duration.hours(1) })).toMatchObject({
    metricName: 'ReconciliationFailed',
    period: Duration.hours(1),
  });
  expect(night.metricLate()).toMatchObject({ metricName: 'ReconciliationLate', dimensions });
});
