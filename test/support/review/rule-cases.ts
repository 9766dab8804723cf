import type { ReviewConfig } from '../../../lib/review/config';
import {
  aging,
  alarm,
  api,
  arn,
  bucket,
  bus,
  busV2,
  groupAlarm,
  idempotent,
  invokeConfig,
  invokes,
  lambda,
  machine,
  mapping,
  method,
  oneTask,
  parkingDesk,
  parkingLot,
  pipe,
  queue,
  type Resources,
  ref,
  role,
  rule,
  schedule,
  stream,
  sub,
  subscriber,
  subscription,
  table,
  topic,
  watching,
} from '../topology/resources';

/** The smallest template that shows a finding, one that is clean, and the first one changed as the finding advises. */
export interface RuleCase {
  readonly shows: Resources;
  readonly resources: readonly string[];
  readonly path: readonly string[];
  readonly clean: Resources;
  readonly fixed: Resources;
  readonly config?: ReviewConfig;
}

const subscribed = (logicalId: string, Protocol: string, to: unknown, rest: object = {}) =>
  subscription({ TopicArn: ref(logicalId), Protocol, Endpoint: to, ...rest });
const toParkingLot = { RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot') } };
const redrive = (maxReceiveCount = 5, logicalId = 'ParkingLot') => ({
  RedrivePolicy: { deadLetterTargetArn: arn(logicalId), maxReceiveCount },
});
const source = (properties: object = {}) => mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler'), ...properties });
const hourly = (target: Readonly<Record<string, unknown>>, properties: object = {}) =>
  rule({ ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', ...target }], ...properties });
const restApi = (logicalId = 'Handler', integration: object = {}) => ({
  Api: api(),
  Post: method({
    RestApiId: ref('Api'),
    Integration: {
      Type: 'AWS_PROXY',
      Uri: sub(`arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/<${logicalId}.Arn>/invocations`),
      ...integration,
    },
  }),
});
const consumed: Resources = { Queue: queue(redrive()), ...parkingLot(), Source: source(), Handler: lambda() };
const atDesk: Resources = {
  Queue: queue(redrive()),
  ParkingLot: queue({ MessageRetentionPeriod: 1_209_600 }),
  Source: source(),
  Handler: lambda(),
  ...parkingDesk(),
};
const tableStream = (properties: object = {}) =>
  mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Handler'), ...properties });
const limits = { MaximumRetryAttempts: 4, MaximumRecordAgeInSeconds: 3600 };
const onFailure = { DestinationConfig: { OnFailure: { Destination: arn('ParkingLot') } } };
const destination = (properties: object = {}) =>
  invokeConfig({ FunctionName: ref('Handler'), Qualifier: '$LATEST', ...onFailure, ...properties });
const retry = (rest: object = {}) => [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3, JitterStrategy: 'FULL', ...rest }];
const archive = {
  Type: 'AWS::KinesisFirehose::DeliveryStream',
  Properties: { ExtendedS3DestinationConfiguration: { BucketARN: arn('Bucket') } },
};
const key = (...services: readonly string[]) => ({
  Type: 'AWS::KMS::Key',
  Properties: {
    KeyPolicy: {
      Statement: [
        { Effect: 'Allow', Principal: { AWS: sub('arn:aws:iam::<AWS::AccountId>:root') }, Action: 'kms:*', Resource: '*' },
        ...services.map((Service) => ({
          Effect: 'Allow',
          Principal: { Service },
          Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
          Resource: '*',
        })),
      ],
    },
  },
});
const caught = {
  Work: { Type: 'Task', End: true, ...invokes('Handler'), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Handled' }] },
};
const parks = {
  Handled: { Type: 'Task', End: true, Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: { QueueUrl: ref('ParkingLot') } },
};
const starts = (properties: Readonly<Record<string, unknown>> = {}) => ({
  Rule: hourly({ Arn: ref('Flow'), DeadLetterConfig: { Arn: arn('ParkingLot') } }),
  ...parkingLot(),
  Flow: oneTask(invokes('Handler'), properties),
  Handler: idempotent(),
});
const traced = { TracingConfig: { Mode: 'Active' } };
const database = { Type: 'AWS::RDS::DBInstance', Properties: {} };
const connects = { Environment: { Variables: { HOST: arn('Database', 'Endpoint.Address') } } };

export const RULE_CASES: Readonly<Record<string, RuleCase>> = {
  'loss-asynchronous-invocation': {
    shows: { Topic: topic(), Subscription: subscribed('Topic', 'lambda', arn('Handler')), Handler: lambda() },
    resources: ['Handler'],
    path: ['Topic', 'Handler'],
    clean: {
      Topic: topic(),
      Subscription: subscribed('Topic', 'lambda', arn('Handler')),
      Handler: lambda({ DeadLetterConfig: { TargetArn: arn('ParkingLot') } }),
      ...parkingLot(),
    },
    fixed: {
      Topic: topic(),
      Subscription: subscribed('Topic', 'lambda', arn('Handler')),
      Handler: lambda(),
      Config: destination(),
      ...parkingLot(),
    },
  },
  'loss-queue-without-dead-letter': {
    shows: { Queue: queue(), Source: source(), Handler: lambda() },
    resources: ['Queue'],
    path: ['Queue', 'Handler'],
    clean: { Queue: queue() },
    fixed: consumed,
  },
  'loss-subscription': {
    shows: { Topic: topic(), Subscription: subscribed('Topic', 'sqs', arn('Queue')), Queue: queue() },
    resources: ['Subscription', 'Queue'],
    path: ['Topic', 'Queue'],
    clean: { Topic: topic(), Subscription: subscribed('Topic', 'email', 'someone@example.com') },
    fixed: { Topic: topic(), Subscription: subscribed('Topic', 'sqs', arn('Queue'), toParkingLot), Queue: queue(), ...parkingLot() },
  },
  'loss-rule-target': {
    shows: {
      Bus: bus({ Name: 'orders' }),
      Rule: rule({ EventBusName: ref('Bus'), EventPattern: { source: ['shop'] }, Targets: [{ Id: 'One', Arn: arn('Queue') }] }),
      Queue: queue(),
    },
    resources: ['Rule', 'Queue'],
    path: ['Bus', 'Rule', 'Queue'],
    clean: { Bus: bus({ Name: 'orders' }), Rule: rule({ EventBusName: ref('Bus'), EventPattern: { source: ['shop'] } }) },
    fixed: {
      Bus: bus({ Name: 'orders' }),
      Rule: rule({
        EventBusName: ref('Bus'),
        EventPattern: { source: ['shop'] },
        Targets: [{ Id: 'One', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('ParkingLot') } }],
      }),
      Queue: queue(),
      ...parkingLot(),
    },
  },
  'loss-subscriber': {
    shows: {
      Bus: busV2({ Name: 'orders' }),
      Subscriber: subscriber({ EventBusArn: arn('Bus', 'EventBusArn'), InvokeConfiguration: { TargetArn: arn('Queue') } }),
      Queue: queue(),
    },
    resources: ['Subscriber', 'Queue'],
    path: ['Bus', 'Queue'],
    clean: { Bus: busV2({ Name: 'orders' }) },
    fixed: {
      Bus: busV2({ Name: 'orders' }),
      Subscriber: subscriber({
        EventBusArn: arn('Bus', 'EventBusArn'),
        InvokeConfiguration: { TargetArn: arn('Queue') },
        OnFailureConfiguration: { Arn: arn('ParkingLot') },
      }),
      Queue: queue(),
      ...parkingLot(),
    },
  },
  'loss-schedule': {
    shows: { Nightly: schedule({ Target: { Arn: arn('Queue') } }), Queue: queue() },
    resources: ['Nightly', 'Queue'],
    path: ['Nightly', 'Queue'],
    clean: { Queue: queue() },
    fixed: {
      Nightly: schedule({ Target: { Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('ParkingLot') } } }),
      Queue: queue(),
      ...parkingLot(),
    },
  },
  'loss-stream-record': {
    shows: { Table: table(), Source: tableStream(limits), Handler: lambda() },
    resources: ['Source'],
    path: ['Table', 'Handler'],
    clean: { Table: table(), Source: tableStream(), Handler: lambda() },
    fixed: { Table: table(), Source: tableStream({ ...limits, ...onFailure }), Handler: lambda(), ...parkingLot() },
  },
  'loss-execution': {
    shows: starts({ StateMachineType: 'EXPRESS' }),
    resources: ['Flow'],
    path: ['Rule', 'Flow', 'Handler'],
    clean: starts(),
    fixed: { ...starts(), Flow: machine({ StartAt: 'Work', States: { ...caught, ...parks } }, { StateMachineType: 'EXPRESS' }) },
  },
  'loss-swallowed-error': {
    shows: {
      Rule: hourly({ Arn: ref('Flow') }),
      Flow: machine({ StartAt: 'Work', States: { ...caught, Handled: { Type: 'Succeed' } } }),
      Handler: lambda(),
    },
    resources: ['Flow'],
    path: ['Rule', 'Flow', 'Handler'],
    clean: starts(),
    fixed: {
      Rule: hourly({ Arn: ref('Flow') }),
      Flow: machine({ StartAt: 'Work', States: { ...caught, ...parks } }),
      Handler: lambda(),
      ...parkingLot(),
    },
  },
  'loss-topic-without-subscription': {
    shows: { Rule: hourly({ Arn: ref('Topic') }), Topic: topic() },
    resources: ['Topic'],
    path: ['Rule', 'Topic'],
    clean: { Topic: topic() },
    fixed: { Rule: hourly({ Arn: ref('Topic') }), Topic: topic(), Subscription: subscribed('Topic', 'sqs', arn('Queue')), Queue: queue() },
  },
  'loss-delivery-stream': {
    shows: { Archive: archive, Bucket: bucket() },
    resources: ['Archive'],
    path: ['Archive', 'Bucket'],
    clean: { Bucket: bucket() },
    fixed: {
      Archive: archive,
      Bucket: bucket(),
      Alarm: alarm({
        MetricName: 'DeliveryToS3.DataFreshness',
        Dimensions: [{ Name: 'DeliveryStreamName', Value: ref('Archive') }],
        AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:on-call'],
      }),
    },
  },
  'loss-parking-lot-alarm': {
    shows: { Queue: queue(redrive(5, 'Dlq')), Dlq: queue({ MessageRetentionPeriod: 1_209_600 }), Source: source(), Handler: lambda() },
    resources: ['Dlq'],
    path: ['Queue', 'Dlq'],
    clean: consumed,
    fixed: {
      Queue: queue(redrive(5, 'Dlq')),
      Dlq: queue({ MessageRetentionPeriod: 1_209_600 }),
      Source: source(),
      Handler: lambda(),
      Alarm: watching('Dlq'),
    },
  },
  'loss-parking-desk': {
    shows: { ...atDesk, DeskAlarm: groupAlarm() },
    resources: ['ParkingLot', 'DeskSource'],
    path: ['Queue', 'ParkingLot'],
    clean: consumed,
    fixed: { ...atDesk, DeskAlarm: groupAlarm(), IntakeAlarm: aging('ParkingLot') },
  },
  'loss-alarm-unheard': {
    shows: { ...consumed, ParkingLotAlarm: watching('ParkingLot', { AlarmActions: [ref('OnCall')] }), OnCall: topic() },
    resources: ['OnCall'],
    path: ['OnCall'],
    clean: consumed,
    fixed: {
      ...consumed,
      ParkingLotAlarm: watching('ParkingLot', { AlarmActions: [ref('OnCall')] }),
      OnCall: topic(),
      Subscription: subscribed('OnCall', 'email', 'someone@example.com'),
    },
  },
  'loss-retention': {
    shows: { ...consumed, ParkingLot: queue() },
    resources: ['ParkingLot', 'Queue'],
    path: ['Queue', 'ParkingLot'],
    clean: { ...consumed, Queue: queue({ ...redrive(), FifoQueue: true }), ParkingLot: queue({ FifoQueue: true }) },
    fixed: consumed,
  },
  'loss-redrive-permission': {
    shows: { ...consumed, ParkingLot: queue({ MessageRetentionPeriod: 1_209_600, RedriveAllowPolicy: { redrivePermission: 'denyAll' } }) },
    resources: ['ParkingLot', 'Queue'],
    path: ['Queue', 'ParkingLot'],
    clean: consumed,
    fixed: {
      ...consumed,
      ParkingLot: queue({
        MessageRetentionPeriod: 1_209_600,
        RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: [arn('Queue')] },
      }),
    },
  },
  'loss-encryption': {
    shows: {
      Topic: topic(),
      Subscription: subscribed('Topic', 'sqs', arn('Queue')),
      Queue: queue({ KmsMasterKeyId: arn('Key') }),
      Key: key(),
    },
    resources: ['Queue', 'Topic'],
    path: ['Topic', 'Queue'],
    clean: { Topic: topic(), Subscription: subscribed('Topic', 'sqs', arn('Queue')), Queue: queue({ SqsManagedSseEnabled: true }) },
    fixed: {
      Topic: topic(),
      Subscription: subscribed('Topic', 'sqs', arn('Queue')),
      Queue: queue({ KmsMasterKeyId: arn('Key') }),
      Key: key('sns.amazonaws.com'),
    },
  },
  'loss-durable-destination': {
    shows: {
      Rule: hourly({ Arn: arn('Handler') }),
      Handler: lambda({ DurableConfig: { ExecutionTimeout: 600 } }),
      Config: destination(),
      ...parkingLot(),
    },
    resources: ['Config', 'Handler'],
    path: ['Rule', 'Handler'],
    clean: { Rule: hourly({ Arn: arn('Handler') }), Handler: lambda(), Config: destination(), ...parkingLot() },
    fixed: {
      Rule: hourly({ Arn: arn('Handler') }),
      Handler: lambda({ DurableConfig: { ExecutionTimeout: 600 }, DeadLetterConfig: { TargetArn: arn('ParkingLot') } }),
      ...parkingLot(),
    },
  },
  'repetition-effect': {
    shows: consumed,
    resources: ['Handler'],
    path: ['Queue', 'Handler'],
    clean: { ...restApi(), Handler: lambda() },
    fixed: { ...consumed, Handler: idempotent() },
  },
  'repetition-express-execution': {
    shows: { ...starts({ StateMachineType: 'EXPRESS' }), Handler: lambda() },
    resources: ['Flow'],
    path: ['Rule', 'Flow'],
    clean: { ...starts(), Handler: lambda() },
    fixed: starts({ StateMachineType: 'EXPRESS' }),
  },
  'repetition-partial-batch': {
    shows: consumed,
    resources: ['Source'],
    path: ['Queue', 'Handler'],
    clean: { ...consumed, Source: source({ BatchSize: 1 }) },
    fixed: { ...consumed, Source: source({ FunctionResponseTypes: ['ReportBatchItemFailures'] }) },
  },
  'storm-retry-budget': {
    shows: {
      ...consumed,
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['states:StartExecution', ref('Flow')]),
      Flow: oneTask({ ...invokes('Worker'), Retry: retry() }),
      Worker: lambda(),
    },
    resources: ['Queue', 'Flow', 'Worker'],
    path: ['Queue', 'Handler', 'Flow', 'Worker'],
    clean: consumed,
    fixed: {
      ...consumed,
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['states:StartExecution', ref('Flow')]),
      Flow: oneTask(invokes('Worker')),
      Worker: lambda(),
    },
  },
  'storm-retry-layers': {
    shows: {
      ...consumed,
      Handler: lambda({ Role: arn('Role'), Environment: { Variables: { AWS_MAX_ATTEMPTS: '2' } } }),
      Role: role(['lambda:InvokeFunction', arn('Other')]),
      Other: lambda(),
    },
    resources: ['Queue', 'Handler'],
    path: ['Queue', 'Handler', 'Other'],
    clean: consumed,
    fixed: {
      ...consumed,
      Handler: lambda({ Role: arn('Role'), Environment: { Variables: { AWS_MAX_ATTEMPTS: '1' } } }),
      Role: role(['lambda:InvokeFunction', arn('Other')]),
      Other: lambda(),
    },
  },
  'storm-jitter': {
    shows: { ...starts(), Flow: oneTask({ ...invokes('Handler'), Retry: [{ ErrorEquals: ['States.ALL'] }] }) },
    resources: ['Flow'],
    path: ['Rule', 'Flow'],
    clean: starts(),
    fixed: { ...starts(), Flow: oneTask({ ...invokes('Handler'), Retry: retry() }) },
  },
  'storm-backoff-cap': {
    shows: { ...starts(), Flow: oneTask({ ...invokes('Handler'), Retry: retry({ IntervalSeconds: 60, MaxAttempts: 5 }) }) },
    resources: ['Flow'],
    path: ['Rule', 'Flow'],
    clean: { ...starts(), Flow: oneTask({ ...invokes('Handler'), Retry: retry() }) },
    fixed: {
      ...starts(),
      Flow: oneTask({ ...invokes('Handler'), Retry: retry({ IntervalSeconds: 60, MaxAttempts: 5, MaxDelaySeconds: 120 }) }),
    },
  },
  'storm-time-until-parked': {
    shows: { ...consumed, Queue: queue({ ...redrive(), VisibilityTimeout: 7200 }) },
    resources: ['Source', 'Queue'],
    path: ['Queue', 'Handler', 'ParkingLot'],
    clean: consumed,
    fixed: { ...consumed, Queue: queue({ ...redrive(), VisibilityTimeout: 1800 }) },
  },
  'storm-receive-count': {
    shows: { ...consumed, Queue: queue(redrive(1)) },
    resources: ['Queue'],
    path: ['Queue', 'Handler'],
    clean: { Queue: queue(redrive(1)), ...parkingLot() },
    fixed: consumed,
  },
  'storm-loop': {
    shows: {
      Bucket: bucket({ NotificationConfiguration: { LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: arn('Handler') }] } }),
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['s3:PutObject', { 'Fn::Join': ['', [arn('Bucket'), '/*']] }]),
    },
    resources: ['Bucket', 'Handler'],
    path: ['Bucket', 'Handler', 'Bucket'],
    clean: {
      Bucket: bucket({ NotificationConfiguration: { LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: arn('Handler') }] } }),
      Handler: lambda(),
    },
    fixed: {
      Bucket: bucket({ NotificationConfiguration: { LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: arn('Handler') }] } }),
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['s3:PutObject', { 'Fn::Join': ['', [arn('Other'), '/*']] }]),
      Other: bucket(),
    },
  },
  'blocking-stream': {
    shows: { Table: table(), Source: tableStream(), Handler: lambda() },
    resources: ['Source'],
    path: ['Table', 'Handler'],
    clean: { Table: table(), Source: tableStream({ MaximumRecordAgeInSeconds: 600 }), Handler: lambda() },
    fixed: {
      Table: table(),
      Source: tableStream({ ...limits, ...onFailure, BisectBatchOnFunctionError: true }),
      Handler: lambda(),
      ...parkingLot(),
    },
  },
  'blocking-stream-bisect': {
    shows: {
      Stream: stream(),
      Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler'), ...limits }),
      Handler: lambda(),
    },
    resources: ['Source'],
    path: ['Stream', 'Handler'],
    clean: {
      Stream: stream(),
      Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler'), ...limits, BatchSize: 1 }),
      Handler: lambda(),
    },
    fixed: {
      Stream: stream(),
      Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler'), ...limits, BisectBatchOnFunctionError: true }),
      Handler: lambda(),
    },
  },
  'blocking-message-group': {
    shows: { Queue: queue({ FifoQueue: true }), Source: source(), Handler: lambda() },
    resources: ['Queue'],
    path: ['Queue', 'Handler'],
    clean: { Queue: queue(), Source: source(), Handler: lambda() },
    fixed: { ...consumed, Queue: queue({ FifoQueue: true, ...redrive() }) },
  },
  'blocking-concurrency': {
    shows: {
      ...consumed,
      Source: source({ ScalingConfig: { MaximumConcurrency: 50 } }),
      Handler: lambda({ ReservedConcurrentExecutions: 10 }),
    },
    resources: ['Source', 'Handler'],
    path: ['Queue', 'Handler'],
    clean: consumed,
    fixed: {
      ...consumed,
      Source: source({ ScalingConfig: { MaximumConcurrency: 10 } }),
      Handler: lambda({ ReservedConcurrentExecutions: 10 }),
    },
  },
  'blocking-provisioned-pollers': {
    shows: { ...consumed, Source: source({ ProvisionedPollerConfig: { MaximumPollers: 5 }, ScalingConfig: { MaximumConcurrency: 50 } }) },
    resources: ['Source'],
    path: ['Queue', 'Handler'],
    clean: { ...consumed, Source: source({ ScalingConfig: { MaximumConcurrency: 50 } }) },
    fixed: { ...consumed, Source: source({ ProvisionedPollerConfig: { MaximumPollers: 5 } }) },
  },
  'blocking-database': {
    shows: { ...consumed, Handler: lambda(connects), Database: database },
    resources: ['Handler', 'Database'],
    path: ['Queue', 'Handler', 'Database'],
    clean: {
      Nightly: schedule({ Target: { Arn: ref('Flow') } }),
      Flow: oneTask(invokes('Handler')),
      Handler: lambda(connects),
      Database: database,
    },
    fixed: { ...consumed, Source: source({ ScalingConfig: { MaximumConcurrency: 5 } }), Handler: lambda(connects), Database: database },
  },
  'time-caller-timeout': {
    shows: { ...restApi(), Handler: lambda({ Timeout: 60 }) },
    resources: ['Post', 'Handler'],
    path: ['Api', 'Handler'],
    clean: { ...consumed, Handler: lambda({ Timeout: 60 }) },
    fixed: { ...restApi(), Handler: lambda({ Timeout: 28 }) },
  },
  'time-visibility': {
    shows: { ...consumed, Handler: lambda({ Timeout: 10 }) },
    resources: ['Queue', 'Handler'],
    path: ['Queue', 'Handler'],
    clean: consumed,
    fixed: { ...consumed, Queue: queue({ ...redrive(), VisibilityTimeout: 60 }), Handler: lambda({ Timeout: 10 }) },
  },
  'time-durable-function': {
    shows: { ...consumed, Handler: lambda({ DurableConfig: { ExecutionTimeout: 86_400 } }) },
    resources: ['Handler', 'Source'],
    path: ['Queue', 'Handler'],
    clean: { Rule: hourly({ Arn: arn('Handler') }), Handler: lambda({ DurableConfig: { ExecutionTimeout: 86_400 } }) },
    fixed: { ...consumed, Handler: lambda({ DurableConfig: { ExecutionTimeout: 900 } }) },
  },
  'time-task-timeout': {
    shows: {
      ...starts(),
      Flow: oneTask({ Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', Parameters: { QueueUrl: ref('Asked') } }),
      Asked: queue(),
    },
    resources: ['Flow'],
    path: ['Rule', 'Flow'],
    clean: starts(),
    fixed: {
      ...starts(),
      Flow: oneTask({
        Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        Parameters: { QueueUrl: ref('Asked') },
        HeartbeatSeconds: 3600,
      }),
      Asked: queue(),
    },
  },
  'time-age-alarm': {
    shows: consumed,
    resources: ['Queue'],
    path: ['Queue', 'Handler'],
    clean: { Queue: queue(redrive()), ...parkingLot() },
    fixed: { ...consumed, AgeAlarm: aging('Queue') },
  },
  'time-answer-alarm': {
    shows: { ...restApi(), Handler: lambda() },
    resources: ['Api'],
    path: ['Api', 'Handler'],
    clean: { Handler: lambda() },
    fixed: {
      ...restApi(),
      Handler: lambda(),
      Alarm: alarm({
        Namespace: 'AWS/ApiGateway',
        MetricName: 'Latency',
        Dimensions: [{ Name: 'ApiName', Value: ref('Api') }],
        AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:on-call'],
      }),
    },
  },
  'time-objective': {
    config: { objectives: { synchronousSeconds: 2, asynchronousSeconds: 600 } },
    shows: { ...restApi(), Handler: lambda({ Timeout: 10 }) },
    resources: ['Handler'],
    path: ['Api', 'Handler'],
    clean: consumed,
    fixed: { ...restApi(), Handler: lambda({ Timeout: 2 }) },
  },
  'size-hand-over': {
    shows: {
      Queue: queue(),
      Pipe: pipe({ Source: arn('Queue'), Target: ref('Flow') }),
      Flow: oneTask(invokes('Handler')),
      Handler: lambda(),
    },
    resources: ['Pipe'],
    path: ['Queue', 'Pipe', 'Flow'],
    clean: {
      Topic: topic(),
      Subscription: subscribed('Topic', 'sqs', arn('Queue')),
      Queue: queue(),
      Pipe: pipe({ Source: arn('Queue'), Target: ref('Flow') }),
      Flow: oneTask(invokes('Handler')),
      Handler: lambda(),
    },
    fixed: {
      Queue: queue({ MaximumMessageSize: 262_144 }),
      Pipe: pipe({ Source: arn('Queue'), Target: ref('Flow') }),
      Flow: oneTask(invokes('Handler')),
      Handler: lambda(),
    },
  },
  'checklist-runbook': {
    shows: { ...consumed, ParkingLotAlarm: watching('ParkingLot', { AlarmDescription: 'Something is parked.' }) },
    resources: ['ParkingLotAlarm'],
    path: ['Queue', 'ParkingLot'],
    clean: { Queue: queue() },
    fixed: consumed,
  },
  'checklist-tracing': {
    shows: consumed,
    resources: ['Handler'],
    path: ['Queue', 'Handler'],
    clean: { Queue: queue(redrive()), ...parkingLot() },
    fixed: { ...consumed, Handler: lambda(traced) },
  },
};
