import { brokenText, brokenVersions, incompatibilities, servedFrom } from '../../lib/event-contracts/compatibility';
import type { JsonSchema } from '../../lib/event-contracts/contract';
import { orderShipped } from '../support/event-contracts/contract-files';

const order: JsonSchema = {
  type: 'object',
  required: ['id', 'lines'],
  properties: {
    id: { type: 'string', pattern: '^o-' },
    status: { enum: ['new', 'paid', 'shipped'] },
    total: { type: 'number', minimum: 0, maximum: 1000 },
    note: { type: ['string', 'null'], maxLength: 200 },
    lines: { type: 'array', minItems: 1, items: { $ref: '#/$defs/line' } },
    payment: {
      oneOf: [
        { type: 'object', required: ['kind'], properties: { kind: { const: 'card' }, last4: { type: 'string' } } },
        { type: 'object', required: ['kind'], properties: { kind: { const: 'invoice' }, days: { type: 'integer' } } },
      ],
    },
  },
  $defs: { line: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' }, count: { type: 'integer', minimum: 1 } } } },
};

/** A copy in which the value at a path is another, or gone. */
function changed(path: string, value?: unknown): JsonSchema {
  const copy = structuredClone(order) as Record<string, unknown>;
  const parts = path.split('/');
  const last = parts.pop()!;
  const at = parts.reduce((found, part) => found[part] as Record<string, unknown>, copy);
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

const card = { type: 'object', required: ['kind'], properties: { kind: { const: 'card' }, last4: { type: 'string' } } };
const date = { type: 'string', format: 'date' };

describe('passes, because old consumers take each new event', () => {
  test.each<[string, JsonSchema]>([
    ['nothing changed', structuredClone(order)],
    ['a note added', changed('properties/id/description', 'Of the order')],
    ['a field added that may lack', changed('properties/carrier', { type: 'string' })],
    ['a field added that must be there', { ...changed('properties/carrier', { type: 'string' }), required: ['carrier', 'id', 'lines'] }],
    ['a field that may lack made one that must be there', changed('required', ['lines', 'id', 'total'])],
    ['other fields closed', changed('additionalProperties', false)],
    ['a value taken from an enum', changed('properties/status/enum', ['shipped', 'paid'])],
    ['an enum made a constant', changed('properties/status', { const: 'paid' })],
    ['a number made a whole one', changed('properties/total/type', 'integer')],
    ['bounds made narrower', changed('properties/total', { type: 'number', exclusiveMinimum: 0, maximum: 10 })],
    ['null no longer there', changed('properties/note/type', 'string')],
    ['a shorter text', changed('properties/note/maxLength', 100)],
    ['a format for a text that had none', changed('properties/payment/oneOf/0/properties/last4', date)],
    ['a pattern beside another', changed('properties/id/allOf', [{ pattern: '^o-\\d+$' }])],
    ['more items at least', changed('properties/lines/minItems', 2)],
    ['items that are unique', changed('properties/lines/uniqueItems', true)],
    ['a narrower item', changed('$defs/line/properties/count/maximum', 9)],
    [
      'a definition put in place',
      changed('properties/lines/items', {
        type: 'object',
        required: ['sku'],
        properties: (order.$defs as { line: { properties: object } }).line.properties,
      }),
    ],
    ['one of several told-apart alternatives taken', changed('properties/payment', { oneOf: [card] })],
    ['one of them made narrower', changed('properties/payment/oneOf/0/required', ['kind', 'last4'])],
    ['a field that another one needs', changed('dependentRequired', { total: ['status'] })],
    ['a condition added', { ...order, allOf: [JSON.parse('{"if": {"required": ["note"]}, "then": {"required": ["total"]}}')] }],
  ])('%s', (_, next) => {
    expect(incompatibilities(order, next)).toEqual([]);
  });
});

describe('breaks, and says which field', () => {
  test.each<[string, JsonSchema, string, string, string]>([
    ['a field that must be there may lack', changed('required', ['id']), '/lines', 'required', 'optional'],
    ['a field is gone', changed('properties/status'), '/status', '"new", "paid", "shipped"', 'other values too'],
    ['another type', changed('properties/total/type', 'string'), '/total', 'number', 'string'],
    ['a wider type', changed('$defs/line/properties/count/type', 'number'), '/lines/*/count', 'integer', 'number'],
    ['null added', changed('properties/id/type', ['string', 'null']), '/id', 'string', 'null or string'],
    [
      'a value added to an enum',
      changed('properties/status/enum', ['new', 'paid', 'shipped', 'lost']),
      '/status',
      '"new", "paid", "shipped"',
      '"lost" too',
    ],
    ['a higher bound', changed('properties/total/maximum', 2000), '/total', 'maximum 1000', 'bounded by 2000'],
    ['a longer text', changed('properties/note/maxLength'), '/note', 'maxLength 200', 'no maxLength'],
    ['another pattern', changed('properties/id/pattern', '^x-'), '/id', 'pattern ^o-', 'pattern ^x-'],
    ['fewer items', changed('properties/lines/minItems', 0), '/lines', 'minItems 1', 'minItems 0'],
  ])('%s', (_, next, pointer, was, is) => {
    expect(incompatibilities(order, next)).toEqual([{ pointer, was, is }]);
  });

  test('a field added where the old schema allows no others', () => {
    const closed = changed('additionalProperties', false);
    const next = { ...closed, properties: { ...(order.properties as object), carrier: { type: 'string' } } };
    expect(incompatibilities(closed, next)).toEqual([{ pointer: '/carrier', was: 'not allowed', is: 'allowed' }]);
    expect(incompatibilities(closed, order)).toEqual([{ pointer: '/*', was: 'not allowed', is: 'allowed' }]);
  });

  test('an alternative added', () => {
    const cash = { type: 'object', required: ['kind'], properties: { kind: { const: 'cash' } } };
    const payment = (order.properties as { payment: { oneOf: object[] } }).payment.oneOf;
    expect(incompatibilities(order, changed('properties/payment/oneOf', [...payment, cash]))).toContainEqual({
      ...{ pointer: '/payment/kind', was: '{"const":"card"}', is: '"cash" too' },
    });
  });

  test.each([
    ['a pattern that is another way to say the same', { pattern: '^a' }, { pattern: '^a.*' }],
    ['a reference out of the schema by name', { $defs: { a: { $anchor: 'one', type: 'string' } }, $ref: '#one' }, { type: 'string' }],
    ['alternatives that nothing tells apart', { oneOf: [{ required: ['a'] }, { required: ['b'] }] }, { required: ['a'] }],
    ['fields that are counted over the whole', { unevaluatedProperties: false }, { unevaluatedProperties: false, maxProperties: 1 }],
  ])('what can not be decided: %s', (_, previous, next) => {
    expect(incompatibilities(previous, next)).toHaveLength(1);
  });
});

describe('the versions of a contract', () => {
  const closed = { ...(orderShipped().schema as object), required: ['order', 'parcels'] };
  const second = orderShipped({ version: 2, schema: { type: 'object' } });

  test('are each compared with all that they serve', () => {
    const third = orderShipped({ version: 3, schema: closed });
    expect(brokenVersions([orderShipped(), third])).toEqual([]);
    expect(brokenVersions([orderShipped(), second, third]).map(({ version, previous }) => [version, previous])).toEqual([[2, 1]]);
    expect(brokenText(brokenVersions([orderShipped(), second])[0]!)).toBe(
      'order.shipped version 2 breaks consumers of version 1:\n  /order: was required, is optional\n  /order: was string, is of any type\n  /parcels: was integer, is of any type',
    );
  });

  test('serve from where they say on, and so do those after them', () => {
    const broken = { ...second, compatibleFrom: 2 };
    const third = orderShipped({ version: 3, schema: closed });
    expect(brokenVersions([orderShipped(), broken])).toEqual([]);
    expect([orderShipped(), broken, third].map((one, _, all) => servedFrom(one, all))).toEqual([1, 2, 2]);
    expect(brokenVersions([orderShipped(), broken, { ...second, version: 3, compatibleFrom: 1 }])).toHaveLength(1);
  });
});
