import { z } from 'zod';
import { type EventContract, InvalidOperationError } from '../../../lib/runtime';
import { deterministicId } from '../../../lib/runtime/deterministic-id';
import { checkDistinctItems, GUARD_BYTES, planTransactions } from '../../../lib/runtime/idempotency/plan';
import { readOutboxEntry } from '../../../lib/runtime/outbox/outbox';
import { checkLimits, itemBytes, MOST_TRANSACTION_BYTES } from '../../../lib/runtime/transaction/limits';
import type { Operation } from '../../../lib/runtime/transaction/operation';
import { isReservedWord, reservedWords } from '../../../lib/runtime/transaction/reserved-words';
import { type Transaction, TransactionCollector } from '../../../lib/runtime/transaction/transaction';

const OUTBOX = {
  tableName: 'idempotency',
  retentionSeconds: 100,
  causedBy: 'stripe#evt_1',
  correlationId: 'c-1',
  nowMilliseconds: 1_000_000,
};

function collected(collect: (transaction: Transaction) => void) {
  const collector = new TransactionCollector(OUTBOX);
  collect(collector);
  return collector.close();
}

describe('what is collected', () => {
  test('is what the SDK takes, with values marshalled', () => {
    const operations = collected((transaction) => {
      transaction.put({ TableName: 't', Item: { id: 'a', tags: new Set(['x']), absent: undefined, deep: { list: [1, null, undefined] } } });
      transaction.update(
        {
          TableName: 't',
          Key: { id: 'b' },
          UpdateExpression: 'SET #n = :n',
          ConditionExpression: 'attribute_exists(id)',
          ExpressionAttributeNames: { '#n': 'name' },
          ExpressionAttributeValues: { ':n': Buffer.from('n') },
        },
        { whenConditionFails: 'park' },
      );
      transaction.delete({ TableName: 't', Key: { id: 'c' } });
      transaction.check({ TableName: 't', Key: { id: 'd' }, ConditionExpression: 'attribute_exists(id)' });
    });
    expect(operations.map(({ write }) => write)).toStrictEqual([
      {
        Put: { TableName: 't', Item: { id: { S: 'a' }, tags: { SS: ['x'] }, deep: { M: { list: { L: [{ N: '1' }, { NULL: true }] } } } } },
      },
      {
        Update: {
          TableName: 't',
          Key: { id: { S: 'b' } },
          UpdateExpression: 'SET #n = :n',
          ConditionExpression: 'attribute_exists(id)',
          ExpressionAttributeNames: { '#n': 'name' },
          ExpressionAttributeValues: { ':n': { B: Buffer.from('n') } },
        },
      },
      { Delete: { TableName: 't', Key: { id: { S: 'c' } } } },
      { ConditionCheck: { TableName: 't', Key: { id: { S: 'd' } }, ConditionExpression: 'attribute_exists(id)' } },
    ]);
    expect(operations.map(({ whenConditionFails }) => whenConditionFails)).toEqual(['retry', 'park', 'retry', 'retry']);
  });

  test('is refused for good with the operation that can not be sent, also when the handler swallows that', () => {
    const collector = new TransactionCollector(OUTBOX);
    collector.delete({ TableName: 't', Key: { id: 'a' } });
    expect(() => collector.put({ TableName: 'orders', Item: { id: 'a', at: new Date() } })).toThrow(InvalidOperationError);
    collector.delete({ TableName: 't', Key: { id: 'b' } });
    expect(() => collector.close()).toThrow(/^operation 1 \(put on orders\): /);
  });

  test.each([
    ['NaN', { Item: { id: 'a', n: Number.NaN } }, 'NaN'],
    ['a class instance', { Item: { id: 'a', url: new URL('http://localhost') } }, 'Unsupported type'],
    ['an empty set', { Item: { id: 'a', tags: new Set() } }, 'non-empty set'],
    [
      'an undefined value',
      { Item: { id: 'a' }, ConditionExpression: 'a = :a', ExpressionAttributeValues: { ':a': undefined } },
      'operation 0 (put on t): the value of :a is undefined',
    ],
  ])('is never %s', (_name, parts, message) => {
    const put = () => new TransactionCollector(OUTBOX).put({ TableName: 't', ...parts });
    expect(put).toThrow(InvalidOperationError);
    expect(put).toThrow(message);
  });

  test('is refused with the error that says why as its cause', () => {
    const reason = expect.objectContaining({ message: 'expected an attribute name at the end' });
    const collect = () => new TransactionCollector(OUTBOX).update({ TableName: 't', Key: { id: 'a' }, UpdateExpression: 'REMOVE' });
    expect(collect).toThrow(expect.objectContaining({ cause: expect.objectContaining({ cause: reason }) }));
  });

  test('is nothing once somebody has refused the event, whatever comes later', () => {
    const collector = new TransactionCollector(OUTBOX);
    collector.refuse(new Error('another attempt has it'));
    collector.refuse(new Error('second'));
    collector.delete({ TableName: 't', Key: { id: 'a' } });
    expect(() => collector.close()).toThrow('another attempt has it');
  });

  test.each<[string, (transaction: Transaction) => void]>([
    ['put', (transaction) => transaction.put({ TableName: 't', Item: {}, ConditionExpression: ' ' })],
    ['update', (transaction) => transaction.update({ TableName: 't', Key: {}, UpdateExpression: ' ' })],
    ['delete', (transaction) => transaction.delete({ TableName: 't', Key: {}, ConditionExpression: ' ' })],
    ['check', (transaction) => transaction.check({ TableName: 't', Key: {}, ConditionExpression: ' ' })],
  ])('is called by its kind and table when it is refused (%s)', (kind, collect) => {
    expect(() => collected(collect)).toThrow(`operation 0 (${kind} on t): `);
  });

  test('counts for its transaction with key and values, and for its item with what it surely holds', () => {
    const values = { ':a': 'x'.repeat(10), ':b': 'x'.repeat(20) };
    const [put, update] = collected((transaction) => {
      transaction.put({ TableName: 't', Item: { id: 'a' }, ConditionExpression: 'c IN (:a, :b)', ExpressionAttributeValues: values });
      transaction.update({ TableName: 't', Key: { id: 'a' }, UpdateExpression: 'SET c = :a, d = :b', ExpressionAttributeValues: values });
    });
    expect([put!.bytes, put!.itemBytes]).toEqual([3 + 10 + 20, 3]);
    expect([update!.bytes, update!.itemBytes]).toEqual([3 + 10 + 20, 20]);
  });

  test('ends when the transaction is closed', () => {
    const collector = new TransactionCollector(OUTBOX);
    collector.close();
    expect(() => collector.delete({ TableName: 't', Key: { id: 'a' } })).toThrow('await everything before the handler returns');
    const abandoned = new TransactionCollector(OUTBOX);
    abandoned.abandon();
    expect(() => abandoned.delete({ TableName: 't', Key: { id: 'a' } })).toThrow('the transaction is closed');
  });
});

