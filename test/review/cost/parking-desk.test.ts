import { amountOf, estimateOf } from '../../support/cost/estimates';
import {
  aging,
  arn,
  groupAlarm,
  idempotent,
  mapping,
  parkingDesk,
  parkingLot,
  queue,
  type Resources,
  ref,
} from '../../support/topology/resources';

const queueOnly: Resources = {
  Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot'), maxReceiveCount: 5 } }),
  ...parkingLot(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
  Handler: idempotent(),
};
const atDesk: Resources = { ...queueOnly, ...parkingDesk() };
const load = { eventsPerMonth: 1_000_000 };
/** A hundredth is parked: ten thousand messages, taken in by a thousand runs. */
const profile = {
  resources: {
    '*': { failures: 0.01, retries: 0 },
    DeskIntake: { recordsPerRun: 10, metrics: 1 },
    DeskTable: { itemBytes: 1500, keptDays: 90 },
    DeskBucket: { keptDays: 90 },
  },
};

describe('what is parked at a desk', () => {
  const used = (resource: string, item: Parameters<typeof amountOf>[2], events = load) => amountOf(atDesk, resource, item, events, profile);

  test('is received, deleted, and taken in by runs that share it', () => {
    // A thousand receives are fewer than those in vain; a thousand deletes.
    expect(used('ParkingLot', 'AWSQueueService/Requests-Tier1')).toBe(657_000 + 1_000);
    expect(used('DeskIntake', 'AWSLambda/Request')).toBe(1_000);
    expect(used('DeskJob', 'AWSLambda/Request')).toBe(0);
    expect(used('DeskJobs', 'AmazonStates/StateTransition')).toBe(0);
  });

  test('is written in transactions: the message and its place in the index, its key, and the group of a run', () => {
    // Two units and one index: ten thousand times four and one, a thousand times two, all twice.
    expect(used('DeskTable', 'AmazonDynamoDB/WriteRequestUnits')).toBe((10_000 * (2 * 2 + 1) + 1_000 * 2) * 2);
    expect(used('DeskTable', 'AmazonDynamoDB/ReadRequestUnits')).toBe(10_000 * 3 + 1_000 * 2);
    expect(used('DeskBucket', 'AmazonS3/Requests-Tier1')).toBe(10_000);
  });

  test('is kept for the time of the desk, in the table and its index, and as a body', () => {
    const months = 90 / (730 / 24);
    expect(used('DeskTable', 'AmazonDynamoDB/TimedStorage-ByteHrs')).toBeCloseTo((10_000 * 1500 * 2 * months) / 2 ** 30, 9);
    expect(used('DeskBucket', 'AmazonS3/TimedStorage-ByteHrs')).toBeCloseTo((10_000 * 2048 * months) / 2 ** 30, 9);
  });

  test('is counted by a metric only in the hours in which something is', () => {
    expect(used('DeskIntake', 'AmazonCloudWatch/CW:MetricMonitorUsage')).toBe(1);
    expect(used('DeskIntake', 'AmazonCloudWatch/CW:MetricMonitorUsage', { eventsPerMonth: 73_000 })).toBeCloseTo(0.1, 9);
    expect(used('DeskIntake', 'AmazonCloudWatch/CW:MetricMonitorUsage', { eventsPerMonth: 0 })).toBe(0);
  });

  test('changes nothing of what the events before it cost', () => {
    const item = 'AWSQueueService/Requests-Tier1';
    expect(used('Queue', item)).toBe(amountOf(queueOnly, 'Queue', item, load, profile));
    expect(used('Handler', 'AWSLambda/Request')).toBe(amountOf(queueOnly, 'Handler', 'AWSLambda/Request', load, profile));
  });
});

test('an idle desk costs the requests of pollers that find nothing, 26 cents a month, and its alarms', () => {
  const idle = (resources: Resources) => estimateOf(resources, { eventsPerMonth: 0 }).total.toNumber();
  expect(idle(atDesk) - idle(queueOnly)).toBeCloseTo((657_000 / 1_000_000) * 0.4, 6);
  expect(idle({ ...atDesk, DeskAlarm: groupAlarm(), IntakeAlarm: aging('ParkingLot') }) - idle(atDesk)).toBeCloseTo(2 * 0.1, 6);
});
