import type { Edge, EdgeKind } from '../../../lib/topology';
import {
  arn,
  bucket,
  bus,
  busV2,
  httpApi,
  integration,
  invokeConfig,
  invokes,
  lambda,
  mapping,
  method,
  oneTask,
  pipe,
  queue,
  type Resources,
  ref,
  role,
  rule,
  schedule,
  stream,
  subscriber,
  subscription,
  table,
  topic,
  watching,
} from './resources';

/** A smallest template for a row of the delivery table, and what the row says. */
export interface EdgeCase {
  readonly resources: Resources;
  readonly from: string;
  readonly to: string;
  readonly expected: Partial<Edge>;
}

const MEBIBYTE = 1024 * 1024;
const uriOf = (logicalId: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${logicalId}.Arn}/invocations`,
});

/** One for every kind: the type refuses to forget one. */
export const EDGE_CASES: Readonly<Record<EdgeKind, EdgeCase>> = {
  'api-lambda': {
    resources: {
      Api: { Type: 'AWS::ApiGateway::RestApi' },
      Post: method({ RestApiId: ref('Api'), Integration: { Type: 'AWS_PROXY', Uri: uriOf('Handler') } }),
      Handler: lambda(),
    },
    from: 'Api',
    to: 'Handler',
    expected: {
      synchronous: true,
      handOverAttempts: 1,
      handlerRuns: 1,
      exhausted: 'error-to-caller',
      callerTimeoutSeconds: 29,
      sizeLimitBytes: 6 * MEBIBYTE,
    },
  },
  'api-service': {
    resources: {
      Api: httpApi(),
      Enqueue: integration({
        ApiId: ref('Api'),
        IntegrationType: 'AWS_PROXY',
        IntegrationSubtype: 'SQS-SendMessage',
        RequestParameters: { QueueUrl: ref('Queue') },
      }),
      Queue: queue(),
    },
    from: 'Api',
    to: 'Queue',
    expected: { synchronous: false, handOverAttempts: 1, handlerRuns: 1, exhausted: 'error-to-caller', sizeLimitBytes: MEBIBYTE },
  },
  'function-url-lambda': {
    resources: { Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: arn('Handler') } }, Handler: lambda() },
    from: 'Url',
    to: 'Handler',
    expected: { synchronous: true, handlerRuns: 1, exhausted: 'error-to-caller' },
  },
  'lambda-async': {
    resources: {
      Topic: topic(),
      Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'lambda', Endpoint: arn('Handler') }),
      Handler: lambda({ Timeout: 10 }),
    },
    from: 'Handler',
    to: 'Handler',
    // Three runs of ten seconds, and one and two minutes between them.
    expected: {
      synchronous: false,
      handlerRuns: 3,
      windowSeconds: 210,
      handOverSeconds: 21_600,
      exhausted: 'drop',
      sizeLimitBytes: MEBIBYTE,
    },
  },
  'lambda-destination': {
    resources: {
      Handler: lambda(),
      Config: invokeConfig({
        FunctionName: ref('Handler'),
        Qualifier: '$LATEST',
        DestinationConfig: { OnSuccess: { Destination: arn('Done') } },
      }),
      Done: queue(),
    },
    from: 'Handler',
    to: 'Done',
    expected: { role: 'result', synchronous: false, sizeLimitBytes: MEBIBYTE },
  },
  'lambda-write': {
    resources: { Handler: lambda({ Role: arn('Role') }), Role: role(['dynamodb:PutItem', arn('Table')]), Table: table() },
    from: 'Handler',
    to: 'Table',
    expected: {
      role: 'write',
      synchronous: true,
      handOverAttempts: 3,
      clientAttempts: 3,
      handlerRuns: 1,
      exhausted: 'error-to-caller',
      sizeLimitBytes: 400 * 1024,
    },
  },
  'sqs-lambda': {
    resources: {
      Queue: queue({ VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }),
      Dlq: queue(),
      Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
      Handler: lambda(),
    },
    from: 'Queue',
    to: 'Handler',
    expected: {
      synchronous: false,
      handOverAttempts: 5,
      handlerRuns: 5,
      windowSeconds: 300,
      exhausted: 'dlq',
      order: 'none',
      batch: { size: 10, reportsFailures: false },
    },
  },
  'sqs-redrive': {
    resources: { Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }), Dlq: queue() },
    from: 'Queue',
    to: 'Dlq',
    expected: { role: 'failure' },
  },
  'sns-sqs': {
    resources: {
      Topic: topic(),
      Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn('Queue') }),
      Queue: queue(),
    },
    from: 'Topic',
    to: 'Queue',
    expected: { handOverAttempts: 100_015, handlerRuns: 1, handOverSeconds: 23 * 86_400, exhausted: 'drop', sizeLimitBytes: MEBIBYTE },
  },
  'sns-lambda': {
    resources: {
      Topic: topic(),
      Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'lambda', Endpoint: arn('Handler') }),
      Handler: lambda(),
    },
    from: 'Topic',
    to: 'Handler',
    expected: { handOverAttempts: 100_015, handlerRuns: 1, exhausted: 'drop' },
  },
  'sns-http': {
    resources: {
      Topic: topic(),
      Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'https', Endpoint: 'https://example.com/hook' }),
    },
    from: 'Topic',
    to: '(https https://example.com/hook)',
    expected: { handOverAttempts: 4, handlerRuns: 4, windowSeconds: 60, exhausted: 'drop' },
  },
  'sns-firehose': {
    resources: {
      Topic: topic(),
      Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'firehose', Endpoint: arn('Archive') }),
      Archive: { Type: 'AWS::KinesisFirehose::DeliveryStream', Properties: {} },
    },
    from: 'Topic',
    to: 'Archive',
    expected: { handOverAttempts: 100_015, exhausted: 'drop' },
  },
  'sns-endpoint': {
    resources: {
      Topic: topic(),
      Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'email', Endpoint: 'on-call@example.com' }),
    },
    from: 'Topic',
    to: '(email on-call@example.com)',
    expected: { handOverAttempts: 50, handOverSeconds: 21_600, exhausted: 'drop' },
  },
  'eventbridge-bus-rule': {
    resources: { Bus: bus({ Name: 'orders' }), Rule: rule({ EventBusName: ref('Bus'), EventPattern: { source: ['shop'] } }) },
    from: 'Bus',
    to: 'Rule',
    expected: { handOverAttempts: 1, handlerRuns: 1, sizeLimitBytes: MEBIBYTE },
  },
  'eventbridge-rule-target': {
    resources: { Rule: rule({ ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', Arn: arn('Queue') }] }), Queue: queue() },
    from: 'Rule',
    to: 'Queue',
    expected: { handOverAttempts: 186, handOverSeconds: 86_400, handlerRuns: 1, exhausted: 'drop', jitter: true },
  },
  'eventbridge-v2-subscriber': {
    resources: {
      Bus: busV2({ Name: 'orders' }),
      Subscriber: subscriber({ EventBusArn: arn('Bus', 'EventBusArn'), InvokeConfiguration: { TargetArn: arn('Queue') } }),
      Queue: queue(),
    },
    from: 'Bus',
    to: 'Queue',
    expected: { handOverAttempts: 6, handOverSeconds: 300, handlerRuns: 1, exhausted: 'drop' },
  },
  'pipe-source': {
    resources: {
      Stream: stream(),
      Pipe: pipe({ Source: arn('Stream'), Target: arn('Handler'), SourceParameters: { KinesisStreamParameters: { BatchSize: 10 } } }),
      Handler: lambda(),
    },
    from: 'Stream',
    to: 'Pipe',
    expected: {
      handOverAttempts: 'unlimited',
      handlerRuns: 1,
      exhausted: 'blocks',
      order: 'per-shard',
      windowSeconds: 86_400,
      batch: { size: 10, reportsFailures: false },
    },
  },
  'pipe-enrichment': {
    resources: {
      Queue: queue(),
      Pipe: pipe({ Source: arn('Queue'), Enrichment: arn('Enrich'), Target: arn('Handler') }),
      Enrich: lambda(),
      Handler: lambda(),
    },
    from: 'Pipe',
    to: 'Enrich',
    expected: { synchronous: true, exhausted: 'error-to-caller', sizeLimitBytes: 6 * MEBIBYTE },
  },
  'pipe-target': {
    resources: {
      Queue: queue(),
      Pipe: pipe({ Source: arn('Queue'), Target: ref('Flow') }),
      Flow: oneTask(invokes('Handler')),
      Handler: lambda(),
    },
    from: 'Pipe',
    to: 'Flow',
    expected: { synchronous: false, exhausted: 'error-to-caller', sizeLimitBytes: 256 * 1024 },
  },
  'scheduler-target': {
    resources: { Nightly: schedule({ Target: { Arn: arn('Queue') } }), Queue: queue() },
    from: 'Nightly',
    to: 'Queue',
    expected: { handOverAttempts: 186, handOverSeconds: 86_400, exhausted: 'drop' },
  },
  'dynamodb-stream-lambda': {
    resources: {
      Table: table(),
      Source: mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Handler') }),
      Handler: lambda(),
    },
    from: 'Table',
    to: 'Handler',
    expected: {
      handlerRuns: 'unlimited',
      windowSeconds: 86_400,
      exhausted: 'blocks',
      order: 'per-shard',
      batch: { size: 100, reportsFailures: false },
    },
  },
  'kinesis-lambda': {
    resources: {
      Stream: stream({ RetentionPeriodHours: 48 }),
      Source: mapping({
        EventSourceArn: arn('Stream'),
        FunctionName: ref('Handler'),
        MaximumRetryAttempts: 4,
        MaximumRecordAgeInSeconds: 3600,
      }),
      Handler: lambda({ Timeout: 10 }),
    },
    from: 'Stream',
    to: 'Handler',
    expected: { handlerRuns: 5, windowSeconds: 50, handOverSeconds: 3600, exhausted: 'drop', order: 'per-shard' },
  },
  'kafka-lambda': {
    resources: {
      Cluster: { Type: 'AWS::MSK::Cluster' },
      Source: mapping({ EventSourceArn: ref('Cluster'), FunctionName: ref('Handler'), Topics: ['orders'] }),
      Handler: lambda(),
    },
    from: 'Cluster',
    to: 'Handler',
    expected: { handlerRuns: 'unlimited', exhausted: 'blocks', order: 'per-shard' },
  },
  's3-notification': {
    resources: {
      Bucket: bucket({ NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arn('Queue') }] } }),
      Queue: queue(),
    },
    from: 'Bucket',
    to: 'Queue',
    expected: { handOverAttempts: 'unknown', handlerRuns: 1, order: 'none' },
  },
  's3-eventbridge': {
    resources: {
      Bucket: bucket({ NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } }),
      Rule: rule({ EventPattern: { source: ['aws.s3'], detail: { bucket: { name: [ref('Bucket')] } } } }),
    },
    from: 'Bucket',
    to: 'Rule',
    expected: { handlerRuns: 1 },
  },
  'step-functions-task': {
    resources: { Flow: oneTask({ ...invokes('Handler'), Retry: [{ ErrorEquals: ['States.ALL'] }] }), Handler: lambda({ Timeout: 10 }) },
    from: 'Flow',
    to: 'Handler',
    // Three retries after 1, 2 and 4 seconds.
    expected: {
      synchronous: true,
      handOverAttempts: 4,
      handlerRuns: 4,
      windowSeconds: 47,
      exhausted: 'error-to-caller',
      jitter: false,
      sizeLimitBytes: 256 * 1024,
    },
  },
  'alarm-action': {
    resources: { Queue: queue(), Alarm: watching('Queue', { AlarmActions: [ref('OnCall')] }), OnCall: topic() },
    from: 'Alarm',
    to: 'OnCall',
    expected: { handOverAttempts: 1, exhausted: 'drop' },
  },
  'firehose-transform': {
    resources: {
      Archive: {
        Type: 'AWS::KinesisFirehose::DeliveryStream',
        Properties: {
          ExtendedS3DestinationConfiguration: {
            BucketARN: arn('Bucket'),
            ProcessingConfiguration: {
              Processors: [{ Type: 'Lambda', Parameters: [{ ParameterName: 'LambdaArn', ParameterValue: arn('Handler') }] }],
            },
          },
        },
      },
      Bucket: bucket(),
      Handler: lambda(),
    },
    from: 'Archive',
    to: 'Handler',
    expected: { synchronous: true, handlerRuns: 4 },
  },
  'firehose-destination': {
    resources: {
      Archive: {
        Type: 'AWS::KinesisFirehose::DeliveryStream',
        Properties: { ExtendedS3DestinationConfiguration: { BucketARN: arn('Bucket') } },
      },
      Bucket: bucket(),
    },
    from: 'Archive',
    to: 'Bucket',
    expected: { handOverSeconds: 86_400, exhausted: 'drop' },
  },
  'durable-function': {
    resources: {
      Rule: rule({ ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', Arn: arn('Handler') }] }),
      Handler: lambda({ DurableConfig: { ExecutionTimeout: 3600 }, DeadLetterConfig: { TargetArn: arn('Dlq') } }),
      Dlq: queue(),
    },
    from: 'Handler',
    to: 'Handler',
    expected: { handlerRuns: 3, windowSeconds: 3 * 3600 + 180, exhausted: 'dlq' },
  },
  'appsync-lambda': {
    resources: {
      Graph: { Type: 'AWS::AppSync::GraphQLApi' },
      Source: {
        Type: 'AWS::AppSync::DataSource',
        Properties: { ApiId: arn('Graph', 'ApiId'), LambdaConfig: { LambdaFunctionArn: arn('Handler') } },
      },
      Handler: lambda(),
    },
    from: 'Graph',
    to: 'Handler',
    expected: { synchronous: true, handlerRuns: 1, callerTimeoutSeconds: 30, exhausted: 'error-to-caller' },
  },
  'dead-letter': {
    resources: {
      Topic: topic(),
      Subscription: subscription({
        TopicArn: ref('Topic'),
        Protocol: 'sqs',
        Endpoint: arn('Queue'),
        RedrivePolicy: { deadLetterTargetArn: arn('Dlq') },
      }),
      Queue: queue(),
      Dlq: queue(),
    },
    from: 'Topic',
    to: 'Dlq',
    expected: { role: 'failure' },
  },
  unfollowed: {
    resources: {
      Handler: lambda(),
      Permission: { Type: 'AWS::Lambda::Permission', Properties: { Principal: 'cognito-idp.amazonaws.com', FunctionName: ref('Handler') } },
    },
    from: '(cognito-idp.amazonaws.com)',
    to: 'Handler',
    expected: { synchronous: true, delivery: 'unknown' },
  },
};
