import { Decimal } from 'decimal.js';
import type { TrafficProfile } from '../../../lib/review/cost/traffic';
import { costOfItem, estimateOf } from '../../support/cost/estimates';
import {
  arn,
  httpApi,
  integration,
  lambda,
  machine,
  mapping,
  queue,
  type Resources,
  ref,
  role,
  schedule,
  stream,
  subscription,
  table,
  topic,
} from '../../support/topology/resources';

/** Examples of ours, for what no computed example of AWS was found of: reckoned by hand from the unit prices of us-east-1 that the package holds. */
interface Worked {
  readonly resources: Resources;
  readonly profile: Omit<TrafficProfile, 'version'>;
  /** Dollars by line of the price list. */
  readonly figures: Readonly<Record<string, string>>;
}

const KB = 1024;
const calm = { failures: 0, retries: 0 };

const WORKED: Readonly<Record<string, Worked>> = {
  // 3,000,000 sends + 300,000 deletes of ten + 5 pollers x 131,400 receives, at 0.40 a million.
  'SQS, 3 million messages worked off by tens': {
    resources: { Queue: queue(), Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Work') }), Work: lambda() },
    profile: {
      ingress: { Queue: { eventsPerMonth: 3_000_000, payloadBytes: KB } },
      resources: { Work: { ...calm, recordsPerRun: 10 } },
    },
    figures: { 'AWSQueueService/Requests-Tier1': '1.58' },
  },
  // 100 KB are two units of 64 KB: 20,000,000 publishes at 0.50 a million, and as many deliveries at 0.60.
  'SNS, 10 million messages of 100 KB to an HTTPS endpoint': {
    resources: {
      Topic: topic(),
      Partner: subscription({ TopicArn: ref('Topic'), Protocol: 'https', Endpoint: 'https://partner.example.com' }),
    },
    profile: { ingress: { Topic: { eventsPerMonth: 10_000_000, payloadBytes: 100 * KB } } },
    figures: { 'AmazonSNS/Requests-Tier1': '10.00', 'AmazonSNS/DeliveryAttempts-HTTP': '12.00' },
  },
  // 43,800 minutes x 4 transitions at 25.00 a million.
  'Step Functions, a machine of four transitions each minute': {
    resources: {
      Clock: schedule({ ScheduleExpression: 'rate(1 minute)', Target: { Arn: arn('Machine') } }),
      Machine: machine({ States: {} }),
    },
    profile: { resources: { Machine: { ...calm, transitions: 4 } } },
    figures: { 'AmazonStates/StateTransition': '4.38' },
  },
  // 10,000,000 executions at 1.00 a million; 10,000,000 x 0.2 s x 64 MB are 125,000 GB-s at 0.00001667.
  'Step Functions, 10 million express executions of 150 ms': {
    resources: {
      Queue: queue(),
      Pipe: { Type: 'AWS::Pipes::Pipe', Properties: { Source: arn('Queue'), Target: arn('Machine') } },
      Machine: machine({ States: {} }, { StateMachineType: 'EXPRESS' }),
    },
    profile: {
      ingress: { Queue: { eventsPerMonth: 10_000_000 } },
      resources: { Machine: { ...calm, durationMilliseconds: 150, memoryMegabytes: 50 } },
    },
    figures: { 'AmazonStates/StepFunctions-Request': '10.00', 'AmazonStates/StepFunctions-GB-Second': '2.08' },
  },
  // 1.5 KB are two write units, and one read unit: 20,000,000 at 0.625 a million, 10,000,000 at 0.125.
  'DynamoDB on demand, 10 million items of 1.5 KB written, and read once': {
    resources: {
      Api: httpApi({ ProtocolType: 'HTTP' }),
      Integration: integration({ ApiId: ref('Api'), IntegrationType: 'AWS_PROXY', IntegrationUri: arn('Function') }),
      Function: lambda({ Role: arn('Role') }),
      Role: role([['dynamodb:PutItem'], arn('Table')]),
      Table: table({ BillingMode: 'PAY_PER_REQUEST' }),
    },
    profile: { ingress: { Api: { eventsPerMonth: 10_000_000 } }, resources: { Table: { itemBytes: 1.5 * KB, readsPerEvent: 1 } } },
    figures: { 'AmazonDynamoDB/WriteRequestUnits': '12.50', 'AmazonDynamoDB/ReadRequestUnits': '1.25' },
  },
  // A key, and 8,760 times five minutes x 2 requests at 0.03 for ten thousand.
  'KMS, a key that encrypts a queue': {
    resources: { Key: { Type: 'AWS::KMS::Key', Properties: {} }, Queue: queue({ KmsMasterKeyId: ref('Key') }) },
    profile: {},
    figures: { 'awskms/KMS-Keys': '1.00', 'awskms/KMS-Requests': '0.05' },
  },
  // Ten secrets at 0.40, each read 8,760 times at 0.05 for ten thousand.
  'Secrets Manager, ten secrets read every five minutes': {
    resources: Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`Secret${index}`, { Type: 'AWS::SecretsManager::Secret', Properties: {} }]),
    ),
    profile: {},
    figures: { 'AWSSecretsManager/AWSSecretsManager-Secrets': '4.00', 'AWSSecretsManager/AWSSecretsManagerAPIRequest': '0.44' },
  },
  // 2 shards x 730 h at 0.015; 30 KB are two units of 25 KB: 20,000,000 at 0.014 a million.
  'Kinesis, two shards and 10 million records of 30 KB': {
    resources: {
      Stream: stream({ ShardCount: 2 }),
      Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Work') }),
      Work: lambda(),
    },
    profile: { ingress: { Stream: { eventsPerMonth: 10_000_000, payloadBytes: 30 * KB } }, resources: { Work: calm } },
    figures: { 'AmazonKinesis/Storage-ShardHour': '21.90', 'AmazonKinesis/PutRequestPayloadUnits': '0.28' },
  },
};

test.each(Object.entries(WORKED))('%s comes out to the cent as reckoned by hand', (_, { resources, profile, figures }) => {
  const { charges } = estimateOf(resources, {}, profile);
  const cents = (item: string) => new Decimal(costOfItem(charges, item)).toFixed(2);
  expect(Object.fromEntries(Object.keys(figures).map((item) => [item, cents(item)]))).toEqual(figures);
});
