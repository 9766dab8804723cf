import { Aws, Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Alias, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  Alarms,
  ClaimBucket,
  Deployment,
  type GuardRequestsOptions,
  Handler,
  HandlerFunction,
  IdempotencyTable,
  ParkingLot,
  ProvisionedConcurrency,
  QueueWorker,
  type QueueWorkerProps,
  RetryBudget,
} from '../../lib';
import { nagFindings } from '../support/cdk/nag';
import { permissionsOfRole } from '../support/cdk/policies';
import { inlineWorker, resourcesOf, shop, warnings } from '../support/cdk/stacks';

const seconds = Duration.seconds;
const NO_ALARMS = { alarms: Alarms.none() };
const QUEUE_ONLY = { parkingLot: ParkingLot.queueOnly(), ...NO_ALARMS };

function orders(props: Partial<QueueWorkerProps> = {}) {
  const stack = shop();
  const worker = new QueueWorker(stack, 'Orders', { worker: inlineWorker(), ...NO_ALARMS, ...props });
  return { stack, worker, template: Template.fromStack(stack) };
}

function queuesOf(template: Template) {
  const queues = Object.entries(template.findResources('AWS::SQS::Queue'));
  const find = (prefix: string) => queues.find(([id]) => id.startsWith(prefix))![1];
  return { queue: find('OrdersQueue'), parkingLot: find('OrdersParkingLot') };
}

describe('the queues', () => {
  test('hide a message for six timeouts and the batching window, and park it after the attempts of the budget', () => {
    const { template } = orders({
      worker: inlineWorker({ timeout: seconds(20) }),
      maxBatchingWindow: seconds(7),
      batchSize: 50,
      retryBudget: RetryBudget.of({ attempts: 7 }),
    });
    const { queue } = queuesOf(template);
    expect(queue.Properties.VisibilityTimeout).toBe(127);
    expect(queue.Properties.RedrivePolicy.maxReceiveCount).toBe(7);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 50,
      MaximumBatchingWindowInSeconds: 7,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('keep parked messages longer than waiting ones', () => {
    const { queue, parkingLot } = queuesOf(orders().template);
    expect(queue.Properties.MessageRetentionPeriod).toBe(4 * 86_400);
    expect(parkingLot.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
  });

  test('let only this queue park messages, under the very name it has', () => {
    const { queue, parkingLot } = queuesOf(orders().template);
    const { redrivePermission, sourceQueueArns } = parkingLot.Properties.RedriveAllowPolicy;
    expect(redrivePermission).toBe('byQueue');
    expect(sourceQueueArns).toHaveLength(1);
    const [, arnParts] = sourceQueueArns[0]['Fn::Join'];
    const [, nameParts] = queue.Properties.QueueName['Fn::Join'];
    expect(JSON.stringify(arnParts)).toContain(JSON.stringify(nameParts.slice(1)).slice(1, -1));
    expect(arnParts.at(-2).endsWith(`:${nameParts[0]}`)).toBe(true);
  });

  test('get a name that is new with each deployment of a stack, so that a retained queue is never in the way', () => {
    const { queue } = queuesOf(orders().template);
    expect(JSON.stringify(queue.Properties.QueueName)).toContain(JSON.stringify({ Ref: 'AWS::StackId' }));
  });

  test('refuse plain HTTP, are encrypted and outlive the stack', () => {
    const { template } = orders();
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.allResources('AWS::SQS::Queue', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    template.resourcePropertiesCountIs(
      'AWS::SQS::QueuePolicy',
      { PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })] } },
      2,
    );
  });

  test('work in order of groups when FIFO', () => {
    const { template } = orders({ fifo: true, maxConcurrency: 5 });
    template.allResourcesProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    expect(queuesOf(template).queue.Properties.QueueName['Fn::Join'][1].at(-1)).toBe('.fifo');
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 5 } });
  });
});

