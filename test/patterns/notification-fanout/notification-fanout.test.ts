import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Channel, type NotificationFanoutProps, NotificationRules } from '../../../lib';
import { FANOUT_OUTPUT_DESCRIPTION, FanoutAttribute, LANES, RECIPIENT_INDEX, SETTINGS_MODULE } from '../../../lib/blocks/fanout-contract';
import { environmentOf, readTold } from '../../support/cdk/desks';
import { fanout, notificationsFile, post, RULES } from '../../support/cdk/fanouts';
import { nagFindings } from '../../support/cdk/nag';
import { permissionsOfRole, statementsOfRole } from '../../support/cdk/policies';
import { resourcesOf, warnings } from '../../support/cdk/stacks';
import { logicalIds } from '../../support/cdk/template-walk';

const IN_REGION = { env: { region: 'eu-west-1', account: '111111111111' } };

function made(props: Partial<NotificationFanoutProps> = {}) {
  const stack = post();
  return { stack, notifications: fanout(stack, props), template: Template.fromStack(stack) };
}

/** Four channels, synthesised once. */
const usual = made();

describe('what is kept', () => {
  test('is one table with an index of deliveries by recipient; it expires, can be restored and outlives the stack', () => {
    const [, table] = Object.entries(resourcesOf(usual.stack, 'AWS::DynamoDB::GlobalTable')).find(([id]) =>
      id.startsWith('NotificationsStore'),
    )!;
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: FanoutAttribute.PARTITION_KEY, KeyType: 'HASH' },
          { AttributeName: FanoutAttribute.SORT_KEY, KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: RECIPIENT_INDEX,
            KeySchema: [
              { AttributeName: FanoutAttribute.RECIPIENT, KeyType: 'HASH' },
              { AttributeName: FanoutAttribute.PLANNED_AT, KeyType: 'RANGE' },
            ],
          },
        ],
        TimeToLiveSpecification: { AttributeName: FanoutAttribute.EXPIRATION, Enabled: true },
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    });
  });

  test('is kept for longer than anything planned can be sent again', () => {
    const { notifications } = usual;
    const kept = Number(environmentOf(usual.stack, 'NotificationsPlanBulk').BREAKWATER_FANOUT_RETENTION_SECONDS);
    expect(kept).toBe(Duration.days(120).toSeconds());
    expect(kept).toBeGreaterThan(notifications.bulkPlanner.idempotencyRetention.toSeconds());
  });

  test('is encrypted with a key of one own, which is clean for nag, and goes with the stack when told to', () => {
    const stack = post(IN_REGION);
    fanout(stack, { encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }), removalPolicy: RemovalPolicy.DESTROY });
    const template = Template.fromStack(stack);
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() });
    template.allResourcesProperties('AWS::DynamoDB::GlobalTable', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } });
    template.hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: Match.anyValue() });
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Scheduler::ScheduleGroup', 'AWS::SecretsManager::Secret'])
      template.allResources(type, { DeletionPolicy: 'Delete' });
    for (const role of ['Events', 'PlanBulk', 'ChannelemailBulk', 'FeedbackWorker'])
      expect(permissionsOfRole(stack, `Notifications${role}`)).toContain('kms:Decrypt on Key');
    expect(nagFindings(stack)).toEqual([]);
  });
});

