import { storable } from '../../../lib/runtime/lease/storable';

test.each<[string, unknown, unknown, unknown]>([
  ['a text', 'done', 'done', { S: 'done' }],
  ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }, { M: { at: { S: '1970-01-01T00:00:00.000Z' } } }],
  ['what is not there', { gone: undefined, list: [undefined] }, { list: [null] }, { M: { list: { L: [{ NULL: true }] } } }],
  ['null', null, null, { NULL: true }],
  ['a number', 0, 0, { N: '0' }],
  ['false', false, false, { BOOL: false }],
])('%s is kept as JSON carries it', (_name, result, value, attribute) => {
  expect(storable(result)).toEqual({ kept: true, value, attribute });
});

test.each([
  ['undefined', undefined],
  ['a function', () => 1],
])('%s is kept as nothing', (_name, result) => {
  expect(storable(result)).toEqual({ kept: true, value: undefined, attribute: undefined });
});

test('what leaves 4 KB of an item for the rest of its record is kept, a byte more is not', () => {
  const most = 400 * 1024 - 4096 - 'attribute'.length;
  expect(storable('x'.repeat(most)).kept).toBe(true);
  expect(storable('x'.repeat(most + 1))).toEqual({ kept: false });
});

test.each<[string, () => unknown]>([
  ['a big integer', () => ({ big: 1n })],
  [
    'a circle',
    () => {
      const circle: Record<string, unknown> = {};
      circle.itself = circle;
      return circle;
    },
  ],
  ['a number that DynamoDB does not carry', () => 1e300],
])('%s is not kept, and nothing is thrown', (_name, result) => {
  expect(storable(result())).toEqual({ kept: false });
});
