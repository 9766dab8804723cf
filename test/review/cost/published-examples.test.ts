import type { IngressTraffic } from '../../../lib/review/cost/traffic';
import { type Counted, expectFromQuantities, expectFromTemplate, type Modelled } from '../../support/cost/published';
import {
  api,
  arn,
  bus,
  httpApi,
  integration,
  lambda,
  method,
  pipe,
  queue,
  type Resources,
  ref,
  rule,
  type TemplateResource,
} from '../../support/topology/resources';

const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const BEFORE_2020_12 = 'undated copy; memory ends at 3,008 MB, as it did until 2020-12';
const EVENTBRIDGE = 'https://aws.amazon.com/eventbridge/pricing/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const S3 = 'https://aws.amazon.com/s3/faqs/';
const UNDATED = 'undated copy';

/** A function behind an API, with nothing but what the page's example speaks of. */
const behindApi = (properties: object): Resources => ({
  Api: httpApi({ ProtocolType: 'HTTP' }),
  Integration: integration({ ApiId: ref('Api'), IntegrationType: 'AWS_PROXY', IntegrationUri: arn('Function') }),
  Function: lambda({ ...properties }),
});
/** A bus from which a rule takes everything. */
const busWith = (target: string, destination: TemplateResource, more: Resources = {}): Resources => ({
  Bus: bus(),
  Rule: rule({ EventBusName: ref('Bus'), EventPattern: { source: ['shop'] }, Targets: [{ Id: 'Target', Arn: arn(target) }] }),
  [target]: destination,
  ...more,
});
const runs = (eventsPerMonth: number, durationMilliseconds: number) => ({
  ingress: { Api: { eventsPerMonth } },
  resources: { Function: { durationMilliseconds, coldShare: 0 } },
});
const enters = (name: string, traffic: IngressTraffic) => ({ ingress: { [name]: traffic } });

const lambdaPrices = (gigabyteSecond: string) =>
  ({
    'AWSLambda/Request': { price: '0.0000002', free: '1000000' },
    'AWSLambda/Lambda-GB-Second': { price: gigabyteSecond, free: '400000' },
    'AWSLambda/Lambda-Storage-GB-Second': '0.0000000309',
    'AWSLambda/Lambda-Provisioned-Concurrency': '0.0000041667',
    'AWSLambda/Lambda-Provisioned-GB-Second': '0.0000097222',
  }) as const;

const HTTP_API_COPY = 'copy of 2025-11-02';
const HTTP_API_PRICES = {
  'AmazonApiGateway/ApiGatewayHttpRequest': {
    tiers: [
      { above: '0', price: '0.000001' },
      { above: '300000000', price: '0.0000009' },
    ],
  },
} as const;

