import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import {
  Alarms,
  Deployment,
  Handler,
  ProvisionedConcurrency,
  RetryBudget,
  WebhookIngestion,
  type WebhookIngestionProps,
  WebhookSender,
} from '../../../lib';
import { nagFindings } from '../../support/cdk/nag';
import { permissionsOfRole, statementsOfRole } from '../../support/cdk/policies';
import { inlineWorker, payments, resourcesOf, secret, shop, warnings } from '../../support/cdk/stacks';
import { alarmsOn, deadLetterQueues, logicalIds, referencesIn } from '../../support/cdk/template-walk';

const KEYS = [
  'parkedMessages',
  'parkedCustomerFaults',
  'parkedMessageAge',
  'oldestMessageAge',
  'workerErrors',
  'workerThrottles',
  'receiveErrors',
  'receiveThrottles',
  'answerLatency',
  'answerErrors',
];

/** Everything a user can switch on. */
function everything(stack: Stack): Partial<WebhookIngestionProps> {
  return {
    deployment: Deployment.canary(),
    provisionedConcurrency: ProvisionedConcurrency.autoscaled({ min: 2, max: 10 }),
    encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
    vpc: new Vpc(stack, 'Vpc', { natGateways: 1 }),
    retryBudget: RetryBudget.of({ attempts: 8, within: Duration.hours(6) }),
    objective: { answerTime: Duration.seconds(1), messageAge: Duration.minutes(5) },
    maxConcurrency: 20,
  };
}

describe('what a user writes', () => {
  test('needs no more than senders, a worker and a grant', () => {
    const stack = shop();
    const ledger = new TableV2(stack, 'Ledger', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const webhooks = new WebhookIngestion(stack, 'Payments', {
      senders: { stripe: WebhookSender.stripe(secret(stack, 'A')), github: WebhookSender.github(secret(stack, 'B')) },
      worker: inlineWorker({ environment: { LEDGER_TABLE: ledger.tableName } }),
    });
    ledger.grantReadWriteData(webhooks.worker);
    expect(permissionsOfRole(stack, 'PaymentsWorkerRole')).toContain('dynamodb:ConditionCheckItem on Ledger');
  });
});

describe('the way of an event', () => {
  test('leads from the API through the live alias of the receive function', () => {
    const stack = shop();
    payments(stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'POST /{sender}', AuthorizationType: 'NONE' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
      IntegrationUri: { Ref: Match.stringLikeRegexp('^PaymentsReceiveLive') },
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      FunctionName: { Ref: Match.stringLikeRegexp('^PaymentsReceiveLive') },
      Principal: 'apigateway.amazonaws.com',
    });
  });

  test('is throttled, logged and measured at the API', () => {
    const stack = shop();
    payments(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { DetailedMetricsEnabled: true, ThrottlingBurstLimit: 2000, ThrottlingRateLimit: 1000 },
      AccessLogSettings: { DestinationArn: Match.anyValue() },
    });
    const [stage] = Object.values(resourcesOf(stack, 'AWS::ApiGatewayV2::Stage'));
    const format = JSON.parse((stage!.Properties.AccessLogSettings as { Format: string }).Format);
    expect(Object.keys(format)).toEqual(expect.arrayContaining(['requestId', 'status', 'integrationError']));
    expect(JSON.stringify(format)).not.toMatch(/header|querystring|body/i);
  });

  test('ends in the worker, at most 50 at a time, which can read claimed bodies', () => {
    const stack = shop();
    payments(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ScalingConfig: { MaximumConcurrency: 50 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          BREAKWATER_CLAIM_BUCKET: { Ref: Match.stringLikeRegexp('^PaymentsClaims') },
          BREAKWATER_RETRY_BUDGET: Match.anyValue(),
        }),
      },
    });
  });

  test('is remembered for longer than any sender, queue, parking lot and desk can repeat it', () => {
    const stack = shop();
    payments(stack, { senders: { slow: WebhookSender.adyen(secret(stack, 'A')), quick: WebhookSender.shopify(secret(stack, 'B')) } });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: String((30 + 4 + 14 + 90 + 4 + 1) * 86_400) }),
      },
    });
  });

  test('is not held up by less concurrency than was reserved', () => {
    const stack = shop();
    payments(stack, { worker: inlineWorker({ reservedConcurrency: 10 }) });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 10 } });
  });
});

