import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { payloadHash } from '../../../../lib/patterns/webhook-ingestion/handlers/payload-hash';

const POINTERS = ['/type', '/data'];
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const hashed = (value: unknown, pointers: readonly string[] = POINTERS) => payloadHash(bytes(value), pointers);

/** The same value with the members of its objects the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  );
}

const json = fc.json().map((text) => JSON.parse(text) as unknown);
const event = fc.record({ type: fc.string(), data: json, attempt: fc.nat() });

test('is the same however an event is rendered, and whatever else changes', () => {
  fc.assert(
    fc.property(event, fc.nat(), (first, attempt) => {
      const again = Buffer.from(JSON.stringify(turned({ ...first, attempt, sentAt: 'later' }), undefined, 2));
      expect(payloadHash(again, POINTERS)).toBe(hashed(first));
    }),
  );
});

test('differs when a value at one of the pointers does', () => {
  fc.assert(
    fc.property(event, json, (first, data) => {
      const carried = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
      expect(hashed({ ...first, data }) === hashed(first)).toBe(isDeepStrictEqual(carried(data), carried(first.data)));
    }),
  );
});

test.each([
  ['missing and null', { type: 'a' }, { type: 'a', data: null }],
  ['a number and its text', { type: 'a', data: 1 }, { type: 'a', data: '1' }],
  ['a list and an object', { type: 'a', data: ['x'] }, { type: 'a', data: { 0: 'x' } }],
  ['values that change places', { type: 'a', data: 'b' }, { type: 'b', data: 'a' }],
  ['the order of a list', { type: 'a', data: [1, 2] }, { type: 'a', data: [2, 1] }],
])('tells %s apart', (_name, one, other) => {
  expect(hashed(one)).not.toBe(hashed(other));
});

test('of nothing is the same for every body', () => {
  expect(payloadHash(Buffer.from('a=1'), [])).toBe(hashed({ type: 'x' }, []));
});

test.each([
  ['no JSON', Buffer.from('a=1&b=2')],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['nested beyond the stack', Buffer.from(`{"data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)],
])('is left to the bytes when the body is %s', (_name, body) => {
  expect(payloadHash(body, POINTERS)).toBeUndefined();
});
