import type { Context, DynamoDBRecord } from 'aws-lambda';
import { createOutboxRelay, type EventPublisher } from '../../../lib/runtime';
import { outboxPut } from '../../../lib/runtime/outbox/outbox';
import { NOW, PARKING_LOT_URL, RecordedClient, recordedTelemetry } from '../worker/worker-bench';

type Answer = Awaited<ReturnType<EventPublisher['putEvents']>>;
type Requests = Parameters<EventPublisher['putEvents']>[0][];

function streamRecord(
  data: unknown,
  { eventName = 'INSERT', age = 5 }: { eventName?: 'INSERT' | 'MODIFY' | 'REMOVE'; age?: number } = {},
): DynamoDBRecord {
  const contract = { name: 'payment.recorded', version: 1, source: 'acme.payments' };
  const outbox = {
    tableName: 't',
    retentionSeconds: 100,
    causedBy: `stripe#${data}`.slice(0, 20),
    correlationId: `c-${data}`.slice(0, 20),
    nowMilliseconds: NOW - 250,
  };
  return {
    eventName,
    dynamodb: {
      NewImage: outboxPut(contract, data, 0, outbox).Item as never,
      SequenceNumber: `sequence-${data}`,
      ApproximateCreationDateTime: NOW / 1000 - age,
    },
  };
}

/** A relay whose bus answers each event by its data. */
function relay(answer: (data: unknown, request: number) => string | undefined, sqs = new RecordedClient()) {
  const requests: Requests = [];
  const telemetry = recordedTelemetry();
  const eventBridge: EventPublisher = {
    putEvents: async (input) => {
      requests.push(input);
      const Entries = input.Entries.map(({ Detail }): NonNullable<Answer['Entries']>[number] => {
        const code = answer(JSON.parse(Detail).data, requests.length);
        if (code?.startsWith('throw ')) throw Object.assign(new Error('refused'), { name: code.slice(6), $metadata: {} });
        return code === undefined ? {} : { ErrorCode: code, ErrorMessage: `refused by the bus` };
      });
      return { Entries };
    },
  };
  const handler = createOutboxRelay({
    eventBridge,
    sqs: sqs as never,
    eventBusName: 'bus',
    parkingLotUrl: PARKING_LOT_URL,
    functionName: 'relay',
    telemetry,
    clock: {
      now: () => NOW,
      random: () => 0.5,
      after: (_milliseconds, callback) => {
        const immediate = setImmediate(callback);
        return () => clearImmediate(immediate);
      },
    },
  });
  const run = (...records: DynamoDBRecord[]) => handler({ Records: records }, { getRemainingTimeInMillis: () => 30_000 } as Context);
  return {
    run,
    requests,
    sqs,
    telemetry,
    published: () => requests.map(({ Entries }) => Entries.map(({ Detail }) => JSON.parse(Detail).data)),
  };
}

const PUBLISHED = { batchItemFailures: [] };

test('publishes what was emitted, and only that', async () => {
  const { run, requests, telemetry } = relay(() => undefined);
  const other: DynamoDBRecord = { eventName: 'INSERT', dynamodb: { NewImage: { id: { S: 'stripe#evt_1' } }, SequenceNumber: '1' } };
  await expect(
    run(other, streamRecord('a'), streamRecord('gone', { eventName: 'REMOVE' }), streamRecord('b', { eventName: 'MODIFY' })),
  ).resolves.toEqual(PUBLISHED);
  expect(requests).toEqual([
    {
      Entries: ['a', 'b'].map(() => ({
        EventBusName: 'bus',
        Source: 'acme.payments',
        DetailType: 'payment.recorded',
        Detail: expect.any(String),
        Time: new Date(NOW - 250),
      })),
    },
  ]);
  expect(telemetry.counts).toEqual({ Published: 2, RelayTime: 250 });
});