describe('permissions', () => {
  test('of the receive function are to enqueue, to leave large bodies, and to read exactly the given secrets', () => {
    const stack = shop();
    const secrets = [Secret.fromSecretNameV2(stack, 'ByName', 'github'), new Secret(stack, 'Owned')];
    payments(stack, {
      senders: {
        stripe: WebhookSender.stripe(secret(stack, 'A')),
        github: WebhookSender.github(secrets[0]!, { additionalSecrets: [secrets[1]!] }),
      },
    });
    expect(permissionsOfRole(stack, 'PaymentsReceiveRole')).toEqual([
      'logs:CreateLogStream on PaymentsReceiveLogs',
      'logs:PutLogEvents on PaymentsReceiveLogs',
      's3:PutObject on PaymentsClaimsBucket/claims/*',
      'secretsmanager:GetSecretValue on Owned',
      'secretsmanager:GetSecretValue on arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:github-??????',
      'secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:111111111111:secret:A-AbCdEf',
      'sqs:SendMessage on PaymentsWorkerQueue',
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ]);
  });

  test('to decrypt a secret come with its key', () => {
    const stack = shop();
    const own = new Secret(stack, 'Owned', { encryptionKey: new Key(stack, 'Key') });
    payments(stack, { senders: { stripe: WebhookSender.stripe(own) } });
    expect(permissionsOfRole(stack, 'PaymentsReceiveRole')).toContain('kms:Decrypt on Key');
  });

  test('name a resource wherever AWS has one', () => {
    const stack = shop({ env: { region: 'eu-west-1', account: '111111111111' } });
    payments(stack, everything(stack));
    const unscopable = /^(xray:|ec2:)|^logs:.*(LogDeliver|ResourcePolic|DescribeLogGroups)/;
    const statements = statementsOfRole(stack, 'Payments');
    expect(statements.length).toBeGreaterThan(10);
    for (const { actions, resources } of statements) {
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
      if (actions.every((action) => unscopable.test(action))) continue;
      const wildcards = resources.filter((resource) => JSON.stringify(resource).includes('*'));
      expect(wildcards.filter((resource) => !/\/(claims|bodies)\/\*/.test(JSON.stringify(resource)))).toEqual([]);
    }
  });

  test('to redrive can be given to an operator', () => {
    const stack = shop();
    payments(stack).grantRedrive(new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    expect(permissionsOfRole(stack, 'Operator')).toEqual(['lambda:InvokeFunction on PaymentsWorkerDeskOperateLive']);
  });
});

describe('alarms', () => {
  test('have the keys that runbook and users know', () => {
    expect(payments(shop()).alarms.keys).toEqual(KEYS);
  });

  test('watch every dead-letter queue of the template, and tell somebody', () => {
    const stack = shop();
    payments(stack);
    const queues = deadLetterQueues(stack);
    expect(queues).toHaveLength(1);
    for (const queue of queues) {
      const alarms = alarmsOn(stack, queue).filter(({ Properties }) => Properties.MetricName === 'ApproximateAgeOfOldestMessage');
      expect(alarms).toHaveLength(1);
      expect(referencesIn(alarms[0]!.Properties.AlarmActions)).toEqual([expect.stringMatching(/^OnCall/)]);
    }
  });

  test('would be missed on a dead-letter queue without one', () => {
    const stack = shop();
    new Queue(stack, 'Bare', { deadLetterQueue: { queue: new Queue(stack, 'BareParkingLot'), maxReceiveCount: 3 } });
    const [queue] = deadLetterQueues(stack);
    expect(queue).toMatch(/^BareParkingLot/);
    expect(alarmsOn(stack, queue!)).toEqual([]);
  });

  test('all have an action and a section in the runbook', () => {
    const stack = shop();
    payments(stack);
    const sections = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, title]) => title!.toLowerCase());
    const alarms = Object.values(resourcesOf(stack, 'AWS::CloudWatch::Alarm'));
    expect(alarms).toHaveLength(KEYS.length);
    for (const { Properties } of alarms) {
      expect(referencesIn(Properties.AlarmActions)).toHaveLength(1);
      expect(sections).toContain(/#(\w+)$/.exec(String(Properties.AlarmDescription))![1]);
      expect(Properties.Metrics).toBeUndefined();
    }
  });

  test.each<[string, Partial<WebhookIngestionProps>, number]>([
    ['half of the shortest deadline', {}, 5000],
    ['the objective', { objective: { answerTime: Duration.millis(800) } }, 800],
  ])('on slow answers follow %s', (_, props, milliseconds) => {
    const stack = shop();
    payments(stack, props);
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('#answerlatency$'),
      ExtendedStatistic: 'p99',
      Threshold: milliseconds,
      EvaluateLowSampleCountPercentile: 'ignore',
    });
  });

  test('can be changed and removed on the pattern', () => {
    const stack = shop();
    const { alarms } = payments(stack);
    alarms.override('oldestMessageAge', { threshold: 77 });
    alarms.remove('answerErrors');
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::CloudWatch::Alarm', KEYS.length - 1);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 77 });
  });

  test('which tell nobody are warned of once', () => {
    const stack = shop();
    payments(stack, { alarms: undefined });
    expect(warnings(stack)).toEqual([expect.stringContaining('these alarms tell nobody')]);
  });
});

