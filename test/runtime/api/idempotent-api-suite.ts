import { GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { z } from 'zod';
import { createIdempotentApi, type IdempotentApiDependencies, type IdempotentApiOptions, RetryAfterError } from '../../../lib/runtime';
import type { Tables } from '../../support/in-memory-table/tables';
import { NOW, recordedTelemetry } from '../worker/worker-bench';

interface Order {
  readonly id: string;
  readonly amount: number;
}

const place: IdempotentApiOptions<Order> = {
  name: 'place-order',
  caller: (event) => event.headers['x-caller'] ?? 'nobody',
  handle: (order, { transaction }) => {
    transaction.update({
      TableName: 'stock',
      Key: { id: order.id },
      UpdateExpression: 'ADD sold :n',
      ExpressionAttributeValues: { ':n': 1 },
    });
    return { statusCode: 201, headers: { location: `/orders/${order.id}` }, body: { id: order.id, at: new Date(0) } };
  },
};

export function idempotentApiBehaviour(local: () => Tables): void {
  let round = 0;
  let id = '';
  let now = NOW;
  const sold = async () => {
    const { Item } = await local().client.send(new GetItemCommand({ TableName: 'stock', Key: { id: { S: id } }, ConsistentRead: true }));
    return Item === undefined ? 0 : Number(unmarshall(Item).sold);
  };

  function api(options: Partial<IdempotentApiOptions<Order>> = {}, dependencies: Partial<IdempotentApiDependencies> = {}) {
    const telemetry = recordedTelemetry();
    const handler = createIdempotentApi<Order>(
      { ...place, ...options },
      {
        table: { tableName: 'idempotency', retentionSeconds: 86_400 },
        dynamoDb: local().client,
        telemetry,
        clock: {
          now: () => now,
          random: () => 0.5,
          after: (milliseconds, callback) => {
            const timer = setTimeout(callback, Math.min(milliseconds, 1_000));
            return () => clearTimeout(timer);
          },
        },
        ...dependencies,
      },
    );
    const request = (order: unknown, headers: Record<string, string> = {}, path = '/orders') =>
      handler(
        {
          rawPath: path,
          rawQueryString: '',
          headers: { 'Idempotency-Key': `key-of-${id}`, ...headers },
          body: JSON.stringify(order),
          isBase64Encoded: false,
          requestContext: { requestId: 'request-1', http: { method: 'POST' } },
        } as unknown as APIGatewayProxyEventV2,
        { getRemainingTimeInMillis: () => 10_000, awsRequestId: 'request-1' } as Context,
      );
    return { request, telemetry };
  }

  beforeAll(async () => {
    for (const table of ['idempotency', 'stock']) await local().createTable(table);
  });
  beforeEach(() => {
    id = `order-${++round}`;
    now = NOW;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  test('the same request under the same key gets the stored answer and has one effect', async () => {
    const { request, telemetry } = api();
    const answer = {
      statusCode: 201,
      headers: { location: `/orders/${id}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id, at: '1970-01-01T00:00:00.000Z' }),
    };
    await expect(request({ id, amount: 1 })).resolves.toEqual(answer);
    await expect(request({ id, amount: 1 })).resolves.toEqual({ ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } });
    expect(await sold()).toBe(1);
    expect(telemetry.counts).toEqual({ Done: 1, Replayed: 1 });
  });

  test.each([
    ['another body', { amount: 2 }, '/orders'],
    ['another path', { amount: 1 }, '/orders/other'],
  ])('%s under the same key is refused with 422', async (_name, parts, path) => {
    const { request, telemetry } = api();
    await request({ id, amount: 1 });
    await expect(request({ id, ...parts }, {}, path)).resolves.toMatchObject({ statusCode: 422 });
    expect(await sold()).toBe(1);
    expect(telemetry.counts).toEqual({ Done: 1, Conflict: 1 });
  });

  test('a request that comes while the first is in progress is answered with 409 and the end of its lease', async () => {
    let goOn = () => {};
    let reached = () => {};
    const atWork = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const slow = api({
      handle: async (order, context) => {
        await new Promise<void>((resolve) => {
          goOn = resolve;
          reached();
        });
        return place.handle(order, context);
      },
    });
    const first = slow.request({ id, amount: 1 });
    await atWork;
    now += 2_500;
    await expect(api().request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 409, headers: { 'retry-after': '9' } });
    goOn();
    await expect(first).resolves.toMatchObject({ statusCode: 201 });
    expect(await sold()).toBe(1);
  });

  test('an attempt that outlived its lease has no effect beside that of its successor', async () => {
    let goOn = () => {};
    let reached = () => {};
    const atWork = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const slow = api({
      handle: async (order, context) => {
        await new Promise<void>((resolve) => {
          goOn = resolve;
          reached();
        });
        return place.handle(order, context);
      },
    });
    const first = slow.request({ id, amount: 1 });
    await atWork;
    now += 10_001;
    await expect(api().request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201 });
    goOn();
    await expect(first).resolves.toMatchObject({ statusCode: 500 });
    expect(await sold()).toBe(1);
  });

  test('keys of different callers and of different operations never meet', async () => {
    await api().request({ id, amount: 1 }, { 'x-caller': 'a' });
    await expect(api().request({ id, amount: 2 }, { 'x-caller': 'b' })).resolves.toMatchObject({ statusCode: 201 });
    await expect(api({ name: 'cancel-order' }).request({ id, amount: 3 }, { 'x-caller': 'a' })).resolves.toMatchObject({ statusCode: 201 });
    expect(await sold()).toBe(3);
  });

  test.each([
    ['no key', { 'Idempotency-Key': '' }],
    ['a key that is too long', { 'Idempotency-Key': 'x'.repeat(256) }],
  ])('%s is 400', async (_name, headers) => {
    await expect(api().request({ id, amount: 1 }, headers)).resolves.toMatchObject({ statusCode: 400 });
    expect(await sold()).toBe(0);
  });

  test('what the schema refuses is 400 with the path of the field, and uses up no key', async () => {
    const { request } = api({ schema: z.object({ id: z.string(), amount: z.number() }) });
    const refused = await request({ id, amount: 'x' });
    expect(refused).toMatchObject({ statusCode: 400, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(refused.body!).detail).toContain('amount');
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201 });
  });

  test('what the handler answers is kept, also a refusal; a text stays a text', async () => {
    let runs = 0;
    const { request } = api({
      handle: () => {
        runs++;
        return { statusCode: 404, body: 'no such order' };
      },
    });
    await request({ id, amount: 1 });
    await expect(request({ id, amount: 1 })).resolves.toEqual({
      statusCode: 404,
      headers: { 'idempotent-replayed': 'true' },
      body: 'no such order',
    });
    expect(runs).toBe(1);
  });

  test.each<[string, unknown, object]>([
    ['an error', new Error('broken'), { statusCode: 500 }],
    ['RetryAfterError', new RetryAfterError(1.5), { statusCode: 503, headers: { 'retry-after': '2' } }],
  ])('%s that is thrown leaves no effect, and the caller may try again at once', async (_name, error, answer) => {
    let fails = true;
    const { request, telemetry } = api({
      handle: (order, context) => {
        const done = place.handle(order, context);
        if (fails) throw error;
        return done;
      },
    });
    await expect(request({ id, amount: 1 })).resolves.toMatchObject(answer);
    fails = false;
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201 });
    expect(await sold()).toBe(1);
    expect(telemetry.counts).toEqual({ Failed: 1, Done: 1 });
  });

  test('a condition that is not met is 409, leaves no effect, and the caller may try again at once', async () => {
    const { request } = api({
      handle: (order, { transaction }) => {
        transaction.update({
          TableName: 'stock',
          Key: { id: order.id },
          UpdateExpression: 'ADD sold :n',
          ConditionExpression: 'sold < :most',
          ExpressionAttributeValues: { ':n': 1, ':most': 5 },
        });
        return { statusCode: 201 };
      },
    });
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 409 });
    await local().client.send(new PutItemCommand({ TableName: 'stock', Item: { id: { S: id }, sold: { N: '1' } } }));
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201 });
    expect(await sold()).toBe(2);
  });

  test('an answer that could not be kept has no effect', async () => {
    const { request } = api({
      handle: (order, context) => {
        place.handle(order, context);
        return { statusCode: 200, body: 'x'.repeat(500_000) };
      },
    });
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 500 });
    expect(await sold()).toBe(0);
  });

  test('a handler that hangs is answered before the function is killed', async () => {
    const { request } = api({ handle: () => new Promise(() => {}) });
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  });

  test('an external effect inside happens once, while its attempt holds the lease', async () => {
    let charges = 0;
    let fails = true;
    const { request } = api({
      handle: async (order, { external, transaction }) => {
        const receipt = await external('charge', async () => ++charges);
        if (fails) throw new Error('later');
        transaction.put({ TableName: 'stock', Item: { id: order.id, sold: receipt } });
        return { statusCode: 201, body: { receipt } };
      },
    });
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 500 });
    fails = false;
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201, body: '{"receipt":1}' });
    expect(charges).toBe(1);
    expect(await sold()).toBe(1);
  });

  test('a lost reply of the committed transaction is answered with its answer', async () => {
    let losses = 1;
    const client = local().client;
    const lossy = {
      config: client.config,
      middlewareStack: client.middlewareStack,
      send: async (command: TransactWriteItemsCommand) => {
        const reply = await client.send(command);
        if (command instanceof TransactWriteItemsCommand && losses-- > 0) throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
        return reply;
      },
    };
    await expect(api({}, { dynamoDb: lossy as never }).request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201 });
    expect(await sold()).toBe(1);
  });

  test('when all replies of the committed transaction are lost the answer is 500, and the repetition is given the kept one', async () => {
    const client = local().client;
    const lossy = {
      config: client.config,
      middlewareStack: client.middlewareStack,
      send: async (command: TransactWriteItemsCommand) => {
        const reply = await client.send(command);
        if (command instanceof TransactWriteItemsCommand) throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
        return reply;
      },
    };
    await expect(api({}, { dynamoDb: lossy as never }).request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 500 });
    expect(await sold()).toBe(1);
    const { request, telemetry } = api();
    await expect(request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201, headers: { 'idempotent-replayed': 'true' } });
    expect(await sold()).toBe(1);
    expect(telemetry.counts).toEqual({ Replayed: 1 });
  });

  test('when the transaction never arrived the answer is 500, and the repetition waits for the end of the lease and then runs', async () => {
    const client = local().client;
    const cut = {
      config: client.config,
      middlewareStack: client.middlewareStack,
      send: (command: TransactWriteItemsCommand) =>
        command instanceof TransactWriteItemsCommand
          ? Promise.reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))
          : client.send(command),
    };
    await expect(api({}, { dynamoDb: cut as never }).request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 500 });
    const early = await api().request({ id, amount: 1 });
    expect(early).toMatchObject({ statusCode: 409, headers: { 'retry-after': '11' } });
    now += Number(early.headers!['retry-after']) * 1_000;
    await expect(api().request({ id, amount: 1 })).resolves.toMatchObject({ statusCode: 201 });
    expect(await sold()).toBe(1);
  });

  test('a name that is none is refused at start-up', () => {
    expect(() => api({ name: '' })).toThrow('allowed are 1 to 100');
  });
}
