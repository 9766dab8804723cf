import type { NodeKind } from '../../../lib/topology/graph';
import { amountOf, CHAIN, estimateOf } from '../../support/cost/estimates';
import {
  alarm,
  api,
  arn,
  bucket,
  bus,
  busV2,
  httpApi,
  integration,
  invokes,
  lambda,
  machine,
  mapping,
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
  subscription,
  table,
  topic,
} from '../../support/topology/resources';

const load = { eventsPerMonth: 1_000_000 };
const UNTOLD = /tells what is sent or written there/;
const of = (Type: string, Properties: object = {}) => ({ Type, Properties: { ...Properties } });
const behind = (source: Resources, EventSourceArn: unknown = arn('In')): Resources => ({
  ...source,
  Source: mapping({ EventSourceArn, FunctionName: ref('Work') }),
  Work: lambda(),
});
const onDemand = { BillingMode: 'PAY_PER_REQUEST' };
const passing = machine({ StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } });

/** What stands alone, by what is told of it. */
const ALONE: Readonly<Record<string, Resources>> = {
  'a REST API without a method': { In: api() },
  'an HTTP API without an integration': { In: httpApi() },
  'a WebSocket API without an integration': { In: httpApi({ ProtocolType: 'WEBSOCKET' }) },
  'a GraphQL API without a data source': { In: of('AWS::AppSync::GraphQLApi') },
  'a queue without a consumer': { In: queue() },
  'a topic without a subscriber': { In: topic() },
  'an ordered topic without a subscriber': { In: topic({ FifoTopic: true }) },
  'a bus without a rule': { In: bus() },
  'a stream without a reader': { In: stream() },
  'a delivery stream': { In: of('AWS::KinesisFirehose::DeliveryStream') },
  'a state machine that something outside starts': { In: passing },
  'a table': { In: table(onDemand) },
  'a replicated table': { In: of('AWS::DynamoDB::GlobalTable', { ...onDemand, Replicas: [{ Region: 'us-east-1' }] }) },
  'a bucket': { In: bucket() },
};

/** Where events may enter: each is called `In`. A text says why nothing enters at a kind, or why it costs nothing. */
const INGRESSES: Readonly<Record<NodeKind, Readonly<Record<string, Resources>> | string>> = {
  api: {
    'an API': {
      In: httpApi(),
      Integration: integration({ ApiId: ref('In'), IntegrationType: 'AWS_PROXY', IntegrationUri: arn('Work') }),
      Work: lambda(),
    },
  },
  'function-url': { 'a function URL': { In: of('AWS::Lambda::Url', { TargetFunctionArn: arn('Work') }), Work: lambda() } },
  function: { 'a function that nothing invokes': { In: lambda() } },
  'asynchronous-invocation': {
    'a function that mail invokes': {
      In: lambda(),
      Permission: of('AWS::Lambda::Permission', {
        FunctionName: ref('In'),
        Principal: 'ses.amazonaws.com',
        Action: 'lambda:InvokeFunction',
      }),
    },
  },
  queue: { 'a queue': behind({ In: queue() }) },
  topic: {
    'a topic': { In: topic(), Sub: subscription({ TopicArn: ref('In'), Protocol: 'sqs', Endpoint: arn('Queue') }), Queue: queue() },
  },
  bus: {
    'a bus': { In: bus(), Rule: rule({ EventBusName: ref('In'), EventPattern: {}, Targets: [{ Arn: arn('Queue') }] }), Queue: queue() },
    'a bus of the second version': { In: busV2() },
  },
  rule: 'it costs nothing: whoever puts an event on a bus pays for it',
  schedule: { 'a schedule': { In: schedule({ ScheduleExpression: 'rate(1 hour)', Target: { Arn: arn('Work') } }), Work: lambda() } },
  pipe: {
    'a pipe from elsewhere': { In: pipe({ Source: 'arn:aws:sqs:eu-west-1:111122223333:orders', Target: arn('Work') }), Work: lambda() },
  },
  stream: { 'a stream': behind({ In: stream({ StreamModeDetails: { StreamMode: 'ON_DEMAND' } }) }) },
  table: { 'a table with a stream': behind({ In: table({ ...onDemand, StreamSpecification: {} }) }, arn('In', 'StreamArn')) },
  bucket: {
    'a bucket that tells a queue': {
      In: bucket({ NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arn('Queue') }] } }),
      Queue: queue(),
    },
  },
  'state-machine': { 'a state machine': { In: oneTask(invokes('Work')), Work: lambda() } },
  'delivery-stream': {
    'a delivery stream into a bucket': {
      In: of('AWS::KinesisFirehose::DeliveryStream', { S3DestinationConfiguration: { BucketARN: arn('Bucket') } }),
      Bucket: bucket(),
    },
  },
  cluster: {
    'a Kafka cluster': behind({ In: of('AWS::MSK::Cluster') }, ref('In')),
    'a broker': behind({ In: of('AWS::AmazonMQ::Broker') }),
  },
  alarm: { 'an alarm': { In: alarm() } },
  store: { 'a relational database': { In: of('AWS::RDS::DBInstance') }, 'a search domain': { In: of('AWS::OpenSearchService::Domain') } },
  endpoint: 'events leave there',
  unknown: 'it is no resource of the templates, or of a type that is named as not priced',
};