describe('with everything switched on', () => {
  const build = () => {
    const stack = shop({ env: { region: 'eu-west-1', account: '111111111111' } });
    payments(stack, everything(stack));
    return stack;
  };

  test('both functions shift gradually and roll back on crashes and on what they answer or park', () => {
    const groups = Object.values(resourcesOf(build(), 'AWS::CodeDeploy::DeploymentGroup'));
    expect(groups.flatMap(({ Properties }) => referencesIn(Properties.AlarmConfiguration)).sort()).toEqual([
      expect.stringMatching(/AlarmsanswerErrors/),
      expect.stringMatching(/AlarmsparkedArrivals/),
      expect.stringMatching(/AlarmsreceiveErrors/),
      expect.stringMatching(/AlarmsworkerErrors/),
    ]);
  });

  test('only the receive function is kept warm', () => {
    const targets = Object.values(resourcesOf(build(), 'AWS::ApplicationAutoScaling::ScalableTarget'));
    expect(targets.map(({ Properties }) => [Properties.MinCapacity, Properties.MaxCapacity])).toEqual([[2, 10]]);
    expect(referencesIn(targets[0]!.Properties.ResourceId)).toContainEqual(expect.stringMatching(/^PaymentsReceive/));
  });

  test('the key encrypts whatever holds events', () => {
    const stack = build();
    const template = Template.fromStack(stack);
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) }],
      },
    });
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } });
    expect(permissionsOfRole(stack, 'PaymentsReceiveRole').filter((line) => line.startsWith('kms:'))).toEqual([
      'kms:Decrypt on Key',
      'kms:GenerateDataKey on Key',
    ]);
  });

  test('cdk-nag finds nothing in it', () => {
    expect(nagFindings(build()).filter((finding) => finding.includes('Shop/Payments'))).toEqual([]);
  });
});

test('a worker that is given keeps its own deployment and network', () => {
  const stack = shop();
  const own = new LambdaFunction(stack, 'Own', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('0'),
    timeout: Duration.seconds(10),
  });
  const webhooks = payments(stack, { worker: Handler.fromFunction(own), deployment: Deployment.canary() });
  expect(webhooks.worker).toBe(own);
  Template.fromStack(stack).resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 1);
});

test.each([
  [undefined, 'Retain'],
  [RemovalPolicy.DESTROY, 'Delete'],
])('removal policy %s makes whatever holds state %s', (removalPolicy, expected) => {
  const stack = shop();
  payments(stack, { removalPolicy });
  const template = Template.fromStack(stack);
  for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup']) {
    template.allResources(type, { DeletionPolicy: expected });
  }
});

test('the claim bucket refuses plain HTTP and the public, is encrypted, and forgets after every message that refers to it', () => {
  const stack = shop();
  payments(stack);
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: [Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
    },
  });
  template.hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
    LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 23 })] },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  });
});

