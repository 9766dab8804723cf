import Draft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { registrySchema } from '../../lib/event-contracts/registry-schema';
import { compileSchema } from '../../lib/json-schema/validator';
import { orderShipped } from '../support/event-contracts/contract-files';
import { schemas, values } from '../support/event-contracts/schemas';

const metadata = { eventId: 'e', contract: 'order.shipped', correlationId: 'c', causedBy: 'a', occurredAt: '2026-11-21T00:00:00Z' };
const envelope = {
  ...{ version: '0', id: 'i', 'detail-type': 'order.shipped', source: 'acme.orders', account: '1', region: 'r', resources: [] },
  time: '2026-11-21T00:00:00Z',
};
const eventOf = (data: unknown, version = 1) => ({ ...envelope, detail: { metadata: { ...metadata, version }, data } });

function registered(schema: object) {
  const ajv = new Draft4({ strict: false, logger: false });
  addFormats(ajv as unknown as Parameters<typeof addFormats>[0]);
  const text = registrySchema(orderShipped({ schema, source: 'acme.orders' }));
  const validate = ajv.compile(JSON.parse(text));
  return (data: unknown) => validate(eventOf(data)) === true;
}

test('an entry holds the whole event, of its source, name and version', () => {
  const entry = JSON.parse(registrySchema(orderShipped({ version: 2, source: 'acme.orders' })));
  expect(entry).toMatchObject({
    title: 'order.shipped',
    'x-amazon-events-source': 'acme.orders',
    'x-amazon-events-detail-type': 'order.shipped',
  });
  const validate = new Draft4({ strict: false, logger: false, validateFormats: false }).compile(entry);
  const data = { order: 'o-1', parcels: 1 };
  expect([validate(eventOf(data, 2)), validate(eventOf(data, 1)), validate({ ...eventOf(data, 2), source: 'other' })]).toEqual([
    true,
    false,
    false,
  ]);
});

test('parts that a schema refers to are found in the entry', () => {
  const accepts = registered({
    properties: { parcels: { items: { $ref: '#/$defs/parcel', minProperties: 2 } }, inner: { $ref: '#' } },
    $defs: { parcel: { required: ['id'], properties: { id: { const: 'p' } } } },
  });
  expect(accepts({ parcels: [{ id: 'p', weight: 1 }], inner: { parcels: [] } })).toBe(true);
  expect(accepts({ parcels: [{ id: 'q', weight: 1 }] })).toBe(false);
  expect(accepts({ parcels: [{ id: 'p' }] })).toBe(false);
  expect(accepts({ inner: { parcels: [{}] } })).toBe(false);
});

test.each([
  [{ propertyNames: { maxLength: 3 } }, '/propertyNames', 'propertyNames'],
  [{ properties: { a: { contains: {}, minContains: 2 } } }, '/properties/a/minContains', 'minContains'],
  [{ properties: { a: { $ref: '#/properties/b' }, b: {} } }, '/properties/a/$ref', 'a reference to #/properties/b'],
])('what draft 4 has no word for is refused with its place: %j', (schema, place, what) => {
  expect(() => registrySchema(orderShipped({ schema }))).toThrow(
    `contract order.shipped@1: ${place}: the registry takes JSON Schema draft 4, which has no word for ${what}`,
  );
});

test.each(['2020-12', '2019-09', 'draft-07'])('an entry of a schema of draft %s is valid for the same data', (draft) => {
  let compared = 0;
  let refused = 0;
  fc.assert(
    fc.property(schemas(draft), fc.array(values, { minLength: 20, maxLength: 20 }), (schema, given) => {
      const [ours, entry] = [attempt(() => compileSchema(schema)), attempt(() => registered(schema))];
      if (ours === undefined || entry === undefined) return;
      for (const value of given) {
        const [valid, same] = [attempt(() => ours(value) === undefined), attempt(() => entry(value))];
        if (valid === undefined || same === undefined) continue;
        expect({ value, valid: same }).toEqual({ value, valid });
        compared++;
        if (!valid) refused++;
      }
    }),
    { numRuns: Number(process.env.CONTRACT_RUNS ?? 60) },
  );
  expect(compared).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(50);
});

/** A schema that can't be compiled, said in draft 4, or that refers to itself without end, is not compared. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