const cases = [
  ...Object.entries(ALONE),
  ...Object.values(INGRESSES).flatMap((ingresses) => (typeof ingresses === 'string' ? [] : Object.entries(ingresses))),
];

/** Items of the price list that a resource is charged for, and why parts of it are not. */
function told(resources: Resources, logicalId = 'In', profile = {}) {
  const { charges, unpriced } = estimateOf(resources, load, profile);
  return {
    charged: charges.filter(({ resource, cost }) => resource.logicalId === logicalId && cost.gt(0)).map(({ item }) => item),
    unpriced: unpriced.filter(({ resource }) => resource.logicalId === logicalId).map(({ reason }) => reason),
  };
}

test.each(cases)('%s costs something, or is named as not priced', (_, resources) => {
  const { charged, unpriced } = told(resources);
  expect([...charged, ...unpriced]).not.toEqual([]);
});

describe('what no reviewed template sends anything to', () => {
  test.each(Object.entries(ALONE))('%s is named, whatever it costs all month', (_, resources) => {
    expect(told(resources).unpriced).toContainEqual(expect.stringMatching(UNTOLD));
    expect(estimateOf(resources, load).events).toBe(0);
  });

  test.each(Object.entries(ALONE))('%s is an ingress once a profile names it', (_, resources) => {
    const { charged, unpriced } = told(resources, 'In', { ingress: { In: { eventsPerMonth: 1 } } });
    expect(unpriced).not.toContainEqual(expect.stringMatching(UNTOLD));
    expect([...charged, ...unpriced]).not.toEqual([]);
    expect(estimateOf(resources, load, { ingress: { In: { eventsPerMonth: 1 } } }).events).toBe(1_000_000);
  });

  test('is no ingress by a pattern that names everything', () => {
    expect(told({ In: topic() }, 'In', { ingress: { '*': { eventsPerMonth: 1 } } }).charged).toEqual([]);
  });

  test('is named by its construct path, without the Resource at its end', () => {
    const named = { In: { ...topic(), Metadata: { 'aws:cdk:path': 'Shop/Orders/Resource' } } };
    expect(told(named, 'In', { ingress: { 'Shop/Orders': { eventsPerMonth: 1 } } }).charged).toEqual(['AmazonSNS/Requests-Tier1']);
  });
});

describe('what a profile says enters', () => {
  const entering = (resources: Resources, item: string, ingress: object = {}) =>
    amountOf(resources, 'In', item, {}, { ingress: { In: { eventsPerMonth: 1_000_000, payloadBytes: 100 * 1024, ...ingress } } });

  test('is published to a topic in units of 64 KB, copies too', () => {
    expect(entering({ In: topic() }, 'AmazonSNS/Requests-Tier1', { duplicates: 0.5 })).toBe(3_000_000);
  });

  test('is written to a table, with and without a stream', () => {
    const { 'a table with a stream': streaming } = INGRESSES.table as Readonly<Record<string, Resources>>;
    for (const resources of [{ In: table(onDemand) }, streaming!]) {
      expect(entering(resources, 'AmazonDynamoDB/WriteRequestUnits', { duplicates: 0.5 })).toBe(1_500_000);
      expect(entering(resources, 'AmazonDynamoDB/TimedStorage-ByteHrs')).toBeGreaterThan(0);
    }
  });

  test('is put into a bucket', () => {
    expect(entering({ In: bucket() }, 'AmazonS3/Requests-Tier1')).toBe(1_000_000);
  });
});

