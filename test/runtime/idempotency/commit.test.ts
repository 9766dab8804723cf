import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { ConditionFailedError, InvalidOperationError } from '../../../lib/runtime';
import { commitEvents, operationFailure, type PreparedEvent } from '../../../lib/runtime/idempotency/commit';
import { retrying, writeTogether } from '../../../lib/runtime/idempotency/write-together';
import type { Operation } from '../../../lib/runtime/transaction/operation';
import { tablesInMemory } from '../../support/in-memory-table/tables';
import { NOW, RecordedClient } from '../worker/worker-bench';

const TABLE = { tableName: 'idempotency', retentionSeconds: 100 };

function put(id: string, whenConditionFails: Operation['whenConditionFails'] = 'retry'): Operation {
  return {
    write: { Put: { TableName: 'orders', Item: { id: { S: id } } } },
    description: 'put on orders',
    whenConditionFails,
    bytes: 10,
    itemBytes: 10,
  };
}

function event(key: string, ...operations: Operation[]): PreparedEvent {
  return { identity: { key, payloadHash: 'hash' }, operations };
}

function cancelled(...codes: (string | undefined)[]): TransactionCanceledException {
  const reasons = codes.map((Code) => ({ Code, Message: `because of ${Code}` }));
  return new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons: reasons });
}

function throttled(): Error {
  return Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
}

/** A table that answers each request in turn: an error is thrown, anything else is written. Time passes only by waiting. */
function answering(...answers: (Error | undefined)[]) {
  let now = NOW;
  const waits: number[] = [];
  const dynamoDb = new RecordedClient(() => {
    const answer = answers.shift();
    if (answer !== undefined) throw answer;
    return {};
  });
  const clock = {
    now: () => now,
    random: () => 0.5,
    after: (milliseconds: number, callback: () => void) => {
      waits.push(milliseconds);
      now += milliseconds;
      setImmediate(callback);
      return () => {};
    },
  };
  const requests = () =>
    dynamoDb.sent.map(({ input }) =>
      (input.TransactItems as { Put: { Item: { id: { S: string } } } }[]).map(({ Put }) => Put.Item.id.S).join(' '),
    );
  const tokens = () => dynamoDb.sent.map(({ input }) => input.ClientRequestToken);
  const commit = (events: PreparedEvent[], deadline = NOW + 60_000) =>
    commitEvents(events, deadline, { dynamoDb: dynamoDb as never, table: TABLE, keyNames: new Map(), clock });
  return { dynamoDb, clock, waits, requests, tokens, commit };
}

