import { edgeOf, edgesBetween, read, told } from '../support/topology/read';
import { arn, bucket, lambda, mapping, pipe, queue, ref, stream, sub, subscription, table, topic } from '../support/topology/resources';

const worker = { Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }), Handler: lambda() };

describe('queues', () => {
  it('count ten receives when the redrive policy leaves the number out', () => {
    const edge = edgeOf(
      read({ Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq') } }), Dlq: queue(), ...worker }),
      'Queue',
      'Handler',
    );
    expect(edge).toMatchObject({ handlerRuns: 10, windowSeconds: 300, exhausted: 'dlq' });
  });

  it('without a redrive policy run a message until it expires', () => {
    const edge = edgeOf(read({ Queue: queue({ VisibilityTimeout: 60, MessageRetentionPeriod: 3600 }), ...worker }), 'Queue', 'Handler');
    expect(edge).toMatchObject({ handlerRuns: 60, windowSeconds: 3600, exhausted: 'drop' });
    expect(edge.deadLetter).toBeUndefined();
  });

  it('of type FIFO block the group instead of dropping', () => {
    const edge = edgeOf(read({ Queue: queue({ FifoQueue: true }), ...worker }), 'Queue', 'Handler');
    expect(edge).toMatchObject({ exhausted: 'blocks', order: 'per-group' });
  });

  it('have no dead-letter queue when a branch of a condition has none', () => {
    const conditional = queue({
      RedrivePolicy: { 'Fn::If': ['Production', { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 }, ref('AWS::NoValue')] },
    });
    const topology = read({ Queue: conditional, Dlq: queue(), ...worker });
    expect(edgeOf(topology, 'Queue', 'Handler').exhausted).toBe('drop');
    expect(edgesBetween(topology, 'Queue', 'Dlq')).toHaveLength(1);
  });

  it('take the redrive policy as JSON text too', () => {
    const policy = { 'Fn::Sub': [sub('{"deadLetterTargetArn":"<Target>","maxReceiveCount":7}')['Fn::Sub'], { Target: arn('Dlq') }] };
    const edge = edgeOf(read({ Queue: queue({ RedrivePolicy: policy }), Dlq: queue(), ...worker }), 'Queue', 'Handler');
    expect(edge).toMatchObject({ handlerRuns: 7, exhausted: 'dlq' });
  });

  it('are found by the ARN or the address that is written by hand', () => {
    const named = { Queue: queue({ QueueName: 'orders' }), Handler: lambda() };
    const byArn = read({
      ...named,
      Source: mapping({
        EventSourceArn: sub('arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:orders'),
        FunctionName: ref('Handler'),
      }),
    });
    expect(edgesBetween(byArn, 'Queue', 'Handler')).toHaveLength(1);
  });

  it('with provisioned pollers are still the same hand-over', () => {
    const source = mapping({
      EventSourceArn: arn('Queue'),
      FunctionName: ref('Handler'),
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 20 },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const edge = edgeOf(
      read({
        Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }),
        Dlq: queue(),
        Source: source,
        Handler: lambda(),
      }),
      'Queue',
      'Handler',
    );
    expect(edge).toMatchObject({ handlerRuns: 5, batch: { size: 1, reportsFailures: true } });
  });

  it('lead to the function behind an alias or a version', () => {
    const topology = read({
      Queue: queue(),
      Handler: lambda(),
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref('Handler') } },
      Live: {
        Type: 'AWS::Lambda::Alias',
        Properties: { FunctionName: ref('Handler'), Name: 'live', FunctionVersion: arn('Version', 'Version') },
      },
      Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Live') }),
    });
    expect(edgesBetween(topology, 'Queue', 'Handler')).toHaveLength(1);
    expect([...topology.graph.nodes.values()].map((node) => node.label)).not.toContain('Live');
  });
});

