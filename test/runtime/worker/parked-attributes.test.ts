import type { SQSMessageAttribute } from 'aws-lambda';
import { ParkedReason } from '../../../lib/blocks/contract';
import { type ParkedCause, parkedAttributes } from '../../../lib/runtime/worker/parked-attributes';
import { texts } from './worker-bench';

const CAUSE: ParkedCause = {
  reason: ParkedReason.PERMANENT,
  error: new TypeError('no such account'),
  attempt: 2,
  parkedAt: '2026-05-01T12:00:00.000Z',
  correlationId: 'c-1',
  handler: 'record-payment',
};
const ALWAYS = {
  BreakwaterParkedAt: '2026-05-01T12:00:00.000Z',
  BreakwaterReason: 'permanent',
  BreakwaterErrorName: 'TypeError',
  BreakwaterErrorMessage: 'no such account',
  BreakwaterAttempt: '2',
  BreakwaterCorrelationId: 'c-1',
  BreakwaterHandler: 'record-payment',
};
const text = (stringValue: string): SQSMessageAttribute => ({ dataType: 'String', stringValue });
const attributes = (cause: Partial<ParkedCause> = {}, own: Record<string, SQSMessageAttribute> = {}, body = 'x') =>
  parkedAttributes({ body, messageAttributes: own }, { ...CAUSE, ...cause });

test('say why the message is parked; what is not known is left out', () => {
  expect(attributes()).toEqual(texts(ALWAYS));
  expect(attributes({ key: 'stripe#evt_1', traceId: '1-2-3' })).toEqual(
    texts({ ...ALWAYS, BreakwaterIdempotencyKey: 'stripe#evt_1', BreakwaterTraceId: '1-2-3' }),
  );
});

test('replace those of an earlier parking, and leave the rest as it came', () => {
  const own = {
    BreakwaterReason: text('old'),
    BreakwaterTraceId: text('old'),
    tenant: text('acme'),
    seal: { dataType: 'Binary' as const, binaryValue: 'AQI=' },
    empty: { dataType: 'Binary' as const },
  };
  expect(attributes({}, own)).toEqual({
    ...texts({ ...ALWAYS, tenant: 'acme' }),
    seal: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
    empty: { DataType: 'Binary', BinaryValue: Buffer.alloc(0) },
  });
});

test('keep from which message a redriven one comes, before what the error says', () => {
  const own = { BreakwaterFormerMessage: text('0123456789abcdef'), BreakwaterErrorName: text('old') };
  expect(attributes({}, own)).toEqual(texts({ ...ALWAYS, BreakwaterFormerMessage: '0123456789abcdef' }));
  const full = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`a${index}`, text('v')]));
  expect(Object.keys(attributes({}, { ...full, ...own }) ?? {}).slice(7)).toEqual([
    'BreakwaterParkedAt',
    'BreakwaterReason',
    'BreakwaterFormerMessage',
  ]);
});

test.each<[string, unknown, string, string]>([
  ['an error without a message', new TypeError(), 'TypeError', 'TypeError'],
  ['an error without a name', Object.assign(new Error('no'), { name: '' }), 'Error', 'no'],
  ['an error without both', Object.assign(new Error(), { name: '' }), 'Error', 'Error'],
  ['a text', 'no', 'string', 'no'],
  ['an empty text', '', 'string', 'an empty error'],
  ['nothing', undefined, 'undefined', 'undefined'],
])('describe %s', (_name, error, name, message) => {
  expect(attributes({ error })).toMatchObject(texts({ BreakwaterErrorName: name, BreakwaterErrorMessage: message }));
});

test('are cut: 1,024 characters of message and key, 256 of others', () => {
  const long = 'x'.repeat(2_000);
  const error = Object.assign(new Error(long), { name: long });
  const found = attributes({ error, key: long, correlationId: long, traceId: long, handler: long })!;
  expect(Object.fromEntries(Object.entries(found).map(([name, { StringValue }]) => [name, StringValue!.length]))).toMatchObject({
    BreakwaterErrorMessage: 1_024,
    BreakwaterIdempotencyKey: 1_024,
    BreakwaterErrorName: 256,
    BreakwaterCorrelationId: 256,
    BreakwaterTraceId: 256,
    BreakwaterHandler: 256,
  });
});

describe('together with the body take a megabyte at most', () => {
  const MEGABYTE = 1024 * 1024;
  const bytes = (name: string, value: string) => Buffer.byteLength(name) + 'String'.length + Buffer.byteLength(value);
  const names = (room: number, own: Record<string, SQSMessageAttribute> = {}, taken = 0) =>
    Object.keys(attributes({}, own, 'x'.repeat(MEGABYTE - taken - room)) ?? { none: {} });
  const inOrder = Object.entries(ALWAYS).map(([name, value]) => ({ name, bytes: bytes(name, value) }));
  const upTo = (count: number) => inOrder.slice(0, count).reduce((sum, attribute) => sum + attribute.bytes, 0);

  test.each([2, 3, 4, 5, 6, 7])('the first %d, when exactly they fit', (count) => {
    expect(names(upTo(count))).toEqual(inOrder.slice(0, count).map(({ name }) => name));
    expect(names(upTo(count) - 1)).toEqual(count === 2 ? ['none'] : inOrder.slice(0, count - 1).map(({ name }) => name));
  });

  test('those of the message itself counted, texts and bytes', () => {
    const own = { tenant: text('äcme'), seal: { dataType: 'Binary' as const, binaryValue: Buffer.alloc(100).toString('base64') } };
    const taken = bytes('tenant', 'äcme') + 'sealBinary'.length + 100;
    expect(names(upTo(2), own, taken)).toEqual(['tenant', 'seal', 'BreakwaterParkedAt', 'BreakwaterReason']);
    expect(names(upTo(2) - 1, own, taken)).toEqual(['none']);
  });
});

test('are ten at most: with nine of its own a message is left to the queue', () => {
  const own = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`own${index}`, text('x')]));
  expect(Object.keys(attributes({}, own(8))!)).toHaveLength(10);
  expect(attributes({}, own(9))).toBeUndefined();
});
