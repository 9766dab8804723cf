import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { ClaimBucket, IdempotencyTable, type ParkingDesk, type ParkingDeskOptions, ParkingLot } from '../../lib';
import { desk, environmentOf, lotsOf, NO_ALARMS, orders } from '../support/cdk/desks';
import { nagFindings } from '../support/cdk/nag';
import { permissionsOfRole } from '../support/cdk/policies';
import { inlineWorker, resourcesOf, shop } from '../support/cdk/stacks';
import { referencesIn } from '../support/cdk/template-walk';

const IN_REGION = { env: { region: 'eu-west-1', account: '111111111111' } };

function withDesk(options: ParkingDeskOptions) {
  return orders({ parkingLot: ParkingLot.withDesk(options), ...NO_ALARMS });
}

describe('what the desk keeps', () => {
  test('is indexed by group, expires, can be restored and outlives the stack', () => {
    const template = Template.fromStack(desk().stack);
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          Match.objectLike({
            IndexName: 'byGroup',
            KeySchema: [
              { AttributeName: 'groupState', KeyType: 'HASH' },
              { AttributeName: 'position', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          }),
        ],
        TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    });
  });

  test.each([
    [undefined, 90],
    [Duration.days(15), 15],
    [Duration.days(365), 365],
  ])('has its bodies for as long as asked for (%s) and no longer than a day more', (retention, days) => {
    const { stack } = desk({ retention });
    Template.fromStack(stack).hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: days + 1, Prefix: 'bodies/', Status: 'Enabled' })] },
        PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicAcls: true, RestrictPublicBuckets: true }),
        VersioningConfiguration: Match.absent(),
      },
    });
    expect(environmentOf(stack, 'DeskIntake').BREAKWATER_PARKING_RETENTION_DAYS).toBe(String(days));
  });

  test('goes with the stack when told to', () => {
    const template = Template.fromStack(desk({ removalPolicy: RemovalPolicy.DESTROY }).stack);
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup']) {
      template.allResources(type, { DeletionPolicy: 'Delete' });
    }
  });

  test('is encrypted with a key of one own, which every part may use', () => {
    const stack = shop(IN_REGION);
    orders({ encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }), ...NO_ALARMS }, stack);
    const template = Template.fromStack(stack);
    template.allResourcesProperties('AWS::DynamoDB::GlobalTable', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } });
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) }],
      },
    });
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      EncryptionConfiguration: Match.objectLike({ KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } }),
    });
    for (const role of ['Intake', 'Operate', 'Job', 'Jobs']) {
      expect(permissionsOfRole(stack, `OrdersDesk${role}Role`)).toEqual(
        expect.arrayContaining(['kms:Decrypt on Key', 'kms:GenerateDataKey on Key']),
      );
    }
    expect(nagFindings(stack)).toEqual([]);
  });
});

describe('a job', () => {
  const definition = () => {
    const { stack, desk: made } = desk();
    const { DefinitionString } = Object.values(resourcesOf(stack, 'AWS::StepFunctions::StateMachine'))[0]!.Properties;
    const [, parts] = (DefinitionString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
    const { States, StartAt } = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : referencesIn(part)[0])).join(''));
    return { stack, made, States, StartAt };
  };

  test('is a step that is repeated until it says that the job has ended, after the wait it asks for', () => {
    const { States, StartAt } = definition();
    expect(StartAt).toBe('Step');
    expect(States.Step).toMatchObject({
      Resource: expect.stringMatching(/^DeskJobLive/),
      Parameters: { 'job.$': '$.job', 'execution.$': '$.execution' },
      ResultPath: '$.answer',
      Next: 'Next',
    });
    expect(States.Next).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.answer.next', StringEquals: 'again', Next: 'Pause' }],
      Default: 'End',
    });
    expect(States.Pause).toEqual({ Type: 'Wait', SecondsPath: '$.answer.waitSeconds', Next: 'Step' });
    expect(States.End).toEqual({ Type: 'Succeed' });
  });

  test('goes on after a step that was killed or could not be run', () => {
    expect(definition().States.Step.Retry).toEqual([
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 60, MaxAttempts: 1000, JitterStrategy: 'FULL' },
    ]);
  });

  test('is logged without what it works on, and traced', () => {
    Template.fromStack(definition().stack).hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: Match.objectLike({ Level: 'ALL', IncludeExecutionData: false }),
      TracingConfiguration: { Enabled: true },
    });
    const logs = Object.entries(resourcesOf(definition().stack, 'AWS::Logs::LogGroup')).find(([id]) => id.startsWith('DeskJobsLogs'))![1];
    expect(JSON.stringify(logs.Properties.LogGroupName)).toMatch(/\/aws\/vendedlogs\/states\/Shop-Desk-.*AWS::StackId/);
  });

  test('may run its own function, and nothing else by name', () => {
    const named = permissionsOfRole(definition().stack, 'DeskJobsRole').filter((line) => !/^(logs|xray):.* on \*$/.test(line));
    expect(named).toEqual(['lambda:InvokeFunction on DeskJobLive']);
  });
});