describe('events are written together', () => {
  test('each as its record and its operations, in order', async () => {
    const { commit, dynamoDb, requests, tokens } = answering();
    await expect(commit([event('a', put('1'), put('2')), event('b'), event('c', put('3'))])).resolves.toEqual(
      Array(3).fill({ kind: 'done' }),
    );
    expect(requests()).toEqual(['a 1 2 b c 3']);
    expect(dynamoDb.sent[0]!.name).toBe('TransactWriteItems');
    expect(tokens()).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  test('nothing is asked of the table for nothing', async () => {
    const { commit, dynamoDb } = answering();
    await expect(commit([])).resolves.toEqual([]);
    expect(dynamoDb.sent).toEqual([]);
  });

  test('copies have the fate of the first: done makes them duplicates, a failure is theirs too', async () => {
    const one = answering();
    await expect(one.commit([event('a'), event('a'), event('b')])).resolves.toEqual([
      { kind: 'done' },
      { kind: 'duplicate' },
      { kind: 'done' },
    ]);
    expect(one.requests()).toEqual(['a b']);
    const error = new Error('no');
    await expect(answering(error).commit([event('a'), event('a')])).resolves.toEqual(Array(2).fill({ kind: 'failed', error }));
  });

  test('a copy of another payload, or redriven at another time, is an event of its own', async () => {
    const { commit, requests } = answering();
    const a = event('a').identity;
    await commit([{ ...a, payloadHash: 'other' }, { ...a, parkedAt: 'then' }, a].map((identity) => ({ identity, operations: [] })));
    expect(requests()).toEqual(['a', 'a', 'a']);
  });
});

describe('a refused transaction', () => {
  const other = { Code: 'ConditionalCheckFailed', Item: { validation: { S: 'another' }, status: { S: 'COMPLETED' } } };
  const same = { Code: 'ConditionalCheckFailed', Item: { validation: { S: 'hash' }, status: { S: 'COMPLETED' } } };
  const none = { Code: 'None' };
  const refused = (...CancellationReasons: object[]) =>
    new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons });

  test('is written again without what its reasons speak of, at once and under another token', async () => {
    const { commit, requests, tokens, waits } = answering(refused(same, none, none, other, none, none));
    await expect(commit([event('a', put('1')), event('b'), event('c', put('2')), event('d')])).resolves.toEqual([
      { kind: 'duplicate' },
      { kind: 'done' },
      { kind: 'conflict' },
      { kind: 'done' },
    ]);
    expect(requests()).toEqual(['a 1 b c 2 d', 'b d']);
    expect(new Set(tokens()).size).toBe(2);
    expect(waits).toEqual([]);
  });

  test('tells which operation of which event failed, and whether it is to be parked', async () => {
    const { commit } = answering(cancelled('None', 'None', 'None', 'None', 'ConditionalCheckFailed'), undefined);
    const [first, second] = await commit([event('a', put('1')), event('b', put('2'), put('3', 'park'))]);
    expect(first).toEqual({ kind: 'done' });
    expect(second).toEqual({ kind: 'failed', error: expect.any(ConditionFailedError) });
    expect(second).toMatchObject({ error: { operationIndex: 1, retryable: false } });
  });

  test('that nothing is left of is not written again', async () => {
    const { commit, dynamoDb } = answering(refused(same, other));
    await expect(commit([event('a'), event('b')])).resolves.toEqual([{ kind: 'duplicate' }, { kind: 'conflict' }]);
    expect(dynamoDb.sent).toHaveLength(1);
  });

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'for %s is tried again under its own token, after a while',
    async (code) => {
      const { commit, requests, tokens, waits } = answering(cancelled('None', code), cancelled(code, 'None'));
      await expect(commit([event('a', put('1'))])).resolves.toEqual([{ kind: 'done' }]);
      expect(requests()).toEqual(['a 1', 'a 1', 'a 1']);
      expect(new Set(tokens()).size).toBe(1);
      expect(waits).toEqual([25, 50]);
    },
  );

  test('that meets other traffic to the end fails, and its neighbours are written', async () => {
    const conflict = () => cancelled('None', 'TransactionConflict');
    const { commit, requests, waits } = answering(conflict(), conflict(), conflict(), conflict());
    const [a, b] = await commit([event('a'), event('b')]);
    expect(a).toEqual({ kind: 'done' });
    expect(b).toMatchObject({ kind: 'failed', error: { name: 'TransactionCanceledException' } });
    expect(requests()).toEqual(['a b', 'a b', 'a b', 'a b', 'a']);
    expect(waits).toEqual([25, 50, 100]);
  });

  test('gets its full number of tries again once what was in the way is left out', async () => {
    const conflict = () => cancelled('None', 'TransactionConflict');
    const { commit, requests } = answering(conflict(), conflict(), conflict(), conflict(), throttled(), throttled(), throttled());
    await expect(commit([event('a'), event('b')])).resolves.toEqual([{ kind: 'done' }, expect.objectContaining({ kind: 'failed' })]);
    expect(requests()).toEqual(['a b', 'a b', 'a b', 'a b', 'a', 'a', 'a', 'a']);
  });

  test('with a duplicate and other traffic leaves out the duplicate and waits for the rest', async () => {
    const conflict = { Code: 'TransactionConflict' };
    const { commit, requests, tokens, waits } = answering(refused(same, conflict, none));
    await expect(commit([event('a'), event('b'), event('c')])).resolves.toEqual([
      { kind: 'duplicate' },
      { kind: 'done' },
      { kind: 'done' },
    ]);
    expect(requests()).toEqual(['a b c', 'b c']);
    expect(new Set(tokens()).size).toBe(2);
    expect(waits).toEqual([25]);
  });

  test('is not tried again at the deadline', async () => {
    const late = answering(throttled());
    await expect(late.commit([event('a')], NOW + 25)).resolves.toEqual([expect.objectContaining({ kind: 'failed' })]);
    expect(late.requests()).toEqual(['a']);
    const early = answering(throttled());
    await expect(early.commit([event('a')], NOW + 26)).resolves.toEqual([{ kind: 'done' }]);
    expect(early.requests()).toEqual(['a', 'a']);
  });

  test.each([
    ['an error that speaks of nobody', () => Object.assign(new Error('wrong'), { name: 'ValidationException', $metadata: {} })],
    ['a guard that is refused without its record', () => cancelled('ConditionalCheckFailed')],
    ['a refusal without reasons', () => new TransactionCanceledException({ message: 'cancelled', $metadata: {} })],
  ])('by %s is halved until the guilty one is alone, in order', async (_name, error) => {
    const client = new RecordedClient((_kind, input) => {
      if (JSON.stringify(input).includes('"guilty"')) throw error();
      return {};
    });
    const { clock } = answering();
    const events = ['a', 'b', 'guilty', 'c', 'd'].map((key) => event(key));
    const outcomes = await commitEvents(events, NOW + 1_000, { dynamoDb: client as never, table: TABLE, keyNames: new Map(), clock });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'failed', 'done', 'done']);
    expect(
      client.sent.map(({ input }) =>
        (input.TransactItems as { Put: { Item: { id: { S: string } } } }[]).map(({ Put }) => Put.Item.id.S[0]).join(''),
      ),
    ).toEqual(['abgcd', 'abg', 'ab', 'g', 'cd']);
  });

  test('whose reply was lost is not written twice', async () => {
    const tables = tablesInMemory();
    for (const table of ['idempotency', 'orders']) await tables.createTable(table);
    let losses = 1;
    const dynamoDb = {
      send: async (command: never) => {
        const reply = await tables.client.send(command);
        if (losses-- > 0) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        return reply;
      },
    };
    const { clock } = answering();
    const commit = () =>
      commitEvents([event('a', put('1'))], NOW + 1_000, { dynamoDb: dynamoDb as never, table: TABLE, keyNames: new Map(), clock });
    await expect(commit()).resolves.toEqual([{ kind: 'done' }]);
    await expect(commit()).resolves.toEqual([{ kind: 'duplicate' }]);
  });
});

