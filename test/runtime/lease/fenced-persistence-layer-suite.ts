import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context } from 'aws-lambda';
import { FencedDynamoDBPersistenceLayer, LostLeaseError, ResultNotKeptError } from '../../../lib/runtime';
import type { Tables } from '../../support/in-memory-table/tables';

const LEASE = 3_000;

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

export function fencedPersistenceLayer(local: () => Tables): void {
  let table = '';
  let tables = 0;
  let now = Date.parse('2026-05-01T12:00:00Z');
  const context = { getRemainingTimeInMillis: () => LEASE } as Context;
  const layer = (client: DynamoDBClient = local().client) =>
    new FencedDynamoDBPersistenceLayer({ tableName: table, keyPrefix: 'payments', awsSdkV3Client: client });
  const records = async () =>
    ((await local().client.send(new ScanCommand({ TableName: table }))).Items ?? []).map((item) => unmarshall(item));
  const config = (parts: ConstructorParameters<typeof IdempotencyConfig>[0] = {}) =>
    new IdempotencyConfig({ lambdaContext: context, ...parts });

  beforeEach(async () => {
    table = `records-${++tables}`;
    await local().createTable(table);
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    jest.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterEach(() => jest.restoreAllMocks());

  /** A is at its effect when its lease ends; B does the whole work meanwhile; then A goes on. */
  async function overtake<T>(payload: () => unknown, { a, b }: { a: () => T; b: () => T }, store = layer()) {
    const { open, opened } = gate();
    const reached = gate();
    const effects: string[] = [];
    const slow = makeIdempotent(
      async (_payload: unknown) => {
        effects.push('A');
        reached.open();
        await opened;
        return a();
      },
      { persistenceStore: store, config: config() },
    );
    const fast = makeIdempotent(
      async (_payload: unknown) => {
        effects.push('B');
        return b();
      },
      { persistenceStore: store, config: config() },
    );
    const late = slow(payload()).then(
      (value) => ({ value }),
      (error: Error) => ({ error }),
    );
    await reached.opened;
    now += LEASE + 1;
    const second = await fast(payload());
    open();
    const first = await late;
    const third = await fast(payload());
    return { effects, first, second, third };
  }

  const fail = () => {
    throw new Error('late');
  };
  test.each([
    ['an object', () => ({ id: 'evt_1' })],
    ['a text', () => 'evt_1'],
  ])('an attempt that fails after its lease deletes nothing of its successor (%s)', async (_name, payload) => {
    const { effects, first, third } = await overtake<string>(payload, { a: fail, b: () => 'of B' });
    expect(first).toEqual({ error: expect.objectContaining({ message: 'late' }) });
    expect(third).toBe('of B');
    expect(effects).toEqual(['A', 'B']);
  });

  test.each([
    ['an object', () => ({ id: 'evt_1' })],
    ['a text', () => 'evt_1'],
  ])('an attempt that succeeds after its lease overwrites nothing of its successor, and is told so (%s)', async (_name, payload) => {
    const { effects, first, third } = await overtake(payload, { a: () => 'of A', b: () => 'of B' });
    expect(first).toEqual({
      error: expect.objectContaining({ name: 'IdempotencyPersistenceLayerError', cause: expect.any(LostLeaseError) }),
    });
    expect(third).toBe('of B');
    expect(effects).toEqual(['A', 'B']);
  });

  test('as Powertools is, both go wrong: these tests would notice', async () => {
    const plain = () =>
      new DynamoDBPersistenceLayer({ tableName: table, awsSdkV3Client: local().client }) as unknown as FencedDynamoDBPersistenceLayer;
    const failing = await overtake<string>(() => ({ id: 'evt_1' }), { a: fail, b: () => 'of B' }, plain());
    expect(failing.effects).toEqual(['A', 'B', 'B']);
    const succeeding = await overtake(() => ({ id: 'evt_2' }), { a: () => 'of A', b: () => 'of B' }, plain());
    expect(succeeding.third).toBe('of A');
  });

  test.each<[string, () => unknown, unknown]>([
    ['undefined', () => undefined, undefined],
    ['a date', () => ({ at: new Date(0), gone: undefined }), { at: '1970-01-01T00:00:00.000Z' }],
    ['a class', () => new URL('http://localhost/'), 'http://localhost/'],
    ['NaN', () => ({ value: Number.NaN }), { value: null }],
    ['empty things', () => ({ text: '', list: [], map: {} }), { text: '', list: [], map: {} }],
  ])('a result that is %s does not repeat the effect', async (_name, result, replayed) => {
    let effects = 0;
    const run = makeIdempotent(
      async (_event: { id: string }) => {
        effects++;
        return result();
      },
      { persistenceStore: layer(), config: config() },
    );
    await run({ id: 'evt_1' });
    await expect(run({ id: 'evt_1' })).resolves.toEqual(replayed);
    expect(effects).toBe(1);
  });

  test.each<[string, () => unknown]>([
    ['over 400 KB', () => 'x'.repeat(500_000)],
    ['no JSON', () => ({ big: 1n })],
  ])('a result that is %s does not repeat the effect: the repetition is told that the result is gone', async (_name, result) => {
    let effects = 0;
    const run = makeIdempotent(
      async (_event: { id: string }) => {
        effects++;
        return result();
      },
      { persistenceStore: layer(), config: config() },
    );
    await run({ id: 'evt_1' });
    await expect(run({ id: 'evt_1' })).rejects.toMatchObject({ cause: expect.any(ResultNotKeptError) });
    expect(effects).toBe(1);
  });

  test('a payload that the function changes completes the key it began with', async () => {
    let effects = 0;
    const run = makeIdempotent(
      async (event: { id: string }) => {
        effects++;
        event.id = 'another';
        return effects;
      },
      { persistenceStore: layer(), config: config() },
    );
    await run({ id: 'evt_1' });
    await expect(run({ id: 'evt_1' })).resolves.toBe(1);
    expect(await records()).toEqual([expect.objectContaining({ status: 'COMPLETED', data: 1 })]);
  });

  test('nothing runs without a key', async () => {
    const effect = jest.fn(async (_event: { id?: string }) => 'done');
    const run = makeIdempotent(effect, { persistenceStore: layer(), config: config({ eventKeyJmesPath: 'id' }) });
    await expect(run({})).rejects.toMatchObject({ cause: { message: 'No data found to create a hashed idempotency_key' } });
    expect(effect).not.toHaveBeenCalled();
  });

  test('another payload under the same key is refused, and not answered with the result of the first', async () => {
    const run = makeIdempotent(async (event: { id: string; amount: number }) => event.amount, {
      persistenceStore: layer(),
      config: config({ eventKeyJmesPath: 'id' }),
    });
    await run({ id: 'evt_1', amount: 5 });
    await expect(run({ id: 'evt_1', amount: 5 })).resolves.toBe(5);
    await expect(run({ id: 'evt_1', amount: 6 })).rejects.toMatchObject({ name: 'IdempotencyValidationError' });
  });

  test('without a Lambda context the lease ends after a quarter of an hour, not with the record', async () => {
    let effects = 0;
    const crashing = makeIdempotent(
      (_event: { id: string }) =>
        new Promise<string>((resolve) => {
          if (++effects > 1) resolve('done');
        }),
      { persistenceStore: layer(), config: new IdempotencyConfig({}) },
    );
    void crashing({ id: 'evt_1' });
    await until(async () => (await records()).length === 1);
    now += 900_000;
    await expect(crashing({ id: 'evt_1' })).rejects.toMatchObject({ name: 'IdempotencyAlreadyInProgressError' });
    now += 1;
    await expect(crashing({ id: 'evt_1' })).resolves.toBe('done');
  });

  test('the key does not depend on the name of the function', async () => {
    const names = ['before-the-deployment', 'after-it'];
    const keys: unknown[] = [];
    for (const name of names) {
      process.env.AWS_LAMBDA_FUNCTION_NAME = name;
      await makeIdempotent(async (_event: { id: string }) => name, { persistenceStore: layer(), config: config() })({ id: 'evt_1' });
      keys.push(...(await records()).map(({ id }) => id));
    }
    delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    expect(new Set(keys).size).toBe(1);
    expect(String(keys[0])).toMatch(/^payments#/);
  });

  test('a prefix of the call goes before that of the layer, also when two share the layer', async () => {
    const store = layer();
    const both = ['one', 'two'].map((keyPrefix) =>
      makeIdempotent(async (_event: { id: string }) => keyPrefix, { persistenceStore: store, config: config(), keyPrefix }),
    );
    const event = { id: 'evt_1' };
    expect(await Promise.all(both.map((run) => run(event)))).toEqual(['one', 'two']);
    expect((await records()).map(({ id, status, data }) => [String(id).split('#')[0], status, data]).sort()).toEqual([
      ['one', 'COMPLETED', 'one'],
      ['two', 'COMPLETED', 'two'],
    ]);
  });

  test('a failed function gives its lease back', async () => {
    let effects = 0;
    const run = makeIdempotent(
      async (_event: { id: string }) => {
        if (++effects === 1) throw new Error('later');
        return 'done';
      },
      { persistenceStore: layer(), config: config() },
    );
    await expect(run({ id: 'evt_1' })).rejects.toThrow('later');
    await expect(run({ id: 'evt_1' })).resolves.toBe('done');
  });

  test('writes whose reply was lost, and which the client sent again, are known as its own', async () => {
    const client = local().client;
    const twice = {
      config: client.config,
      middlewareStack: client.middlewareStack,
      send: async (command: never) => {
        await client.send(command);
        return client.send(command);
      },
    } as unknown as DynamoDBClient;
    let effects = 0;
    const run = makeIdempotent(
      async (_event: { id: string }) => {
        if (++effects === 1) throw new Error('later');
        return effects;
      },
      { persistenceStore: layer(twice), config: config() },
    );
    await expect(run({ id: 'evt_1' })).rejects.toThrow('later');
    await expect(run({ id: 'evt_1' })).resolves.toBe(2);
    await expect(run({ id: 'evt_1' })).resolves.toBe(2);
  });

  test('nested and parallel uses of one layer each complete their own record', async () => {
    const store = layer();
    const inner = makeIdempotent(async (text: string) => `inner ${text}`, {
      persistenceStore: store,
      config: config(),
      keyPrefix: 'inner',
    });
    const outer = makeIdempotent(async (text: string) => (await Promise.all([inner(text), inner(`${text} 2`)])).join(', '), {
      ...{ persistenceStore: store, config: config(), keyPrefix: 'outer' },
    });
    const result = 'inner x, inner x 2';
    await expect(outer('x')).resolves.toBe(result);
    await expect(outer('x')).resolves.toBe(result);
    expect((await records()).map(({ id, status }) => [String(id).split('#')[0], status]).sort()).toEqual([
      ['inner', 'COMPLETED'],
      ['inner', 'COMPLETED'],
      ['outer', 'COMPLETED'],
    ]);
  });

  test('a sort key and other attribute names are kept', async () => {
    const name = `sorted-${tables}`;
    await local().createTable(name, 'sort');
    const store = new FencedDynamoDBPersistenceLayer({
      ...{ tableName: name, keyPrefix: 'p', awsSdkV3Client: local().client, sortKeyAttr: 'sort', statusAttr: 'state', dataAttr: 'answer' },
    });
    const run = makeIdempotent(async (_event: { id: string }) => 'done', { persistenceStore: store, config: config() });
    await run({ id: 'evt_1' });
    await expect(run({ id: 'evt_1' })).resolves.toBe('done');
    const { Items = [] } = await local().client.send(new ScanCommand({ TableName: name }));
    expect(unmarshall(Items[0]!)).toMatchObject({ sort: expect.stringMatching(/^p#/), state: 'COMPLETED', answer: 'done' });
  });

  test.each([
    [{ keyPrefix: ' ' }, 'keyPrefix is empty'],
    [{ keyPrefix: 'p', leaseSeconds: 0 }, 'leaseSeconds must be 1 or more, given 0'],
  ])('refuses to start with %j', (options, message) => {
    expect(() => new FencedDynamoDBPersistenceLayer({ tableName: 't', ...options })).toThrow(message);
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it never became true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
