import { ScanCommand, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { z } from 'zod';
import { createIdempotentApi, type IdempotentApiOptions, idempotentApi, RetryAfterError } from '../../../lib/runtime';
import { type AwsEndpoint, startAwsEndpoint } from '../../support/aws-endpoint';
import { tablesInMemory } from '../../support/in-memory-table/tables';
import { captureOutput } from '../../support/output';
import { NOW, recordedTelemetry } from '../worker/worker-bench';

const OPTIONS: IdempotentApiOptions<unknown> = { name: 'place-order', caller: () => 'caller', handle: () => ({ statusCode: 201 }) };

let now: number;
beforeEach(() => {
  now = NOW;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

/** An API whose table answers at once, and whose time is held: what was to happen later is noted, or is let happen by `elapse`. */
async function api(options: Partial<IdempotentApiOptions<never>> = {}, refuse: (command: object) => void = () => {}) {
  const { client, createTable } = tablesInMemory();
  for (const table of ['idempotency', 'stock']) await createTable(table);
  const telemetry = recordedTelemetry();
  const timers: { readonly milliseconds: number; readonly elapse: () => void }[] = [];
  const send = async (command: object) => {
    refuse(command);
    return client.send(command as never);
  };
  const handler = createIdempotentApi<never>({ ...OPTIONS, ...options } as IdempotentApiOptions<never>, {
    table: { tableName: 'idempotency', retentionSeconds: 86_400 },
    dynamoDb: Object.assign(Object.create(client), { send }),
    telemetry,
    clock: {
      now: () => now,
      random: () => 0,
      after: (milliseconds, elapse) => {
        timers.push({ milliseconds, elapse });
        return () => {};
      },
    },
  });
  const request = (parts: Partial<APIGatewayProxyEventV2> = {}, remaining = 10_000) =>
    handler(
      {
        ...{ rawPath: '/orders', rawQueryString: '', headers: { 'idempotency-key': 'key' }, body: '{}', isBase64Encoded: false },
        requestContext: { requestId: 'request-1', http: { method: 'POST' } },
        ...parts,
      } as unknown as APIGatewayProxyEventV2,
      { getRemainingTimeInMillis: () => remaining, awsRequestId: 'lambda-1' } as Context,
    );
  const items = async (table = 'idempotency') =>
    ((await client.send(new ScanCommand({ TableName: table }))).Items ?? []).map((item) => unmarshall(item));
  const failure = () => (telemetry.lines.find(({ level }) => level === 'error')?.extra as { error: Error } | undefined)?.error;
  return { request, telemetry, timers, items, failure };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 2_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it never became true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a caller reads what is wrong and what to do', () => {
  const answered = async (answer: Promise<{ body?: string; statusCode?: number }>) => JSON.parse((await answer).body!);
  const throwing = (error: unknown) => ({
    handle: () => {
      throw error;
    },
  });

  test('without a key, or with one that is too long', async () => {
    const { request } = await api();
    for (const headers of [{}, { 'idempotency-key': 'x'.repeat(256) }] as Record<string, string>[]) {
      expect(await answered(request({ headers }))).toEqual({
        status: 400,
        title: 'Idempotency-Key is missing or too long',
        detail: 'Send a key of 1 to 255 characters, and the same with every repetition.',
      });
    }
    await expect(request({ headers: { 'idempotency-key': 'x'.repeat(255) } })).resolves.toMatchObject({ statusCode: 201 });
  });

  test('when the body is refused', async () => {
    const { request } = await api({ schema: z.object({ amount: z.number() }) as never });
    const title = 'The request is not as it must be';
    expect(await answered(request({ body: '{' }))).toEqual({ status: 400, title, detail: 'the body is not JSON' });
    const refused = await answered(request());
    expect(refused).toMatchObject({ status: 400, title, detail: expect.stringMatching(/^the event was refused by its schema: amount: /) });
  });

  test('when the key was used before, or is in use', async () => {
    const { request } = await api();
    await request();
    expect(await answered(request({ body: '{"other":1}' }))).toEqual({
      ...{ status: 422, title: 'The key was used for another request', detail: 'Send a new Idempotency-Key with a new request.' },
    });
    const slow = await api({ handle: () => new Promise(() => {}) });
    void slow.request();
    await until(() => slow.timers.length > 0);
    now += 10_000;
    const second = await slow.request();
    expect(JSON.parse(second.body!)).toEqual({
      ...{ status: 409, title: 'The request is in progress', detail: 'Repeat it later under the same key.' },
    });
    expect(second.headers).toMatchObject({ 'retry-after': '1' });
    expect(slow.telemetry.counts).toEqual({ InProgress: 1 });
  });

  test.each<[string, unknown, object]>([
    ['to come back', new RetryAfterError(3), { status: 503, title: 'Not now', detail: 'Repeat the request under the same key.' }],
    [
      'of an error, whatever was its cause',
      new Error('broken', { cause: new RetryAfterError(3) }),
      { status: 500, title: 'The request failed', detail: 'Repeat it under the same key.' },
    ],
    ['of an error', new Error('broken'), { status: 500, title: 'The request failed', detail: 'Repeat it under the same key.' }],
    ['of what is no error', 'broken', { status: 500, title: 'The request failed', detail: 'Repeat it under the same key.' }],
  ])('when the handler speaks %s', async (_name, error, body) => {
    const { request, failure } = await api(throwing(error));
    expect(await answered(request())).toEqual(body);
    expect(failure()).toBeInstanceOf(Error);
    expect(failure()!.message).toBe(error instanceof Error ? error.message : 'broken');
    expect(failure()!.name).toBe(error instanceof Error ? error.name : 'Error');
  });

  test('when the state does not allow it', async () => {
    const { request } = await api({
      handle: (_body, { transaction }) => {
        transaction.check({ TableName: 'stock', Key: { id: 'a' }, ConditionExpression: 'attribute_exists(id)' });
        return { statusCode: 201 };
      },
    });
    expect(await answered(request())).toEqual({ status: 409, title: 'The state does not allow it', detail: 'Nothing was changed.' });
  });
});

test('the body is read by its content type', async () => {
  const seen: unknown[] = [];
  const { request } = await api({
    handle: (body) => {
      seen.push(body);
      return { statusCode: 200 };
    },
  });
  await request({ headers: { 'idempotency-key': '1', 'Content-Type': 'text/plain' }, body: 'hello' });
  await request({ headers: { 'idempotency-key': '2' }, body: '"hello"' });
  expect(seen).toEqual(['hello', 'hello']);
});

test('nothing is run unprotected, whatever switches Powertools off', async () => {
  let runs = 0;
  const { request, failure } = await api({
    handle: () => {
      runs++;
      return { statusCode: 200 };
    },
  });
  process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = 'true';
  try {
    await expect(request()).resolves.toMatchObject({ statusCode: 500 });
  } finally {
    delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
  }
  expect(runs).toBe(0);
  expect(failure()!.message).toBe('POWERTOOLS_IDEMPOTENCY_DISABLED is set: nothing is run unprotected');
});

test('an emitted event names the request as its cause and its time', async () => {
  const { request, items } = await api({
    handle: (_body, { transaction }) => {
      transaction.emit({ name: 'order.placed', version: 1, source: 'acme.orders' }, { id: 1 });
      return { statusCode: 201 };
    },
  });
  await expect(request()).resolves.toMatchObject({ statusCode: 201 });
  const [answer, event] = await items();
  expect(answer!.id).toMatch(/^api#place-order#[0-9a-f]{64}$/);
  expect(JSON.parse(event!.outbox.detail)).toMatchObject({
    metadata: { causedBy: answer!.id, correlationId: 'lambda-1', occurredAt: new Date(NOW).toISOString() },
  });
  expect(event!.expiration).toBe(NOW / 1000 + 86_400);
});

describe('time', () => {
  test.each([
    [10_000, 7_500],
    [12_000, 9_000],
    [30_000, 27_000],
  ])('of %d ms leaves the handler %d, and the rest for writing', async (remaining, milliseconds) => {
    const { request, timers } = await api();
    await request({}, remaining);
    expect(timers.map((timer) => timer.milliseconds)).toEqual([milliseconds]);
  });

  test('that is over gives the handler up: what it begins later does not happen', async () => {
    let goOn = () => {};
    const hanging = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let late: Promise<unknown> = Promise.resolve();
    let charges = 0;
    const { request, timers, items } = await api({
      handle: (_body, { external, transaction }) => {
        const charged = hanging.then(() => external('charge', async () => ++charges));
        const written = hanging.then(() => transaction.delete({ TableName: 'stock', Key: { id: 'a' } }));
        late = Promise.allSettled([charged, written]);
        return new Promise(() => {});
      },
    });
    const answer = request();
    await until(() => timers.length > 0);
    timers[0]!.elapse();
    await expect(answer).resolves.toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    goOn();
    expect(await late).toMatchObject([{ reason: { name: 'HandlerTimeoutError' } }, { reason: { name: 'InvalidOperationError' } }]);
    expect(charges).toBe(0);
    expect(await items()).toEqual([]);
  });
});

describe('an external effect of a request', () => {
  test.each([
    ['as long as the function can run', 0, 10_000],
    ['a moment, when the function should be dead', 11_000, 1],
  ])('is leased for %s', async (_name, passed, milliseconds) => {
    let leased: unknown;
    const { request, items } = await api({
      handle: async (_body, { external }) => {
        now += passed;
        await external('charge', async () => {
          leased = (await items()).find(({ id }) => String(id).includes('#step#'))?.in_progress_expiration;
        });
        return { statusCode: 201 };
      },
    });
    await request();
    expect(leased).toBe(NOW + passed + milliseconds);
  });

  test('whose outcome is unknown leaves no effect, whatever the handler makes of it', async () => {
    let runs = 0;
    const { request, items, telemetry } = await api({
      handle: async (_body, { external, transaction }) => {
        const lost = () => Promise.reject(Object.assign(new Error('lost'), { code: 'ECONNRESET' }));
        await external('charge', lost).catch(() => undefined);
        transaction.put({ TableName: 'stock', Item: { id: 'a' } });
        if (++runs === 1) throw new Error('later');
        return { statusCode: 201 };
      },
    });
    await request();
    const swallowing = request();
    await expect(swallowing).resolves.toMatchObject({ statusCode: 500 });
    expect(await items('stock')).toEqual([]);
    expect(telemetry.lines.at(-1)).toMatchObject({
      ...{ level: 'error', message: 'the request failed', correlationId: 'request-1' },
      extra: { error: { name: 'UnknownOutcomeError' } },
    });
  });

  test('does not begin once another attempt has the lease', async () => {
    let goOn = () => {};
    let charges = 0;
    let runs = 0;
    const { request, items, failure } = await api({
      handle: async (_body, { external }) => {
        if (++runs > 1) return { statusCode: 201 };
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        await external('charge', async () => ++charges);
        return { statusCode: 200 };
      },
    });
    const late = request();
    await until(() => runs === 1);
    now += 10_001;
    await expect(request()).resolves.toMatchObject({ statusCode: 201 });
    goOn();
    await expect(late).resolves.toMatchObject({ statusCode: 500 });
    expect(charges).toBe(0);
    const [{ id }] = (await items()) as [{ id: string }];
    expect(failure()).toMatchObject({ name: 'LostLeaseError', message: `the lease of ${id} went to another attempt` });
  });
});

describe('an effect that is refused', () => {
  const put: Partial<IdempotentApiOptions<never>> = {
    handle: (_body, { transaction }) => {
      transaction.put({ TableName: 'stock', Item: { id: 'a' } });
      return { statusCode: 201 };
    },
  };
  const refusing = (...codes: string[]) => {
    let refusals = 1;
    return (command: object) => {
      if (!(command instanceof TransactWriteItemsCommand) || refusals-- <= 0) return;
      const CancellationReasons = codes.map((Code) => ({ Code, Message: 'because' }));
      throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons });
    };
  };

  test.each<[string, string[], string]>([
    [
      'for an operation',
      ['None', 'ItemCollectionSizeLimitExceeded'],
      'operation 0 (put on stock): ItemCollectionSizeLimitExceeded: because',
    ],
    ['for the record of the answer', ['ValidationError', 'None'], 'ValidationError: because'],
  ])('%s fails the request with the reason', async (_name, codes, message) => {
    const { request, failure, items } = await api(put, refusing(...codes));
    await expect(request()).resolves.toMatchObject({ statusCode: 500 });
    expect(failure()!.message).toBe(message);
    expect(await items('stock')).toEqual([]);
  });

  test('because another attempt has the lease by now says so', async () => {
    let goOn = () => {};
    let runs = 0;
    const { request, failure, items } = await api({
      handle: async (_body, { transaction }) => {
        transaction.put({ TableName: 'stock', Item: { id: `of attempt ${++runs}` } });
        if (runs === 1) {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        }
        return { statusCode: 201 };
      },
    });
    const late = request();
    await until(() => runs === 1);
    now += 10_001;
    await expect(request()).resolves.toMatchObject({ statusCode: 201 });
    goOn();
    await expect(late).resolves.toMatchObject({ statusCode: 500 });
    expect(failure()).toMatchObject({ name: 'LostLeaseError' });
    expect(await items('stock')).toEqual([{ id: 'of attempt 2' }]);
  });

  test('may be tried again at once when it was wrong in itself', async () => {
    const { request } = await api(put, refusing('None', 'ItemCollectionSizeLimitExceeded'));
    await request();
    await expect(request()).resolves.toMatchObject({ statusCode: 201 });
  });

  test('because its answer is too large says so', async () => {
    const { request, failure } = await api({ handle: () => ({ statusCode: 200, body: 'x'.repeat(500_000) }) });
    await expect(request()).resolves.toMatchObject({ statusCode: 500 });
    expect(failure()!.message).toBe('the answer is over 400 KB and could not be given again');
  });
});

test.each([
  ['', 'idempotentApi(): name has 0 characters, allowed are 1 to 100'],
  ['x'.repeat(101), 'idempotentApi(): name has 101 characters, allowed are 1 to 100'],
])('a name of another length is refused: %s', async (name, message) => {
  await expect(api({ name })).rejects.toThrow(new Error(message));
});

test.each(['x', 'x'.repeat(100)])('the name %s is taken', async (name) => {
  const { request } = await api({ name });
  await expect(request()).resolves.toMatchObject({ statusCode: 201 });
});

describe('an API that starts from its environment', () => {
  const environment = { ...process.env };
  let aws: AwsEndpoint;
  beforeEach(async () => {
    aws = await startAwsEndpoint(() => ({}));
    process.env = {
      ...environment,
      ...aws.environment,
      BREAKWATER_IDEMPOTENCY_TABLE: 'records',
      BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '1',
    };
  });
  afterEach(() => {
    process.env = environment;
    aws.stop();
  });

  test('keeps its answers in its table, a second at least, and counts them in the namespace of this package', async () => {
    const { lines } = captureOutput();
    const event = {
      rawPath: '/',
      rawQueryString: '',
      headers: { 'idempotency-key': 'key' },
      body: '{}',
      requestContext: { http: { method: 'POST' } },
    };
    const context = { functionName: 'api', getRemainingTimeInMillis: () => 10_000 } as Context;
    const answer = await idempotentApi(OPTIONS)(event as unknown as APIGatewayProxyEventV2, context);
    expect(answer).toMatchObject({ statusCode: 201 });
    expect(aws.requests.map(({ operation, body }) => [operation, body.TableName])).toEqual([
      ['PutItem', 'records'],
      ['UpdateItem', 'records'],
    ]);
    expect(aws.requests[0]!.body.Item).toMatchObject({ expiration: { N: String(NOW / 1000 + 1) } });
    expect(lines().find(({ Done }) => Done !== undefined)).toMatchObject({ _aws: { CloudWatchMetrics: [{ Namespace: 'Breakwater' }] } });
  });
});
