import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context } from 'aws-lambda';
import {
  FencedDynamoDBPersistenceLayer,
  type FencedPersistenceOptions,
  IdempotencyConflictError,
  LostLeaseError,
  ResultNotKeptError,
} from '../../../lib/runtime';
import { KeyedLease } from '../../../lib/runtime/lease/keyed-lease';
import { tablesInMemory } from '../../support/in-memory-table/tables';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY = 'payments#hash';
let now: number;

type Names = Partial<Omit<FencedPersistenceOptions, 'awsSdkV3Client' | 'clientConfig'>>;

beforeEach(() => {
  now = NOW;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

async function table() {
  const { client, createTable } = tablesInMemory();
  await createTable('records');
  return {
    client,
    records: async () => ((await client.send(new ScanCommand({ TableName: 'records' }))).Items ?? []).map((item) => unmarshall(item)),
  };
}

/** A client that is asked `before` each request, which may throw in its place. */
function intercepted(client: DynamoDBClient, before: (name: string) => void): DynamoDBClient {
  const send = async (command: { readonly constructor: { readonly name: string } }) => {
    before(command.constructor.name.replace(/Command$/, ''));
    return client.send(command as never);
  };
  return Object.assign(Object.create(client), { send });
}

function layer(client: DynamoDBClient, options: Names = {}) {
  return new FencedDynamoDBPersistenceLayer({ tableName: 'records', keyPrefix: 'payments', awsSdkV3Client: client, ...options });
}
function configured(client: DynamoDBClient, options: Names = {}, parts: ConstructorParameters<typeof IdempotencyConfig>[0] = {}) {
  const store = layer(client, options);
  store.configure({ config: new IdempotencyConfig({ expiresAfterSeconds: 60, ...parts }) });
  return store;
}

describe('a record', () => {
  test('of a lease says who holds it and until when; completed it keeps the result', async () => {
    const { client, records } = await table();
    const store = configured(client);
    await store.saveInProgress({ id: 1 }, 5_000);
    const [held] = await records();
    expect(held).toEqual({
      ...{ id: expect.stringMatching(/^payments#/), status: 'INPROGRESS', token: expect.stringMatching(UUID) },
      ...{ expiration: NOW / 1000 + 60, in_progress_expiration: NOW + 5_000 },
    });
    const again = configured(client);
    await expect(again.saveInProgress({ id: 1 }, 5_000)).rejects.toMatchObject({
      message: `a record for ${held!.id} stands already`,
      existingRecord: {
        idempotencyKey: held!.id,
        status: 'INPROGRESS',
        inProgressExpiryTimestamp: NOW + 5_000,
        expiryTimestamp: NOW / 1000 + 60,
      },
    });
  });

  test('whose result could not be kept says so, by its key', async () => {
    const { client, records } = await table();
    const data = { id: 1 };
    const store = configured(client);
    await store.saveInProgress(data, 5_000);
    await store.saveSuccess(data, 'x'.repeat(500_000));
    const [record] = await records();
    expect(record).toMatchObject({ status: 'COMPLETED', result_dropped: true });
    expect(record).not.toHaveProperty('data');
    await expect(configured(client).saveInProgress({ id: 1 })).rejects.toThrow(
      `the effect of ${record!.id} stands, but its result was over 400 KB or no JSON and could not be kept`,
    );
  });

  test('is taken again once it has expired', async () => {
    const { client } = await table();
    let effects = 0;
    const run = makeIdempotent(async (_event: { id: string }) => ++effects, {
      persistenceStore: layer(client),
      config: new IdempotencyConfig({ expiresAfterSeconds: 60 }),
    });
    await run({ id: 'evt_1' });
    now += 60_000;
    await expect(run({ id: 'evt_1' })).resolves.toBe(1);
    now += 1_000;
    await expect(run({ id: 'evt_1' })).resolves.toBe(2);
  });

  test('may have its hash and its states under other names', async () => {
    const { client, records } = await table();
    const names = {
      ...{ expiryAttr: 'until', statusAttr: 'state', inProgressExpiryAttr: 'leased', dataAttr: 'answer', validationKeyAttr: 'hash' },
    };
    const data = { id: 1, amount: 5 };
    const store = configured(client, names, { eventKeyJmesPath: 'id' });
    await store.saveInProgress(data, 5_000);
    await store.saveSuccess(data, 'done');
    expect(await records()).toEqual([
      {
        id: expect.any(String),
        token: expect.any(String),
        until: NOW / 1000 + 60,
        state: 'COMPLETED',
        leased: NOW + 5_000,
        answer: 'done',
        hash: expect.any(String),
      },
    ]);
  });
});

test.each([
  ['LostLeaseError', new LostLeaseError('gone')],
  ['ResultNotKeptError', new ResultNotKeptError('too large')],
])('logs name a %s', (name, error) => {
  expect(String(error)).toMatch(`${name}: `);
});

describe('the key of a record', () => {
  test.each<[string, Names, object, string]>([
    ['is named by the layer', {}, {}, 'payments#'],
    ['is trimmed', { keyPrefix: ' payments ' }, {}, 'payments#'],
    ['is named by the call first', {}, { keyPrefix: ' call ' }, 'call#'],
    ['is named by the layer when the call names nothing', {}, { keyPrefix: ' ' }, 'payments#'],
    ['is named by the method too', { keyPrefix: ' payments ' }, { functionName: ' pay ' }, 'payments.pay#'],
    ['is not named by a method without a name', {}, { functionName: ' ' }, 'payments#'],
  ])('%s', async (_name, options, call, prefix) => {
    const { client, records } = await table();
    const store = layer(client, options);
    store.configure({ config: new IdempotencyConfig({}), ...call });
    await store.saveInProgress({ id: 1 });
    expect((await records())[0]!.id).toMatch(new RegExp(`^${prefix.replace('.', '\\.')}`));
  });

  test.each<[string, object, string]>([
    [
      'no prefix',
      { keyPrefix: undefined },
      'FencedDynamoDBPersistenceLayer: keyPrefix is empty. Name the effect in a way that no deployment changes',
    ],
    ['a lease of less than a second', { leaseSeconds: 0.9 }, 'FencedDynamoDBPersistenceLayer: leaseSeconds must be 1 or more, given 0.9'],
    ['a lease of no number', { leaseSeconds: Number.NaN }, 'leaseSeconds must be 1 or more, given NaN'],
  ])('a layer does not start with %s', (_name, options, message) => {
    expect(() => layer(tablesInMemory().client, options)).toThrow(message);
  });

  test('a lease may be of one second', async () => {
    const { client, records } = await table();
    await configured(client, { leaseSeconds: 1 }).saveInProgress({ id: 1 });
    expect((await records())[0]).toMatchObject({ in_progress_expiration: NOW + 1_000 });
  });
});

describe('a write that is refused', () => {
  const busy = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  const refused = () => new ConditionalCheckFailedException({ message: 'no', $metadata: {} });

  test.each<[string, string, () => Error, (store: FencedDynamoDBPersistenceLayer, data: object) => Promise<void>]>([
    ['a busy table, when a lease is asked for', 'PutItem', () => busy, (store) => store.saveInProgress({ id: 2 })],
    ['a record that is not told', 'PutItem', refused, (store) => store.saveInProgress({ id: 2 })],
    ['a busy table, when a result is kept', 'UpdateItem', () => busy, (store, data) => store.saveSuccess(data as never, 'done')],
    ['a busy table, when a lease is given back', 'DeleteItem', () => busy, (store, data) => store.deleteRecord(data as never)],
  ])('by %s is thrown as it is', async (_name, request, error, write) => {
    const { client } = await table();
    const thrown = error();
    let armed = false;
    const store = configured(
      intercepted(client, (name) => {
        if (armed && name === request) throw thrown;
      }),
    );
    const data = { id: 1 };
    await store.saveInProgress(data);
    armed = true;
    await expect(write(store, data)).rejects.toBe(thrown);
  });

  test.each([
    ['a successor that is at work', true],
    ['a successor whose record is gone', false],
  ])('by %s is a lost lease, named by its key, with the refusal as its cause', async (_name, stands) => {
    const { client, records } = await table();
    const data = { id: 1 };
    const store = configured(client);
    await store.saveInProgress(data, 1_000);
    now += 1_001;
    const successor = configured(client);
    const again = { id: 1 };
    await successor.saveInProgress(again, 1_000);
    const [{ id }] = (await records()) as [{ id: string }];
    if (!stands) await successor.deleteRecord(again);
    const error = (await store.saveSuccess(data, 'late').catch((thrown: unknown) => thrown)) as LostLeaseError;
    expect(error).toBeInstanceOf(LostLeaseError);
    expect(error).toMatchObject({
      message: `the lease of ${id} went to another attempt`,
      cause: { name: 'ConditionalCheckFailedException' },
    });
  });

  test('by a record of its own that is not completed is a lost lease too', async () => {
    const { client } = await table();
    const data = { id: 1 };
    const item = { token: { S: '' }, status: { S: 'INPROGRESS' } };
    const store = configured(
      Object.assign(Object.create(client), {
        send: async (command: { input: { Item?: { token: { S: string } } } }) => {
          if (command.input.Item !== undefined) {
            item.token = command.input.Item.token;
            return {};
          }
          throw new ConditionalCheckFailedException({ message: 'no', $metadata: {}, Item: item });
        },
      }),
    );
    await store.saveInProgress(data);
    await expect(store.saveSuccess(data, 'done')).rejects.toBeInstanceOf(LostLeaseError);
  });
});

test('what this process holds no lease for, it neither completes nor gives back', async () => {
  const { client } = await table();
  const store = configured(client);
  const message = 'no attempt of this process can be told to hold the lease for this payload';
  await expect(store.saveSuccess({ id: 1 }, 'done')).rejects.toThrow(new LostLeaseError(message));
  await expect(store.deleteRecord({ id: 1 })).rejects.toThrow(new LostLeaseError(message));
});

describe('a lease of one record', () => {
  const clock = {
    now: () => now,
    random: () => 0,
    after: (_milliseconds: number, callback: () => void) => {
      setImmediate(callback);
      return () => {};
    },
  };
  const lease = (client: DynamoDBClient, payloadHash = 'hash-1') =>
    new KeyedLease(client, { tableName: 'records', retentionSeconds: 60 }, { key: KEY, payloadHash }, clock);
  const run = (store: KeyedLease, work: () => Promise<string>) => {
    const lambdaContext = { getRemainingTimeInMillis: () => 5_000 } as Context;
    return makeIdempotent((_key: string) => work(), {
      persistenceStore: store,
      config: new IdempotencyConfig({ lambdaContext }),
      keyPrefix: KEY,
    })(KEY);
  };

  test('has the key and the hash that it was given', async () => {
    const { client, records } = await table();
    await expect(run(lease(client), async () => 'done')).resolves.toBe('done');
    await expect(run(lease(client), async () => 'again')).resolves.toBe('done');
    expect(await records()).toEqual([expect.objectContaining({ id: KEY, validation: 'hash-1', status: 'COMPLETED', data: 'done' })]);
  });

  test('is refused to another payload', async () => {
    const { client } = await table();
    await run(lease(client), async () => 'done');
    const error = (await run(lease(client, 'hash-2'), async () => 'again').catch((thrown: unknown) => thrown)) as Error;
    expect(error.cause).toEqual(new IdempotencyConflictError('payments#hash was seen before with another payload'));
  });

  test.each([
    ['whose writer kept no token gives its result, as those of Powertools do', 'token', 'done'],
    ['that does not say of which payload it is is of another', 'validation', 'IdempotencyConflictError'],
  ])('on a record %s', async (_name, attribute, expected) => {
    const { client } = await table();
    await run(lease(client), async () => 'done');
    const { Items } = await client.send(new ScanCommand({ TableName: 'records' }));
    const { [attribute]: _gone, ...rest } = Items![0]!;
    await client.send(new PutItemCommand({ TableName: 'records', Item: rest }));
    const outcome = await run(lease(client), async () => 'again').catch((error: Error) => (error.cause as Error).name);
    expect(outcome).toBe(expected);
  });

  test.each([
    [0, 6],
    [1, 6],
    [1_500, 5],
    [4_000, 2],
    [5_000, 1],
  ])(
    'that is held by another since %d ms is free in %d whole seconds, not a moment earlier for whom is punctual',
    async (passed, seconds) => {
      const { client } = await table();
      void run(lease(client), () => new Promise(() => {}));
      await new Promise((resolve) => setImmediate(resolve));
      now += passed;
      const second = lease(client);
      await expect(run(second, async () => 'again')).rejects.toMatchObject({ name: 'IdempotencyAlreadyInProgressError' });
      expect(second.secondsUntilFree(now)).toBe(seconds);
      expect(second.secondsUntilFree(now + 60_000)).toBe(1);
      now += seconds * 1_000;
      await expect(run(lease(client), async () => 'again')).resolves.toBe('again');
    },
  );

  test('tries again while the table is busy', async () => {
    const { client } = await table();
    let refusals = 3;
    const busy = intercepted(client, () => {
      if (refusals-- > 0) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    });
    await expect(run(lease(busy), async () => 'done')).resolves.toBe('done');
  });
});