describe('the worker', () => {
  test('tells readers of the template that repeating it repeats no effect', () => {
    orders().template.hasResource('AWS::Lambda::Function', { Metadata: { 'cdk-breakwater:idempotent': true } });
  });

  test('is told everything it spends and writes', () => {
    const { template, worker } = orders({ senderHorizon: Duration.days(3) });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          BREAKWATER_IDEMPOTENCY_TABLE: { Ref: Match.stringLikeRegexp('^OrdersIdempotencyTable') },
          BREAKWATER_QUEUE_URL: { Ref: Match.stringLikeRegexp('^OrdersQueue') },
          BREAKWATER_PARKING_LOT_URL: { Ref: Match.stringLikeRegexp('^OrdersParkingLot') },
          BREAKWATER_RETRY_BUDGET: JSON.stringify({ attempts: 5, baseDelaySeconds: 60, maxDelaySeconds: 480 }),
          BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: String((3 + 4 + 14 + 90 + 4 + 1) * 86_400),
          POWERTOOLS_SERVICE_NAME: 'Shop/Orders',
        },
      },
    });
    expect(worker.metricDone()).toMatchObject({ namespace: 'Breakwater', metricName: 'Done', dimensions: { service: 'Shop/Orders' } });
  });

  test('may do what it does on what it has, and nothing else', () => {
    const { stack } = orders();
    expect(permissionsOfRole(stack, 'OrdersWorkerRole')).toEqual([
      'dynamodb:ConditionCheckItem on OrdersIdempotencyTable',
      'dynamodb:DeleteItem on OrdersIdempotencyTable',
      'dynamodb:PutItem on OrdersIdempotencyTable',
      'dynamodb:UpdateItem on OrdersIdempotencyTable',
      'logs:CreateLogStream on OrdersWorkerLogs',
      'logs:PutLogEvents on OrdersWorkerLogs',
      'sqs:ChangeMessageVisibility on OrdersQueue',
      'sqs:DeleteMessage on OrdersQueue',
      'sqs:GetQueueAttributes on OrdersQueue',
      'sqs:ReceiveMessage on OrdersQueue',
      'sqs:SendMessage on OrdersParkingLot',
      'sqs:SendMessage on OrdersQueue',
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ]);
  });

  test('is allowed to consume before its event source is made, which AWS checks', () => {
    const { stack } = orders();
    const [source] = Object.values(resourcesOf(stack, 'AWS::Lambda::EventSourceMapping')) as unknown as [{ DependsOn: string[] }];
    expect(source.DependsOn.some((id) => id.startsWith('OrdersWorkerRoleDefaultPolicy'))).toBe(true);
  });

  test('can be a function that exists, with its own timeout', () => {
    const stack = shop();
    const own = new LambdaFunction(stack, 'Own', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('0'),
      timeout: seconds(10),
    });
    const alias = new Alias(stack, 'Current', { aliasName: 'current', version: own.currentVersion });
    const worker = new QueueWorker(stack, 'Orders', { worker: Handler.fromFunction(alias), ...QUEUE_ONLY });
    expect(worker.worker).toBe(alias);
    const template = Template.fromStack(stack);
    expect(queuesOf(template).queue.Properties.VisibilityTimeout).toBe(60);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ BREAKWATER_QUEUE_URL: Match.anyValue() }) },
    });
    expect(permissionsOfRole(stack, 'OwnServiceRole')).toContain('sqs:ReceiveMessage on OrdersQueue');
  });

  test('that is imported is granted to, and a warning names what its environment needs', () => {
    const stack = shop();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const imported = LambdaFunction.fromFunctionAttributes(stack, 'Imported', {
      functionArn: `arn:aws:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:imported`,
      role,
      sameEnvironment: true,
    });
    new QueueWorker(stack, 'Orders', { worker: Handler.fromFunction(imported, { timeout: seconds(12) }), ...NO_ALARMS });
    expect(queuesOf(Template.fromStack(stack)).queue.Properties.VisibilityTimeout).toBe(72);
    expect(permissionsOfRole(stack, 'Role')).toContain('sqs:DeleteMessage on OrdersQueue');
    expect(warnings(stack).filter((text) => text.includes('BREAKWATER_PARKING_LOT_URL'))).toHaveLength(1);
  });

  test('reads claimed bodies under their prefix only, and is told when one is missing', () => {
    const stack = shop();
    const worker = new QueueWorker(stack, 'Orders', { worker: inlineWorker(), ...NO_ALARMS });
    worker.readClaimsFrom(new ClaimBucket(stack, 'Claims', { messageLifetime: worker.messageLifetime }));
    expect(permissionsOfRole(stack, 'OrdersWorkerRole').filter((line) => line.startsWith('s3:'))).toEqual([
      's3:GetObject on ClaimsBucket/claims/*',
      's3:ListBucket on ClaimsBucket',
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 4 + 14 + 4 + 1, Prefix: 'claims/', Status: 'Enabled' })] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(nagFindings(stack)).toEqual([]);
  });
});

describe('the idempotency table', () => {
  test('expires records, can be restored, is encrypted and outlives the stack', () => {
    const { template } = orders();
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: false },
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    });
  });

  test('serves a persistence layer of Powertools too', () => {
    const stack = shop();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    new IdempotencyTable(stack, 'Records').grantPersistenceLayer(role);
    expect(permissionsOfRole(stack, 'Role')).toEqual(
      ['DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action} on RecordsTable`),
    );
  });

  test('can be shared, and goes with the stack when told to', () => {
    const stack = shop();
    const idempotencyTable = new IdempotencyTable(stack, 'Shared', { removalPolicy: RemovalPolicy.DESTROY });
    for (const id of ['Orders', 'Refunds']) new QueueWorker(stack, id, { worker: inlineWorker(), idempotencyTable, ...QUEUE_ONLY });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
    template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
  });
});

