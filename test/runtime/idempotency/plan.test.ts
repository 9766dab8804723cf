import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { PreparedEvent } from '../../../lib/runtime/idempotency/commit';
import { checkDistinctItems, GUARD_BYTES, type KeyNames, planTransactions } from '../../../lib/runtime/idempotency/plan';
import { MOST_TRANSACTION_BYTES } from '../../../lib/runtime/transaction/limits';
import type { Operation } from '../../../lib/runtime/transaction/operation';

type Attributes = Record<string, AttributeValue>;

function operation(write: Operation['write'], bytes = 1): Operation {
  return { write, description: `${Object.keys(write)[0]!.toLowerCase()} on t`, whenConditionFails: 'retry', bytes, itemBytes: 1 };
}
const text = (id: string): Attributes => ({ id: { S: id } });
const remove = (key: Attributes, TableName = 't') => operation({ Delete: { TableName, Key: key } });
const update = (key: Attributes) => operation({ Update: { TableName: 't', Key: key, UpdateExpression: 'REMOVE a' } });
const check = (key: Attributes) => operation({ ConditionCheck: { TableName: 't', Key: key, ConditionExpression: 'attribute_exists(a)' } });
const put = (item: Attributes, TableName = 't') => operation({ Put: { TableName, Item: item } });

function event(key: string, ...operations: Operation[]): PreparedEvent {
  return { identity: { key, payloadHash: '' }, operations };
}

/** Keys of the events of each transaction. */
function plan(events: PreparedEvent[], keyNames: KeyNames = new Map()): string[] {
  return planTransactions(events, keyNames).map((group) => group.map(({ identity }) => identity.key).join(' '));
}
const keys = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);

describe('events are put into as few transactions as can be', () => {
  test('of ten at most', () => {
    expect(plan([])).toEqual([]);
    expect(plan(keys(10).map((key) => event(key)))).toEqual([keys(10).join(' ')]);
    expect(plan(keys(11).map((key) => event(key)))).toEqual([keys(10).join(' '), 'e10']);
  });

  test('of a hundred items at most, their records among them', () => {
    const of = (key: string, count: number) => event(key, ...keys(count).map((id) => remove(text(`${key}-${id}`))));
    expect(plan([of('a', 49), of('b', 49)])).toEqual(['a b']);
    expect(plan([of('a', 49), of('b', 50)])).toEqual(['a', 'b']);
    expect(plan([of('a', 60), of('b', 60), of('c', 30)])).toEqual(['a c', 'b']);
  });

  test('of four megabytes at most, their records among them', () => {
    const of = (key: string, bytes: number) => event(key, operation({ Delete: { TableName: 't', Key: text(key) } }, bytes));
    const half = MOST_TRANSACTION_BYTES / 2 - GUARD_BYTES;
    expect(plan([of('a', half), of('b', half)])).toEqual(['a b']);
    expect(plan([of('a', half), of('b', half + 1)])).toEqual(['a', 'b']);
    expect(plan([of('a', half + 1), of('b', half), of('c', 1)])).toEqual(['a c', 'b']);
  });

  test('and those that touch the same item into different ones, in their order', () => {
    const [x, y] = [remove(text('x')), remove(text('y'))];
    expect(plan([event('a', x), event('b', x), event('c', y), event('d', x, y), event('e', y)])).toEqual(['a c', 'b', 'd', 'e']);
    expect(plan([event('a', x), event('b', y), event('c', update(text('x'))), event('d', check(text('y')))])).toEqual(['a b', 'c d']);
  });

  test('and those of one key too', () => {
    expect(plan([event('a'), event('b'), event('a')])).toEqual(['a b', 'a']);
  });
});

describe('an item is known', () => {
  const apart = (one: Operation, other: Operation) => plan([event('a', one), event('b', other)]).length === 2;

  test.each<[string, Operation, Operation]>([
    ['by a key of two attributes, in any order', remove({ id: { S: 'x' }, at: { N: '1' } }), remove({ at: { N: '1' }, id: { S: 'x' } })],
    ['by bytes', remove({ id: { B: new Uint8Array([1]) } }), remove({ id: { B: new Uint8Array([1]) } })],
    ['by bytes of another view', remove({ id: { B: new Uint8Array([1]) } }), remove({ id: { B: Buffer.from([1]) } })],
    ['by the ARN of its table', remove(text('x')), remove(text('x'), 'arn:aws:dynamodb:us-east-1:111122223333:table/t')],
    ['when a put follows an operation that shows the key of the table', remove(text('x')), put({ of: { S: 'b' }, ...text('x') })],
  ])('%s', (_name, one, other) => {
    expect(apart(one, other)).toBe(true);
  });

  test.each<[string, Operation, Operation]>([
    ['another text', remove(text('x')), remove(text('y'))],
    ['another type', remove({ id: { S: '1' } }), remove({ id: { N: '1' } })],
    ['other bytes', remove({ id: { B: new Uint8Array([1]) } }), remove({ id: { B: new Uint8Array([2]) } })],
    ['another table', remove(text('x')), remove(text('x'), 'u')],
    ['another sort key', remove({ id: { S: 'x' }, at: { N: '1' } }), remove({ id: { S: 'x' }, at: { N: '2' } })],
    ['a put of which only the item is known', put(text('x')), put(text('x'))],
    ['a put into a table whose key only others have shown', remove(text('x'), 'u'), put(text('x'))],
  ])('but not by %s', (_name, one, other) => {
    expect(apart(one, other)).toBe(false);
  });

  test('by what earlier batches have shown', () => {
    const keyNames: KeyNames = new Map();
    plan([event('a', remove({ id: { S: 'x' }, at: { N: '1' } }))], keyNames);
    expect([...keyNames]).toEqual([['t', ['at', 'id']]]);
    const item = { id: { S: 'x' }, at: { N: '1' } };
    expect(plan([event('b', put({ ...item, n: { N: '1' } })), event('c', put({ ...item, n: { N: '2' } }))], keyNames)).toEqual(['b', 'c']);
    expect(plan([event('b', put(text('x'))), event('c', put(text('x')))], keyNames)).toEqual(['b', 'c']);
  });
});

describe('one event', () => {
  test('touches an item only once', () => {
    expect(() => checkDistinctItems([put(text('y')), remove(text('x')), update(text('y')), check(text('x'))], new Map())).toThrow(
      "operations 1 and 3 (conditioncheck on t) touch the same item, which a transaction can't: make one of them",
    );
  });

  test('may touch many, and put what is not known to be the same', () => {
    expect(() => checkDistinctItems([put(text('x')), put(text('x')), remove(text('x')), remove(text('y'))], new Map())).not.toThrow();
  });
});