describe('the reasons of a refusal', () => {
  const operations = [put('1'), put('2', 'park')];
  const failure = (...codes: (string | undefined)[]) =>
    operationFailure(
      operations,
      codes.map((Code) => ({ Code, Message: 'because' })),
    );

  test('name the first operation that failed by its condition', () => {
    expect(failure('None', 'ConditionalCheckFailed')).toEqual(new ConditionFailedError('put on orders', 1, false));
    expect(failure('TransactionConflict', 'ConditionalCheckFailed')).toMatchObject({ operationIndex: 1, retryable: false });
    expect(failure('ConditionalCheckFailed', 'ConditionalCheckFailed')).toMatchObject({ operationIndex: 0, retryable: true });
    expect(failure(undefined, 'ConditionalCheckFailed')).toMatchObject({ operationIndex: 1 });
  });

  test('name an operation that is wrong in itself, with what DynamoDB says of it', () => {
    const error = failure('ItemCollectionSizeLimitExceeded', 'None');
    expect(error).toBeInstanceOf(InvalidOperationError);
    expect(error?.message).toBe('operation 0 (put on orders): ItemCollectionSizeLimitExceeded: because');
  });

  test.each([[['None', 'TransactionConflict']], [['ThrottlingError', 'ProvisionedThroughputExceeded']], [[undefined, undefined]], [[]]])(
    'tell nothing of an operation by %j',
    (codes) => {
      expect(failure(...codes)).toBeUndefined();
    },
  );
});

describe('a few items that are written together', () => {
  const items = [{ Put: { TableName: 't', Item: { id: { S: '1' } } } }];
  const write = (...answers: (Error | undefined)[]) => {
    const { dynamoDb, clock, tokens, waits } = answering(...answers);
    return { written: writeTogether(items, { dynamoDb: dynamoDb as never, clock }), dynamoDb, tokens, waits };
  };

  test('are one request', async () => {
    const { written, dynamoDb } = write();
    await expect(written).resolves.toBeUndefined();
    expect(dynamoDb.sent).toEqual([
      { name: 'TransactWriteItems', input: { TransactItems: items, ClientRequestToken: expect.any(String) } },
    ]);
  });

  test.each<[string, () => Error]>([
    ['other traffic', () => cancelled('None', 'TransactionConflict')],
    ['a busy table', () => cancelled(undefined, 'ThrottlingError')],
    ['a busy service', throttled],
    ['a refusal without reasons', () => new TransactionCanceledException({ message: '', $metadata: {} })],
  ])('are tried again for %s, under their own token', async (_name, error) => {
    const { written, tokens, waits } = write(error(), error(), error());
    await expect(written).resolves.toBeUndefined();
    expect(tokens()).toHaveLength(4);
    expect(new Set(tokens()).size).toBe(1);
    expect(waits).toEqual([25, 50, 100]);
    const last = error();
    await expect(write(error(), error(), error(), last).written).rejects.toBe(last);
  });

  test('give the reasons back when one of them stays', async () => {
    const { written, dynamoDb } = write(cancelled('TransactionConflict', 'ConditionalCheckFailed', 'None'));
    await expect(written).resolves.toMatchObject([{ Code: 'TransactionConflict' }, { Code: 'ConditionalCheckFailed' }, { Code: 'None' }]);
    expect(dynamoDb.sent).toHaveLength(1);
  });

  test('are not tried again for what no try can change', async () => {
    const denied = Object.assign(new Error('denied'), { name: 'AccessDeniedException' });
    const { written, dynamoDb } = write(denied);
    await expect(written).rejects.toBe(denied);
    expect(dynamoDb.sent).toHaveLength(1);
  });
});

describe('a client that tries again', () => {
  const send = (...answers: (Error | undefined)[]) => {
    const { dynamoDb, clock, waits } = answering(...answers);
    return {
      sent: retrying(dynamoDb as never, clock).send({ input: { a: 1 }, constructor: { name: 'PutItemCommand' } } as never),
      dynamoDb,
      waits,
    };
  };

  test('gives the answer of the first try that has one', async () => {
    const { sent, dynamoDb, waits } = send(throttled(), throttled(), throttled());
    await expect(sent).resolves.toEqual({});
    expect(dynamoDb.sent).toEqual(Array(4).fill({ name: 'PutItem', input: { a: 1 } }));
    expect(waits).toEqual([25, 50, 100]);
  });

  test('gives up after four tries, and at once for what no try can change', async () => {
    const last = throttled();
    await expect(send(throttled(), throttled(), throttled(), last).sent).rejects.toBe(last);
    const denied = new Error('denied');
    const { sent, dynamoDb } = send(denied);
    await expect(sent).rejects.toBe(denied);
    expect(dynamoDb.sent).toHaveLength(1);
  });
});