describe('what enters for each event of a load', () => {
  const resources: Resources = {
    ...CHAIN,
    In: queue(),
    Source2: mapping({ EventSourceArn: arn('In'), FunctionName: ref('Told') }),
    Told: lambda(),
  };
  const profile = { ingress: { In: { perEvent: 0.25, eventsPerMonth: 7 } } };

  test('is paid for, and is no event of its own', () => {
    expect(amountOf(resources, 'Told', 'AWSLambda/Request', { ...load, failures: 0 }, profile)).toBeGreaterThanOrEqual(250_000);
    expect(amountOf(resources, 'Told', 'AWSLambda/Request', { ...load, failures: 0 }, profile)).toBeLessThan(260_000);
    expect(estimateOf(resources, load, profile).events).toBe(1_000_000);
    expect(estimateOf(resources, load).events).toBe(2_000_000);
  });

  test('enters as the profile says where no load is given', () => {
    expect(estimateOf(resources, {}, profile).events).toBe(7);
  });

  test('is said of what stands alone too', () => {
    expect(estimateOf({ ...CHAIN, Alone: topic() }, load, { ingress: { Alone: { perEvent: 2, eventsPerMonth: 1 } } }).events).toBe(
      1_000_000,
    );
    expect(
      amountOf({ Alone: topic() }, 'Alone', 'AmazonSNS/Requests-Tier1', load, { ingress: { Alone: { perEvent: 2, eventsPerMonth: 1 } } }),
    ).toBe(2_000_000);
  });
});

describe('not named as untold', () => {
  const untold = (resources: Resources) =>
    estimateOf(resources, load).unpriced.flatMap(({ resource, reason }) => (UNTOLD.test(reason) ? [resource.logicalId] : []));

  test('a topic to which alarms alone publish', () => {
    expect(untold({ OnCall: topic(), Alarm: alarm({ AlarmActions: [ref('OnCall')] }) })).toEqual([]);
  });

  test('what a flow leads to: stores, parking lots, and the stores of a desk', () => {
    expect(untold({ ...CHAIN, ...parkingLot(), ...parkingDesk() })).toEqual(['ParkingLot']);
    expect(untold({ ...CHAIN, ...parkingDesk('Dead') })).toEqual([]);
  });

  test('a topic to which a function publishes besides', () => {
    const told: Resources = {
      OnCall: topic(),
      Alarm: alarm({ AlarmActions: [ref('OnCall')] }),
      Tell: lambda({ Role: arn('Role') }),
      Role: role(['sns:Publish', ref('OnCall')]),
    };
    expect(untold(told)).toEqual([]);
    expect(amountOf(told, 'OnCall', 'AmazonSNS/Requests-Tier1', load)).toBe(1_000_000);
  });

  test('but a bucket that only a helper of deployments writes to is', () => {
    const helped: Resources = {
      Site: bucket(),
      Upload: { Type: 'Custom::CDKBucketDeployment', Properties: { ServiceToken: arn('Helper') } },
      Helper: lambda({ Role: arn('Role') }),
      Role: role(['s3:PutObject', arn('Site')]),
    };
    expect(untold(helped)).toEqual(['Site']);
  });
});

describe('named as unpriced', () => {
  const reasons = (resources: Resources, id: string) =>
    estimateOf(resources, load).unpriced.flatMap(({ resource, reason }) => (resource.logicalId === id ? [reason] : []));

  test.each(['AWS::ApiGateway::Authorizer', 'AWS::ApiGatewayV2::Authorizer'])('the function that an %s asks', (type) => {
    const asking: Resources = { Decide: lambda(), Authorizer: of(type, { AuthorizerUri: arn('Decide') }) };
    expect(reasons(asking, 'Authorizer')).toEqual([expect.stringContaining('how often it is asked')]);
    expect(reasons({ Authorizer: of(type, { ProviderARNs: ['pool'] }) }, 'Authorizer')).toEqual([]);
  });

  test('what a rule writes to a log group, and not what it gives a queue', () => {
    const listening = (target: unknown): Resources => ({
      In: bus(),
      Keep: of('AWS::Logs::LogGroup'),
      Queue: queue(),
      Rule: rule({ EventBusName: ref('In'), EventPattern: { source: ['a'] }, Targets: [{ Id: 'to', Arn: target }] }),
    });
    expect(reasons(listening(arn('Keep')), 'Rule')).toEqual(['events that it writes to a log group']);
    expect(reasons(listening(arn('Queue')), 'Rule')).toEqual([]);
  });
});