test('a key of one own encrypts queues and table, and both sides may use it without wildcards', () => {
  const stack = shop({ env: { region: 'eu-west-1' } });
  const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true });
  const worker = new QueueWorker(stack, 'Orders', { worker: inlineWorker(), encryptionKey, ...NO_ALARMS });
  worker.readClaimsFrom(new ClaimBucket(stack, 'Claims', { messageLifetime: worker.messageLifetime, encryptionKey }));
  const sender = new Role(stack, 'Sender', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  worker.grantSend(sender);
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } });
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: Match.anyValue() } })],
  });
  expect(permissionsOfRole(stack, 'Sender')).toEqual([
    'kms:Decrypt on Key',
    'kms:GenerateDataKey on Key',
    'sqs:SendMessage on OrdersQueue',
  ]);
  expect(permissionsOfRole(stack, 'OrdersWorkerRole').filter((line) => line.startsWith('kms:'))).toEqual([
    'kms:Decrypt on Key',
    'kms:DescribeKey on Key',
    'kms:Encrypt on Key',
    'kms:GenerateDataKey on Key',
    'kms:GenerateDataKeyWithoutPlaintext on Key',
    'kms:ReEncryptFrom on Key',
    'kms:ReEncryptTo on Key',
  ]);
  expect(nagFindings(stack)).toEqual([]);
});