const MODELLED: Readonly<Record<string, Modelled>> = {
  'Lambda, 3 million runs of 1 s in 512 MB': {
    page: LAMBDA,
    asOf: BEFORE_2020_12,
    prices: lambdaPrices('0.00001667'),
    resources: behindApi({ MemorySize: 512 }),
    profile: runs(3_000_000, 1000),
    figures: { 'AWSLambda/Lambda-GB-Second': '18.34', 'AWSLambda/Request': '0.40' },
    total: '18.74',
  },
  'Lambda, 30 million runs of 200 ms in 128 MB': {
    page: LAMBDA,
    asOf: BEFORE_2020_12,
    prices: lambdaPrices('0.00001667'),
    resources: behindApi({}),
    profile: runs(30_000_000, 200),
    figures: { 'AWSLambda/Lambda-GB-Second': '5.83', 'AWSLambda/Request': '5.80' },
    total: '11.63',
  },
  'Lambda, a mobile backend': {
    page: LAMBDA,
    asOf: UNDATED,
    prices: lambdaPrices('0.0000166667'),
    resources: behindApi({ MemorySize: 1536 }),
    profile: runs(3_000_000, 120),
    figures: { 'AWSLambda/Lambda-GB-Second': '2.33', 'AWSLambda/Request': '0.40' },
    total: '2.73',
  },
  'Lambda, telemetry of 10,000 vehicles without the free tier': {
    page: LAMBDA,
    asOf: UNDATED,
    prices: { 'AWSLambda/Request': '0.0000002', 'AWSLambda/Lambda-GB-Second': '0.0000166667' },
    resources: behindApi({ MemorySize: 1024 }),
    profile: runs(10_000 * 24 * 31, 2000),
    figures: { 'AWSLambda/Lambda-GB-Second': '248.00', 'AWSLambda/Request': '1.49' },
    total: '249.49',
  },
  'Lambda, 2 GB of temporary storage': {
    page: LAMBDA,
    asOf: UNDATED,
    prices: lambdaPrices('0.0000166667'),
    resources: behindApi({ MemorySize: 4096, EphemeralStorage: { Size: 2048 } }),
    profile: runs(6_000_000, 280),
    figures: { 'AWSLambda/Lambda-GB-Second': '105.33', 'AWSLambda/Request': '1.00', 'AWSLambda/Lambda-Storage-GB-Second': '0.08' },
    total: '106.41',
  },
  'EventBridge, 5 million events of an application': {
    page: 'https://aws.amazon.com/de/eventbridge/pricing/',
    asOf: UNDATED,
    prices: { 'AWSEvents/Event-64K-Chunks': '0.000001' },
    resources: busWith('Queue', queue()),
    profile: enters('Bus', { eventsPerMonth: 5_000_000 }),
    figures: { 'AWSEvents/Event-64K-Chunks': '5.00' },
    total: '5.00',
  },
  'EventBridge, 2 million calls of an API destination': {
    page: EVENTBRIDGE,
    asOf: UNDATED,
    prices: { 'AWSEvents/APIDestinations-Invocations': '0.0000002' },
    resources: busWith('Destination', { Type: 'AWS::Events::ApiDestination', Properties: { HttpMethod: 'POST' } }),
    profile: enters('Bus', { eventsPerMonth: 2_000_000 }),
    figures: { 'AWSEvents/APIDestinations-Invocations': '0.40' },
    total: '0.40',
  },
  'EventBridge, an archive of 2 million events': {
    page: EVENTBRIDGE,
    asOf: UNDATED,
    prices: {
      'AWSEvents/Event-64K-Chunks': '0.000001',
      'AWSEvents/ArchivedEvents-Bytes': '0.10',
      'AWSEvents/TimedStorage-ByteHrs': '0.023',
    },
    resources: busWith('Queue', queue(), { Archive: { Type: 'AWS::Events::Archive', Properties: { SourceArn: arn('Bus') } } }),
    profile: {
      ...enters('Bus', { eventsPerMonth: 2_000_000, payloadBytes: 6 * 1024 }),
      resources: { Archive: { keptDays: 730 / 24 } },
    },
    figures: { 'AWSEvents/Event-64K-Chunks': '2.00', 'AWSEvents/ArchivedEvents-Bytes': '1.14', 'AWSEvents/TimedStorage-ByteHrs': '0.26' },
    // The page replays all events besides, for 2.00 more.
    total: '3.40',
  },
  'EventBridge Pipes, a quarter of 10 million events, five in a request': {
    page: EVENTBRIDGE,
    asOf: UNDATED,
    prices: { 'AWSEvents/PipesRequest-64K-Chunks': '0.0000004' },
    resources: { Queue: queue(), Pipe: pipe({ Source: arn('Queue'), Target: arn('Next') }), Next: queue() },
    profile: {
      ...enters('Queue', { eventsPerMonth: 10_000_000 }),
      hops: { 'Queue -> Pipe': 0.25 },
      resources: { Pipe: { recordsPerRun: 5 } },
    },
    figures: { 'AWSEvents/PipesRequest-64K-Chunks': '0.20' },
    total: '0.20',
  },
  'API Gateway, 5 million REST calls with answers of 3 KB': {
    page: 'https://aws.amazon.com/api-gateway/pricing/',
    asOf: 'as quoted on 2026-08-10',
    prices: { 'AmazonApiGateway/ApiGatewayRequest': '0.0000035', 'AWSDataTransfer/DataTransfer-Out-Bytes': '0.09' },
    resources: {
      Api: api(),
      Method: method({ RestApiId: ref('Api'), Integration: { Type: 'AWS_PROXY', Uri: arn('Function') } }),
      Function: lambda(),
    },
    profile: enters('Api', { eventsPerMonth: 5_000_000, answerBytes: 3 * 1024 }),
    figures: { 'AmazonApiGateway/ApiGatewayRequest': '17.50', 'AWSDataTransfer/DataTransfer-Out-Bytes': '1.29' },
    total: '18.79',
  },
  'API Gateway, 10,000 page loads a minute over two tiers of an HTTP API': {
    page: 'https://aws.amazon.com/api-gateway/pricing/',
    asOf: HTTP_API_COPY,
    prices: HTTP_API_PRICES,
    resources: behindApi({}),
    profile: enters('Api', { eventsPerMonth: 10_000 * 60 * 24 * 30, payloadBytes: 12 * 1024 }),
    // 300.00 and 118.80 on the page.
    figures: { 'AmazonApiGateway/ApiGatewayHttpRequest': '418.80' },
    total: '418.80',
  },
  'API Gateway, 25 calls of 4.5 MB a minute to an HTTP API': {
    page: 'https://aws.amazon.com/api-gateway/pricing/',
    asOf: HTTP_API_COPY,
    prices: HTTP_API_PRICES,
    resources: behindApi({}),
    profile: enters('Api', { eventsPerMonth: 25 * 60 * 24 * 30, payloadBytes: 4.5 * 1024 ** 2 }),
    figures: { 'AmazonApiGateway/ApiGatewayHttpRequest': '9.72' },
    total: '9.72',
  },
  'CloudWatch, 30 GB of logs ingested': {
    page: CLOUDWATCH,
    asOf: UNDATED,
    prices: { 'AmazonCloudWatch/DataProcessing-Bytes': { price: '0.50', free: '5' } },
    resources: behindApi({}),
    profile: { ingress: { Api: { eventsPerMonth: 30 * 1024 ** 2 } }, resources: { Function: { logBytes: 1024 } } },
    figures: { 'AmazonCloudWatch/DataProcessing-Bytes': '12.50' },
    total: '12.50',
  },
  'CloudWatch, 70 metrics': {
    page: CLOUDWATCH,
    asOf: UNDATED,
    prices: { 'AmazonCloudWatch/CW:MetricMonitorUsage': '0.30' },
    resources: behindApi({}),
    // Told every hour.
    profile: { ingress: { '*': { eventsPerMonth: 730 } }, resources: { Function: { metrics: 70 } } },
    figures: { 'AmazonCloudWatch/CW:MetricMonitorUsage': '21.00' },
    total: '21.00',
  },
  'WAF, a web ACL with seven rules': {
    page: 'https://aws.github.io/aws-security-services-best-practices/guides/waf/waf-cost/docs/',
    asOf: UNDATED,
    prices: { 'awswaf/WebACLV2': '5.00', 'awswaf/RuleV2': '1.00' },
    resources: {
      Wall: { Type: 'AWS::WAFv2::WebACL', Properties: { Rules: Array.from({ length: 7 }, (_, index) => ({ Name: `Rule${index}` })) } },
    },
    profile: {},
    figures: { 'awswaf/WebACLV2': '5.00', 'awswaf/RuleV2': '7.00' },
    total: '12.00',
  },
};

