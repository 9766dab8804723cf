import { type Counted, expectFromQuantities, expectFromTemplate, type Modelled } from '../../support/cost/published';
import {
  arn,
  lambda,
  machine,
  mapping,
  pipe,
  queue,
  type Resources,
  ref,
  role,
  stream,
  subscription,
  table,
  topic,
} from '../../support/topology/resources';

const SECURITY_RESPONSE = {
  page: 'https://docs.aws.amazon.com/solutions/latest/automated-security-response-on-aws/cost.html',
  asOf: 'undated copy',
} as const;
const SAMPLES = 'https://github.com/aws-solutions-library-samples';

const steps = { 'AmazonStates/StateTransition': '0.000025' } as const;
const sends = { 'AWSQueueService/Requests-Tier1': '0.0000004' } as const;
const keys = { 'awskms/KMS-Keys': '1.00', 'awskms/KMS-Requests': '0.000003' } as const;

/** A remediation is one execution of 19 transitions. */
const remediation: Resources = {
  Findings: queue(),
  Start: pipe({ Source: arn('Findings'), Target: arn('Machine') }),
  Machine: machine({ States: {} }),
};
const remediations = (eventsPerMonth: number) => ({
  ingress: { Findings: { eventsPerMonth } },
  resources: { Machine: { transitions: 19, failures: 0, retries: 0 } },
});

const MODELLED: Readonly<Record<string, Modelled>> = {
  'Step Functions, 300 remediations': {
    ...SECURITY_RESPONSE,
    prices: steps,
    resources: remediation,
    profile: remediations(300),
    figures: { 'AmazonStates/StateTransition': '0.14' },
    total: '0.14',
  },
  'Step Functions, 30,000 remediations': {
    ...SECURITY_RESPONSE,
    prices: steps,
    resources: remediation,
    profile: remediations(30_000),
    figures: { 'AmazonStates/StateTransition': '14.25' },
    total: '14.25',
  },
  'SNS, a million notifications': {
    ...SECURITY_RESPONSE,
    prices: { 'AmazonSNS/Requests-Tier1': '0.0000005' },
    resources: { Topic: topic(), Mail: subscription({ TopicArn: ref('Topic'), Protocol: 'email', Endpoint: 'team@example.com' }) },
    profile: { ingress: { Topic: { eventsPerMonth: 1_000_000 } } },
    figures: { 'AmazonSNS/Requests-Tier1': '0.50' },
    total: '0.50',
  },
  'DynamoDB on demand, positions of 20 trucks': {
    page: 'https://github.com/aws-samples/sample-automated-systems-design-fleet-tracker/blob/97d3ad2/docs/other-considerations.md',
    asOf: 'undated, as of the commit in the address; 2026-04-30 is yet to come on it',
    prices: { 'AmazonDynamoDB/WriteRequestUnits': '0.000000625', 'AmazonDynamoDB/ReadRequestUnits': '0.000000125' },
    resources: {
      Positions: queue(),
      Source: mapping({ EventSourceArn: arn('Positions'), FunctionName: ref('Keep') }),
      Keep: lambda({ Role: arn('Role') }),
      Role: role([['dynamodb:PutItem'], arn('Trucks')]),
      Trucks: table({ BillingMode: 'PAY_PER_REQUEST' }),
    },
    profile: {
      ingress: { Positions: { eventsPerMonth: 20 * 158_400, payloadBytes: 500 } },
      resources: { Keep: { failures: 0, retries: 0 }, Trucks: { itemBytes: 500, readsPerEvent: 1 } },
    },
    figures: { 'AmazonDynamoDB/WriteRequestUnits': '1.98', 'AmazonDynamoDB/ReadRequestUnits': '0.40' },
    // The page adds 0.06 for storage.
    total: '2.38',
  },
  'Kinesis, a stream of 1 MB a second': {
    page: `${SAMPLES}/guidance-for-game-analytics-pipeline-on-aws`,
    asOf: 'as of August 2025; the page has no price of a shard hour: it is that of the package',
    prices: { 'AmazonKinesis/Storage-ShardHour': '0.015' },
    // A shard takes 1 MB a second.
    resources: { Stream: stream({ ShardCount: 1 }) },
    profile: {},
    figures: { 'AmazonKinesis/Storage-ShardHour': '10.95' },
    total: '10.95',
  },
};

const COUNTED: Readonly<Record<string, Counted>> = {
  'SQS, a million requests': {
    ...SECURITY_RESPONSE,
    prices: sends,
    amounts: { 'AWSQueueService/Requests-Tier1': 1_000_000 },
    figures: { 'AWSQueueService/Requests-Tier1': '0.40' },
    total: '0.40',
  },
  'SQS, 5,060,000 requests': {
    ...SECURITY_RESPONSE,
    prices: sends,
    amounts: { 'AWSQueueService/Requests-Tier1': 5_060_000 },
    // 2.024 on the page.
    figures: { 'AWSQueueService/Requests-Tier1': '2.02' },
    total: '2.02',
  },
  'KMS, ten keys and 6,180 requests': {
    ...SECURITY_RESPONSE,
    prices: keys,
    amounts: { 'awskms/KMS-Keys': 10, 'awskms/KMS-Requests': 6180 },
    figures: { 'awskms/KMS-Keys': '10.00', 'awskms/KMS-Requests': '0.02' },
    total: '10.02',
  },
  'KMS, 10,000 keys and 6,018,000 requests': {
    ...SECURITY_RESPONSE,
    prices: keys,
    amounts: { 'awskms/KMS-Keys': 10_000, 'awskms/KMS-Requests': 6_018_000 },
    figures: { 'awskms/KMS-Keys': '10000.00', 'awskms/KMS-Requests': '18.05' },
    total: '10018.05',
  },
  'Secrets Manager, a secret read 15 million times': {
    page: `${SAMPLES}/guidance-for-integrated-scalable-search-for-amazon-documentdb-with-amazon-opensearch`,
    asOf: `as of June 2024; the prices are those of ${SECURITY_RESPONSE.page}`,
    prices: { 'AWSSecretsManager/AWSSecretsManager-Secrets': '0.40', 'AWSSecretsManager/AWSSecretsManagerAPIRequest': '0.000005' },
    amounts: { 'AWSSecretsManager/AWSSecretsManager-Secrets': 1, 'AWSSecretsManager/AWSSecretsManagerAPIRequest': 15_000_000 },
    // The page has but their sum.
    figures: { 'AWSSecretsManager/AWSSecretsManager-Secrets': '0.40', 'AWSSecretsManager/AWSSecretsManagerAPIRequest': '75.00' },
    total: '75.40',
  },
};

describe('Examples of the guides and guidance of AWS come out to the cent', () => {
  test.each(Object.entries(MODELLED))('%s: from the template', (_, example) => expectFromTemplate(example));
  test.each(Object.entries(COUNTED))('%s: from the quantities of the page', (_, example) => expectFromQuantities(example));
});