test('an operator may look into a bare parking lot and redrive, nothing more', () => {
  const stack = shop();
  const worker = new QueueWorker(stack, 'Orders', { worker: inlineWorker(), ...QUEUE_ONLY });
  worker.grantRedrive(new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  const permissions = permissionsOfRole(stack, 'Operator');
  expect(permissions).toContain('sqs:StartMessageMoveTask on OrdersParkingLot');
  expect(permissions.filter((line) => !line.endsWith(' on OrdersParkingLot'))).toEqual(['sqs:SendMessage on OrdersQueue']);
});

describe('a function that answers requests', () => {
  const guarded = (options?: GuardRequestsOptions) => {
    const stack = shop();
    const table = new IdempotencyTable(stack, 'Requests');
    const handler = new HandlerFunction(stack, 'CreateOrder', { handler: inlineWorker() });
    table.guardRequests(handler, options);
    return { stack, table, handler };
  };

  test('is told its table and for how long a request may be repeated, and may keep requests there and nothing else', () => {
    const { stack } = guarded({ repeatedWithin: Duration.hours(2) });
    Template.fromStack(stack).hasResource('AWS::Lambda::Function', {
      Properties: {
        Environment: {
          Variables: {
            BREAKWATER_IDEMPOTENCY_TABLE: { Ref: Match.stringLikeRegexp('^RequestsTable') },
            BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '7200',
            POWERTOOLS_SERVICE_NAME: 'Shop/CreateOrder',
          },
        },
      },
      Metadata: { 'cdk-breakwater:idempotent': true },
    });
    const permissions = permissionsOfRole(stack, 'CreateOrderRole').filter((line) => !/^(logs|xray):/.test(line));
    expect(permissions).toEqual([
      'dynamodb:ConditionCheckItem on RequestsTable',
      'dynamodb:DeleteItem on RequestsTable',
      'dynamodb:PutItem on RequestsTable',
      'dynamodb:UpdateItem on RequestsTable',
    ]);
    expect(nagFindings(stack)).toEqual([]);
    const repeatable = { Environment: { Variables: Match.objectLike({ BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '86400' }) } };
    Template.fromStack(guarded().stack).hasResourceProperties('AWS::Lambda::Function', repeatable);
  });

  test('has one table', () => {
    const { stack, handler } = guarded();
    const other = new IdempotencyTable(stack, 'Other');
    expect(() => other.guardRequests(handler)).toThrow(/one queue or one idempotency table.*which works for Shop\/Requests already/);
    expect(() => guarded({ repeatedWithin: seconds(59) })).toThrow(/^\[Shop\/Requests\] time in which.*allowed 60 to 31536000, given 59/);
  });
});

describe('contradictions are refused with construct, rule, allowed and given value', () => {
  const reserved = inlineWorker({ reservedConcurrency: 10 });
  const ownFunction = (timeout?: Duration) => {
    const stack = shop();
    const code = { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('0') };
    return { stack, own: new LambdaFunction(stack, 'Own', { ...code, timeout }) };
  };

  test.each<[string, Partial<QueueWorkerProps>, RegExp]>([
    ['one worker at a time', { maxConcurrency: 1 }, /^\[Shop\/Orders\] maxConcurrency.*allowed 2 to 1000, given 1\./],
    ['too many workers', { maxConcurrency: 1001 }, /allowed 2 to 1000, given 1001/],
    ['FIFO with a batch of 100', { fifo: true, batchSize: 100 }, /batch size of a FIFO queue: allowed 1 to 10, given 100/],
    [
      'FIFO with a batching window',
      { fifo: true, maxBatchingWindow: seconds(5) },
      /FIFO queues know no batching window: allowed none, given 5 s/,
    ],
    ['a large batch without a window', { batchSize: 11 }, /needs a batching window: allowed 1 to 300 s, given none/],
    ['a batch too large for any queue', { batchSize: 10_001, maxBatchingWindow: seconds(1) }, /allowed 1 to 10000, given 10001/],
    ['a window too long', { maxBatchingWindow: seconds(301) }, /allowed 0 to 300, given 301/],
    [
      'visibility below six timeouts',
      { visibilityTimeout: seconds(179) },
      /visibility must be at least 6 times.*allowed 180 to 43200 s, given 179 s/,
    ],
    ['visibility over SQS’s limit', { visibilityTimeout: Duration.hours(13) }, /allowed 180 to 43200 s, given 46800 s/],
    [
      'a parking lot that forgets first',
      { retention: Duration.days(14) },
      /the parking lot must keep messages longer.*allowed more than 1209600 s, given 1209600 s/,
    ],
    ['a queue that forgets before parking', { retention: Duration.minutes(20) }, /allowed a retention of more than 1320 s, given 1200 s/],
    ['workers that starve', { worker: reserved, maxConcurrency: 11 }, /reserved concurrency.*allowed 11 to 100000, given 10/],
    ['a taken name', { worker: inlineWorker({ environment: { BREAKWATER_QUEUE_URL: 'x' } }) }, /given BREAKWATER_QUEUE_URL/],
    ['an objective below what alarms see', { objective: { messageAge: seconds(30) } }, /allowed 60 to 1209600, given 30/],
    [
      'too long a timeout',
      { worker: inlineWorker({ timeout: Duration.minutes(16) }) },
      /timeout of a function in seconds: allowed 1 to 900, given 960/,
    ],
    ['too little memory', { worker: inlineWorker({ memorySize: 64 }) }, /memory of a function in MiB: allowed 128 to 10240, given 64/],
    [
      'a timeout that is not known',
      { worker: inlineWorker({ timeout: seconds(Lazy.number({ produce: () => 5 })) }) },
      /the worker's timeout must be known at synth/,
    ],
  ])('%s', (_, props, message) => {
    expect(() => orders(props)).toThrow(message);
  });

  test.each<[string, Partial<QueueWorkerProps>]>([
    ['deployment', { deployment: Deployment.canary() }],
    ['provisionedConcurrency', { provisionedConcurrency: ProvisionedConcurrency.fixed(1) }],
  ])('%s of a function that was given', (name, props) => {
    const { stack, own } = ownFunction(seconds(5));
    expect(() => new QueueWorker(stack, 'Orders', { worker: Handler.fromFunction(own), ...NO_ALARMS, ...props })).toThrow(
      new RegExp(`${name} belongs to functions that this construct makes: allowed .*given Handler.fromFunction`),
    );
  });

  test('a given function without a known timeout', () => {
    const { stack, own } = ownFunction();
    expect(() => new QueueWorker(stack, 'Orders', { worker: Handler.fromFunction(own), ...NO_ALARMS })).toThrow(
      /the timeout of the function must be known.*given Shop\/Own without one/,
    );
  });

  test('a given function for two queues', () => {
    const { stack, own } = ownFunction(seconds(5));
    new QueueWorker(stack, 'Orders', { worker: Handler.fromFunction(own), ...NO_ALARMS });
    expect(() => new QueueWorker(stack, 'Refunds', { worker: Handler.fromFunction(own), ...NO_ALARMS })).toThrow(
      /a function works for one queue or one idempotency table.*given Shop\/Own, which works for Shop\/Orders already/,
    );
  });

  test('a key in a stack for any Region', () => {
    const stack = shop();
    expect(() => new IdempotencyTable(stack, 'Table', { encryptionKey: new Key(stack, 'Key') })).toThrow(
      /^\[Shop\/Table\] a table with a key of your own must know its Region.*given a stack for any Region/,
    );
  });

  test('values which are only known at deployment pass', () => {
    const token = Lazy.number({ produce: () => 5000 });
    expect(() => orders({ maxConcurrency: token, worker: inlineWorker({ memorySize: token, reservedConcurrency: token }) })).not.toThrow();
  });
});
