import fc from 'fast-check';
import { fingerprint, normalise } from '../../../lib/runtime/parking/fingerprint';

const parts = { errorName: 'Error', errorMessage: 'no such account', handler: 'record-payment', contract: 'stripe' };

const word = fc.stringMatching(/^[a-z]{1,7}$/);
/** Of each kind, what may stand in one message and in the next. */
const VARIABLE = {
  id: fc.oneof(
    fc.uuid(),
    fc.nat().map(String),
    fc.integer({ max: -1 }).map(String),
    fc.double({ noNaN: true, min: 0, max: 1e6 }).map((value) => value.toFixed(3)),
    fc.stringMatching(/^[0-9a-f]{16,40}$/),
    fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
    fc.stringMatching(/^[0-9][A-Za-z0-9]{0,30}$/),
  ),
  text: fc.stringMatching(/^[ a-zA-Z0-9_-]{0,30}$/).map((text) => `"${text}"`),
  address: fc.tuple(word, word).map(([name, domain]) => `${name}@${domain}.example.com`),
  url: fc.tuple(word, fc.nat()).map(([path, id]) => `https://api.example.com/${path}/${id}?at=${id}`),
};
const template = fc.array(fc.tuple(word, fc.constantFrom(...(Object.keys(VARIABLE) as (keyof typeof VARIABLE)[]))), {
  minLength: 1,
  maxLength: 5,
});

test('the same error with other ids, numbers, times, texts, addresses and URLs has one fingerprint', () => {
  const pairs = template.chain((pieces) => {
    const written = fc
      .tuple(...pieces.map(([text, kind]) => VARIABLE[kind].map((value) => `${text} ${value}`)))
      .map((all) => all.join(' '));
    return fc.tuple(written, written);
  });
  fc.assert(
    fc.property(pairs, ([first, second]) => {
      expect(normalise(first)).toBe(normalise(second));
    }),
    { numRuns: 2_000 },
  );
});

test('a normalised message is normal, on one line and never longer than the cut', () => {
  const pieces = ['"', "'", '`', '#', '-', '5', 'a', 'Z', '.', '@', '://', ' ', '<', '>', '=', '/', '+', '\n', 'eyJ', 'f'];
  const texts = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 300 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const once = normalise(text);
      expect(normalise(once)).toBe(once);
      expect(once.length).toBeLessThanOrEqual(200);
      expect(once).not.toMatch(/[\n\t]| {2}/);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['account 17 has only 3.50 EUR, needs 1,200.00', 'account # has only # EUR, needs #'],
  ['no such order 0f8fad5b-d9cb-469f-a165-70867728950e', 'no such order #'],
  ['customer cus_NffrFeUfNV2Hib was not found', 'customer cus_# was not found'],
  ['connect ECONNREFUSED 10.0.3.17:5432', 'connect ECONNREFUSED #'],
  ['GET https://api.acme.com/orders/17?x=1 answered 503', 'GET <url> answered #'],
  ['jane.doe@example.com is not a customer', '<email> is not a customer'],
  [`Unexpected token '<', "<html><h1"... is not valid JSON`, 'Unexpected token <text>, <text>... is not valid JSON'],
  ["can't read the seller's price", "can't read the seller's price"],
  ['the event was refused by its schema: amount: expected number', 'the event was refused by its schema: amount: expected number'],
  ['-12 of +30 left since 2026-05-01T12:00:00.000Z, took 1.5s', '# of # left since #, took #'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJh.c2ln has expired', 'token # has expired'],
  ['', ''],
])('%s is read as %s', (message, expected) => {
  expect(normalise(message)).toBe(expected);
});

test.each(['errorName', 'errorMessage', 'handler', 'contract'] as const)('another %s is another group', (name) => {
  expect(fingerprint({ ...parts, [name]: 'another' })).not.toBe(fingerprint(parts));
  expect(fingerprint(parts)).toMatch(/^[0-9a-f]{12}$/);
});

test('a long text full of what could begin an id is read in no time', () => {
  const started = performance.now();
  for (const text of ['-', '+', 'a+', 'a/B', 'a.', '"', '0f', 'eyJ', '#-']) normalise(text.repeat(500_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});
