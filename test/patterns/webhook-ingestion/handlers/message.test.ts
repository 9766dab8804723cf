import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { MAX_INLINE_MESSAGE_BYTES } from '../../../../lib/patterns/webhook-ingestion/contract';
import { type EnvelopeStamp, makeMessage } from '../../../../lib/patterns/webhook-ingestion/handlers/message';
import { openMessage } from '../../../../lib/runtime/message/message';

const stamp: EnvelopeStamp = {
  id: 'evt_1',
  source: 'stripe',
  correlationId: '9c1a4d3e-0000-4000-8000-000000000000',
  receivedAt: '2023-11-14T22:13:20.000Z',
  contentType: 'application/json',
  attributes: { provider: 'stripe' },
};

/** The body as the worker takes it from the message. */
function opened(text: string) {
  const record = { messageId: 'm', body: text, attributes: { SentTimestamp: '0' }, messageAttributes: {} } as unknown as SQSRecord;
  return openMessage(record);
}

/** What SendMessage allows: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const ALLOWED_BY_SQS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text, 'utf8')),
  fc
    .string({ unit: fc.constantFrom('\u0000', '\u001f', '"', '\\', '\ud7ff', '\ue000', '\ufffd', '\ufffe', '\uffff', '😀', '\ufeff') })
    .map((text) => Buffer.from(text, 'utf8')),
  fc.json().map((text) => Buffer.from(text, 'utf8')),
  // A view into a larger buffer, as Node hands out small ones.
  fc.uint8Array({ minLength: 8, maxLength: 64 }).map((bytes) => bytes.subarray(3, -2)),
);

test('whatever bytes came in, the worker sees the same, and SQS takes every character of the message', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const message = makeMessage(stamp, body);
      expect(message.claim).toBeUndefined();
      expect(message.text).toMatch(ALLOWED_BY_SQS);
      const seen = opened(message.text).body as Uint8Array;
      expect(Buffer.from(seen).equals(body)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('around the limit, every message fits the queue or is claimed under the hash of its body, whatever escaping adds', () => {
  const letters = fc.constantFrom('a', '"', '\u0000', 'é', '😀');
  const near = fc.integer({ min: MAX_INLINE_MESSAGE_BYTES - 600, max: MAX_INLINE_MESSAGE_BYTES + 10 });
  fc.assert(
    fc.property(letters, near, fc.integer({ min: 1, max: 6 }), fc.boolean(), (letter, bytes, divisor, broken) => {
      const body = Buffer.alloc(Math.floor(bytes / divisor), letter);
      if (broken) body[0] = 0xff;
      const { text, claim } = makeMessage(stamp, body);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_INLINE_MESSAGE_BYTES);
      const seen = opened(text).body;
      if (claim === undefined) {
        expect(Buffer.from(seen as Uint8Array).equals(body)).toBe(true);
      } else {
        const sha256 = createHash('sha256').update(body).digest('hex');
        expect(claim).toEqual({ key: `claims/stripe/${sha256}`, sha256 });
        expect(seen).toEqual({ key: claim.key, bytes: body.length, sha256 });
      }
    }),
    { numRuns: 60 },
  );
});

test('the worker deduplicates on sender and event id, and finds what was stamped', () => {
  const message = opened(
    makeMessage({ ...stamp, attributes: { provider: 'stripe', eventType: 'charge.succeeded' } }, Buffer.from('{}')).text,
  );
  expect(message).toMatchObject({
    key: 'stripe#evt_1',
    correlationId: stamp.correlationId,
    receivedAt: stamp.receivedAt,
    contentType: 'application/json',
    attributes: { provider: 'stripe', eventType: 'charge.succeeded' },
  });
});
