import { readFileSync } from 'node:fs';
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Alarms, IdempotencyTable, OutboxRelay, type OutboxRelayProps, RetryBudget } from '../../lib';
import { outboxPut } from '../../lib/runtime/outbox/outbox';
import { nagFindings } from '../support/cdk/nag';
import { permissionsOfRole, statementsOfRole } from '../support/cdk/policies';
import { payments, resourcesOf, shop, warnings } from '../support/cdk/stacks';
import { logicalIds } from '../support/cdk/template-walk';
import { reviewOf } from '../support/topology/read';

const hours = Duration.hours;
const KEYS = ['parkedEvents', 'parkedEventAge', 'unpublishedEventAge', 'relayErrors'];

function relayed(props: Partial<OutboxRelayProps> = {}, stack: Stack = shop()) {
  const table = new IdempotencyTable(stack, 'Idempotency');
  const eventBus = new EventBus(stack, 'Bus');
  const relay = new OutboxRelay(stack, 'Outbox', { table, eventBus, alarms: Alarms.none(), ...props });
  return { stack, relay, template: () => Template.fromStack(stack) };
}

describe('the stream of the table', () => {
  test('is off until a relay reads it', () => {
    const stack = shop();
    new IdempotencyTable(stack, 'Idempotency');
    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', { StreamSpecification: Match.absent() });
    relayed()
      .template()
      .hasResourceProperties('AWS::DynamoDB::GlobalTable', { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
  });

  test('is read from its beginning, failure by failure, for no longer than the budget and the time to park', () => {
    const { template } = relayed({ retryBudget: RetryBudget.of({ within: hours(2) }) });
    template().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^IdempotencyTable'), 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 6 * 3600,
      MaximumRetryAttempts: Match.absent(),
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OutboxParkingLot'), 'Arn'] } } },
    });
    template().hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ BREAKWATER_PARK_AFTER_SECONDS: '7200' }) },
    });
  });

  test('wakes the relay for emitted events only', () => {
    const [mapping] = Object.values(resourcesOf(relayed().stack, 'AWS::Lambda::EventSourceMapping'));
    const { Filters: filters } = mapping!.Properties.FilterCriteria as { Filters: Array<{ Pattern: string }> };
    expect(filters).toHaveLength(1);
    const pattern = JSON.parse(filters[0]!.Pattern);
    const outbox = { tableName: 't', retentionSeconds: 1, causedBy: 'stripe#evt_1', correlationId: 'c', nowMilliseconds: 0 };
    const emitted = outboxPut({ name: 'payment.recorded', version: 1, source: 'acme' }, { id: 1 }, 0, outbox).Item as never;
    const record = (eventName: string, NewImage?: object) => ({ eventName, dynamodb: { NewImage } });
    expect(passes(pattern, record('INSERT', emitted))).toBe(true);
    expect(passes(pattern, record('MODIFY', emitted))).toBe(true);
    expect(passes(pattern, record('INSERT', { id: { S: 'stripe#evt_1' }, status: { S: 'COMPLETED' } }))).toBe(false);
    expect(passes(pattern, record('REMOVE'))).toBe(false);
  });
});

/** Lambda's filter rules, as far as the pattern uses them: lists are alternatives, objects are walked, `exists` looks at a leaf. */
function passes(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) {
    return pattern.some((rule) =>
      typeof rule === 'object'
        ? (rule as { exists: boolean }).exists === (value !== undefined && typeof value !== 'object')
        : rule === value,
    );
  }
  return Object.entries(pattern as object).every(([name, inner]) => passes(inner, (value as Record<string, unknown> | undefined)?.[name]));
}