test('sends ten in a request, and no more than every bus takes', async () => {
  const { run, published } = relay(() => undefined);
  await run(...Array.from({ length: 12 }, (_, index) => streamRecord(index)));
  expect(published().map((request) => request.length)).toEqual([10, 2]);
  const large = relay(() => undefined);
  await large.run(...['x', 'y', 'z'].map((letter) => streamRecord(letter.repeat(100_000))));
  expect(large.published().map((request) => request.length)).toEqual([2, 1]);
});

test('tries again what the bus refused for the moment, and only that', async () => {
  const { run, published } = relay((data, request) => (data === 'b' && request === 1 ? 'ThrottlingException' : undefined));
  await expect(run(streamRecord('a'), streamRecord('b'), streamRecord('c'))).resolves.toEqual(PUBLISHED);
  expect(published()).toEqual([['a', 'b', 'c'], ['b']]);
});

test('tries again when the bus could not be reached', async () => {
  const { run, published } = relay((_data, request) => (request === 1 ? 'throw TimeoutError' : undefined));
  await expect(run(streamRecord('a'))).resolves.toEqual(PUBLISHED);
  expect(published()).toEqual([['a'], ['a']]);
});

test('parks what the bus refuses for good, with its cause, and goes on', async () => {
  const { run, sqs, telemetry } = relay((data) => (data === 'b' ? 'MalformedDetail' : undefined));
  await expect(run(streamRecord('a'), streamRecord('b'), streamRecord('c'))).resolves.toEqual(PUBLISHED);
  expect(telemetry.counts).toMatchObject({ Published: 2, Parked: 1, 'Parked:permanent': 1 });
  expect(sqs.sent).toEqual([
    {
      name: 'SendMessage',
      input: expect.objectContaining({ QueueUrl: PARKING_LOT_URL, MessageBody: expect.stringContaining('"causedBy":"stripe#b"') }),
    },
  ]);
  expect(sqs.sent[0]!.input.MessageAttributes).toMatchObject({
    BreakwaterErrorName: { StringValue: 'MalformedDetail' },
    BreakwaterErrorMessage: { StringValue: 'refused by the bus' },
    BreakwaterCorrelationId: { StringValue: 'c-b' },
  });
});

test('a request that is refused as a whole is sent one by one', async () => {
  const { run, telemetry, published } = relay((data) => (data === 'b' ? 'throw ValidationException' : undefined));
  await expect(run(streamRecord('a'), streamRecord('b'), streamRecord('c'))).resolves.toEqual(PUBLISHED);
  expect(telemetry.counts).toMatchObject({ Published: 2, 'Parked:permanent': 1 });
  expect(published().slice(1)).toEqual([['a'], ['b'], ['c']]);
});

test('what is still refused is given back to the stream from there on, and nothing after it is touched', async () => {
  const { run, published, telemetry } = relay((data) => (data === 3 ? 'ThrottlingException' : undefined));
  const records = Array.from({ length: 12 }, (_, index) => streamRecord(index));
  await expect(run(...records)).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: 'sequence-3' }] });
  expect(published().map((request) => request.length)).toEqual([10, 1, 1, 1]);
  expect(telemetry.counts).toMatchObject({ Published: 3 });
});

test('what could not be published for six hours is parked, so that the stream goes on', async () => {
  const { run, telemetry } = relay((data) => (data === 'a' ? 'throw AccessDeniedException' : undefined));
  await expect(run(streamRecord('a', { age: 6 * 3600 + 1 }), streamRecord('b'))).resolves.toEqual(PUBLISHED);
  expect(telemetry.counts).toMatchObject({ Published: 1, 'Parked:budget_spent': 1 });
  const earlier = relay(() => 'throw AccessDeniedException');
  await expect(earlier.run(streamRecord('a', { age: 6 * 3600 - 1 }))).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: 'sequence-a' }],
  });
});

test('what can not be parked either is given back to the stream', async () => {
  const sqs = new RecordedClient(() => {
    throw new Error('gone');
  });
  const { run, telemetry } = relay(() => 'MalformedDetail', sqs);
  await expect(run(streamRecord('a'))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: 'sequence-a' }] });
  expect(telemetry.counts).toEqual({});
});
