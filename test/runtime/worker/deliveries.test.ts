import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PermanentError, type WorkerOptions } from '../../../lib/runtime';
import { tablesInMemory } from '../../support/in-memory-table/tables';
import { bench, envelope, NOW, PARKING_LOT_URL, RecordedClient, sqsRecord, texts } from './worker-bench';

const REFUSED: WorkerOptions<unknown> = {
  handle: () => {
    throw new PermanentError('no');
  },
};
const redriven = { BreakwaterParkedAt: { dataType: 'String' as const, stringValue: '2026-05-01T11:00:00.000Z' } };

/** A table whose record stands in the way of parking. */
const standing = (item: Record<string, { S: string }> | undefined) =>
  new RecordedClient(() => {
    throw new ConditionalCheckFailedException({ message: 'no', $metadata: {}, ...(item && { Item: item }) });
  }) as never;

describe('parking beside a record that stands', () => {
  const parked = { status: { S: 'PARKED' }, parked_at: { S: '2026-05-01T10:00:00.000Z' }, parked_reason: { S: 'budget_spent' } };
  const hash = { S: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b' };
  const conflict = {
    BreakwaterReason: 'conflict',
    BreakwaterErrorName: 'IdempotencyConflictError',
    BreakwaterErrorMessage: 'an event with this idempotency key was seen before with another payload',
  };

  test.each<[string, Record<string, { S: string }>, Record<string, string>]>([
    [
      'of the same event keeps the time by which its first copy is known',
      { ...parked, validation: hash },
      { BreakwaterParkedAt: '2026-05-01T10:00:00.000Z', BreakwaterReason: 'permanent', BreakwaterErrorMessage: 'no' },
    ],
    [
      'of another payload says so, under the time of that one',
      { ...parked, validation: { S: 'other' } },
      { BreakwaterParkedAt: '2026-05-01T10:00:00.000Z', ...conflict },
    ],
    [
      'of another payload that is done says so',
      { status: { S: 'COMPLETED' }, validation: { S: 'other' } },
      { BreakwaterParkedAt: new Date(NOW).toISOString(), ...conflict },
    ],
  ])('%s', async (_name, record, expected) => {
    const { run, sqs } = bench(REFUSED, { dynamoDb: standing(record) });
    await expect(run([sqsRecord({ body: envelope(1) })])).resolves.toEqual({ batchItemFailures: [] });
    expect(sqs.sent).toEqual([
      {
        name: 'SendMessage',
        input: expect.objectContaining({ QueueUrl: PARKING_LOT_URL, MessageAttributes: expect.objectContaining(texts(expected)) }),
      },
    ]);
  });

  test('that is not told leaves the message on the queue', async () => {
    const { run, sqs, telemetry } = bench(REFUSED, { dynamoDb: standing(undefined) });
    const record = sqsRecord({ body: envelope(1) });
    await expect(run([record])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: record.messageId }] });
    expect(sqs.sent.map(({ name }) => name)).toEqual(['ChangeMessageVisibility']);
    expect(telemetry.counts).toEqual({ Retried: 1 });
    expect(telemetry.lines[0]).toMatchObject({
      ...{ level: 'error', message: 'could not be parked' },
      extra: { idempotencyKey: 'stripe#evt_1', reason: 'permanent', error: { name: 'ConditionalCheckFailedException' } },
    });
  });

  test('does not happen for a busy table', async () => {
    const busy = new RecordedClient(() => {
      throw Object.assign(new Error('slow down'), { name: 'ThrottlingException', Item: { status: { S: 'COMPLETED' } } });
    });
    const { run, sqs } = bench(REFUSED, { dynamoDb: busy as never });
    await run([sqsRecord({ body: envelope(1) })]);
    expect(sqs.sent.map(({ name }) => name)).toEqual(['ChangeMessageVisibility']);
  });
});

describe('a message without a key', () => {
  test.each([
    ['that can not be read', { breakwater: 2 }],
    ['whose body nobody can read', { contentType: 'application/json', body: { encoding: 'utf8', data: '{' } }],
  ])('%s is parked without a record when it has none', async (_name, parts) => {
    const dynamoDb = new RecordedClient();
    const { run, sqs } = bench(REFUSED, { dynamoDb: dynamoDb as never });
    await run([sqsRecord({ body: envelope(1, parts), messageAttributes: redriven })]);
    expect(sqs.named('SendMessage')).toHaveLength(1);
    expect(dynamoDb.sent).toHaveLength('breakwater' in parts ? 0 : 1);
  });

  test('because idempotencyKey gave none says so, and leaves no record', async () => {
    const dynamoDb = new RecordedClient();
    const { run, sqs } = bench({ ...REFUSED, idempotencyKey: () => '' }, { dynamoDb: dynamoDb as never });
    await run([sqsRecord({ body: '{}' })]);
    expect(dynamoDb.sent).toEqual([]);
    expect(sqs.named('SendMessage')[0]!.MessageAttributes).toMatchObject(
      texts({ BreakwaterErrorMessage: 'what idempotencyKey of the worker returned is not a non-empty string' }),
    );
  });
});