describe('the relay', () => {
  test('may read this stream, publish to this bus, park in this queue, and nothing else', () => {
    const { stack } = relayed();
    expect(permissionsOfRole(stack, 'OutboxRelayRole')).toEqual([
      'dynamodb:DescribeStream on IdempotencyTable',
      'dynamodb:GetRecords on IdempotencyTable',
      'dynamodb:GetShardIterator on IdempotencyTable',
      'dynamodb:ListStreams on IdempotencyTable',
      'events:PutEvents on Bus',
      'logs:CreateLogStream on OutboxRelayLogs',
      'logs:PutLogEvents on OutboxRelayLogs',
      'sqs:SendMessage on OutboxParkingLot',
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ]);
    const streams = statementsOfRole(stack, 'OutboxRelayRole').filter(({ actions }) => actions.includes('dynamodb:GetRecords'));
    expect(streams.map(({ resources }) => resources)).toEqual([
      [{ 'Fn::GetAtt': [expect.stringMatching(/^IdempotencyTable/), 'StreamArn'] }],
    ]);
  });

  test('has its permissions before Lambda looks at the stream', () => {
    const { stack } = relayed();
    const [mapping] = Object.values(resourcesOf(stack, 'AWS::Lambda::EventSourceMapping')) as Array<{ DependsOn?: string[] }>;
    expect(mapping!.DependsOn).toContainEqual(expect.stringMatching(/^OutboxRelayRoleDefaultPolicy/));
  });

  test('runs as every function of the house, on the handler that was built', () => {
    const { template, relay } = relayed({ removalPolicy: RemovalPolicy.DESTROY });
    template().hasResource('AWS::Lambda::Function', {
      Properties: {
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: 120,
        TracingConfig: { Mode: 'Active' },
        Environment: {
          Variables: {
            BREAKWATER_EVENT_BUS: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Bus'), 'Arn'] },
            BREAKWATER_PARKING_LOT_URL: { Ref: Match.stringLikeRegexp('^OutboxParkingLot') },
            BREAKWATER_PARK_AFTER_SECONDS: '3600',
            POWERTOOLS_SERVICE_NAME: 'Shop/Outbox',
          },
        },
      },
      Metadata: { 'cdk-breakwater:idempotent': true },
    });
    template().hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
    template().hasResource('AWS::SQS::Queue', { DeletionPolicy: 'Delete' });
    const dimensions = { service: 'Shop/Outbox' };
    expect(relay.metricPublished()).toMatchObject({ metricName: 'Published', statistic: 'Sum', dimensions });
    expect(relay.metricParked()).toMatchObject({ metricName: 'Parked', dimensions });
    expect(relay.metricRelayTime()).toMatchObject({ metricName: 'RelayTime', statistic: 'p99', dimensions });
  });

  test('can use the keys of table and parking lot, and runs in a VPC', () => {
    const stack = shop({ env: { region: 'eu-west-1', account: '111111111111' } });
    const table = new IdempotencyTable(stack, 'Idempotency', { encryptionKey: new Key(stack, 'TableKey') });
    const encryptionKey = new Key(stack, 'LotKey');
    const vpc = new Vpc(stack, 'Vpc', { natGateways: 1 });
    const eventBus = EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:222222222222:event-bus/orders');
    const relay = new OutboxRelay(stack, 'Outbox', { table, eventBus, encryptionKey, vpc, alarms: Alarms.none() });
    relay.grantParkingLot(payments(stack).worker);
    expect(permissionsOfRole(stack, 'OutboxRelayRole')).toEqual(
      expect.arrayContaining([
        'kms:Decrypt on TableKey',
        'kms:Decrypt on LotKey',
        'kms:GenerateDataKey on LotKey',
        'events:PutEvents on arn:aws:events:eu-west-1:222222222222:event-bus/orders',
        'ec2:CreateNetworkInterface on *',
      ]),
    );
    expect(permissionsOfRole(stack, 'PaymentsWorkerRole')).toEqual(
      expect.arrayContaining(['sqs:ReceiveMessage on OutboxParkingLot', 'sqs:DeleteMessage on OutboxParkingLot', 'kms:Decrypt on LotKey']),
    );
  });
});

describe('alarms of a relay', () => {
  test('each tell somebody, and link a section which the runbook has', () => {
    const stack = shop();
    const { relay } = relayed({ alarms: Alarms.toTopic(new Topic(stack, 'OnCall')) }, stack);
    expect(relay.alarms.keys).toEqual(KEYS);
    const headings = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading!.toLowerCase());
    const found = Object.values(resourcesOf(stack, 'AWS::CloudWatch::Alarm'));
    expect(found).toHaveLength(KEYS.length);
    for (const { Properties } of found) {
      expect(Properties).toMatchObject({ AlarmActions: [{ Ref: expect.stringMatching(/^OnCall/) }], TreatMissingData: 'notBreaching' });
      const [, anchor] = /Runbook: docs\/runbook\.md#(\w+)$/.exec(String(Properties.AlarmDescription))!;
      expect(headings).toContain(anchor);
    }
  });

  test('watch the age of what is not published, from the objective on', () => {
    const stack = shop();
    const { template } = relayed(
      { alarms: Alarms.toTopic(new Topic(stack, 'OnCall')), objective: { messageAge: Duration.minutes(2) } },
      stack,
    );
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/Lambda',
      MetricName: 'IteratorAge',
      Dimensions: Match.arrayWith([{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^OutboxRelayFunction') } }]),
      Statistic: 'Maximum',
      Threshold: 120_000,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 3,
    });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateAgeOfOldestMessage',
      Threshold: Math.floor(14 * 86_400 * 0.7),
    });
  });

  test('are missed at synth when they tell nobody', () => {
    expect(warnings(relayed({ alarms: undefined }).stack)).toEqual([expect.stringContaining('these alarms tell nobody')]);
    expect(warnings(relayed().stack)).toEqual([]);
  });
});

