import fc from 'fast-check';
import { tellChanges } from '../../../lib/operate/measure/command';
import { cloudWatchMetrics, type MetricRequest } from '../../../lib/operate/measure/metrics';
import { measureProfile } from '../../../lib/operate/measure/profile';
import { count } from '../../../lib/review/cost/estimate';
import { parseProfile } from '../../../lib/review/cost/profile-file';
import { Traffic, type TrafficProfile } from '../../../lib/review/cost/traffic';
import { CHAIN } from '../../support/cost/estimates';
import { read } from '../../support/topology/read';
import { topic } from '../../support/topology/resources';

const topology = read(CHAIN);
const MONTH = { from: new Date('2026-01-01T00:00:00Z'), to: new Date(Date.parse('2026-01-01T00:00:00Z') + 730 * 3_600_000) };
const ids = new Map(
  Object.keys(CHAIN).map((name) => [
    name,
    CHAIN[name]!.Type === 'AWS::SQS::Queue' ? `https://sqs.eu-west-1.amazonaws.com/1/${name}` : name,
  ]),
);

/** What CloudWatch would count in a month of this traffic. */
function figuresOf(profile: TrafficProfile): (request: MetricRequest) => number | undefined {
  const { flows } = count(topology, new Traffic(profile));
  const node = (name: string) => flows.node(`Test/${name}`);
  const work = node('Work');
  const sent = node('Queue').events + node('Queue').copies;
  return ({ name, dimensions }) => {
    const [of] = Object.values(dimensions);
    switch (`${of!.replace('/aws/lambda/', '')} ${name}`) {
      case 'Api Count':
        return node('Api').events;
      case 'Receive Invocations':
        return node('Receive').runs;
      case 'Receive Duration':
        return node('Receive').runs * profile.resources!.Receive!.durationMilliseconds!;
      case 'Work Invocations':
        return work.runs;
      case 'Work Duration':
        return work.runs * profile.resources!.Work!.durationMilliseconds!;
      case 'Work IncomingBytes':
        return work.runs * profile.resources!.Work!.logBytes!;
      case 'Queue NumberOfMessagesSent':
        return sent;
      case 'Queue NumberOfMessagesReceived':
        return work.handling.handled;
      case 'Queue SentMessageSize':
        return profile.ingress!.Api!.payloadBytes;
      case 'Dead NumberOfMessagesSent':
        return work.handling.parked;
      default:
        return undefined;
    }
  };
}

const measure = (profile: TrafficProfile) => {
  const figure = figuresOf(profile);
  return measureProfile('Shop', topology, ids, async (requests) => requests.map(figure), MONTH);
};

describe('a profile measured from CloudWatch', () => {
  test('gives back the traffic that made the figures', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          events: fc.integer({ min: 1000, max: 100_000_000 }),
          bytes: fc.integer({ min: 1, max: 60_000 }),
          records: fc.integer({ min: 1, max: 10 }),
          failures: fc.integer({ min: 0, max: 100 }).map((one) => one / 1000),
          retries: fc.integer({ min: 0, max: 200 }).map((one) => one / 1000),
          milliseconds: fc.integer({ min: 1, max: 900_000 }),
        }),
        async ({ events, bytes, records, failures, retries, milliseconds }) => {
          const { profile } = await measure({
            version: 1,
            ingress: { Api: { eventsPerMonth: events, payloadBytes: bytes } },
            resources: {
              Receive: { durationMilliseconds: 7 },
              Work: { durationMilliseconds: milliseconds, recordsPerRun: records, failures, retries, logBytes: 900 },
            },
          });
          expect(profile.ingress!.Api!.eventsPerMonth).toBeCloseTo(events, 3);
          expect(profile.ingress!.Api!.payloadBytes).toBe(bytes);
          const work = profile.resources!.Work!;
          expect(work.durationMilliseconds! / milliseconds).toBeCloseTo(1, 4);
          expect(work.logBytes! / 900).toBeCloseTo(1, 4);
          expect(work.recordsPerRun).toBeCloseTo(records, 3);
          expect(work.failures).toBeCloseTo(failures, 4);
          expect(work.retries).toBeCloseTo(retries, 3);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('is a profile that breakwater cost takes, and says when it was measured', async () => {
    const { profile } = await measure({
      version: 1,
      ingress: { Api: { eventsPerMonth: 10, payloadBytes: 5 } },
      resources: { Receive: { durationMilliseconds: 7 }, Work: { durationMilliseconds: 1, logBytes: 1 } },
    });
    expect(parseProfile('traffic.json', JSON.stringify(profile)).measured).toEqual({
      stack: 'Shop',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-31T10:00:00.000Z',
    });
  });

  test('is scaled to a month, and names what CloudWatch knows nothing of', async () => {
    const day = { from: new Date(0), to: new Date(86_400_000) };
    const { profile, withoutFigures } = await measureProfile(
      'Shop',
      topology,
      ids,
      async (requests) => requests.map(({ name }) => (name === 'Count' ? 24 : undefined)),
      day,
    );
    expect(profile.ingress!.Api!.eventsPerMonth).toBeCloseTo(730, 9);
    expect(withoutFigures).toEqual(['Dead', 'Queue', 'Receive', 'Table', 'Work']);
  });

  test('says what was published to a topic that nothing in the templates publishes to or hears', async () => {
    const { profile } = await measureProfile(
      'Shop',
      read({ Topic: topic() }),
      new Map([['Topic', 'arn:aws:sns:eu-west-1:1:shop-topic']]),
      async (requests) =>
        requests.map(({ name, dimensions }) =>
          name === 'NumberOfMessagesPublished' && dimensions.TopicName === 'shop-topic' ? 730 : undefined,
        ),
      MONTH,
    );
    expect(profile.ingress).toEqual({ Topic: { eventsPerMonth: 730 } });
  });

  test('tells what changed since the last one, and what it costs', () => {
    const profile = (milliseconds: number): TrafficProfile => ({
      version: 1,
      ingress: { Api: { eventsPerMonth: 10_000_000 } },
      resources: { Work: { durationMilliseconds: milliseconds } },
    });
    expect(tellChanges(topology, profile(40), profile(80))).toMatch(
      /Work durationMilliseconds: 40 -> 80\n\n\+\$5\.\d\d a month at 10,000,000 events/,
    );
    expect(tellChanges(topology, profile(40), profile(40))).toContain('nothing changed');
  });
});

test('figures of many hours and pages are summed, means are meaned, and what is missing stays missing', async () => {
  const pages = [
    {
      NextToken: 'more',
      MetricDataResults: [
        { Id: 'm0', Values: [1, 2] },
        { Id: 'm1', Values: [10] },
      ],
    },
    {
      MetricDataResults: [
        { Id: 'm0', Values: [4] },
        { Id: 'm1', Values: [20] },
        { Id: 'm2', Values: [] },
      ],
    },
  ];
  const asked: unknown[] = [];
  const send = async ({ input }: { readonly input: unknown }) => {
    asked.push(input);
    return pages[asked.length - 1];
  };
  const request = (name: string, statistic: 'Sum' | 'Average'): MetricRequest => ({
    namespace: 'AWS/SQS',
    name,
    statistic,
    dimensions: { QueueName: 'Q' },
  });
  const metrics = cloudWatchMetrics({ send } as never);
  expect(await metrics([request('Sent', 'Sum'), request('Size', 'Average'), request('Other', 'Sum')], MONTH)).toEqual([7, 15, undefined]);
  expect(asked).toHaveLength(2);
});
