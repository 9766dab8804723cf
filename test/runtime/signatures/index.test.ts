import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { PROVIDERS, verify } from '../../../lib/runtime/signatures';
import { headerOf, NOW, paypalSender, SENDERS, twilioJson, withHeader } from '../../support/signatures/signed-requests';
import { accepted, refused } from '../../support/signatures/verdicts';

const sha256 = (...content: string[]) => `sha256:${createHash('sha256').update(content.join('')).digest('hex')}`;
const paypal = paypalSender();
const ALL = { ...SENDERS, paypal: paypal.send };

describe('every scheme', () => {
  test.each([
    ['stripe', 'evt_1', 'charge.succeeded'],
    ['github', '72d3162e-cc78-11e3-81ab-4c9367dc0958', 'issues'],
    ['shopify', '98880550-7158-44d4-b7cd-2c97c8a091b5', 'orders/create'],
    ['slack', 'Ev0PV52K21', 'message'],
    ['standardWebhooks', 'msg_1', 'user.created'],
    ['square', '5b0b3f33', 'payment.updated'],
    ['twilio', 'token-1', undefined],
    ['adyen', '7914073381342284:AUTHORISATION:true', 'AUTHORISATION'],
    ['paypal', 'WH-1', 'PAYMENT.SALE.COMPLETED'],
    ['hmac', 'delivery-1', undefined],
  ] as const)('%s names the event by its own id and type', async (provider, dedupeId, eventType) => {
    const verification = await accepted(ALL[provider]());
    expect([verification.dedupeId, verification.eventType]).toEqual([dedupeId, eventType]);
  });

  test.each(PROVIDERS.filter((provider) => provider !== 'paypal'))(
    '%s accepts either of two secrets and refuses without any',
    async (provider) => {
      const input = ALL[provider]();
      const [secret] = input.secrets;
      const other = provider === 'adyen' ? 'ABCD' : provider === 'standardWebhooks' ? `whsec_${'A'.repeat(32)}` : 'other';
      for (const secrets of [
        [secret, other],
        [other, secret],
      ]) {
        expect(await verify({ ...input, secrets })).toMatchObject({ accepted: true });
      }
      expect(await verify({ ...input, secrets: [other] })).toEqual(refused('signature_mismatch'));
      expect(await verify({ ...input, secrets: [] })).toEqual(refused('no_secret'));
      expect(await verify({ ...input, secrets: [secret, ' '] })).toEqual(refused('malformed_secret'));
    },
  );

  test('a sender that signs with both secrets during a rotation is accepted by whoever has both', async () => {
    const body = '{"id":"evt_1"}';
    const [one, other] = ['old', 'new'].map((secret) => SENDERS.stripe({ body, secret }));
    const header = `${headerOf(one, 'Stripe-Signature')},${headerOf(other, 'Stripe-Signature').split(',')[1]}`;
    const both = { ...withHeader(one, 'Stripe-Signature', header), secrets: ['old', 'new'] };
    expect(await verify(both)).toMatchObject({ accepted: true });
    expect(await verify({ ...both, secrets: ['new'] })).toMatchObject({ accepted: true });
  });

  test('a secret that has no UTF-8 form is refused: it would be the same key as others', async () => {
    expect(await verify({ ...SENDERS.github({ secret: '\ufffd' }), secrets: ['\ud800'] })).toEqual(refused('malformed_secret'));
  });

  test('a refusal says what else of the configuration is signed', async () => {
    expect(await verify({ ...SENDERS.square(), secrets: ['other'] })).toMatchObject({ detail: expect.stringContaining('notificationUrl') });
    expect(await verify({ ...SENDERS.twilio(), secrets: ['other'] })).toMatchObject({ detail: expect.stringContaining('url') });
    const otherWebhook = paypal.send();
    expect(await verify({ ...otherWebhook, config: { ...otherWebhook.config, webhookId: 'other' } })).toMatchObject({
      detail: expect.stringContaining('webhookId'),
    });
  });

  test.each(['stripe', 'slack', 'square', 'paypal'] as const)(
    '%s accepts a body without a usable id, and names it by its content',
    async (provider) => {
      const field = { stripe: 'id', slack: 'event_id', square: 'event_id', paypal: 'id' }[provider];
      const unusable = [7, null, '', 'x'.repeat(257), 'a\u0000b', '\ud800', '\uffff', ['evt_1'], { id: 'evt_1' }].map((id) =>
        JSON.stringify({ [field]: id }),
      );
      for (const body of ['', 'no json', '[]', 'null', '"text"', '{"__proto__":{"id":"a","event_id":"a"}}', '{', ...unusable]) {
        expect((await accepted(ALL[provider]({ body }))).dedupeId).toBe(sha256(body));
      }
      const longest = 'x'.repeat(256);
      expect((await accepted(ALL[provider]({ body: JSON.stringify({ [field]: longest }) }))).dedupeId).toBe(longest);
      const notUtf8 = Buffer.from(`{"${field}":"\xff"}`, 'latin1');
      for (const bytes of [Uint8Array.of(0x7b, 0xff, 0x00, 0xfe), notUtf8]) {
        expect((await accepted(ALL[provider]({ body: bytes }))).dedupeId).toBe(
          `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
        );
      }
    },
  );

  test.each([
    ['github', 'X-GitHub-Delivery'],
    ['shopify', 'X-Shopify-Event-Id'],
    ['shopify', 'X-Shopify-Webhook-Id'],
    ['twilio', 'I-Twilio-Idempotency-Token'],
    ['hmac', 'X-Delivery'],
    ['standardWebhooks', 'webhook-id'],
    ['paypal', 'PAYPAL-TRANSMISSION-ID'],
  ] as const)('%s refuses an id header (%s) that is there and can not be an id', async (provider, header) => {
    const input = ALL[provider]();
    for (const value of ['', ' ', 'a\u0007', 'a\u007f', ' a', 'x'.repeat(257)]) {
      expect(await verify(withHeader(input, header, value))).toEqual(refused('malformed_id'));
    }
    for (const value of ['a,b', 'a, a', ',']) expect(await verify(withHeader(input, header, value))).toEqual(refused('duplicated_header'));
  });

  test('an id in a header may be missing where it is not signed', async () => {
    for (const [input, header] of [
      [SENDERS.github(), 'X-GitHub-Delivery'],
      [SENDERS.hmac(), 'X-Delivery'],
    ] as const) {
      expect((await accepted(withHeader(input, header, undefined))).dedupeId).toBe(sha256(Buffer.from(input.request.body).toString()));
    }
    expect(await verify(withHeader(SENDERS.standardWebhooks(), 'webhook-id', undefined))).toEqual(refused('missing_id'));
    expect(await verify(withHeader(paypal.send(), 'PAYPAL-TRANSMISSION-ID', undefined))).toEqual(refused('missing_id'));
  });

  test('tells what is wrong with the time', async () => {
    const config = { toleranceSeconds: 0 };
    for (const send of [SENDERS.stripe, SENDERS.slack, SENDERS.standardWebhooks]) {
      expect(await verify(send({ config }))).toMatchObject({ accepted: true });
      expect(await verify(send({ config, time: String(NOW - 1) }))).toEqual(refused('stale_timestamp'));
      expect(await verify(send({ config, time: String(NOW + 1) }))).toEqual(refused('future_timestamp'));
      expect(await verify(send({ config, time: `0${NOW}` }))).toEqual(refused('malformed_timestamp'));
      // A fraction of a second of the receiver's clock decides nothing.
      expect(await verify({ ...send({ config }), nowEpochSeconds: NOW + 0.999 })).toMatchObject({ accepted: true });
    }
    expect(await verify(withHeader(SENDERS.slack(), 'X-Slack-Request-Timestamp', undefined))).toEqual(refused('missing_timestamp'));
  });

  test('an unusable clock or provider stops the caller and accepts nothing', async () => {
    for (const nowEpochSeconds of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      await expect(verify({ ...SENDERS.stripe(), nowEpochSeconds })).rejects.toThrow(
        new TypeError(`nowEpochSeconds: must be seconds since 1970, 0 or more; given ${nowEpochSeconds}`),
      );
    }
    expect(await verify({ ...SENDERS.stripe({ time: '0' }), nowEpochSeconds: 0 })).toMatchObject({ accepted: true });
    await expect(verify({ ...SENDERS.stripe(), secrets: undefined as never })).rejects.toThrow(TypeError);
    await expect(verify({ ...SENDERS.stripe(), provider: 'toString' as 'stripe' })).rejects.toThrow(/provider: must be one of stripe/);
    await expect(verify({ ...SENDERS.stripe(), config: { toleranceSeconds: -1 } })).rejects.toThrow(TypeError);
  });

  test('never throws for what a request may hold, and accepts nothing unsigned', async () => {
    const names = Object.values(ALL).flatMap((send) => send().request.headers.map(([name]) => name));
    const values = Object.values(ALL).flatMap((send) => send().request.headers.map(([, value]) => value));
    const headers = fc.array(
      fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), fc.oneof(fc.constantFrom(...values), fc.string({ unit: 'binary' }))),
      {
        maxLength: 8,
      },
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((json) => Buffer.from(json)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PROVIDERS),
        headers,
        body,
        fc.string({ unit: 'binary' }),
        async (provider, headers, body, path) => {
          // The secret of nobody: whatever the values above sign, it is not under this one.
          const secrets = provider === 'adyen' ? ['00'] : [`whsec_${'B'.repeat(32)}`];
          const config = { ...ALL[provider]().config, webhookId: 'another', header: 'X-Signature' };
          const verification = await verify({ ...ALL[provider](), secrets, config, request: { method: 'POST', path, headers, body } });
          expect(verification.accepted).toBe(false);
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('handshakes and acknowledgements', () => {
  test('GitHub: a ping is answered and nothing else', async () => {
    const ping = withHeader(SENDERS.github(), 'X-GitHub-Event', 'ping');
    expect((await accepted(ping)).handshake).toEqual({ status: 200, contentType: 'text/plain', body: 'pong' });
    expect((await accepted(SENDERS.github())).handshake).toBeUndefined();
    expect(await verify({ ...ping, secrets: ['other'] })).toEqual(refused('signature_mismatch'));
  });

  test('Slack: the challenge is given back, only after the signature passed', async () => {
    const body = '{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aB10FEMAGAZd4FyFQ","type":"url_verification"}';
    const challenge = SENDERS.slack({ body });
    expect((await accepted(challenge)).handshake).toEqual({ status: 200, contentType: 'text/plain', body: '3eZbrw1aB10FEMAGAZd4FyFQ' });
    expect(await verify({ ...challenge, secrets: ['other'] })).toEqual(refused('signature_mismatch'));
    for (const other of [
      '{"type":"url_verification"}',
      '{"type":"url_verification","challenge":7}',
      '{"type":"event_callback","challenge":"x"}',
    ]) {
      expect((await accepted(SENDERS.slack({ body: other }))).handshake).toBeUndefined();
    }
  });

  test('Twilio is acknowledged with empty TwiML, Adyen with [accepted], others with nothing of their own', async () => {
    const twiml = { status: 200, contentType: 'text/xml', body: '<Response/>' };
    expect((await accepted(SENDERS.twilio())).acknowledgement).toEqual(twiml);
    expect((await accepted(twilioJson())).acknowledgement).toEqual(twiml);
    expect((await accepted(SENDERS.adyen())).acknowledgement).toEqual({ status: 200, contentType: 'text/plain', body: '[accepted]' });
    expect((await accepted(SENDERS.stripe())).acknowledgement).toBeUndefined();
  });
});