test.each([
  ['by the id of its message', {}, 'message-1'],
  ['by what it was parked with before', { BreakwaterCorrelationId: { dataType: 'String' as const, stringValue: 'c-7' } }, 'c-7'],
])('a message that can not be read is followed %s', async (_name, messageAttributes, correlationId) => {
  const { run, sqs, telemetry } = bench(REFUSED);
  await run([sqsRecord({ body: envelope(1, { breakwater: 2 }), messageId: 'message-1', messageAttributes })]);
  expect(sqs.named('SendMessage')[0]!.MessageAttributes).toMatchObject(texts({ BreakwaterCorrelationId: correlationId }));
  expect(telemetry.lines.map((line) => line.correlationId)).toEqual([correlationId]);
});

test('a message that waits for its group on its last receive is not sent again: the copy would come after its successors', async () => {
  const { run, sqs } = bench({
    handle: (event) => {
      if (event === 'a1') throw new Error('later');
    },
  });
  const inGroup = (id: string, receives: number) => sqsRecord({ body: envelope(id, { id }), group: 'a', receives });
  const [first, second] = [inGroup('a1', 1), inGroup('a2', 3)];
  await expect(run([first, second])).resolves.toEqual({
    batchItemFailures: [first, second].map(({ messageId }) => ({ itemIdentifier: messageId })),
  });
  expect(sqs.sent.map(({ name, input }) => [name, input.ReceiptHandle, input.VisibilityTimeout])).toEqual([
    ['ChangeMessageVisibility', first.receiptHandle, 5],
    ['ChangeMessageVisibility', second.receiptHandle, 0],
  ]);
});

describe('an operator reads of each message what became of it', () => {
  const about = (attempt: number, more: object = {}) => ({ idempotencyKey: 'stripe#evt_1', attempt, ...more });
  const later = new Error('later');
  const failing: WorkerOptions<unknown> = {
    handle: () => {
      throw later;
    },
  };
  const denied = new Error('denied');
  const denying = new RecordedClient(() => {
    throw denied;
  });
  const told = async (worker: ReturnType<typeof bench>, parts: Partial<Parameters<typeof sqsRecord>[0]> = {}) => {
    await worker.run([sqsRecord({ body: envelope(1), ...parts })]);
    expect(worker.telemetry.lines.map(({ correlationId }) => correlationId)).toEqual(worker.telemetry.lines.map(() => 'correlation-1'));
    return worker.telemetry.lines.map(({ level, message, extra }) => [level, message, extra]);
  };

  test('done', async () => {
    expect(await told(bench({ handle: () => {} }))).toEqual([['debug', 'done', about(1)]]);
  });

  test('duplicate', async () => {
    const tables = tablesInMemory();
    await tables.createTable('idempotency');
    const worker = bench({ handle: () => {} }, { dynamoDb: tables.client });
    await told(worker);
    expect((await told(worker)).at(-1)).toEqual(['debug', 'duplicate', about(1)]);
  });

  test('conflict', async () => {
    const tables = tablesInMemory();
    await tables.createTable('idempotency');
    const worker = bench({ handle: () => {} }, { dynamoDb: tables.client });
    await told(worker);
    const error = expect.objectContaining({ name: 'IdempotencyConflictError' });
    expect((await told(worker, { body: envelope(2) })).at(-1)).toEqual(['error', 'parked', about(1, { reason: 'conflict', error })]);
  });

  test('parked', async () => {
    expect(await told(bench(failing), { receives: 3 })).toEqual([['error', 'parked', about(3, { reason: 'budget_spent', error: later })]]);
  });

  test('to be retried', async () => {
    expect(await told(bench(failing), { receives: 2 })).toEqual([['warn', 'to be retried', about(2, { delaySeconds: 10, error: later })]]);
    expect(await told(bench(failing, { sqs: denying }))).toEqual([
      ['warn', 'to be retried', expect.anything()],
      ['warn', 'the backoff could not be set', { error: denied }],
    ]);
  });

  test('left to the redrive of the queue', async () => {
    const messageAttributes = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`own-${index}`, { dataType: 'String' as const, stringValue: 'x' }]),
    );
    expect(await told(bench(failing), { receives: 3, messageAttributes })).toEqual([
      [
        'error',
        "no room for the cause of parking: left to the queue's redrive",
        { idempotencyKey: 'stripe#evt_1', reason: 'budget_spent', error: later },
      ],
      ['warn', 'to be retried', expect.anything()],
    ]);
  });

  test('not started', async () => {
    let now = NOW;
    const clock = { now: () => now, random: () => 0.5, after: () => () => {} };
    const slow = () => {
      now += 1_000;
    };
    const worker = bench({ handle: slow }, { clock, sqs: denying });
    const batch = Array.from({ length: 11 }, (_, id) => sqsRecord({ body: envelope(id, { id: `evt_${id}` }), receives: 2 }));
    await worker.run(batch, 12_000);
    expect(worker.telemetry.lines.filter(({ level }) => level !== 'debug')).toEqual([
      {
        ...{ level: 'info', message: 'not started', correlationId: 'correlation-1' },
        extra: { idempotencyKey: 'stripe#evt_10', attempt: 2 },
      },
      { level: 'warn', message: 'could not be given back early', correlationId: 'correlation-1', extra: { error: denied } },
    ]);
  });
});