test('both packs of cdk-nag find nothing in the defaults, and would in the same without the acknowledgements', () => {
  const stack = shop();
  payments(stack);
  const ofPattern = (findings: string[]) => findings.filter((finding) => finding.includes('Shop/Payments'));
  expect(ofPattern(nagFindings(stack))).toEqual([]);
  for (const construct of stack.node.findAll()) (construct.node as unknown as { _metadata: unknown[] })._metadata = [];
  expect(ofPattern(nagFindings(stack)).map((finding) => finding.split(' ')[1]!.replace(/\[.*/, ''))).toEqual(
    expect.arrayContaining(['AwsSolutions-APIG4', 'AwsSolutions-IAM5', 'AwsSolutions-S1', 'Serverless-LambdaDLQ']),
  );
});

test('logical ids never change: a changed one replaces a table or a queue of a user', () => {
  const stack = shop({ env: { region: 'eu-west-1', account: '111111111111' } });
  payments(stack, everything(stack));
  const golden = JSON.parse(readFileSync(join(__dirname, 'logical-ids.json'), 'utf8'));
  expect(logicalIds(stack, 'Payments')).toEqual(golden);
});

test("CloudFormation's own rules, as the CDK checks them, find nothing, and would find a fault", () => {
  const before = process.env.CDK_VALIDATION;
  delete process.env.CDK_VALIDATION;
  try {
    const findingsOf = (build: (stack: Stack) => void): string => {
      const app = new App();
      build(new Stack(app, 'Shop'));
      const report = join(app.synth().directory, 'validation-report.json');
      // The oldest aws-cdk-lib of the range knows no such check.
      expect(existsSync(report)).toBe('_builtinCloudFormationValidation' in app);
      return existsSync(report) ? JSON.stringify(JSON.parse(readFileSync(report, 'utf8')).pluginReports) : 'VisibilityTimeout';
    };
    if ('_builtinCloudFormationValidation' in new App()) expect(findingsOf((stack) => void payments(stack))).toBe('[]');
    const broken = findingsOf((stack) => {
      (payments(stack).queue.node.defaultChild as CfnQueue).visibilityTimeout = 50_000;
    });
    expect(broken).toContain('VisibilityTimeout');
  } finally {
    process.env.CDK_VALIDATION = before;
  }
}, 120_000);

test('a sender is told its own URL', () => {
  const stack = shop();
  const webhooks = payments(stack);
  expect(JSON.stringify(stack.resolve(webhooks.urlFor('stripe')))).toMatch(/"\/stripe"/);
  expect(() => webhooks.urlFor('github')).toThrow(
    /^\[Shop\/Payments\] a URL belongs to one of the senders: allowed stripe, given 'github'/,
  );
});

test('metrics are found under the construct’s own name', () => {
  const webhooks = payments(shop());
  const service = { service: 'Shop/Payments' };
  expect(webhooks.metricReceived()).toMatchObject({ namespace: 'Breakwater', metricName: 'Received', dimensions: service });
  expect(webhooks.metricAccepted()).toMatchObject({ metricName: 'Accepted', dimensions: service });
  expect(webhooks.metricRejected('stale_timestamp')).toMatchObject({ dimensions: { ...service, reason: 'stale_timestamp' } });
  expect(webhooks.metricDone()).toMatchObject({ metricName: 'Done', dimensions: service });
  expect(webhooks.metricDuplicate()).toMatchObject({ metricName: 'Duplicate', dimensions: service });
  expect(webhooks.metricParked({ period: Duration.minutes(1) })).toMatchObject({ metricName: 'Parked', period: Duration.minutes(1) });
  expect(webhooks.metricEndToEndTime()).toMatchObject({ metricName: 'EndToEndTime', statistic: 'p99' });
});

test('Alarms.none() together with a gradual deployment is refused', () => {
  expect(() => payments(shop(), { alarms: Alarms.none(), deployment: Deployment.linear() })).toThrow(
    /needs an alarm to roll back on: allowed alarms with or without a topic, given Alarms.none\(\)/,
  );
});

test('senders of a user are what the receive function is told', () => {
  const stack = shop();
  payments(stack);
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        BREAKWATER_SENDERS:
          '{"stripe":{"provider":"stripe","secretArns":["arn:aws:secretsmanager:eu-west-1:111111111111:secret:StripeSecret-AbCdEf"],"config":{}}}',
        BREAKWATER_QUEUE_URL: { Ref: Match.stringLikeRegexp('^PaymentsWorkerQueue') },
        BREAKWATER_CLAIM_BUCKET: { Ref: Match.stringLikeRegexp('^PaymentsClaimsBucket') },
      }),
    },
  });
});