describe('streams', () => {
  const limits = {
    MaximumRetryAttempts: 9,
    MaximumRecordAgeInSeconds: 3600,
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: { Destination: arn('Dlq') } },
  };

  it('of tables park what their limits give up', () => {
    const topology = read({
      Table: table(),
      Source: mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Handler'), ...limits }),
      Handler: lambda({ Timeout: 10 }),
      Dlq: queue(),
    });
    expect(edgeOf(topology, 'Table', 'Handler')).toMatchObject({ handlerRuns: 10, windowSeconds: 100, exhausted: 'dlq' });
    expect(edgesBetween(topology, 'Table', 'Dlq')).toMatchObject([{ role: 'failure' }]);
  });

  it('limited by age alone end after that age', () => {
    const topology = read({
      Stream: stream(),
      Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler'), MaximumRecordAgeInSeconds: 3600 }),
      Handler: lambda(),
    });
    expect(edgeOf(topology, 'Stream', 'Handler')).toMatchObject({ handlerRuns: 'unlimited', windowSeconds: 3600, exhausted: 'drop' });
  });

  it('are found through an enhanced fan-out consumer', () => {
    const topology = read({
      Stream: stream(),
      Consumer: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { StreamARN: arn('Stream') } },
      Source: mapping({ EventSourceArn: ref('Consumer'), FunctionName: ref('Handler') }),
      Handler: lambda(),
    });
    expect(edgesBetween(topology, 'Stream', 'Handler')).toMatchObject([{ kind: 'kinesis-lambda' }]);
  });

  it('of Kafka in queue mode run a record once and leave the rest to the broker', () => {
    const topology = read({
      Cluster: { Type: 'AWS::MSK::Cluster' },
      Source: mapping({
        EventSourceArn: ref('Cluster'),
        FunctionName: ref('Handler'),
        AmazonManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' },
      }),
      Handler: lambda(),
    });
    expect(edgeOf(topology, 'Cluster', 'Handler')).toMatchObject({ handlerRuns: 1, exhausted: 'drop' });
  });

  it('that run Kafka themselves are shown as standing outside', () => {
    const topology = read({
      Source: mapping({ SelfManagedEventSource: { Endpoints: {} }, FunctionName: ref('Handler') }),
      Handler: lambda(),
    });
    expect(edgesBetween(topology, '(self-managed Kafka)', 'Handler')).toMatchObject([{ kind: 'kafka-lambda' }]);
  });
});

describe('numbers that no queue takes', () => {
  const received = (maxReceiveCount: number) =>
    read({
      Queue: queue({ VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount } }),
      Dlq: queue(),
      Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
      Handler: lambda(),
    });

  it('multiply to no bound, never to infinity', () => {
    expect(edgeOf(received(1e308), 'Queue', 'Handler')).toMatchObject({ handlerRuns: 1e308, windowSeconds: 'unlimited' });
  });

  it('are not known, when they are below zero', () => {
    expect(edgeOf(received(-1), 'Queue', 'Handler')).toMatchObject({ handlerRuns: 'unknown', windowSeconds: 'unknown' });
  });
});

describe('pipes', () => {
  it('from a queue follow the rules of the queue', () => {
    const topology = read({
      Queue: queue({ VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }),
      Dlq: queue(),
      Pipe: pipe({
        Source: arn('Queue'),
        Target: arn('Handler'),
        TargetParameters: { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' } },
      }),
      Handler: lambda(),
    });
    expect(edgeOf(topology, 'Queue', 'Pipe')).toMatchObject({
      handOverAttempts: 5,
      windowSeconds: 300,
      exhausted: 'dlq',
      batch: { reportsFailures: true },
    });
    expect(topology.graph.nodes.get(edgeOf(topology, 'Pipe', 'Handler').to)!.kind).toBe('asynchronous-invocation');
  });

  it('from a table stop at their own limits', () => {
    const topology = read({
      Table: table(),
      Pipe: pipe({
        Source: arn('Table', 'StreamArn'),
        Target: ref('Topic'),
        SourceParameters: {
          DynamoDBStreamParameters: {
            MaximumRetryAttempts: 3,
            MaximumRecordAgeInSeconds: 600,
            DeadLetterConfig: { Arn: arn('Dlq') },
            OnPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          },
        },
      }),
      Topic: topic(),
      Dlq: queue(),
    });
    expect(edgeOf(topology, 'Table', 'Pipe')).toMatchObject({ handOverAttempts: 4, exhausted: 'dlq', batch: { reportsFailures: true } });
    expect(edgeOf(topology, 'Pipe', 'Topic')).toMatchObject({ synchronous: false, sizeLimitBytes: 256 * 1024 });
  });
});

describe('what a pipe leads to', () => {
  const through = (target: unknown, rest: object = {}) => ({
    Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }),
    Dlq: queue(),
    Pipe: pipe({ Source: arn('Queue'), Target: target, ...rest }),
    Handler: lambda(),
    Topic: topic(),
  });

  it('runs as often as the source tries, when the pipe waits for it', () => {
    const topology = read(through(arn('Handler')));
    expect(edgeOf(topology, 'Pipe', 'Handler')).toMatchObject({ handlerRuns: 5, runsBecause: 'maxReceiveCount 5' });
    expect(told(topology)).toContain('Queue > Pipe > Handler > Dlq | dlq');
  });

  it('is given an event once, when it keeps it', () => {
    const topology = read(through(ref('Topic'), { Enrichment: arn('Handler') }));
    expect(edgeOf(topology, 'Pipe', 'Topic').handlerRuns).toBe(1);
    expect(edgeOf(topology, 'Pipe', 'Handler').handlerRuns).toBe(5);
  });
});