describe('what a handler does', () => {
  test('tells of its event: what it emits names cause, correlation and time', async () => {
    const dynamoDb = new RecordedClient();
    const { run } = bench(
      { handle: (_event, { transaction }) => transaction.emit({ name: 'paid', version: 1, source: 'acme' }, { id: 1 }) },
      { dynamoDb: dynamoDb as never },
    );
    await run([sqsRecord({ body: envelope(1) })]);
    const [, { Put }] = dynamoDb.sent[0]!.input.TransactItems as [
      unknown,
      { Put: { TableName: string; Item: Record<string, { M: Record<string, { S: string }> }> } },
    ];
    expect(Put.TableName).toBe('idempotency');
    expect(Put.Item.outbox!.M).toMatchObject({
      causedBy: { S: 'stripe#evt_1' },
      correlationId: { S: 'correlation-1' },
      occurredAt: { S: new Date(NOW).toISOString() },
    });
  });

  test.each([
    ['while it has time', 30_000, 30_000],
    ['in its last moment', 0, 1],
  ])('outside %s is leased until the function is dead', async (_name, remaining, milliseconds) => {
    const tables = tablesInMemory();
    await tables.createTable('idempotency');
    const leases: unknown[] = [];
    const send = async (command: { input: { TransactItems?: { Put?: { Item: Record<string, { N: string }> } }[] } }) => {
      const lease = command.input.TransactItems?.[1]?.Put?.Item.in_progress_expiration?.N;
      if (lease !== undefined) leases.push(Number(lease));
      return tables.client.send(command as never);
    };
    const dynamoDb = Object.assign(Object.create(tables.client), { send });
    jest.spyOn(Date, 'now').mockImplementation(() => NOW);
    try {
      const { run } = bench(
        { handle: async (_event, { external }) => void (await external('charge', async () => 'receipt')) },
        { dynamoDb },
      );
      await run([sqsRecord({ body: envelope(1) })], remaining);
    } finally {
      jest.restoreAllMocks();
    }
    expect(leases).toEqual([NOW + milliseconds]);
  });

  test('begins nothing when its event was read too late', async () => {
    let goOn = () => {};
    const reading = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let ran = false;
    const schema = {
      '~standard': { version: 1 as const, vendor: 'slow', validate: async (value: unknown) => reading.then(() => ({ value })) },
    };
    const { run } = bench({
      handle: () => {
        ran = true;
      },
      schema,
    });
    const record = sqsRecord({ body: envelope(1) });
    await expect(run([record], 100)).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: record.messageId }] });
    goOn();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toBe(false);
  });
});

describe('the time of an invocation', () => {
  /** A worker on a clock that moves only when it waits; its table is busy for ever. */
  function busy(remaining: number) {
    let now = NOW;
    const limits: number[] = [];
    const dynamoDb = new RecordedClient(() => {
      throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    });
    const clock = {
      now: () => now,
      random: () => 1,
      after: (milliseconds: number, callback: () => void) => {
        if (limits.push(milliseconds) > 1) {
          now += milliseconds;
          setImmediate(callback);
        }
        return () => {};
      },
    };
    const { run } = bench({ handle: () => {} }, { dynamoDb: dynamoDb as never, clock });
    return { ran: run([sqsRecord({ body: envelope(1) })], remaining), limits, tries: () => dynamoDb.sent.length };
  }

  test.each([
    [30_000, 27_000],
    [12_000, 9_000],
    [1_000, 750],
  ])('of %d ms gives handlers %d', async (remaining, milliseconds) => {
    const { ran, limits } = busy(remaining);
    await ran;
    expect(limits[0]).toBe(milliseconds);
  });

  test.each([
    ['nothing is tried against the table in the last eighth', 57, 1],
    ['a try that ends before is made', 58, 2],
  ])('%s', async (_name, remaining, tries) => {
    // The first delay is 50 ms: of 57 ms there are 49.9 until then, of 58 ms 50.75.
    const worker = busy(remaining);
    await worker.ran;
    expect(worker.tries()).toBe(tries);
  });
});