describe('each function may do what it does on what it has, and nothing else', () => {
  const permissionsOf = (id: string) => {
    const { stack, worker } = orders();
    worker.readClaimsFrom(new ClaimBucket(stack, 'Claims', { messageLifetime: worker.messageLifetime }));
    return permissionsOfRole(stack, `OrdersDesk${id}Role`).filter((line) => !/^(logs|xray):/.test(line));
  };
  const items = ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action} on OrdersDeskStoreTable`);
  const index = 'dynamodb:Query on OrdersDeskStoreTable/index/byGroup';
  const claims = ['s3:GetObject on ClaimsBucket/claims/*', 's3:ListBucket on ClaimsBucket'];
  const records = ['dynamodb:BatchGetItem on OrdersIdempotencyTable', 'dynamodb:GetItem on OrdersIdempotencyTable'];
  const stopping = ['oldestMessageAge', 'workerErrors', 'workerThrottles'].map((key) => `cloudwatch:DescribeAlarms on OrdersAlarms${key}`);
  const telling = 'events:PutEvents on arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/default';
  const read = ['s3:GetObject on OrdersDeskStoreBucket/bodies/*', 's3:ListBucket on OrdersDeskStoreBucket'];
  const write = 's3:PutObject on OrdersDeskStoreBucket/bodies/*';

  test.each([
    [
      'Intake',
      [
        ...items,
        ...claims,
        write,
        ...['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map((action) => `sqs:${action} on OrdersParkingLot`),
      ],
    ],
    [
      'Operate',
      [
        ...items,
        index,
        'dynamodb:Query on OrdersDeskStoreTable',
        ...records,
        ...stopping,
        telling,
        ...read,
        write,
        's3:PutObject on ClaimsBucket/claims/*',
        'lambda:InvokeFunction on OrdersWorkerLive',
        'states:StartExecution on OrdersDeskJobs',
      ],
    ],
    [
      'Job',
      [
        ...items,
        index,
        ...records,
        ...stopping,
        telling,
        ...read,
        write,
        's3:PutObject on ClaimsBucket/claims/*',
        'sqs:SendMessage on OrdersQueue',
      ],
    ],
  ])('%s', (id, expected) => {
    expect(permissionsOf(id)).toEqual(expected.sort());
  });
});

describe('a redaction', () => {
  test('is called by whoever takes messages in, and by nobody else', () => {
    const { stack, worker } = withDesk({ redaction: inlineWorker() });
    expect(worker.parkingDesk!.redactionFunction).toBeDefined();
    for (const taking of ['Intake', 'Job']) {
      expect(environmentOf(stack, `OrdersDesk${taking}`).BREAKWATER_PARKING_REDACTION_FUNCTION).toEqual({
        Ref: expect.stringMatching(/^OrdersDeskRedactionLive/),
      });
      expect(permissionsOfRole(stack, `OrdersDesk${taking}Role`)).toContain('lambda:InvokeFunction on OrdersDeskRedactionLive');
    }
    expect(permissionsOfRole(stack, 'OrdersDeskOperateRole')).not.toContain('lambda:InvokeFunction on OrdersDeskRedactionLive');
    expect(nagFindings(stack)).toEqual([]);
  });
});

describe('a queue that was made elsewhere', () => {
  test('is adopted: read when asked, redriven to its target', () => {
    const { stack, desk: made } = desk();
    const [old, target] = [new Queue(stack, 'Old'), new Queue(stack, 'Target')];
    made.adopt(old, target, { settledWithin: Duration.minutes(10), idempotencyTable: new IdempotencyTable(stack, 'Records') });
    expect(lotsOf(stack, 'DeskJob')).toEqual([
      { arn: '<Old>', url: '<Old>', targetUrl: '<Target>', adopted: true, idempotencyTable: '<RecordsTable>', settledWithinSeconds: 600 },
    ]);
    const permissions = permissionsOfRole(stack, 'DeskJobRole').filter((line) => /^sqs:| on Records/.test(line));
    expect(permissions).toEqual([
      'dynamodb:BatchGetItem on RecordsTable',
      'dynamodb:GetItem on RecordsTable',
      'sqs:DeleteMessage on Old',
      'sqs:ReceiveMessage on Old',
      'sqs:SendMessage on Target',
    ]);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
  });

  test.each<[string, (made: ParkingDesk, queues: Queue[]) => void, RegExp]>([
    [
      'a second one to take from',
      (made, [a, b, target]) => {
        made.takeFrom(a!, target!);
        made.takeFrom(b!, target!);
      },
      /^\[Shop\/Desk\] a parking desk takes from one queue by itself: allowed one takeFrom\(\), and adopt\(\) for others, given Shop\/B as well/,
    ],
    [
      'one twice',
      (made, [a, , target]) => {
        made.adopt(a!, target!);
        made.adopt(a!, target!);
      },
      /a parking desk takes a queue once: allowed .*given Shop\/A again/,
    ],
    [
      'one that shows messages again too soon',
      (made, [, , , hasty]) => made.takeFrom(hasty!, hasty!),
      /six times as long as taking them in may last: allowed a visibility timeout of 180 s or more, given 30 s for Shop\/Hasty/,
    ],
    [
      'bodies for a queue that it does not have',
      (made, [a, b]) => {
        made.adopt(a!, b!);
        made.readClaimsFrom(b!, new ClaimBucket(made, 'Claims', { messageLifetime: Duration.days(1) }));
      },
      /a parking desk keeps bodies of messages that it takes: allowed Shop\/A, given Shop\/B/,
    ],
    [
      'a time without an end',
      (made, [a, b]) => made.adopt(a!, b!, { settledWithin: Duration.days(5) }),
      /settledWithin in seconds: allowed 60 to 345600, given 432000/,
    ],
  ])('is refused: %s', (_, use, message) => {
    const { stack, desk: made } = desk();
    const queues = ['A', 'B', 'Target'].map((id) => new Queue(stack, id, { visibilityTimeout: Duration.minutes(3) }));
    expect(() => use(made, [...queues, new Queue(stack, 'Hasty')])).toThrow(message);
  });
});

test.each<[ParkingDeskOptions, RegExp]>([
  [{ retention: Duration.days(14) }, /^\[Shop\/Orders\/Desk\] retention of a parking desk in days: allowed 15 to 365, given 14/],
  [{ retention: Duration.days(366) }, /allowed 15 to 365, given 366/],
  [{ retention: Duration.hours(1000) }, /allowed 15 to 365, given 41\.6/],
  [{ customerFaultThreshold: 0 }, /messages from which on .* raises an alarm: allowed 1 to 1000000, given 0/],
])('%j is refused', (options, message) => {
  expect(() => withDesk(options)).toThrow(message);
});

test('cdk-nag finds nothing in a desk, and would without the acknowledgements', () => {
  const { stack } = orders(NO_ALARMS);
  expect(nagFindings(stack)).toEqual([]);
  for (const construct of stack.node.findAll()) (construct.node as unknown as { _metadata: unknown[] })._metadata = [];
  expect(
    nagFindings(stack)
      .filter((finding) => finding.includes('Shop/Orders/Desk'))
      .map((finding) => finding.split(' ')[1]!.replace(/\[.*/, '')),
  ).toEqual(expect.arrayContaining(['AwsSolutions-IAM5', 'AwsSolutions-S1', 'Serverless-LambdaDLQ']));
});
