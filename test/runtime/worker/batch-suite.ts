import {
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { PermanentError, type WorkerOptions } from '../../../lib/runtime';
import type { Tables } from '../../support/in-memory-table/tables';
import { bench, envelope, RecordedClient, sqsRecord } from './worker-bench';

interface Payment {
  readonly account: string;
  readonly entry: string;
  readonly amount: number;
  readonly poison?: 'permanent' | 'overdraw' | 'unsendable';
}

/** A ledger entry and its account's balance; entries keep the order of the balance they saw through a condition. */
const post: WorkerOptions<Payment> = {
  handle: ({ account, entry, amount, poison }, { transaction }) => {
    if (poison === 'permanent') throw new PermanentError('no such account');
    transaction.put({ TableName: 'entries', Item: { id: entry, amount } });
    transaction.update({
      TableName: 'ledger',
      Key: { id: account },
      // That an attribute is missing shows only when the item is met.
      UpdateExpression: poison === 'unsendable' ? 'SET balance = :amount + absent' : 'ADD balance :amount',
      ...(poison === 'overdraw' && { ConditionExpression: 'balance > :limit' }),
      ExpressionAttributeValues: {
        ':amount': amount,
        ...(poison === 'overdraw' && { ':limit': 1_000_000 }),
      },
    });
  },
};

/** Passes everything on and counts it. */
function counted(local: Tables, before: (name: string, input: Record<string, unknown>) => void = () => {}) {
  const commands = { TransactWriteItems: TransactWriteItemsCommand, PutItem: PutItemCommand, GetItem: GetItemCommand };
  return new RecordedClient((name, input) => {
    before(name, input);
    const Command = commands[name as 'PutItem'];
    return local.client.send(new Command(input as never));
  });
}

export function batches(local: () => Tables): void {
  let round = 0;
  let prefix = '';
  const balance = async (account: string) =>
    Number((await local().client.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: account } } }))).Item?.balance?.N ?? 0);
  const entries = async () => {
    const { Items = [] } = await local().client.send(new ScanCommand({ TableName: 'entries' }));
    return Items.map((item) => item.id!.S!)
      .filter((id) => id.startsWith(prefix))
      .map((id) => id.slice(prefix.length))
      .sort();
  };
  const record = (id: string, event: Partial<Payment> = {}, overrides: { messageId?: string; receives?: number } = {}) =>
    sqsRecord({
      ...overrides,
      body: envelope({ account: `${prefix}account-of-${id}`, entry: prefix + id, amount: 5, ...event }, { id: prefix + id }),
    });
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);

  beforeAll(async () => {
    for (const table of ['idempotency', 'ledger', 'entries', 'large']) await local().createTable(table);
  });
  beforeEach(() => {
    prefix = `${++round}-`;
  });

  test('ten events cost one request', async () => {
    const dynamoDb = counted(local());
    const { run, telemetry } = bench(post, { dynamoDb: dynamoDb as never });
    await expect(run(ids(10).map((id) => record(id)))).resolves.toEqual({ batchItemFailures: [] });
    expect(dynamoDb.sent).toHaveLength(1);
    expect(await entries()).toEqual(ids(10));
    expect(telemetry.counts).toMatchObject({ Done: 10 });
  });

  test('copies within a batch have one effect and cost nothing', async () => {
    const dynamoDb = counted(local());
    const { run, telemetry } = bench(post, { dynamoDb: dynamoDb as never });
    await run([record('a'), record('b'), record('a'), record('a')]);
    expect(dynamoDb.sent).toHaveLength(1);
    expect(await balance(`${prefix}account-of-a`)).toBe(5);
    expect(telemetry.counts).toMatchObject({ Done: 2, Duplicate: 2 });
  });

  test('another payload under the key of its neighbour is a conflict, in the order of the batch', async () => {
    const { run, telemetry } = bench(post, { dynamoDb: local().client });
    await run([record('a'), record('a', { amount: 6 })]);
    expect(await balance(`${prefix}account-of-a`)).toBe(5);
    expect(telemetry.counts).toMatchObject({ Done: 1, 'Parked:conflict': 1 });
  });

  test('duplicates of earlier batches are left out, the rest is written: one request more', async () => {
    const dynamoDb = counted(local());
    const { run, telemetry } = bench(post, { dynamoDb: dynamoDb as never });
    await run(['e3', 'e7'].map((id) => record(id)));
    dynamoDb.sent.length = 0;
    await expect(run(ids(10).map((id) => record(id)))).resolves.toEqual({ batchItemFailures: [] });
    expect(dynamoDb.sent).toHaveLength(2);
    expect(await entries()).toEqual(ids(10));
    expect(telemetry.counts).toMatchObject({ Done: 10, Duplicate: 2 });
  });

  test.each([
    ['overdraw', 'Retried', 2],
    // DynamoDB Local, unlike DynamoDB, does not say which item a ValidationException is about: halving ten takes up to eight, and one parks.
    ['unsendable', 'Parked:permanent', 9],
    ['permanent', 'Parked:permanent', 2],
  ] as const)('a record that is guilty (%s) is isolated, the rest is written', async (poison, metric, requests) => {
    const dynamoDb = counted(local());
    const { run, telemetry } = bench(post, { dynamoDb: dynamoDb as never });
    await local().client.send(new PutItemCommand({ TableName: 'ledger', Item: { id: { S: `${prefix}poor` }, balance: { N: '1' } } }));
    const records = ids(10).map((id) => record(id, id === 'e4' ? { poison, account: `${prefix}poor` } : {}));
    await run(records);
    expect(await entries()).toEqual(ids(10).filter((id) => id !== 'e4'));
    expect(await balance(`${prefix}poor`)).toBe(1);
    expect(telemetry.counts).toMatchObject({ Done: 9, [metric]: 1 });
    expect(dynamoDb.sent.length).toBeLessThanOrEqual(requests);
  });

  test('a request that is refused without a word about which part is halved until the guilty one is alone', async () => {
    // Two puts of one item in one transaction: the worker has never seen the keys of this table.
    const dynamoDb = counted(local());
    const { run, telemetry } = bench(
      { handle: (entry: { id: string }, { transaction }) => transaction.put({ TableName: 'entries', Item: { id: prefix + entry.id } }) },
      { dynamoDb: dynamoDb as never },
    );
    const same = ['a', 'b', 'same', 'c', 'same', 'd'].map((id, index) =>
      sqsRecord({ body: envelope({ id }, { id: `${prefix}${index}` }) }),
    );
    await expect(run(same)).resolves.toEqual({ batchItemFailures: [] });
    expect(await entries()).toEqual(['a', 'b', 'c', 'd', 'same']);
    expect(telemetry.counts).toMatchObject({ Done: 6 });
    expect(dynamoDb.sent.length).toBeGreaterThan(1);
  });

  test('events that touch the same item are written one after the other', async () => {
    const dynamoDb = counted(local());
    const { run } = bench(post, { dynamoDb: dynamoDb as never });
    const shared = { account: `${prefix}shared` };
    await run([record('a', shared), record('b'), record('c', shared), record('d'), record('e', shared)]);
    expect(dynamoDb.sent).toHaveLength(3);
    expect(await balance(`${prefix}shared`)).toBe(15);
  });

  test('an event that meets other traffic to the end is retried later, the rest is written', async () => {
    const dynamoDb = counted(local(), (_name, input) => {
      const items = input.TransactItems as { Update?: { Key: { id: { S: string } } } }[];
      if (!items.some(({ Update }) => Update?.Key.id.S.endsWith('hot'))) return;
      throw new TransactionCanceledException({
        message: 'conflict',
        $metadata: {},
        CancellationReasons: items.map(({ Update }) => ({ Code: Update?.Key.id.S.endsWith('hot') ? 'TransactionConflict' : 'None' })),
      });
    });
    const { run, telemetry } = bench(post, { dynamoDb: dynamoDb as never });
    const hot = record('e1', { account: `${prefix}hot` });
    await expect(run([record('e0'), hot, record('e2')])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: hot.messageId }] });
    expect(await entries()).toEqual(['e0', 'e2']);
    expect(telemetry.counts).toMatchObject({ Done: 2, Retried: 1 });
    expect(dynamoDb.sent).toHaveLength(5);
  });

  test('a hundred items and four megabytes a transaction are kept by splitting the batch', async () => {
    const dynamoDb = counted(local());
    const { run, telemetry } = bench(
      {
        handle: ({ id, parts, bytes }: { id: string; parts: number; bytes: number }, { transaction }) => {
          for (let part = 0; part < parts; part++) {
            transaction.put({ TableName: 'large', Item: { id: `${prefix}${id}-${part}`, text: 'x'.repeat(bytes) } });
          }
        },
      },
      { dynamoDb: dynamoDb as never },
    );
    const big = (id: string, parts: number, bytes: number) => sqsRecord({ body: envelope({ id, parts, bytes }, { id: prefix + id }) });
    await expect(run([big('a', 60, 1), big('b', 60, 1), big('c', 6, 390_000), big('d', 6, 390_000), big('e', 99, 1)])).resolves.toEqual({
      batchItemFailures: [],
    });
    expect(telemetry.counts).toMatchObject({ Done: 5 });
    expect(dynamoDb.sent.map(({ input }) => (input.TransactItems as unknown[]).length)).toEqual([68, 68, 100]);
  });

  test('whatever is in a batch, the ledger is as if each event had come alone', async () => {
    const event = fc.record({
      id: fc.integer({ min: 0, max: 5 }),
      account: fc.integer({ min: 0, max: 2 }),
      poison: fc.option(fc.constantFrom('permanent', 'overdraw', 'unsendable'), { freq: 6, nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }), async (batches) => {
        prefix = `${++round}-`;
        const accounts = [0, 1, 2].map((account) => `${prefix}account-${account}`);
        for (const account of accounts) {
          await local().client.send(new PutItemCommand({ TableName: 'ledger', Item: { id: { S: account }, balance: { N: '0' } } }));
        }
        const { run } = bench(post, { dynamoDb: local().client });
        // An event is told by its id; the first payload of an id that can succeed or is parked holds it.
        const seen = new Map<number, { readonly text: string; readonly effect: boolean }>();
        const expected = [0, 0, 0];
        for (const batch of batches) {
          await run(
            batch.map(({ id, account, poison }) =>
              record(`e${id}`, { account: accounts[account]!, ...(poison && { poison }) } as Partial<Payment>),
            ),
          );
          // What fails for good is parked once its ten neighbours are written: its event is closed from then on.
          for (const [from, last] of [0, 10].flatMap((start) => [[start, false] as const, [start, true] as const])) {
            for (const { id, account, poison } of batch.slice(from, from + 10)) {
              const closes = poison === 'permanent' || poison === 'unsendable';
              if (seen.has(id) || poison === 'overdraw' || closes !== last) continue;
              seen.set(id, { text: JSON.stringify([account, poison]), effect: !closes });
              if (!closes) expected[account]! += 5;
            }
          }
        }
        expect(await Promise.all(accounts.map(balance))).toEqual(expected);
        expect(await entries()).toEqual([...seen].flatMap(([id, { effect }]) => (effect ? [`e${id}`] : [])).sort());
      }),
      { numRuns: 10, endOnFailure: true },
    );
  }, 60_000);
}