describe('queues', () => {
  test('are one for each channel and lane, so that no transactional message waits behind bulk', () => {
    const { channelWorkers } = usual.notifications;
    expect(Object.keys(channelWorkers)).toEqual(['email', 'sms', 'push', 'chat']);
    const queues = Object.values(channelWorkers).flatMap((lanes) => LANES.map((lane) => lanes[lane].queue));
    expect(new Set(queues).size).toBe(8);
    const told = readTold(environmentOf(usual.stack, 'NotificationsPlanBulk').BREAKWATER_FANOUT_CHANNEL_QUEUES) as Record<string, object>;
    expect(told.email).toEqual({
      transactional: '<NotificationsChannelemailTransactionalQueue>',
      bulk: '<NotificationsChannelemailBulkQueue>',
    });
    expect(Object.keys(told)).toEqual(Object.keys(channelWorkers));
  });

  test('share one desk and one table of effects', () => {
    const { notifications, template } = usual;
    const workers = [notifications.eventWorker, notifications.bulkPlanner, notifications.feedbackWorker!];
    for (const worker of [...workers, notifications.channelWorkers.chat!.bulk]) {
      expect(worker.parkingDesk).toBe(notifications.parkingDesk);
      expect(worker.idempotencyTable).toBe(notifications.idempotencyTable);
    }
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 3);
    // Twelve queues, and timers that could not be handed over, which the desk adopts.
    template.resourceCountIs('AWS::SSM::Parameter', 13);
  });

  test('ring by the objective of their lane', () => {
    const stack = post();
    const { channelWorkers } = fanout(stack, { objective: { transactional: Duration.minutes(2), bulk: Duration.hours(12) } });
    const thresholdOf = (lane: 'transactional' | 'bulk') => {
      const alarm = channelWorkers.email![lane].alarms.alarm('oldestMessageAge');
      return (alarm.node.defaultChild as unknown as { threshold: number }).threshold;
    };
    expect([thresholdOf('transactional'), thresholdOf('bulk')]).toEqual([120, 43_200]);
  });

  test('take as many functions as a channel says, and are limited by its rate', () => {
    const stack = post();
    fanout(stack, onlySms(Channel.sms({ maxConcurrency: 3, ratePerSecond: 0.5, senderId: 'ACME' })));
    const sources = Object.entries(resourcesOf(stack, 'AWS::Lambda::EventSourceMapping')).filter(([id]) =>
      /Channelsms(Bulk|Transactional)Source/.test(id),
    );
    expect(sources.map(([, { Properties }]) => Properties.ScalingConfig)).toEqual([{ MaximumConcurrency: 3 }, { MaximumConcurrency: 3 }]);
    expect(JSON.parse(environmentOf(stack, 'NotificationsChannelsmsBulk').BREAKWATER_FANOUT_CHANNEL_SETTINGS as string)).toEqual({
      providers: [{ kind: 'sms', senderId: 'ACME' }],
      ratePerSecond: 0.5,
      unknownOutcome: 'park',
      unsubscribe: false,
    });
  });
});

/** Without e-mail there is nothing that tells, and nothing to unsubscribe by. */
function onlySms(sms: Channel): Partial<NotificationFanoutProps> {
  const rules = { ...RULES, rules: [{ ...RULES.rules[0], channels: ['sms'] }] };
  return { channels: { sms }, rules: NotificationRules.fromFile(notificationsFile(rules)) };
}

test('without e-mail and links there is no feedback, no API and no secret', () => {
  const { template, notifications } = made(onlySms(Channel.sms()));
  for (const type of ['AWS::SES::ConfigurationSet', 'AWS::ApiGatewayV2::Api', 'AWS::SecretsManager::Secret'])
    template.resourceCountIs(type, 0);
  expect([notifications.feedbackWorker, notifications.unsubscribeFunction]).toEqual([undefined, undefined]);
  expect(notifications.alarms.keys).toEqual(['parkedMessages', 'parkedCustomerFaults', 'timersUndelivered']);
});

describe('events', () => {
  test('come by a rule for each contract as their detail alone, and are parked when they can not be handed over', () => {
    usual.template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['acme.orders'], 'detail-type': ['order.shipped'], detail: { metadata: { version: [1] } } },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NotificationsEventsQueue'), 'Arn'] },
          InputPath: '$.detail',
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NotificationsEventsParkingLot'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
        }),
      ],
    });
  });

  test('that tell of engagements reach the planner as it reads them', () => {
    usual.template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'detail-type': ['NotificationEngaged'] },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NotificationsPlanTransactionalQueue'), 'Arn'] },
          InputTransformer: {
            InputPathsMap: Match.objectLike({ time: '$.time', 'detail-data-recipient': '$.detail.data.recipient' }),
            InputTemplate:
              '{"kind":"engagement","recipient":<detail-data-recipient>,"event":<detail-data-event>,"channel":<detail-data-channel>,"engagement":<detail-data-engagement>,"at":<time>}',
          },
        }),
      ],
    });
  });

  test('of SES come for the configuration set of this fan-out alone', () => {
    const set = { Ref: Match.stringLikeRegexp('^NotificationsFeedbackConfigurationSet') };
    usual.template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.ses'], detail: { mail: { tags: { 'ses:configuration-set': [set] } } } },
    });
    usual.template.hasResourceProperties('AWS::SES::ConfigurationSetEventDestination', {
      ConfigurationSetName: set,
      EventDestination: Match.objectLike({ MatchingEventTypes: ['bounce', 'complaint', 'delivery', 'reject', 'open', 'click'] }),
    });
  });

  test('of deliveries are published from the table, unless they are not wanted', () => {
    expect(usual.notifications.relay).toBeDefined();
    const { notifications, stack } = made({ publishDeliveries: false });
    expect(notifications.relay).toBeUndefined();
    expect(environmentOf(stack, 'NotificationsPlanBulk').BREAKWATER_FANOUT_PUBLISH_DELIVERIES).toBe('false');
    expect(Object.values(resourcesOf(stack, 'AWS::DynamoDB::GlobalTable')).map(({ Properties }) => Properties.StreamSpecification)).toEqual(
      [undefined, undefined, undefined],
    );
  });

  test('come from and go to a bus of one own', () => {
    const stack = post();
    const eventBus = new EventBus(stack, 'Bus');
    expect(fanout(stack, { eventBus }).eventBus).toBe(eventBus);
    const rules = Object.values(resourcesOf(stack, 'AWS::Events::Rule')).filter(({ Properties }) => Properties.EventBusName !== undefined);
    // SES knows the default bus only.
    expect(rules).toHaveLength(2);
    expect(permissionsOfRole(stack, 'NotificationsRelay')).toContain('events:PutEvents on Bus');
  });
});