describe('an emitted event', () => {
  const contract = { name: 'payment.recorded', version: 2, source: 'acme.payments' };
  const emitted = (...events: unknown[]) =>
    collected((transaction) => {
      for (const event of events) transaction.emit(contract, event);
    });
  const entries = (...events: unknown[]) => emitted(...events).map(({ write }) => readOutboxEntry(write.Put?.Item as never)!);

  test('is an item of the outbox, and nothing but it', () => {
    const [{ write, description }] = emitted({ amount: 5 }) as [Operation];
    expect(description).toBe('emit of payment.recorded version 2');
    const [entry] = entries({ amount: 5 });
    expect(write.Put).toMatchObject({
      TableName: 'idempotency',
      Item: { id: { S: `outbox#${entry!.eventId}` }, expiration: { N: '1100' }, outbox: { M: { eventId: { S: entry!.eventId } } } },
    });
    expect(entry).toMatchObject({
      source: 'acme.payments',
      detailType: 'payment.recorded',
      causedBy: 'stripe#evt_1',
      correlationId: 'c-1',
    });
    expect(JSON.parse(entry!.detail)).toEqual({
      metadata: {
        eventId: entry!.eventId,
        contract: 'payment.recorded',
        version: 2,
        correlationId: 'c-1',
        causedBy: 'stripe#evt_1',
        occurredAt: '1970-01-01T00:16:40.000Z',
      },
      data: { amount: 5 },
    });
    expect(readOutboxEntry({ id: { S: 'stripe#evt_1' } })).toBeUndefined();
  });

  test('has the same id in every run of its event, also after a deployment, and another than its neighbours', () => {
    const first = entries(1, 2, 3).map(({ eventId }) => eventId);
    expect(first).toEqual([0, 1, 2].map((index) => deterministicId('stripe#evt_1', 'acme.payments', 'payment.recorded', 2, index)));
    expect(new Set(first).size).toBe(3);
    expect(first[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test.each([
    ['a contract without a name', { ...contract, name: '' }, 1, 'name of the contract has 0 characters'],
    ['a source of AWS', { ...contract, source: 'aws.payments' }, 1, 'names that begin with aws.'],
    ['a version that is none', { ...contract, version: 1.5 }, 1, 'version of the contract is 1.5'],
    ['nothing', contract, undefined, 'is undefined'],
    [
      'what its schema refuses',
      { ...contract, schema: z.object({ amount: z.number() }) },
      { amount: 'x' },
      'refused by the schema of payment.recorded: amount:',
    ],
    ['a schema that answers later', { ...contract, schema: z.number().refine(async () => true) }, 1, 'answers later'],
  ])('is never %s', (_name, wrong, event, message) => {
    expect(() => collected((transaction) => transaction.emit(wrong as EventContract<unknown>, event))).toThrow(message);
  });

  test('is what its schema makes of it', () => {
    const schema = z.object({ amount: z.coerce.number() });
    const [operation] = collected((transaction) => transaction.emit({ ...contract, schema }, { amount: '5' as never }));
    expect(JSON.parse(readOutboxEntry(operation!.write.Put!.Item as never)!.detail).data).toEqual({ amount: 5 });
  });
});

describe('an expression is refused before it is sent', () => {
  const update = (parts: object) => () =>
    new TransactionCollector(OUTBOX).update({ TableName: 't', Key: { id: 'a' }, UpdateExpression: 'SET a = :a', ...parts });
  const values = { ExpressionAttributeValues: { ':a': 1 } };
  test.each([
    ['an empty one', { UpdateExpression: ' ' }, 'UpdateExpression: the expression is empty'],
    ['an undefined value', {}, 'UpdateExpression: :a is not defined'],
    ['an undefined name', { UpdateExpression: 'REMOVE #a' }, 'UpdateExpression: #a is not defined'],
    ['an unused value', { ExpressionAttributeValues: { ':a': 1, ':b': 2 } }, ':b is not used in any expression'],
    ['an unused name', { ...values, ExpressionAttributeNames: { '#a': 'a' } }, '#a is not used in any expression'],
    ['an empty name', { UpdateExpression: 'REMOVE #a', ExpressionAttributeNames: { '#a': '' } }, '#a stands for an empty name'],
    ['a placeholder that is none', { ...values, ExpressionAttributeNames: { a: 'a' } }, '"a" is no placeholder'],
    [
      'a reserved word',
      { UpdateExpression: 'REMOVE Value' },
      'Value is a reserved word: name it through ExpressionAttributeNames, like #Value',
    ],
    ['a clause that comes twice', { UpdateExpression: 'REMOVE a REMOVE b' }, 'REMOVE comes twice'],
    ['no clause', { UpdateExpression: 'a = :a', ...values }, 'expected SET, REMOVE, ADD, DELETE at "a = :a"'],
    ['something after the end', { UpdateExpression: 'REMOVE a b' }, 'expected the end of the expression at "b"'],
    ['an unknown character', { UpdateExpression: 'REMOVE a; b' }, 'unknown character at 8: ";"'],
    ['an unknown function', { UpdateExpression: 'SET a = sum(b, :a)', ...values }, 'sum is no function that can stand here'],
    ['a function of another place', { ConditionExpression: 'size(a)', ...values }, 'size is no function that can stand here'],
    ['a function with too few operands', { UpdateExpression: 'SET a = if_not_exists(a)' }, 'if_not_exists takes 2 operands, given 1'],
    ['a function that asks for an attribute', { ConditionExpression: 'attribute_exists(:a)', ...values }, 'must be an attribute'],
    [
      'a key that is updated',
      { UpdateExpression: 'SET #id = :a', ...values, ExpressionAttributeNames: { '#id': 'id' } },
      'id is part of the key',
    ],
    ['paths that overlap', { UpdateExpression: 'SET a.b = :a REMOVE a.b[1]', ...values }, 'the paths a.b and a.b[1] overlap'],
    ['ADD of a text', { UpdateExpression: 'ADD a :a', ExpressionAttributeValues: { ':a': 'x' } }, 'ADD takes a number or a set'],
    ['ADD of a path', { UpdateExpression: 'ADD a b' }, 'ADD takes a value'],
    ['DELETE of a number', { UpdateExpression: 'DELETE a :a', ...values }, 'DELETE takes a set'],
    ['a sum of texts', { UpdateExpression: 'SET a = b + :a', ExpressionAttributeValues: { ':a': 'x' } }, '+ takes numbers'],
    ['too long a list', { ConditionExpression: `b IN (${Array(101).fill(':a').join(',')})`, ...values }, 'IN takes 100 operands at most'],
    ['a condition without an end', { ConditionExpression: 'a = :a AND', ...values }, 'expected an attribute name at the end'],
    ['a lone operand', { ConditionExpression: ':a', ...values }, 'expected a comparator at the end'],
    ['a value on the left of AND', { ConditionExpression: 'b = :x AND b = c', ...values }, 'ConditionExpression: :x is not defined'],
    ['a value on the right of OR', { ConditionExpression: 'b = c OR b = :x', ...values }, ':x is not defined'],
    ['a value behind NOT', { ConditionExpression: 'NOT b = :x', ...values }, ':x is not defined'],
    ['a value that is compared', { ConditionExpression: ':x = b', ...values }, ':x is not defined'],
    ['a lower bound', { ConditionExpression: 'b BETWEEN :x AND c', ...values }, ':x is not defined'],
    ['an upper bound', { ConditionExpression: 'b BETWEEN c AND :x', ...values }, ':x is not defined'],
    ['a member of a list', { ConditionExpression: 'b IN (c, :x)', ...values }, ':x is not defined'],
    ['an operand of a function', { ConditionExpression: 'size(:x) > b', ...values }, ':x is not defined'],
    ['a reserved word that is compared', { ConditionExpression: 'b = Value', ...values }, 'Value is a reserved word'],
    ['a reserved word inside a path', { ConditionExpression: 'b = c.value', ...values }, 'value is a reserved word'],
    ['a reserved word inside a sum', { UpdateExpression: 'SET a = b + value' }, 'value is a reserved word'],
    [
      'a name with a character that placeholders do not have',
      { ...values, ExpressionAttributeNames: { '#a-b': 'a' } },
      'ExpressionAttributeNames: "#a-b" is no placeholder: # and letters, digits, _',
    ],
    ['a name that begins before its sigil', { ...values, ExpressionAttributeNames: { 'x#a': 'a' } }, '"x#a" is no placeholder'],
    [
      'a value with a character that placeholders do not have',
      { ExpressionAttributeValues: { ':a': 1, ':b-c': 1 } },
      'ExpressionAttributeValues: ":b-c" is no placeholder: : and letters, digits, _',
    ],
    ['a value that begins before its sigil', { ExpressionAttributeValues: { ':a': 1, 'x:b': 1 } }, '"x:b" is no placeholder'],
    ['attribute_not_exists of a value', { ConditionExpression: 'attribute_not_exists(:a)', ...values }, 'must be an attribute'],
    ['attribute_type of a value', { ConditionExpression: 'attribute_type(:a, :a)', ...values }, 'must be an attribute'],
    ['attribute_type without a type', { ConditionExpression: 'attribute_type(b)', ...values }, 'attribute_type takes 2 operands, given 1'],
    ['contains without a part', { ConditionExpression: 'contains(b)', ...values }, 'contains takes 2 operands, given 1'],
    ['if_not_exists of a value', { UpdateExpression: 'SET a = if_not_exists(:a, b)', ...values }, 'must be an attribute'],
    [
      'a condition where a value belongs',
      { ConditionExpression: 'begins_with(b, attribute_exists(c))', ...values },
      'attribute_exists is no function that can stand here (allowed: size)',
    ],
    [
      'a value where a condition belongs',
      { ConditionExpression: 'size(b) AND b = c', ...values },
      '(allowed: attribute_exists, attribute_not_exists, attribute_type, begins_with, contains)',
    ],
    ['a path inside of one that was set before', { UpdateExpression: 'SET a.b = :a REMOVE a', ...values }, 'the paths a.b and a overlap'],
    ['a path that comes twice', { UpdateExpression: 'SET a[1].b = :a REMOVE a[1].b', ...values }, 'the paths a[1].b and a[1].b overlap'],
    [
      'a path that comes twice by a placeholder',
      { UpdateExpression: 'SET a = :a REMOVE #a', ...values, ExpressionAttributeNames: { '#a': 'a' } },
      'the paths a and a overlap',
    ],
    [
      'a text that is subtracted',
      { UpdateExpression: 'SET a = :a - b', ExpressionAttributeValues: { ':a': 'x' } },
      '- takes numbers, given',
    ],
  ])('%s', (_name, parts, message) => {
    expect(update(parts)).toThrow(message);
  });

  test.each([
    'SET a = :a',
    'set a = if_not_exists(a, :a) + :a, b[1].c = list_append(d, e) REMOVE f',
    'SET a = (b + :a)',
    'ADD a :a DELETE b :set',
    'ADD a :set DELETE b :set',
    'ADD a :numbers DELETE b :numbers',
    'ADD a :binaries DELETE b :binaries',
    'SET a.b = :a, a.c = :a, d[0] = :a, d[1] = :a',
    'SET a = list_append(:a, if_not_exists(b, :a))',
    'SET a = b REMOVE ab',
  ])('not %s', (UpdateExpression) => {
    const ExpressionAttributeValues = {
      ...(/:a/.test(UpdateExpression) && { ':a': 1 }),
      ...(/:set/.test(UpdateExpression) && { ':set': new Set(['x']) }),
      ...(/:numbers/.test(UpdateExpression) && { ':numbers': new Set([1]) }),
      ...(/:binaries/.test(UpdateExpression) && { ':binaries': new Set([Buffer.from('x')]) }),
    };
    expect(update({ UpdateExpression, ExpressionAttributeValues })).not.toThrow();
  });

  test.each([
    'a = :a AND NOT (b < :a OR attribute_not_exists(c.d[0]))',
    '(a) = :a',
    'a BETWEEN :a AND b AND size(c) > :a',
    'a IN (:a, b) or begins_with(c, d)',
    `a IN (${Array(100).fill(':a').join(',')})`,
    'attribute_type(b, :a) AND attribute_exists(c)',
    'begins_with(:a, b) AND contains(:a, b) AND size(:a) < b',
    'contains(b, size(:a))',
  ])('not %s', (ConditionExpression) => {
    expect(update({ UpdateExpression: 'SET x = :a', ConditionExpression, ...values })).not.toThrow();
  });
});

describe('limits', () => {
  const puts = (count: number, bytes: number) =>
    collected((transaction) => {
      for (let index = 0; index < count; index++) transaction.put({ TableName: 't', Item: { id: `${index}`, text: 'x'.repeat(bytes) } });
    });

  test.each([
    [99, 1, undefined],
    [100, 1, 'the event stripe#evt_1 makes 100 operations, a transaction takes 99 beside the idempotency record'],
    [1, 400 * 1024 - 7, undefined],
    [1, 400 * 1024 - 6, 'writes 409601 bytes in operation 0 (put on t), an item takes 409600'],
    [10, 400_000, undefined],
    [11, 400_000, 'bytes in all, a transaction takes 4194304'],
  ])('%d items of %d bytes', (count, bytes, message) => {
    const check = () => checkLimits('stripe#evt_1', puts(count, bytes), GUARD_BYTES);
    if (message === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(message);
  });

  test('one value of an update that no item can hold', () => {
    const operations = collected((transaction) =>
      transaction.update({
        TableName: 't',
        Key: { id: 'a' },
        UpdateExpression: 'SET a = :a',
        ExpressionAttributeValues: { ':a': 'x'.repeat(500_000) },
      }),
    );
    expect(() => checkLimits('k', operations, 0)).toThrow('500000 bytes in operation 0 (update on t)');
  });

  test.each([
    ['exactly as much as a transaction takes', MOST_TRANSACTION_BYTES - GUARD_BYTES, undefined],
    ['a byte more', MOST_TRANSACTION_BYTES - GUARD_BYTES + 1, 'writes 4194305 bytes in all, a transaction takes 4194304'],
  ])('%s', (_name, bytes, message) => {
    const check = () => checkLimits('k', [{ bytes, itemBytes: 1 } as Operation], GUARD_BYTES);
    if (message === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(message);
  });

  test.each([
    ['0', 1],
    ['7', 2],
    ['-7', 3],
    ['100', 2],
    ['1000', 2],
    ['1001', 3],
    ['0.00125', 3],
    ['12345', 4],
    ['1e+21', 2],
    ['1.25e-107', 3],
  ])('the number %s has %d bytes', (number, bytes) => {
    expect(itemBytes({ '': { N: number } })).toBe(bytes);
  });

  test('sizes are counted as DynamoDB documents them', () => {
    expect(
      itemBytes({
        s: { S: 'ä' },
        n: { N: '-12.50' },
        b: { B: new Uint8Array(3) },
        l: { L: [{ BOOL: true }, { NULL: true }] },
        m: { M: { k: { S: 'v' } } },
        ss: { SS: ['ab', 'c'] },
        ns: { NS: ['1', '100'] },
        bs: { BS: [new Uint8Array(2)] },
      }),
    ).toBe(1 + 2 + (1 + 4) + (1 + 3) + (1 + 3 + 2 * 2) + (1 + 3 + 2 + 1) + (2 + 3) + (2 + 4) + (2 + 2));
  });
});

test('of the 573 words that DynamoDB documents all but one are reserved, in any case', () => {
  const words = [...reservedWords()];
  expect(words).toHaveLength(572);
  expect(words.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
  expect(['abort', 'Year', 'ZONE', 'abor'].map(isReservedWord)).toEqual([true, true, true, false]);
  expect(isReservedWord('convert')).toBe(false);
});

describe('items that an event touches', () => {
  test('are only touched once', () => {
    const operations = collected((transaction) => {
      transaction.update({ TableName: 't', Key: { id: 'a', sort: 1 }, UpdateExpression: 'REMOVE x' });
      transaction.check({
        TableName: 'arn:aws:dynamodb:us-east-1:111122223333:table/t',
        Key: { sort: 1, id: 'a' },
        ConditionExpression: 'attribute_exists(id)',
      });
    });
    expect(() => checkDistinctItems(operations, new Map())).toThrow(
      'operations 0 and 1 (check on arn:aws:dynamodb:us-east-1:111122223333:table/t) touch the same item',
    );
  });

  test('are told from puts once the keys of a table were seen', () => {
    const event = (name: string, collect: (transaction: Transaction) => void) => ({
      identity: { key: name, payloadHash: '' },
      operations: collected(collect),
    });
    const put = (name: string, id: string) => event(name, (transaction) => transaction.put({ TableName: 't', Item: { id, of: name } }));
    const keyNames = new Map();
    const names = (groups: ReadonlyArray<ReadonlyArray<{ identity: { key: string } }>>) =>
      groups.map((group) => group.map(({ identity }) => identity.key).join(''));
    expect(names(planTransactions([put('a', '1'), put('b', '1')], keyNames))).toEqual(['ab']);
    const seen = event('c', (transaction) => transaction.delete({ TableName: 't', Key: { id: '1' } }));
    expect(names(planTransactions([seen, put('d', '1'), put('e', '2'), put('f', '1')], keyNames))).toEqual(['ce', 'd', 'f']);
  });
});