describe('topics', () => {
  it('hold subscriptions inside themselves too', () => {
    const topology = read({ Topic: topic({ Subscription: [{ Protocol: 'sqs', Endpoint: arn('Queue') }] }), Queue: queue() });
    expect(edgesBetween(topology, 'Topic', 'Queue')).toMatchObject([{ kind: 'sns-sqs' }]);
  });

  it('park what a subscription of an HTTP endpoint gives up, by its delivery policy', () => {
    const topology = read({
      Topic: topic(),
      Subscription: subscription({
        TopicArn: ref('Topic'),
        Protocol: 'https',
        Endpoint: 'https://example.com',
        DeliveryPolicy: { healthyRetryPolicy: { numRetries: 10, maxDelayTarget: 60 } },
        RedrivePolicy: { deadLetterTargetArn: arn('Dlq') },
      }),
      Dlq: queue(),
    });
    expect(edgeOf(topology, 'Topic', '(https https://example.com)')).toMatchObject({
      handlerRuns: 11,
      windowSeconds: 600,
      exhausted: 'dlq',
    });
  });

  it('accept larger messages when they say so', () => {
    const topology = read({
      Topic: topic({ MaximumMessageSize: 1_048_576 }),
      Queue: queue(),
      Pipe: pipe({ Source: arn('Queue'), Target: ref('Topic') }),
    });
    expect(edgeOf(topology, 'Pipe', 'Topic').sizeLimitBytes).toBe(1_048_576);
  });
});

describe('buckets', () => {
  it('notify through the custom resource that the CDK makes', () => {
    const topology = read({
      Bucket: bucket(),
      Notifications: {
        Type: 'Custom::S3BucketNotifications',
        Properties: {
          ServiceToken: arn('Installer'),
          BucketName: ref('Bucket'),
          NotificationConfiguration: {
            LambdaFunctionConfigurations: [{ Events: ['s3:ObjectCreated:*'], LambdaFunctionArn: arn('Handler') }],
          },
        },
      },
      Installer: lambda(),
      Handler: lambda(),
    });
    expect(edgesBetween(topology, 'Bucket', 'Handler')).toMatchObject([{ kind: 's3-notification' }]);
    expect(topology.graph.nodes.get('Test/Installer')).toMatchObject({ outsideFlow: true, ingress: false });
  });

  it('notify functions and topics by the property of the bucket', () => {
    const topology = read({
      Bucket: bucket({
        NotificationConfiguration: {
          LambdaConfigurations: [{ Event: 's3:ObjectRemoved:*', Function: arn('Handler') }],
          TopicConfigurations: [{ Event: 's3:ObjectCreated:*', Topic: ref('Topic') }],
        },
      }),
      Handler: lambda(),
      Topic: topic(),
    });
    expect(edgesBetween(topology, 'Bucket', 'Handler')).toHaveLength(1);
    expect(edgesBetween(topology, 'Bucket', 'Topic')).toHaveLength(1);
  });
});