test.each([
  [
    { retryBudget: RetryBudget.of({ within: hours(21) }) },
    /^\[Shop\/Outbox\] time for which an event is tried .*: allowed 60 to 72000, given 75600/,
  ],
  [{ retryBudget: RetryBudget.of({ within: Duration.seconds(59) }) }, /allowed 60 to 72000, given 59/],
  [{ objective: { messageAge: Duration.seconds(59) } }, /objective for the age of events in seconds: allowed 60 to 86400, given 59/],
])('a setting out of its range is refused: %j', (props, reason) => {
  expect(() => relayed(props)).toThrow(reason);
});

describe('a whole stack with a relay', () => {
  const pattern = (relay: boolean) => {
    const stack = shop();
    const topic = new Topic(stack, 'Everybody');
    topic.addSubscription(new EmailSubscription('on-call@example.com'));
    const alarms = Alarms.toTopic(topic);
    const webhooks = payments(stack, { alarms });
    const eventBus = new EventBus(stack, 'Bus');
    if (relay) new OutboxRelay(stack, 'Outbox', { table: webhooks.idempotencyTable, eventBus, alarms });
    return stack;
  };

  test('has nothing more that our own review finds, and is read to the event bus', () => {
    const review = (stack: Stack) => {
      const { Resources, ...rest } = Template.fromStack(stack).toJSON() as { Resources: never };
      return reviewOf(Resources, {}, rest).report;
    };
    const before = review(pattern(false)).findings.map(({ message }) => message);
    const { findings, paths } = review(pattern(true));
    expect(findings.filter(({ message }) => !before.includes(message))).toEqual([]);
    const told = paths.map(({ resources }) => resources.map((one) => one.replace(/[0-9A-F]{8}$/, '')).join(' > '));
    expect(told).toContainEqual(expect.stringMatching(/IdempotencyTable > OutboxRelayFunction > Bus$/));
  });

  test('has no finding of cdk-nag in the relay, and would without the acknowledgements', () => {
    const stack = pattern(true);
    const ofRelay = () => nagFindings(stack).filter((finding) => finding.includes('Shop/Outbox'));
    expect(ofRelay()).toEqual([]);
    for (const construct of stack.node.findAll()) (construct.node as unknown as { _metadata: unknown[] })._metadata = [];
    expect(ofRelay().map((finding) => finding.split(' ')[1]!.replace(/\[.*/, ''))).toEqual(
      expect.arrayContaining(['AwsSolutions-IAM5', 'AwsSolutions-SQS3', 'Serverless-LambdaDLQ']),
    );
  });

  test('keeps its logical ids: a changed one replaces a parking lot', () => {
    expect(logicalIds(pattern(true), 'Outbox')).toMatchInlineSnapshot(`
{
  "OutboxAlarmsparkedEventAge4B5FFDE1": "AWS::CloudWatch::Alarm",
  "OutboxAlarmsparkedEventsBB75D97E": "AWS::CloudWatch::Alarm",
  "OutboxAlarmsrelayErrorsC94F72A0": "AWS::CloudWatch::Alarm",
  "OutboxAlarmsunpublishedEventAgeD76496CB": "AWS::CloudWatch::Alarm",
  "OutboxParkingLot80024CF1": "AWS::SQS::Queue",
  "OutboxParkingLotPolicy93D77EFC": "AWS::SQS::QueuePolicy",
  "OutboxRelayFunctionC944674B": "AWS::Lambda::Function",
  "OutboxRelayFunctionCurrentVersion21818F67<hash>": "AWS::Lambda::Version",
  "OutboxRelayLiveB429C336": "AWS::Lambda::Alias",
  "OutboxRelayLogs1E2A50FE": "AWS::Logs::LogGroup",
  "OutboxRelayRole4B677E53": "AWS::IAM::Role",
  "OutboxRelayRoleDefaultPolicy1AA9EC56": "AWS::IAM::Policy",
  "OutboxSource036F06A4": "AWS::Lambda::EventSourceMapping",
}
`);
  });
});
