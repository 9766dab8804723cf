import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { estimate } from '../../../lib/review/cost/estimate';
import { Prices } from '../../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../../lib/review/cost/prices/us-east-1';
import { Traffic } from '../../../lib/review/cost/traffic';
import { stackOfTemplate, topologyOf } from '../../../lib/topology';
import { amountOf, CHAIN, estimateOf, PRICES } from '../../support/cost/estimates';
import { EDGE_CASES } from '../../support/topology/edge-cases';
import { read } from '../../support/topology/read';
import {
  arn,
  bucket,
  lambda,
  machine,
  mapping,
  queue,
  type Resources,
  ref,
  role,
  schedule,
  subscription,
  table,
  topic,
} from '../../support/topology/resources';

const load = { eventsPerMonth: 1_000_000 };
/** No failure and no retry: what a person counts by hand. */
const calm = { resources: { '*': { failures: 0, retries: 0 } } };

test('every amount says in words what it stands on', () => {
  const backedUp: Resources = {
    ...CHAIN,
    Table: table({ BillingMode: 'PAY_PER_REQUEST', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
  };
  const because = estimateOf(backedUp, load).charges.map((charge) => charge.because());
  expect(because).toContain('point-in-time recovery of items of 365 days x 400 bytes');
  expect(because.filter((words) => /=>|undefined|NaN/.test(words))).toEqual([]);
});

describe('rates along the flow', () => {
  test('one event makes one run of each function, one message, one item', () => {
    expect(amountOf(CHAIN, 'Receive', 'AWSLambda/Request', load, calm)).toBe(1_000_000);
    expect(amountOf(CHAIN, 'Work', 'AWSLambda/Request', load, calm)).toBe(1_000_000);
    expect(amountOf(CHAIN, 'Table', 'AmazonDynamoDB/WriteRequestUnits', load, calm)).toBe(1_000_000);
    expect(amountOf(CHAIN, 'Api', 'AmazonApiGateway/ApiGatewayHttpRequest', load, calm)).toBe(1_000_000);
  });

  test('records that are handed over together share a run, a receive and a delete', () => {
    const tens = { resources: { '*': { failures: 0, retries: 0 }, Work: { recordsPerRun: 10 } } };
    expect(amountOf(CHAIN, 'Work', 'AWSLambda/Request', load, tens)).toBe(100_000);
    // A million sends, a hundred thousand deletes, and pollers that ask in vain more often than they find something.
    expect(amountOf(CHAIN, 'Queue', 'AWSQueueService/Requests-Tier1', load, tens)).toBe(1_000_000 + 100_000 + 657_000);
  });

  test('a retry is a run more, a failing event is as many as the queue allows', () => {
    const retried = { resources: { Work: { failures: 0, retries: 0.5 } } };
    expect(amountOf(CHAIN, 'Work', 'AWSLambda/Request', load, retried)).toBe(1_500_000);
    const failing = { resources: { Work: { failures: 1, retries: 0 } } };
    expect(amountOf(CHAIN, 'Work', 'AWSLambda/Request', load, failing)).toBe(5_000_000);
  });

  test('copies that a sender sends again are received and handled too', () => {
    const twice = { ...calm, ingress: { Api: { duplicates: 0.2 } } };
    expect(amountOf(CHAIN, 'Receive', 'AWSLambda/Request', load, twice)).toBe(1_200_000);
    expect(amountOf(CHAIN, 'Table', 'AmazonDynamoDB/WriteRequestUnits', load, twice)).toBe(1_200_000);
  });

  test('a transaction costs two units an item, also for a copy that it refuses', () => {
    const guarded: Resources = { ...CHAIN, Work: { ...CHAIN.Work!, Metadata: { 'cdk-breakwater:idempotent': true } } };
    const twice = { ...calm, ingress: { Api: { duplicates: 0.2 } } };
    expect(amountOf(guarded, 'Table', 'AmazonDynamoDB/WriteRequestUnits', load, twice)).toBe(2_400_000);
  });

  test('a topic hands each event to every subscriber', () => {
    const resources: Resources = {
      Topic: topic(),
      ...Object.fromEntries(
        ['A', 'B'].map((name) => [`Sub${name}`, subscription({ TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn(name) })]),
      ),
      A: queue(),
      B: queue(),
    };
    expect(amountOf(resources, 'Topic', 'AmazonSNS/Requests-Tier1', load)).toBe(1_000_000);
    for (const name of ['A', 'B']) expect(amountOf(resources, name, 'AWSQueueService/Requests-Tier1', load)).toBe(1_000_000);
  });

  test('a filter is what the profile says of the hop', () => {
    const resources: Resources = {
      Topic: topic(),
      Sub: subscription({ TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn('A') }),
      A: queue(),
    };
    expect(amountOf(resources, 'A', 'AWSQueueService/Requests-Tier1', load, { hops: { 'Topic -> A': 0.25 } })).toBe(250_000);
  });

  test('large events are billed in the units of each service', () => {
    const large = { ...calm, ingress: { '*': { payloadBytes: 200 * 1024 } } };
    expect(amountOf(CHAIN, 'Dead', 'AWSQueueService/Requests-Tier1', load, large)).toBe(0);
    const quick = { ...large, resources: { '*': { failures: 0, retries: 0 }, Work: { recordsPerRun: 1 } } };
    // Four units a send, four a receive, one a delete.
    expect(amountOf(CHAIN, 'Queue', 'AWSQueueService/Requests-Tier1', load, quick)).toBe(9_000_000);
  });

  test.each([
    ['rate(5 minutes)', 8760],
    ['rate(1 day)', 730 / 24],
    ['cron(0 2 * * ? *)', 730 / 24],
    ['cron(0/15 8-17 ? * MON-FRI *)', 4 * 10 * (730 / 24) * (5 / 7)],
  ])('%s fires as often as it says', (expression, times) => {
    const resources: Resources = {
      Clock: schedule({ ScheduleExpression: expression, Target: { Arn: arn('Handler') } }),
      Handler: lambda(),
    };
    expect(amountOf(resources, 'Clock', 'AWSEvents/ScheduledInvocation', load, calm)).toBeCloseTo(times, 6);
    expect(amountOf(resources, 'Handler', 'AWSLambda/Request', load, calm)).toBeCloseTo(times, 6);
  });

  test('bodies up to the size that a construct tells do not reach its bucket', () => {
    const resources: Resources = {
      Queue: queue(),
      Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Work') }),
      Work: lambda({ Role: arn('Role') }),
      Role: role([['s3:PutObject'], arn('Bucket')]),
      Bucket: bucket({}, { 'cdk-breakwater:traffic': { onlyAboveBytes: 100_000 } }),
    };
    expect(amountOf(resources, 'Bucket', 'AmazonS3/Requests-Tier1', load)).toBe(0);
    expect(amountOf(resources, 'Bucket', 'AmazonS3/Requests-Tier1', load, { ...calm, ingress: { '*': { payloadBytes: 100_001 } } })).toBe(
      1_000_000,
    );
  });

  test('a queue that nobody sends to is asked all the same', () => {
    expect(amountOf(CHAIN, 'Queue', 'AWSQueueService/Requests-Tier1', { eventsPerMonth: 0 })).toBe(657_000);
  });

  test('an express execution is metered in steps of 100 ms and 64 MB', () => {
    const resources: Resources = {
      Clock: schedule({ ScheduleExpression: 'rate(1 hour)', Target: { Arn: arn('Machine') } }),
      Machine: machine({ States: {} }, { StateMachineType: 'EXPRESS' }),
    };
    const profile = { resources: { Machine: { ...calm.resources['*'], durationMilliseconds: 150, memoryMegabytes: 65 } } };
    expect(amountOf(resources, 'Machine', 'AmazonStates/StepFunctions-GB-Second', load, profile)).toBeCloseTo(730 * 0.2 * 0.125, 9);
  });

  test('capacity of a table for infrequent access is metered as such', () => {
    const resources: Resources = {
      Table: table({ TableClass: 'STANDARD_INFREQUENT_ACCESS', ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 1 } }),
    };
    expect(amountOf(resources, 'Table', 'AmazonDynamoDB/IA-ReadCapacityUnit-Hrs')).toBe(1460);
    expect(amountOf(resources, 'Table', 'AmazonDynamoDB/IA-WriteCapacityUnit-Hrs')).toBe(730);
    const reasons = estimateOf(resources).unpriced.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason.includes('price list'))).toEqual([]);
  });

  test('traces are one a second and a twentieth of the rest, where they begin', () => {
    const traced = (resources: Resources, ...names: string[]): Resources => ({
      ...resources,
      ...Object.fromEntries(
        names.map((name) => [
          name,
          { ...resources[name]!, Properties: { ...resources[name]!.Properties, TracingConfig: { Mode: 'Active' } } },
        ]),
      ),
    });
    const many = { eventsPerMonth: 2_628_000 * 21 };
    expect(amountOf(traced(CHAIN, 'Receive', 'Work'), 'Receive', 'AWSXRay/XRay-TracesStored', many, calm)).toBeCloseTo(2_628_000 * 2, 3);
    expect(amountOf(traced(CHAIN, 'Receive', 'Work'), 'Work', 'AWSXRay/XRay-TracesStored', many, calm)).toBe(0);
    expect(amountOf(traced(CHAIN, 'Work'), 'Work', 'AWSXRay/XRay-TracesStored', load, calm)).toBeCloseTo(1_000_000, 3);
  });
});

