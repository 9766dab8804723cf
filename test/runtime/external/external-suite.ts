import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { type ExternalOptions, type HandlerContext, PermanentError, RetryAfterError } from '../../../lib/runtime';
import type { Tables } from '../../support/in-memory-table/tables';
import { bench, envelope, NOW, sqsRecord } from '../worker/worker-bench';

interface Charge {
  readonly id: string;
}

/** A provider that remembers what was done under each key, and answers as it is told. */
class Provider {
  readonly done: string[] = [];
  answer: (key: string) => unknown = (key) => `receipt of ${key.length}`;

  charge = async (key: string): Promise<unknown> => {
    this.done.push(key);
    return this.answer(key);
  };
}

export function externalEffects(local: () => Tables): void {
  let round = 0;
  let id = '';
  let now = NOW;
  let provider = new Provider();
  const clock = {
    now: () => now,
    random: () => 0.5,
    after: (milliseconds: number, callback: () => void) => {
      const timer = setTimeout(callback, Math.min(milliseconds, 1_500));
      return () => clearTimeout(timer);
    },
  };
  const record = (parts: Partial<Parameters<typeof sqsRecord>[0]> = {}, event: object = {}) =>
    sqsRecord({ body: envelope({ id, ...event }, { id }), ...parts });
  const item = async (key: string, tableName = 'idempotency') => {
    const { Item } = await local().client.send(new GetItemCommand({ TableName: tableName, Key: { id: { S: key } }, ConsistentRead: true }));
    return Item && unmarshall(Item);
  };
  const step = () => item(`stripe#${id}#step#charge`);

  /** Charges, then writes down the receipt. */
  function worker(
    options: ExternalOptions<unknown> = {},
    wrap: (run: () => Promise<unknown>) => Promise<unknown> = (run) => run(),
    client = local().client,
  ) {
    return bench<Charge>(
      {
        handle: async (event, { transaction, external }) => {
          const receipt = await wrap(() => external('charge', provider.charge, options));
          transaction.put({ TableName: 'receipts', Item: { id: event.id, receipt } });
        },
      },
      { dynamoDb: client, clock },
    );
  }
  function counted() {
    const { client } = local();
    let requests = 0;
    const send = (command: UpdateItemCommand) => {
      requests++;
      return client.send(command);
    };
    return {
      client: { config: client.config, middlewareStack: client.middlewareStack, send } as unknown as typeof client,
      requests: () => requests,
    };
  }
  const receipt = async () => (await item(id, 'receipts'))?.receipt;

  beforeAll(async () => {
    for (const table of ['idempotency', 'receipts']) await local().createTable(table);
  });
  beforeEach(() => {
    id = `evt_${++round}`;
    now = NOW;
    provider = new Provider();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  test('the provider gets a key, the transaction its result', async () => {
    const { run, telemetry } = worker();
    await expect(run([record()])).resolves.toEqual({ batchItemFailures: [] });
    expect(provider.done).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(await receipt()).toBe('receipt of 36');
    expect(await step()).toMatchObject({ status: 'COMPLETED', data: 'receipt of 36', expiration: NOW / 1000 + 1_000_000, called_at: NOW });
    expect(telemetry.counts).toMatchObject({ Done: 1 });
  });

  test('a later run gets the kept result, as JSON carries it, in the first run already', async () => {
    const seen: unknown[] = [];
    provider.answer = () => ({ at: new Date(0), gone: undefined });
    const failing = bench<Charge>(
      {
        handle: async (_event, { external }) => {
          seen.push(await external('charge', provider.charge));
          throw new Error('later');
        },
      },
      { dynamoDb: local().client, clock },
    );
    await failing.run([record()]);
    await failing.run([record()]);
    expect(seen).toEqual([{ at: '1970-01-01T00:00:00.000Z' }, { at: '1970-01-01T00:00:00.000Z' }]);
    expect(provider.done).toHaveLength(1);
  });

  test('a duplicate of a done event does not reach the provider', async () => {
    const { run, telemetry } = worker();
    await run([record()]);
    await run([record()]);
    expect(provider.done).toHaveLength(1);
    expect(telemetry.counts).toMatchObject({ Done: 1, Duplicate: 1 });
  });

  test('a parked event begins no external effect, until it is redriven; then the provider gets the same key', async () => {
    provider.answer = () => {
      throw new PermanentError('card refused');
    };
    const refused = worker();
    await refused.run([record()]);
    const attributes = refused.sqs.named('SendMessage')[0]!.MessageAttributes as Record<string, { StringValue: string }>;
    provider.answer = () => 'receipt';
    const { run, telemetry } = worker();
    await run([record()]);
    expect(provider.done).toHaveLength(1);
    expect(telemetry.counts).toMatchObject({ 'Parked:permanent': 1 });
    const messageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, { StringValue }]) => [name, { dataType: 'String' as const, stringValue: StringValue }]),
    );
    await run([record({ messageAttributes })]);
    expect(new Set(provider.done).size).toBe(1);
    expect(provider.done).toHaveLength(2);
    expect(await receipt()).toBe('receipt');
  });

  test.each<[string, () => unknown]>([
    ['the provider refused', () => new PermanentError('no')],
    ['the provider asked to wait', () => new RetryAfterError(5)],
    ['the provider answered 429', () => Object.assign(new Error('slow down'), { status: 429 })],
    ['the provider answered 402', () => Object.assign(new Error('card'), { response: { status: 402 } })],
    ['the connection was refused', () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['fetch found no host', () => new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } })],
  ])('when %s, nothing happened: the lease is given back', async (_name, error) => {
    provider.answer = () => {
      throw error();
    };
    await worker().run([record()]);
    expect(provider.done).toHaveLength(1);
    expect(await step()).toBeUndefined();
  });

  const unknown: [string, () => unknown][] = [
    ['the connection was lost', () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['the provider failed', () => Object.assign(new Error('oops'), { statusCode: 500 })],
    ['the key was in use', () => Object.assign(new Error('conflict'), { $metadata: { httpStatusCode: 409 } })],
    ['something else was thrown', () => 'text'],
    ['nothing was thrown', () => undefined],
  ];
  test.each(unknown)('when %s, the outcome is unknown: the next run parks the event for a person', async (_name, error) => {
    provider.answer = () => {
      throw error();
    };
    const { run, sqs, telemetry } = worker();
    const first = record();
    await expect(run([first])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: first.messageId }] });
    expect(await step()).toMatchObject({ status: 'INPROGRESS', in_progress_expiration: 0 });
    await expect(run([record({ receives: 2 })])).resolves.toEqual({ batchItemFailures: [] });
    expect(provider.done).toHaveLength(1);
    expect(telemetry.counts).toMatchObject({ Retried: 1, 'Parked:permanent': 1 });
    expect(sqs.named('SendMessage')[0]!.MessageAttributes).toMatchObject({
      BreakwaterErrorName: { StringValue: 'UnknownOutcomeError' },
      BreakwaterErrorMessage: { StringValue: expect.stringContaining(provider.done[0]!) },
    });
  });

  const lostAnswer = () => {
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  };

  test('confirm finds what happened: the provider is not called again', async () => {
    provider.answer = lostAnswer;
    await worker().run([record()]);
    const confirm = jest.fn(async (_key: string) => ({ done: true as const, result: 'found' }));
    await worker({ confirm }).run([record()]);
    expect(confirm.mock.calls).toEqual([[provider.done[0]]]);
    expect(provider.done).toHaveLength(1);
    expect(await receipt()).toBe('found');
    expect(await step()).toMatchObject({ status: 'COMPLETED', data: 'found' });
  });

  test('confirm finds that nothing happened: the provider is called again with the same key', async () => {
    provider.answer = lostAnswer;
    await worker().run([record()]);
    provider.answer = () => 'second';
    await worker({ confirm: async () => ({ done: false }) }).run([record()]);
    expect(provider.done).toHaveLength(2);
    expect(new Set(provider.done).size).toBe(1);
    expect(await receipt()).toBe('second');
  });

  test('confirm finds that nothing happened, and the provider refuses: the lease is given back', async () => {
    provider.answer = lostAnswer;
    await worker().run([record()]);
    provider.answer = () => {
      throw Object.assign(new Error('too many requests'), { status: 429 });
    };
    await worker({ confirm: async () => ({ done: false }) }).run([record()]);
    expect(provider.done).toHaveLength(2);
    expect(await step()).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ['whether it is done', 'status', 'IdempotencyInvalidStatusError'],
    ['until when it is held', 'in_progress_expiration', 'StepInProgressError'],
    ['when it began', 'called_at', 'UnknownOutcomeError'],
  ])('a record that does not say %s never lets its step begin', async (_name, attribute, error) => {
    provider.answer = lostAnswer;
    await worker({ providerRemembersSeconds: 3600 }).run([record()]);
    const { Item } = await local().client.send(
      new GetItemCommand({ TableName: 'idempotency', Key: { id: { S: `stripe#${id}#step#charge` } }, ConsistentRead: true }),
    );
    const { [attribute]: _gone, ...rest } = Item as Record<string, AttributeValue>;
    await local().client.send(new PutItemCommand({ TableName: 'idempotency', Item: rest }));
    now += 60_000;
    const { run, telemetry } = worker();
    await run([record()]);
    expect(provider.done).toHaveLength(1);
    expect(telemetry.lines[0]?.extra).toMatchObject({ error: { name: error } });
  });

  test('confirm that fails leaves the outcome unknown', async () => {
    provider.answer = lostAnswer;
    const { run, telemetry } = worker({ confirm: () => Promise.reject(new PermanentError('no such endpoint')) });
    await run([record()]);
    await run([record()]);
    expect(await step()).toMatchObject({ status: 'INPROGRESS', in_progress_expiration: 0 });
    expect(telemetry.counts).toMatchObject({ Retried: 1, 'Parked:permanent': 1 });
    expect(provider.done).toHaveLength(1);
  });

  test('while the provider surely remembers the key, it is asked by calling again; afterwards not', async () => {
    provider.answer = lostAnswer;
    const options = { providerRemembersSeconds: 3600 };
    await worker(options).run([record()]);
    now += 3_599_000;
    await worker(options).run([record()]);
    expect(provider.done).toHaveLength(2);
    now += 1_000;
    const { run, telemetry } = worker(options);
    await run([record()]);
    expect(provider.done).toHaveLength(2);
    expect(telemetry.counts).toMatchObject({ 'Parked:permanent': 1 });
  });

  test('a refused repetition does not forget that the first call may have been carried out', async () => {
    provider.answer = lostAnswer;
    const options = { providerRemembersSeconds: 3600 };
    await worker(options).run([record()]);
    provider.answer = () => {
      throw Object.assign(new Error('too many requests'), { status: 429 });
    };
    await worker(options).run([record()]);
    now += 3_600_000;
    const { run, telemetry } = worker(options);
    await run([record()]);
    expect(provider.done).toHaveLength(2);
    expect(telemetry.counts).toMatchObject({ 'Parked:permanent': 1 });
  });

  test('a handler that was given up while it waited for its lease does not reach the provider', async () => {
    const client = local().client;
    const held: (() => void)[] = [];
    const slow = {
      config: client.config,
      middlewareStack: client.middlewareStack,
      send: async (command: TransactWriteItemsCommand) => {
        const reply = await client.send(command);
        await new Promise<void>((resolve) => held.push(resolve));
        return reply;
      },
    };
    const { run } = worker({}, undefined, slow as never);
    await run([record()], 400);
    for (const release of held.splice(0)) release();
    await until(async () => held.length > 0);
    for (const release of held.splice(0)) release();
    expect(provider.done).toEqual([]);
    await until(async () => (await step()) === undefined);
  });

  test('a worker that died at the provider leaves a lease that holds until its function is surely dead', async () => {
    const confirm = jest.fn(async () => ({ done: true as const, result: 'found' }));
    provider.answer = () => new Promise(() => {});
    const dying = worker();
    void dying.run([record()], 10_000);
    await until(async () => provider.done.length === 1);
    now += 9_000;
    const early = worker({ confirm });
    const second = record();
    await expect(early.run([second])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: second.messageId }] });
    expect(early.sqs.named('ChangeMessageVisibility')).toEqual([expect.objectContaining({ VisibilityTimeout: 2 })]);
    expect(confirm).not.toHaveBeenCalled();
    now += 1_001;
    await early.run([record()]);
    expect(confirm).toHaveBeenCalledTimes(1);
    expect(await receipt()).toBe('found');
  });

  test.each([
    ['for the rest of the lease and a second more', 4_500, 7],
    ['a second at least', 10_000, 1],
  ])('another delivery waits %s', async (_name, passed, delay) => {
    provider.answer = () => new Promise(() => {});
    void worker().run([record()], 10_000);
    await until(async () => provider.done.length === 1);
    now += passed;
    const { run, sqs } = worker();
    await run([record()]);
    expect(provider.done).toHaveLength(1);
    expect(sqs.named('ChangeMessageVisibility')).toEqual([expect.objectContaining({ VisibilityTimeout: delay })]);
  });

  test('of two that come when the lease has ended, one goes on', async () => {
    provider.answer = lostAnswer;
    await worker().run([record()]);
    const confirm = jest.fn(async () => ({ done: true as const, result: 'found' }));
    const both = [worker({ confirm }), worker({ confirm })];
    await Promise.all(both.map(({ run }) => run([record()])));
    expect(confirm).toHaveBeenCalledTimes(1);
    expect(await receipt()).toBe('found');
  });

  test('a step whose record has expired is begun anew', async () => {
    const failing = bench<Charge>(
      {
        handle: async (_event, { external }) => {
          await external('charge', provider.charge);
          throw new Error('later');
        },
      },
      { dynamoDb: local().client, clock },
    );
    await failing.run([record()]);
    now += 1_000_001_000;
    await failing.run([record()]);
    expect(provider.done).toHaveLength(2);
  });

  test('a handler that was given up begins nothing more', async () => {
    let goOn = () => {};
    const hanging = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let late: Promise<unknown> | undefined;
    const table = counted();
    const { run } = bench<Charge>(
      {
        handle: async (_event, { external }) => {
          late = hanging.then(() => external('charge', provider.charge));
          await late;
        },
      },
      { dynamoDb: table.client, clock },
    );
    await run([record()], 100);
    const before = table.requests();
    goOn();
    await expect(late).rejects.toMatchObject({ name: 'HandlerTimeoutError' });
    expect(provider.done).toEqual([]);
    expect(table.requests()).toBe(before);
  });

  test('an attempt that outlived its lease neither overwrites what its successor recorded nor writes its own effect', async () => {
    let release: (value: string) => void = () => {};
    provider.answer = () => new Promise((resolve) => (release = resolve));
    const late = worker();
    const running = late.run([record()], 10_000);
    await until(async () => provider.done.length === 1);
    now += 10_001;
    await worker({ confirm: async () => ({ done: true, result: 'of the successor' }) }).run([record()]);
    release('of the zombie');
    await running;
    expect(await receipt()).toBe('of the successor');
    expect(await step()).toMatchObject({ data: 'of the successor' });
    expect(late.telemetry.counts.Done).toBeUndefined();
  });

  test('another payload under the same key never gets the result of the first', async () => {
    const failing = bench<Charge>(
      {
        handle: async (_event, { external }) => {
          await external('charge', provider.charge);
          throw new Error('later');
        },
      },
      { dynamoDb: local().client, clock },
    );
    await failing.run([record()]);
    const { run, telemetry } = worker();
    await run([record({}, { amount: 6 })]);
    expect(provider.done).toHaveLength(1);
    expect(telemetry.counts).toMatchObject({ 'Parked:conflict': 1 });
  });

  test('a handler that swallows that its step is unknown still writes nothing', async () => {
    provider.answer = lostAnswer;
    await worker().run([record()]);
    const { run, telemetry } = worker({}, (charge) => charge().catch(() => 'never mind'));
    await run([record()]);
    expect(await receipt()).toBeUndefined();
    expect(telemetry.counts).toMatchObject({ 'Parked:permanent': 1 });
  });

  test("a handler may take a provider's refusal as a result", async () => {
    provider.answer = () => {
      throw Object.assign(new Error('card'), { status: 402 });
    };
    await worker({}, (charge) => charge().catch((error: { status: number }) => error.status)).run([record()]);
    expect(await receipt()).toBe(402);
  });

  test.each([['a text'], [{ code: 7 }], [new Error('no answer')]])(
    'what the provider throws reaches the handler as it was thrown: %s',
    async (thrown) => {
      provider.answer = () => {
        throw thrown;
      };
      const caught: unknown[] = [];
      await worker({}, (charge) => charge().catch((error: unknown) => void caught.push(error))).run([record()]);
      expect(caught).toEqual([thrown]);
      expect(caught[0]).toBe(thrown);
    },
  );

  test('a result that can not be kept does not repeat the effect', async () => {
    provider.answer = () => 1n;
    const failing = bench<Charge>(
      {
        handle: async (_event, { external }) => {
          await external('charge', provider.charge);
          throw new Error('later');
        },
      },
      { dynamoDb: local().client, clock },
    );
    await failing.run([record()]);
    await failing.run([record()]);
    expect(provider.done).toHaveLength(1);
    expect(failing.telemetry.counts).toMatchObject({ Retried: 1, 'Parked:permanent': 1 });
  });

  test.each<[string, (external: HandlerContext['external']) => Promise<unknown>, string]>([
    [
      'two of one name',
      async (external) => [await external('charge', provider.charge), await external('charge', provider.charge)],
      'named charge',
    ],
    ['an empty name', (external) => external('', provider.charge), '1 to 200 characters, given 0'],
    ['a long name', (external) => external('x'.repeat(201), provider.charge), '1 to 200 characters, given 201'],
  ])('%s is refused for good', async (_name, handle, message) => {
    const { run, sqs } = bench<Charge>(
      { handle: async (_event, { external }) => void (await handle(external)) },
      { dynamoDb: local().client, clock },
    );
    await run([record()]);
    expect(sqs.named('SendMessage')[0]!.MessageAttributes).toMatchObject({
      BreakwaterErrorMessage: { StringValue: expect.stringContaining(message) },
    });
  });

  test('a name has 1 to 200 characters', async () => {
    const { run, telemetry } = bench<Charge>(
      {
        handle: async (_event, { external }) => {
          for (const name of ['x', 'x'.repeat(200)]) await external(name, provider.charge);
        },
      },
      { dynamoDb: local().client, clock },
    );
    await run([record()]);
    expect(new Set(provider.done).size).toBe(2);
    expect(telemetry.counts).toMatchObject({ Done: 1 });
  });

  test('is never run unprotected, whatever switches Powertools off', async () => {
    process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = 'true';
    try {
      const { run, telemetry } = worker();
      await run([record()]);
      expect(provider.done).toEqual([]);
      expect(telemetry.lines.find(({ level }) => level === 'warn')?.extra).toMatchObject({
        error: { message: 'POWERTOOLS_IDEMPOTENCY_DISABLED is set: an external effect is never run unprotected' },
      });
    } finally {
      delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
    }
  });

  test('lost replies and a busy table are not mistaken for other attempts', async () => {
    const client = local().client;
    let sends = 0;
    const lossy = {
      config: client.config,
      middlewareStack: client.middlewareStack,
      send: async (command: TransactWriteItemsCommand | UpdateItemCommand) => {
        const reply = await client.send(command as UpdateItemCommand);
        if (sends++ % 2 === 0) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        return reply;
      },
    };
    const { run, telemetry } = worker({}, undefined, lossy as never);
    await expect(run([record()])).resolves.toEqual({ batchItemFailures: [] });
    expect(provider.done).toHaveLength(1);
    expect(telemetry.counts).toMatchObject({ Done: 1 });
  });

  test('a lease whose reply was lost is known by its token, when the table has forgotten the request', async () => {
    const client = local().client;
    let replies = 0;
    const forgetful = {
      config: client.config,
      middlewareStack: client.middlewareStack,
      send: async (command: TransactWriteItemsCommand) => {
        const reply = await client.send(new TransactWriteItemsCommand({ ...command.input, ClientRequestToken: undefined }));
        if (replies++ === 0) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        return reply;
      },
    };
    await bench<Charge>(
      { handle: async (_event, { external }) => void (await external('charge', provider.charge)) },
      { dynamoDb: forgetful as never, clock },
    ).run([record()]);
    expect(replies).toBeGreaterThan(0);
    expect(provider.done).toHaveLength(1);
  });

  test('a kept result costs one request more, however long its lease is over', async () => {
    const table = counted();
    const failing = bench<Charge>(
      {
        handle: async (_event, { external }) => {
          await external('charge', provider.charge);
          throw new Error('later');
        },
      },
      { dynamoDb: table.client, clock },
    );
    await failing.run([record()]);
    now += 60_000;
    const before = table.requests();
    await failing.run([record()]);
    expect(table.requests()).toBe(before + 1);
  });

  test('a lease that can not be written is an error that says why', async () => {
    const refusing = {
      config: local().client.config,
      middlewareStack: local().client.middlewareStack,
      send: async () => {
        throw new TransactionCanceledException({
          message: 'cancelled',
          $metadata: {},
          CancellationReasons: [{ Code: 'None' }, { Code: 'ItemCollectionSizeLimitExceeded', Message: 'too many' }],
        });
      },
    };
    const { run, telemetry } = worker({}, undefined, refusing as never);
    await run([record()]);
    expect(provider.done).toEqual([]);
    expect(telemetry.lines.find(({ level }) => level === 'warn')?.extra).toMatchObject({
      error: { message: 'the lease could not be written: ItemCollectionSizeLimitExceeded: too many' },
    });
  });

  test('two deliveries at the same moment reach the provider once', async () => {
    const both: SQSRecord[] = [record(), record()];
    const { run } = worker();
    await Promise.all(both.map((one) => run([one])));
    expect(provider.done).toHaveLength(1);
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it never became true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
