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
function relay(answer: (data: unknown, request: number) => string | undefined, sqs = new RecordedClient(), milliseconds = 30_000) {
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
  const run = (...records: DynamoDBRecord[]) => handler({ Records: records }, { getRemainingTimeInMillis: () => milliseconds } as Context);
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

test.each([
  ...['MalformedDetail', 'InvalidArgument', 'NotAuthorizedForSource', 'NotAuthorizedForSourceException'],
  ...['NotAuthorizedForDetailType', 'NotAuthorizedForDetailTypeException', 'ValidationException'],
])('%s is no matter of time', async (code) => {
  const { run, published, telemetry } = relay(() => code);
  await expect(run(streamRecord('a'))).resolves.toEqual(PUBLISHED);
  expect(published()).toEqual([['a']]);
  expect(telemetry.counts).toEqual({ Parked: 1, 'Parked:permanent': 1 });
});

test('an entry that the bus does not answer for is not taken for published', async () => {
  const answers: object[] = [{ Entries: [{}] }, {}, { Entries: [{}] }];
  const sent: number[] = [];
  const eventBridge: EventPublisher = {
    putEvents: async ({ Entries }) => {
      sent.push(Entries.length);
      return answers.shift() ?? {};
    },
  };
  const telemetry = recordedTelemetry();
  const after = (_milliseconds: number, callback: () => void) => {
    setImmediate(callback);
    return () => {};
  };
  const clock = { now: () => NOW, random: () => 0, after };
  const handler = createOutboxRelay({
    ...{ eventBridge, sqs: new RecordedClient() as never, eventBusName: 'bus', parkingLotUrl: PARKING_LOT_URL, functionName: 'relay' },
    ...{ telemetry, clock },
  });
  const event = { Records: [streamRecord('a'), streamRecord('b')] };
  await expect(handler(event, { getRemainingTimeInMillis: () => 30_000 } as Context)).resolves.toEqual(PUBLISHED);
  expect(sent).toEqual([2, 1, 1]);
  expect(telemetry.counts).toMatchObject({ Published: 2 });
  await handler({ Records: [streamRecord('c')] }, { getRemainingTimeInMillis: () => 30_000 } as Context);
  expect(telemetry.lines).toMatchObject([{ level: 'warn', extra: { error: { name: 'NoAnswer' } } }]);
});

test('is not tried again when half of the time is used up', async () => {
  // The first delay is 50 ms.
  const late = relay(() => 'ThrottlingException', undefined, 100);
  await expect(late.run(streamRecord('a'))).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: 'sequence-a' }] });
  expect(late.published()).toEqual([['a']]);
  const early = relay(() => 'ThrottlingException', undefined, 102);
  await early.run(streamRecord('a'));
  expect(early.published().length).toBeGreaterThan(1);
});

test('says of what was not published which event it is and why, and nothing of its data', async () => {
  const gone = new RecordedClient(() => {
    throw new Error('gone');
  });
  for (const [code, sqs, level, message] of [
    ['ThrottlingException', new RecordedClient(), 'warn', 'not published, to be retried'],
    ['MalformedDetail', new RecordedClient(), 'error', 'parked'],
    ['MalformedDetail', gone, 'error', 'could not be parked'],
  ] as const) {
    const { run, telemetry } = relay(() => code, sqs);
    await run(streamRecord(`${'x'.repeat(18)}secret`));
    const line = telemetry.lines.find((one) => one.level === level);
    expect(line?.message).toBe(message);
    expect(line?.extra).toMatchObject({ eventId: expect.stringMatching(/^[0-9a-f-]{36}$/), error: expect.any(Error) });
    expect(JSON.stringify(telemetry.lines)).not.toContain('secret');
  }
});

test('a refusal of the whole request is kept as the cause', async () => {
  const { run, telemetry } = relay(() => 'throw ValidationException');
  await run(streamRecord('a'));
  expect(telemetry.lines.find(({ level }) => level === 'error')?.extra).toMatchObject({
    reason: 'permanent',
    error: { name: 'PermanentError', message: 'refused', cause: { name: 'ValidationException' } },
  });
});

test('a request holds 256 KB of detail, source and type, and 14 bytes for the time of each', async () => {
  const sizeOf = ({ dynamodb }: DynamoDBRecord) => {
    const fields = dynamodb!.NewImage!.outbox!.M as Record<string, { S: string }>;
    return Buffer.byteLength(fields.detail!.S) + Buffer.byteLength(fields.source!.S) + Buffer.byteLength(fields.detailType!.S) + 14;
  };
  const first = streamRecord('x'.repeat(100_000));
  const rest = 256 * 1024 - sizeOf(first) - sizeOf(streamRecord(''));
  const shift = sizeOf(streamRecord('yyyyyyyyyyyyyyyyyyyyyyyyyy')) - sizeOf(streamRecord('')) - 26;
  const filling = (bytes: number) => streamRecord('y'.repeat(bytes - shift));
  expect(sizeOf(first) + sizeOf(filling(rest))).toBe(256 * 1024);
  const exact = relay(() => undefined);
  await exact.run(first, filling(rest));
  expect(exact.requests.map(({ Entries }) => Entries.length)).toEqual([2]);
  const over = relay(() => undefined);
  await over.run(first, filling(rest + 1));
  expect(over.requests.map(({ Entries }) => Entries.length)).toEqual([1, 1]);
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
  await expect(earlier.run(streamRecord('a', { age: 6 * 3600 }))).resolves.toEqual({
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