describe('what is not known', () => {
  test('a type that nothing prices is listed by name', () => {
    const { unpriced } = estimateOf({ Domain: { Type: 'AWS::OpenSearchService::Domain', Properties: {} } });
    expect(unpriced).toEqual([
      expect.objectContaining({
        resource: expect.objectContaining({ logicalId: 'Domain' }),
        reason: 'AWS::OpenSearchService::Domain is not priced',
      }),
    ]);
  });

  test('an export of a table is said to cost something, where a function may ask for one', () => {
    const exporting: Resources = {
      Export: lambda({ Role: arn('Role') }),
      Role: role([['dynamodb:ExportTableToPointInTime'], arn('Table')]),
      Table: table({ BillingMode: 'PAY_PER_REQUEST' }),
      Other: table({ BillingMode: 'PAY_PER_REQUEST' }),
    };
    const { unpriced } = estimateOf(exporting);
    expect(unpriced.filter(({ reason }) => reason.includes('exports')).map(({ resource }) => resource.logicalId)).toEqual(['Table']);
  });

  test('a metric costs the hours in which it is told', () => {
    const metrics = 'AmazonCloudWatch/CW:MetricMonitorUsage';
    const told = { ...calm, resources: { ...calm.resources, Receive: { metrics: 10 } } };
    expect(amountOf(CHAIN, 'Receive', metrics, load, told)).toBe(10);
    expect(amountOf(CHAIN, 'Receive', metrics, { eventsPerMonth: 73 }, told)).toBeCloseTo(1);
  });

  test('a line that a price list lacks makes its resource unpriced, not free', () => {
    const without = new Prices({ ...US_EAST_1, lines: US_EAST_1.lines.filter((line) => line.offer !== 'AmazonDynamoDB') }, false);
    const { unpriced, charges } = estimate(read(CHAIN), new Traffic({ version: 1 }, load), without);
    expect(unpriced.map(({ reason }) => reason)).toContain('the price list of us-east-1 has no AmazonDynamoDB/WriteRequestUnits');
    expect(charges.map((charge) => charge.resource.logicalId)).not.toContain('Table');
  });

  test('what a profile says is no assumption', () => {
    const field = (profile: object) => estimateOf(CHAIN, load, profile).assumptions.filter((one) => one.field === 'durationMilliseconds');
    expect(field({})).toEqual([{ resource: '*', field: 'durationMilliseconds', value: '100', because: '100 ms a run' }]);
    expect(field({ resources: { '*': { durationMilliseconds: 80 } } })).toEqual([]);
  });

  test('the closest name in a profile wins', () => {
    const profile = { resources: { '*': { logBytes: 1 }, 'Rec*': { logBytes: 2 }, Receive: { logBytes: 3 } } };
    const bytes = amountOf(CHAIN, 'Receive', 'AmazonCloudWatch/DataProcessing-Bytes', load, profile);
    expect(bytes).toBeCloseTo(3_000_000 / 2 ** 30, 12);
  });
});