describe('each function may do what it does on what it has, and nothing else', () => {
  const items = (...actions: string[]) => actions.map((action) => `dynamodb:${action} on NotificationsStoreTable`);
  const sends = (...queues: string[]) => queues.map((queue) => `sqs:SendMessage on Notifications${queue}`);
  /** Without what every queue worker may: see its own test. */
  const permissionsOf = (id: string) =>
    permissionsOfRole(usual.stack, `Notifications${id}WorkerRole`).filter(
      (line) =>
        !/^(logs|xray):|IdempotencyTable$|ParkingLot$|^sqs:(?!SendMessage)/.test(line) &&
        line !== `sqs:SendMessage on Notifications${id}Queue`,
    );
  const channels = ['email', 'sms', 'push', 'chat'].flatMap((name) => [`Channel${name}TransactionalQueue`, `Channel${name}BulkQueue`]);

  test('events', () => {
    expect(permissionsOf('Events')).toEqual([
      ...items('BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'),
      ...sends('PlanBulkQueue', 'PlanTransactionalQueue'),
    ]);
  });

  test('planning', () => {
    expect(permissionsOf('PlanBulk')).toEqual([
      ...items('BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
      'iam:PassRole on NotificationsTimersRole',
      'scheduler:CreateSchedule on arn:AWS::Partition:scheduler:AWS::Region:AWS::AccountId:schedule/NotificationsTimersGroup/*',
      ...sends(...channels).sort(),
    ]);
  });

  test.each([
    [
      'email',
      [
        'secretsmanager:GetSecretValue on NotificationsUnsubscribeSecret',
        'ses:SendEmail on arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:configuration-set/NotificationsFeedbackConfigurationSet',
        'ses:SendEmail on arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity/acme.example',
      ],
    ],
    [
      'push',
      [
        'sns:CreatePlatformEndpoint on arn:aws:sns:eu-central-1:111122223333:app/GCM/acme',
        'sns:Publish on arn:aws:sns:eu-central-1:111122223333:endpoint/GCM/acme/*',
      ],
    ],
    ['chat', []],
  ])('sending by %s', (channel, own) => {
    expect(permissionsOf(`Channel${channel}Bulk`)).toEqual([
      ...items('BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'),
      ...own,
    ]);
  });

  test('sending by sms: to phone numbers, and to nothing of SNS that has a name', () => {
    const { PolicyDocument } = Object.entries(resourcesOf(usual.stack, 'AWS::IAM::Policy')).find(([id]) =>
      id.startsWith('NotificationsChannelsmsBulkWorkerRole'),
    )![1].Properties as { PolicyDocument: { Statement: object[] } };
    expect(PolicyDocument.Statement).toContainEqual({ Action: 'sns:Publish', Effect: 'Allow', NotResource: 'arn:*:sns:*:*:*' });
  });

  test('timers: their role may send to the planning queues and to where what can not be sent lies, and only the scheduler has it', () => {
    expect(permissionsOfRole(usual.stack, 'NotificationsTimersRole')).toEqual(
      sends('PlanBulkQueue', 'PlanTransactionalQueue', 'TimersDeadLetters'),
    );
    const [passed] = statementsOfRole(usual.stack, 'NotificationsPlanBulkWorkerRole').filter(({ actions }) =>
      actions.includes('iam:PassRole'),
    );
    expect(passed!.resources).toHaveLength(1);
  });
});

test('links to unsubscribe lead to one route, signed by a secret that channels with links read', () => {
  const { stack, template } = usual;
  for (const method of ['GET', 'HEAD', 'POST'])
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `${method} /unsubscribe` });
  const email = environmentOf(stack, 'NotificationsChannelemailBulk');
  expect(JSON.stringify(email.BREAKWATER_FANOUT_UNSUBSCRIBE_URL)).toMatch(/NotificationsUnsubscribeApi.*\/unsubscribe"/);
  expect(permissionsOfRole(stack, 'NotificationsUnsubscribeAnswerRole').filter((line) => line.startsWith('secretsmanager:'))).toEqual([
    'secretsmanager:GetSecretValue on NotificationsUnsubscribeSecret',
  ]);
  expect(environmentOf(stack, 'NotificationsChannelsmsBulk').BREAKWATER_FANOUT_UNSUBSCRIBE_SECRET).toBeUndefined();
});

