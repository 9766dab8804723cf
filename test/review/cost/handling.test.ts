import fc from 'fast-check';
import { handlingOf, shareBeside } from '../../../lib/review/cost/handling';
import { amountOf, CHAIN } from '../../support/cost/estimates';
import { arn, idempotent, lambda, type Resources, ref, role, table } from '../../support/topology/resources';

const SENDS = 'AWSQueueService/Requests-Tier1';
const WRITES = 'AmazonDynamoDB/WriteRequestUnits';
const RUNS = 'AWSLambda/Request';
const load = { eventsPerMonth: 1_000_000 };

/** The chain with a worker that writes in transactions, and parks by itself. */
const PARKING: Resources = {
  ...CHAIN,
  Work: idempotent({ Role: arn('WorkRole'), Environment: { Variables: { PARKING_LOT: ref('Dead') } } }),
  WorkRole: role([['dynamodb:PutItem'], arn('Table')], [['sqs:SendMessage'], arn('Dead')]),
};
const work = (traffic: object, ingress = {}) => ({
  ingress: { '*': ingress },
  resources: { Work: { failures: 0, retries: 0, ...traffic } },
});

describe('a worker that parks by itself', () => {
  test('runs a permanent failure once, writes nothing of it, and parks it', () => {
    const profile = work({ permanentFailures: 0.1 });
    expect(amountOf(PARKING, 'Work', RUNS, load, profile)).toBe(1_000_000);
    expect(amountOf(PARKING, 'Table', WRITES, load, profile)).toBe(1_800_000);
    expect(amountOf(PARKING, 'Dead', SENDS, load, profile)).toBe(100_000);
  });

  test('runs and writes an exhausting failure as often as the queue allows, gives it back after each run but the last, and parks it', () => {
    const profile = work({ failures: 0.1, recordsPerRun: 1 });
    expect(amountOf(PARKING, 'Work', RUNS, load, profile)).toBe(1_400_000);
    expect(amountOf(PARKING, 'Table', WRITES, load, profile)).toBe(2 * 1_400_000);
    expect(amountOf(PARKING, 'Dead', SENDS, load, profile)).toBe(100_000);
    // A send each, a receive for each run, a delete for each event, a change of visibility for each run that does not end it.
    expect(amountOf(PARKING, 'Queue', SENDS, load, profile)).toBeCloseTo(1_000_000 + 1_400_000 + 1_000_000 + 400_000, 3);
  });

  test('runs a copy of what it has parked once, and parks it beside', () => {
    const profile = work({ failures: 0.1 }, { duplicates: 0.5 });
    expect(amountOf(PARKING, 'Work', RUNS, load, profile)).toBe(1_400_000 + 500_000);
    expect(amountOf(PARKING, 'Dead', SENDS, load, profile)).toBe(150_000);
  });

  test('writes to a table of which it is said what it holds of parked events', () => {
    const telling = table({ BillingMode: 'PAY_PER_REQUEST' }, { 'cdk-breakwater:traffic': { writesPerParked: 1 } });
    expect(amountOf({ ...PARKING, Table: telling }, 'Table', WRITES, load, work({ permanentFailures: 0.1 }))).toBe(1_800_000 + 100_000);
  });

  test('tries all of its writes when every event fails, however many items they are', () => {
    const profile = { ...work({ recordsPerRun: 1 }), hops: { 'Work -> Table': 2 } };
    expect(amountOf(PARKING, 'Table', WRITES, { ...load, failures: 1 }, profile)).toBe(2 * 2 * 5_000_000);
  });

  test('writes the others of a transaction again when the record of one refuses it', () => {
    const profile = (recordsPerRun: number) => work({ recordsPerRun }, { duplicates: 0.25 });
    expect(amountOf(PARKING, 'Table', WRITES, load, profile(1))).toBe(2_500_000);
    const share = shareBeside(4, 0.2);
    expect(share).toBeGreaterThan(0.4);
    expect(amountOf(PARKING, 'Table', WRITES, load, profile(4))).toBeCloseTo(2 * (1_250_000 + 1_000_000 * share), 3);
  });
});

test('to a worker that leaves parking to the queue, a permanent failure is one as any, and so is a copy of it', () => {
  const failing = { failures: 0.05, permanentFailures: 0.05, retries: 0, times: 5, parksItself: false };
  expect(handlingOf(1000, 200, failing)).toEqual({ done: 900, handled: 1680, tried: 1680, failed: 600, returned: 600, parked: 120 });
});

test('what a profile says of a hop goes before the size from which a bucket takes bodies', () => {
  const resources: Resources = {
    ...CHAIN,
    Work: lambda({ Role: arn('WorkRole') }),
    WorkRole: role([['s3:PutObject'], arn('Claims')]),
    Claims: { Type: 'AWS::S3::Bucket', Metadata: { 'cdk-breakwater:traffic': { onlyAboveBytes: 1_000_000, readsPerEvent: 1 } } },
  };
  const profile = { ...work({}), hops: { 'Work -> Claims': 0.01 } };
  expect(amountOf(resources, 'Claims', 'AmazonS3/Requests-Tier1', load, profile)).toBe(10_000);
  expect(amountOf(resources, 'Claims', 'AmazonS3/Requests-Tier2', load, profile)).toBe(10_000);
});

describe('batches of what a poller happens to find', () => {
  /** Batches whose sizes fall off evenly, of which each record is marked with this chance. */
  function drawn(mean: number, share: number) {
    let state = 1;
    const fraction = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    return Array.from({ length: 20_000 }, () => {
      const batch = [fraction() < share];
      while (fraction() < 1 - 1 / mean) batch.push(fraction() < share);
      return batch;
    });
  }

  test.each([
    [1, 0.3],
    [2.7, 0.35],
    [4, 0.05],
    [8, 0.5],
  ])('of %d records on average, as drawn at random', (mean, share) => {
    const batches = drawn(mean, share);
    const unmarked = batches.flatMap((batch) => batch.filter((marked) => !marked).map(() => batch.some((marked) => marked)));
    expect(shareBeside(mean, share)).toBeCloseTo(unmarked.filter(Boolean).length / unmarked.length, 1);
  });

  test('shares stay shares, and grow with what is marked', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 1, max: 10_000, noNaN: true }), share, share, (mean, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        expect(shareBeside(mean, 0)).toBeCloseTo(0, 9);
        expect(shareBeside(mean, more)).toBeLessThanOrEqual(1);
        expect(shareBeside(mean, more)).toBeGreaterThanOrEqual(shareBeside(mean, less));
      }),
    );
  });
});