describe('sums', () => {
  const cases = Object.entries(EDGE_CASES).map(([kind, { resources }]) => [kind, resources] as const);

  test.each(cases)('more traffic never costs less, and none is the fixed part: %s', (_, resources) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), fc.integer({ min: 0, max: 2_000_000_000 }), (some, more) => {
        const one = estimateOf(resources, { eventsPerMonth: some });
        const other = estimateOf(resources, { eventsPerMonth: some + more });
        expect(other.total.gte(one.total)).toBe(true);
        expect(one.fixed.toFixed()).toBe(estimateOf(resources, { eventsPerMonth: 0 }).total.toFixed());
        expect(one.fixed.plus(one.growing).toFixed()).toBe(one.total.toFixed());
      }),
      { numRuns: 8 },
    );
  });

  test('two stacks cost their sum below the first tier', () => {
    const names = Object.keys(EDGE_CASES) as Array<keyof typeof EDGE_CASES>;
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom(...names), fc.integer({ min: 0, max: 10_000_000 }), (one, other, events) => {
        const [first, second] = [EDGE_CASES[one].resources, EDGE_CASES[other].resources].map((Resources, index) =>
          stackOfTemplate(`Stack${index}`, { Resources }),
        );
        const total = (...stacks: Array<NonNullable<typeof first>>) =>
          estimate(topologyOf(stacks), new Traffic({ version: 1 }, { eventsPerMonth: events }), PRICES).total;
        const apart = total(first!).plus(total(second!));
        expect(total(first!, second!).minus(apart).abs().lt('1e-9')).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('an event that is retried or fails costs at least one that is not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...cases),
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([, resources], events, share) => {
          const total = (retries: number) =>
            estimateOf(resources, { eventsPerMonth: events }, { resources: { '*': { failures: 0, retries } } }).total;
          expect(total(share).gte(total(0))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('resources and kinds each sum up to the total', () => {
    const { charges, total } = estimateOf(CHAIN, load);
    expect(charges.reduce((sum, charge) => sum.plus(charge.cost), new Decimal(0)).toFixed()).toBe(total.toFixed());
  });

  test('a table whose items expire is charged for those that are there, others for a year', () => {
    const stored = (properties: object) =>
      amountOf(
        { ...CHAIN, Table: table({ BillingMode: 'PAY_PER_REQUEST', ...properties }) },
        'Table',
        'AmazonDynamoDB/TimedStorage-ByteHrs',
        load,
        calm,
      );
    const month = (1_000_000 * 400) / 2 ** 30;
    expect(stored({})).toBeCloseTo((month * 365) / (730 / 24), 9);
    expect(stored({ TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true } })).toBeCloseTo((month * 30) / (730 / 24), 9);
  });
});