/** What the model derives in another way than the page: by its quantities alone. */
const COUNTED: Readonly<Record<string, Counted>> = {
  'Lambda, provisioned concurrency for eight hours': {
    page: LAMBDA,
    asOf: UNDATED,
    prices: lambdaPrices('0.0000166667'),
    amounts: {
      'AWSLambda/Lambda-Provisioned-Concurrency': 100 * 1.5 * 8 * 3600,
      'AWSLambda/Request': 3_000_000,
      'AWSLambda/Lambda-Provisioned-GB-Second': 75_000,
      'AWSLambda/Lambda-GB-Second': 450_000,
    },
    figures: {
      'AWSLambda/Lambda-Provisioned-Concurrency': '18.00',
      'AWSLambda/Request': '0.40',
      'AWSLambda/Lambda-Provisioned-GB-Second': '0.73',
      'AWSLambda/Lambda-GB-Second': '0.83',
    },
    total: '19.96',
  },
  'Lambda, a queue with provisioned pollers': {
    page: LAMBDA,
    asOf: UNDATED,
    prices: {
      'AWSLambda/Request': '0.0000002',
      'AWSLambda/Lambda-GB-Second': '0.0000166667',
      'AWSLambda/Lambda-SQS-Event-Poller-Unit-Hours': '0.00925',
    },
    amounts: {
      'AWSLambda/Request': 30_000_000,
      'AWSLambda/Lambda-GB-Second': 30_000_000,
      'AWSLambda/Lambda-SQS-Event-Poller-Unit-Hours': 8000,
    },
    figures: {
      'AWSLambda/Request': '6.00',
      'AWSLambda/Lambda-GB-Second': '500.00',
      'AWSLambda/Lambda-SQS-Event-Poller-Unit-Hours': '74.00',
    },
    total: '580.00',
  },
  'EventBridge Scheduler, 10 million schedules twice a month': {
    page: EVENTBRIDGE,
    asOf: UNDATED,
    prices: { 'AWSEvents/ScheduledInvocation': { price: '0.000001', free: '14000000' } },
    amounts: { 'AWSEvents/ScheduledInvocation': 20_000_000 },
    figures: { 'AWSEvents/ScheduledInvocation': '6.00' },
    total: '6.00',
  },
  'API Gateway, 15 billion REST calls over three tiers': {
    page: 'https://aws.amazon.com/api-gateway/pricing/',
    asOf: 'as quoted on 2026-08-10',
    prices: {
      'AmazonApiGateway/ApiGatewayRequest': {
        tiers: [
          { above: '0', price: '0.0000035' },
          { above: '333000000', price: '0.0000028' },
          { above: '1000000000', price: '0.00000238' },
        ],
      },
    },
    amounts: { 'AmazonApiGateway/ApiGatewayRequest': 15_000_000_000 },
    // 1,165.50, 1,867.60 and 33,320.00 on the page.
    figures: { 'AmazonApiGateway/ApiGatewayRequest': '36353.10' },
    total: '36353.10',
  },
  'DynamoDB, 10 write and 200 read units for an hour': {
    page: 'https://aws.amazon.com/dynamodb/faqs/',
    asOf: 'undated copies of the answer, of a time when ten write units cost 0.01 an hour',
    prices: { 'AmazonDynamoDB/WriteCapacityUnit-Hrs': '0.001', 'AmazonDynamoDB/ReadCapacityUnit-Hrs': '0.0002' },
    amounts: { 'AmazonDynamoDB/WriteCapacityUnit-Hrs': 10, 'AmazonDynamoDB/ReadCapacityUnit-Hrs': 200 },
    figures: { 'AmazonDynamoDB/WriteCapacityUnit-Hrs': '0.01', 'AmazonDynamoDB/ReadCapacityUnit-Hrs': '0.04' },
    total: '0.05',
  },
  'S3, storage of March over two tiers': {
    page: S3,
    asOf: UNDATED,
    prices: {
      'AmazonS3/TimedStorage-ByteHrs': {
        tiers: [
          { above: '0', price: '0.023' },
          { above: '51200', price: '0.022' },
        ],
      },
    },
    amounts: { 'AmazonS3/TimedStorage-ByteHrs': 52_900 },
    figures: { 'AmazonS3/TimedStorage-ByteHrs': '1215.00' },
    total: '1215.00',
  },
  'S3, 10,000 writes and 20,000 reads a day in March': {
    page: S3,
    asOf: UNDATED,
    prices: { 'AmazonS3/Requests-Tier1': '0.000005', 'AmazonS3/Requests-Tier2': '0.0000004' },
    amounts: { 'AmazonS3/Requests-Tier1': 310_000, 'AmazonS3/Requests-Tier2': 620_000 },
    figures: { 'AmazonS3/Requests-Tier1': '1.55', 'AmazonS3/Requests-Tier2': '0.25' },
    total: '1.80',
  },
  'CloudWatch, 6 GB of logs archived': {
    page: CLOUDWATCH,
    asOf: UNDATED,
    prices: { 'AmazonCloudWatch/TimedStorage-ByteHrs': { price: '0.03', free: '5' } },
    amounts: { 'AmazonCloudWatch/TimedStorage-ByteHrs': 6 },
    figures: { 'AmazonCloudWatch/TimedStorage-ByteHrs': '0.03' },
    total: '0.03',
  },
  'X-Ray, a tenth of 2,000 requests an hour': {
    page: 'https://aws.amazon.com/cn/xray/pricing/',
    asOf: UNDATED,
    prices: { 'AWSXRay/XRay-TracesStored': { price: '0.000005', free: '100000' } },
    amounts: { 'AWSXRay/XRay-TracesStored': 2000 * 24 * 31 * 0.1 },
    figures: { 'AWSXRay/XRay-TracesStored': '0.24' },
    total: '0.24',
  },
  'Fargate, five tasks for ten minutes a day': {
    page: 'https://aws.amazon.com/fargate/pricing/',
    asOf: UNDATED,
    // The page prices seconds: 0.000011244 and 0.000001235.
    prices: { 'AmazonECS/Fargate-vCPU-Hours:perCPU': '0.0404784', 'AmazonECS/Fargate-GB-Hours': '0.004446' },
    amounts: { 'AmazonECS/Fargate-vCPU-Hours:perCPU': (5 * 600 * 30) / 3600, 'AmazonECS/Fargate-GB-Hours': (5 * 2 * 600 * 30) / 3600 },
    figures: { 'AmazonECS/Fargate-vCPU-Hours:perCPU': '1.01', 'AmazonECS/Fargate-GB-Hours': '0.22' },
    total: '1.23',
  },
  'WAF, a web ACL with seven rules and 10 million requests': {
    page: 'https://aws.github.io/aws-security-services-best-practices/guides/waf/waf-cost/docs/',
    asOf: UNDATED,
    prices: { 'awswaf/WebACLV2': '5.00', 'awswaf/RuleV2': '1.00', 'awswaf/RequestV2-Tier1': '0.0000006' },
    amounts: { 'awswaf/WebACLV2': 1, 'awswaf/RuleV2': 7, 'awswaf/RequestV2-Tier1': 10_000_000 },
    figures: { 'awswaf/WebACLV2': '5.00', 'awswaf/RuleV2': '7.00', 'awswaf/RequestV2-Tier1': '6.00' },
    total: '18.00',
  },
};

describe("AWS's own examples come out to the cent with the prices of their pages", () => {
  test.each(Object.entries(MODELLED))('%s: from the template', (_, example) => expectFromTemplate(example));
  test.each(Object.entries(COUNTED))('%s: from the quantities of the page', (_, example) => expectFromQuantities(example));
});
