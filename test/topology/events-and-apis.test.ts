import type { Edge } from '../../lib/topology';
import { edgeOf, edgesBetween, read } from '../support/topology/read';
import {
  api,
  arn,
  bucket,
  bus,
  busV2,
  httpApi,
  integration,
  invokeConfig,
  invokes,
  lambda,
  method,
  oneTask,
  queue,
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
} from '../support/topology/resources';

describe('rules', () => {
  it('park what a target does not take, by their own limits', () => {
    const topology = read({
      Rule: rule({
        ScheduleExpression: 'rate(1 hour)',
        Targets: [
          {
            Id: 'One',
            Arn: arn('Handler'),
            RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600 },
            DeadLetterConfig: { Arn: arn('Dlq') },
          },
        ],
      }),
      Handler: lambda(),
      Dlq: queue(),
    });
    expect(edgeOf(topology, 'Rule', 'Handler')).toMatchObject({ handOverAttempts: 4, handOverSeconds: 600, exhausted: 'dlq' });
    // The function's own retries are a hand-over of their own.
    expect(edgeOf(topology, 'Handler', 'Handler')).toMatchObject({ handlerRuns: 3, exhausted: 'drop' });
  });

  it('run an API destination on every attempt', () => {
    const topology = read({
      Rule: rule({ ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', Arn: arn('Endpoint') }] }),
      Endpoint: { Type: 'AWS::Events::ApiDestination', Properties: {} },
    });
    expect(edgeOf(topology, 'Rule', 'Endpoint')).toMatchObject({ handlerRuns: 186, windowSeconds: 86_400 });
  });

  it('on the default bus hear what functions put there, except rules for events of AWS', () => {
    const topology = read({
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['events:PutEvents', sub('arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default')]),
      Own: rule({ EventPattern: { source: ['shop'] } }),
      OfAws: rule({ EventPattern: { source: ['aws.ec2'] } }),
    });
    expect(edgesBetween(topology, 'Handler', '(default event bus)')).toHaveLength(1);
    expect(edgesBetween(topology, '(default event bus)', 'Own')).toHaveLength(1);
    expect(edgesBetween(topology, '(default event bus)', 'OfAws')).toHaveLength(0);
    expect(edgesBetween(topology, '(events of AWS services)', 'OfAws')).toHaveLength(1);
  });

  it('hear only the bucket that their pattern names', () => {
    const open = { NotificationConfiguration: { EventBridgeConfiguration: {} } };
    const topology = read({
      One: bucket(open),
      Two: bucket(open),
      Silent: bucket(),
      Rule: rule({ EventPattern: { source: ['aws.s3'], detail: { bucket: { name: [ref('One')] } } } }),
    });
    expect(edgesBetween(topology, 'One', 'Rule')).toHaveLength(1);
    expect(edgesBetween(topology, 'Two', 'Rule')).toHaveLength(0);
    expect(edgesBetween(topology, 'Silent', 'Rule')).toHaveLength(0);
  });

  it('pass events on to another bus', () => {
    const topology = read({
      Bus: bus({ Name: 'orders' }),
      Rule: rule({ EventBusName: 'orders', EventPattern: '{"source":["shop"]}', Targets: [{ Id: 'One', Arn: arn('Other') }] }),
      Other: bus({ Name: 'audit' }),
    });
    expect(edgesBetween(topology, 'Bus', 'Rule')).toHaveLength(1);
    expect(edgesBetween(topology, 'Rule', 'Other')).toHaveLength(1);
  });
});

describe('subscribers of the second generation', () => {
  const start = { Bus: busV2({ Name: 'orders' }), Handler: lambda(), Dlq: queue() };

  it('run a function on every attempt when they wait for it', () => {
    const topology = read({
      ...start,
      Subscriber: subscriber({
        EventBusArn: arn('Bus', 'EventBusArn'),
        Type: 'FIFO',
        InvokeConfiguration: { TargetArn: arn('Handler'), LambdaParameters: { InvocationType: 'REQUEST_RESPONSE' } },
        OnFailureConfiguration: { Arn: arn('Dlq') },
      }),
    });
    expect(edgeOf(topology, 'Bus', 'Handler')).toMatchObject({
      handlerRuns: 6,
      windowSeconds: 300,
      exhausted: 'dlq',
      order: 'per-group',
      callerTimeoutSeconds: 30,
      batch: { size: 10 },
    });
  });

  it('leave the event with a function otherwise', () => {
    const topology = read({
      ...start,
      Subscriber: subscriber({
        EventBusArn: arn('Bus', 'EventBusArn'),
        InvokeConfiguration: { TargetArn: arn('Handler') },
        RetryPolicy: { MaxRetryAttempts: 20, MaxEventAgeInSeconds: 3600 },
      }),
    });
    const edge = edgesBetween(topology, 'Bus', 'Handler')[0]!;
    expect(edge).toMatchObject({ handOverAttempts: 21, handOverSeconds: 3600, handlerRuns: 1, exhausted: 'drop' });
    expect(topology.graph.nodes.get(edge.to)!.kind).toBe('asynchronous-invocation');
  });
});