test('rules, templates and contracts are a module in a layer of every function that reads them, the same for the same files', () => {
  const { assetPath: folder } = usual.notifications.node.findChild('Settings').node.findChild('Code') as Asset;
  const file = join(folder, 'nodejs/node_modules', SETTINGS_MODULE, 'index.js');
  expect(existsSync(file)).toBe(true);
  const { rules, templates, validators } = jest.requireActual(file);
  expect(rules).toEqual(RULES);
  expect(templates.shipped.email.subject).toBe('Order {{order}} is on its way');
  expect(validators['order.shipped@1']({ customer: 'c', order: 'o' })).toBeUndefined();
  expect(validators['order.shipped@1']({ customer: 'c' })).toMatchObject({ pointer: '/order' });
  const layers = Object.entries(resourcesOf(usual.stack, 'AWS::Lambda::Function')).filter(
    ([, { Properties }]) => Properties.Layers !== undefined,
  );
  expect(layers).toHaveLength(12);
});

describe('operating', () => {
  test('alarms have keys, and each pattern-level one its section in the runbook', () => {
    const { alarms } = usual.notifications;
    expect(alarms.keys).toEqual([
      'parkedMessages',
      'parkedCustomerFaults',
      'timersUndelivered',
      'unsubscribeErrors',
      'bounceRate',
      'complaintRate',
    ]);
    const runbook = readFileSync(join(__dirname, '../../../docs/runbook.md'), 'utf8');
    for (const key of [...alarms.keys, 'failover']) expect(runbook).toContain(`\n## ${key}\n`);
  });

  test('a provider that takes over has an alarm', () => {
    const stack = post();
    const { notifications } = { notifications: fanout(stack, onlySms(Channel.sms({ failover: [Channel.sms({ senderId: 'OTHER' })] }))) };
    expect(notifications.alarms.keys).toContain('failover');
  });

  test('without a topic synth warns once, not for each of the queues', () => {
    const { stack } = made({ alarms: undefined });
    expect(warnings(stack).filter((text) => text.includes('alarms'))).toHaveLength(1);
  });

  test('whoever keeps recipients may touch items of the table alone', () => {
    const stack = post();
    const notifications = fanout(stack);
    const role = new Role(stack, 'Profiles', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    notifications.grantRecipients(role);
    const granted = permissionsOfRole(stack, 'Profiles');
    expect(granted.every((line) => /^dynamodb:\w+ on NotificationsStoreTable$/.test(line))).toBe(true);
    expect(granted).toEqual(
      expect.arrayContaining(['dynamodb:PutItem on NotificationsStoreTable', 'dynamodb:Query on NotificationsStoreTable']),
    );
  });

  test('the command line finds it by its output', () => {
    const [output] = Object.values(usual.template.findOutputs('*', { Description: `${FANOUT_OUTPUT_DESCRIPTION}Post/Notifications` }));
    expect(readTold(output!.Value)).toEqual({
      table: '<NotificationsStoreTable>',
      planQueues: { transactional: '<NotificationsPlanTransactionalQueue>', bulk: '<NotificationsPlanBulkQueue>' },
    });
  });

  test.each([
    ['Sent', 'NotificationsSent', { channel: 'sms' }],
    ['Failed', 'NotificationsFailed', { channel: 'sms' }],
    ['Suppressed', 'NotificationsSuppressed', { channel: 'sms' }],
    ['SendTime', 'NotificationSendTime', { channel: 'sms' }],
  ] as const)('metric%s is that of a channel', (name, metricName, more) => {
    expect(usual.notifications[`metric${name}`]('sms')).toMatchObject({
      namespace: 'Breakwater',
      metricName,
      dimensions: { service: 'Post/Notifications', ...more },
    });
  });
});

test('four channels take 285 resources at most, of the 500 that a stack holds', () => {
  expect(Object.keys(usual.template.toJSON().Resources).length).toBeLessThanOrEqual(285);
});

test('cdk-nag finds nothing', () => {
  expect(nagFindings(usual.stack)).toEqual([]);
});

test('logical ids stay: a changed one replaces a table, a queue or pending timers', () => {
  expect(logicalIds(usual.stack, 'Notifications')).toEqual(JSON.parse(readFileSync(join(__dirname, 'logical-ids.json'), 'utf8')));
});