describe('schedules', () => {
  it('follow universal targets to what their input names', () => {
    const topology = read({
      Nightly: schedule({
        Target: {
          Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
          Input: sub('{"QueueUrl":"<Queue>","MessageBody":"x"}'),
          RetryPolicy: { MaximumRetryAttempts: 0 },
        },
      }),
      Queue: queue(),
    });
    expect(edgeOf(topology, 'Nightly', 'Queue')).toMatchObject({ handOverAttempts: 1, handOverSeconds: 0 });
  });
});

describe('APIs', () => {
  const uri = (service: string, path: string) => sub(`arn:<AWS::Partition>:apigateway:<AWS::Region>:${service}:${path}`);
  const rest = (Integration: Record<string, unknown>) => ({
    Api: api(),
    Post: method({ RestApiId: ref('Api'), Integration: { Type: 'AWS', ...Integration } }),
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['SQS by path', { Uri: sub('arn:aws:apigateway:<AWS::Region>:sqs:path/<AWS::AccountId>/<Queue.QueueName>') }, 'Queue'],
    [
      'SQS by template',
      {
        Uri: uri('sqs', 'action/SendMessage'),
        RequestParameters: { 'integration.request.querystring.QueueUrl': sub("'<Queue>'") },
      },
      'Queue',
    ],
    [
      'EventBridge',
      {
        Uri: uri('events', 'action/PutEvents'),
        RequestTemplates: { 'application/json': sub('{"Entries":[{"EventBusName":"<Bus>"}]}') },
      },
      'Bus',
    ],
    [
      'Kinesis',
      { Uri: uri('kinesis', 'action/PutRecord'), RequestTemplates: { 'application/json': sub('{"StreamName":"<Stream>"}') } },
      'Stream',
    ],
    [
      'DynamoDB',
      { Uri: uri('dynamodb', 'action/PutItem'), RequestTemplates: { 'application/json': sub('{"TableName":"<Table>"}') } },
      'Table',
    ],
    ['SNS by the role', { Uri: uri('sns', 'action/Publish'), Credentials: arn('Role') }, 'Topic'],
  ])('hand over to %s without waiting for what follows', (_, integration, to) => {
    const topology = read({
      ...rest(integration),
      Queue: queue(),
      Bus: bus({ Name: 'orders' }),
      Stream: stream(),
      Table: table(),
      Topic: topic(),
      Role: role(['sns:Publish', ref('Topic')]),
    });
    expect(edgesBetween(topology, 'Api', to)).toMatchObject([{ kind: 'api-service', synchronous: false, exhausted: 'error-to-caller' }]);
  });

  it.each([
    ['StartExecution', false],
    ['StartSyncExecution', true],
  ])('start executions with %s', (action, synchronous) => {
    const template = { 'application/json': sub('{"stateMachineArn":"<Flow>"}') };
    const topology = read({
      ...rest({ Uri: uri('states', `action/${action}`), RequestTemplates: template }),
      Flow: oneTask(invokes('Handler'), { StateMachineType: 'EXPRESS' }),
      Handler: lambda(),
    });
    expect(edgeOf(topology, 'Api', 'Flow').synchronous).toBe(synchronous);
  });

  it('leave the event with a function when the integration says so', () => {
    const functions = sub('arn:aws:apigateway:<AWS::Region>:lambda:path/2015-03-31/functions/<Handler.Arn>/invocations');
    const topology = read({
      ...rest({ Uri: functions, RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" } }),
      Handler: lambda(),
    });
    const edge = edgesBetween(topology, 'Api', 'Handler').find((one) => one.kind === 'api-lambda')!;
    expect(edge.synchronous).toBe(false);
    expect(topology.graph.nodes.get(edge.to)!.kind).toBe('asynchronous-invocation');
  });

  it('of the newer kind lead to functions, buses, machines and streams', () => {
    const of = (properties: Record<string, unknown>) => integration({ ApiId: ref('Api'), IntegrationType: 'AWS_PROXY', ...properties });
    const topology = read({
      Api: httpApi(),
      ToFunction: of({ IntegrationUri: arn('Handler'), TimeoutInMillis: 5000 }),
      ToBus: of({ IntegrationSubtype: 'EventBridge-PutEvents', RequestParameters: { EventBusName: ref('Bus') } }),
      ToFlow: of({ IntegrationSubtype: 'StepFunctions-StartSyncExecution', RequestParameters: { StateMachineArn: ref('Flow') } }),
      ToStream: of({ IntegrationSubtype: 'Kinesis-PutRecord', RequestParameters: { StreamName: ref('Stream') } }),
      Handler: lambda(),
      Bus: bus({ Name: 'orders' }),
      Flow: oneTask(invokes('Handler')),
      Stream: stream(),
    });
    expect(edgeOf(topology, 'Api', 'Handler')).toMatchObject({ kind: 'api-lambda', callerTimeoutSeconds: 5 });
    expect(edgeOf(topology, 'Api', 'Bus').kind).toBe('api-service');
    expect(edgeOf(topology, 'Api', 'Flow').synchronous).toBe(true);
    expect(edgeOf(topology, 'Api', 'Stream').kind).toBe('api-service');
  });

  it('are read from an OpenAPI document in the template', () => {
    const Body = {
      paths: {
        '/orders': {
          post: {
            'x-amazon-apigateway-integration': {
              type: 'aws_proxy',
              uri: sub('arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/<Handler.Arn>/invocations'),
            },
          },
        },
      },
    };
    expect(edgesBetween(read({ Api: api({ Body }), Handler: lambda() }), 'Api', 'Handler')).toMatchObject([{ kind: 'api-lambda' }]);
  });

  it('show an address they call over HTTP as leaving what can be followed', () => {
    const topology = read(rest({ Type: 'HTTP_PROXY', Uri: 'https://example.com/{proxy}' }));
    expect(edgesBetween(topology, 'Api', '(https://example.com/{proxy})')).toMatchObject([{ synchronous: true }]);
  });
});

describe('asynchronous invocations', () => {
  const byTopic = {
    Topic: topic(),
    Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'lambda', Endpoint: ref('Live') }),
    Handler: lambda(),
  };
  const live = { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: ref('Handler'), Name: 'live', FunctionVersion: '1' } };
  const invocation = (topology: ReturnType<typeof read>): Edge[] =>
    edgesBetween(topology, 'Handler', 'Handler').filter((edge) => edge.from.includes('Live'));

  it('follow the settings of the alias that is invoked', () => {
    const config = invokeConfig({
      FunctionName: ref('Handler'),
      Qualifier: 'live',
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: arn('Dlq') } },
    });
    expect(invocation(read({ ...byTopic, Live: live, Config: config, Dlq: queue() }))).toMatchObject([
      { handlerRuns: 1, handOverSeconds: 60, exhausted: 'dlq' },
    ]);
  });

  it('do not follow settings for another qualifier', () => {
    const config = invokeConfig({
      FunctionName: ref('Handler'),
      Qualifier: '$LATEST',
      DestinationConfig: { OnFailure: { Destination: arn('Dlq') } },
    });
    expect(invocation(read({ ...byTopic, Live: live, Config: config, Dlq: queue() }))).toMatchObject([
      { handlerRuns: 3, exhausted: 'drop' },
    ]);
  });

  it('of durable functions ignore destinations', () => {
    const topology = read({
      Rule: rule({ ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', Arn: arn('Handler') }] }),
      Handler: lambda({ DurableConfig: { ExecutionTimeout: 60 } }),
      Config: invokeConfig({
        FunctionName: ref('Handler'),
        Qualifier: '$LATEST',
        DestinationConfig: { OnFailure: { Destination: arn('Dlq') } },
      }),
      Dlq: queue(),
    });
    expect(edgeOf(topology, 'Handler', 'Handler').exhausted).toBe('drop');
  });
});
