import { type Provider, type ProviderConfig, type Verification, verify } from '../../../lib/runtime/signatures';

/** Requests and signatures as their providers publish them, copied from the documents and test suites named at each. */
async function verifyPublished(
  provider: Provider,
  secret: string,
  headers: Record<string, string>,
  body: string,
  options: { nowEpochSeconds?: number; config?: ProviderConfig; path?: string } = {},
): Promise<Verification> {
  return verify({
    provider,
    secrets: [secret],
    config: options.config ?? {},
    nowEpochSeconds: options.nowEpochSeconds ?? 1_700_000_000,
    request: { method: 'POST', path: options.path ?? '/', headers: Object.entries(headers), body: Buffer.from(body) },
  });
}

const accepted = expect.objectContaining({ accepted: true });
const mismatch = expect.objectContaining({ accepted: false, reason: 'signature_mismatch' });

test('GitHub: the documented "Hello, World!" delivery is accepted, and refused with another body', async () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  const headers = { 'X-Hub-Signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' };
  const secret = "It's a Secret to Everybody";
  expect(await verifyPublished('github', secret, headers, 'Hello, World!')).toEqual(accepted);
  expect(await verifyPublished('github', secret, headers, 'Hello, World?')).toEqual(mismatch);
});

test('Stripe: the event of the async-stripe test suite is accepted, its v0 for test mode passed over', async () => {
  // https://github.com/arlyon/async-stripe, src/resources/webhook_events.rs
  const body = `{
  "id": "evt_123",
  "object": "event",
  "account": "acct_123",
  "api_version": "2017-05-25",
  "created": 1533204620,
  "data": {
    "object": {
      "id": "ii_123",
      "object": "invoiceitem",
      "amount": 1000,
      "currency": "usd",
      "customer": "cus_123",
      "date": 1533204620,
      "description": "Test Invoice Item",
      "discountable": false,
      "invoice": "in_123",
      "livemode": false,
      "metadata": {},
      "period": {
        "start": 1533204620,
        "end": 1533204620
      },
      "proration": false,
      "quantity": 3
    }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_123",
    "idempotency_key": "idempotency-key-123"
  },
  "type": "invoiceitem.created"
}
`;
  const signature =
    't=1533204620,v1=82216eca827bcb7b34b8055eb2d2d9e6bc13b9ac39ded14a61e69f70c565f53a,v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef';
  const at = { nowEpochSeconds: 1_533_204_620 };
  expect(await verifyPublished('stripe', 'webhook_secret', { 'Stripe-Signature': signature }, body, at)).toEqual({
    accepted: true,
    dedupeId: 'evt_123',
    eventType: 'invoiceitem.created',
  });
  expect(await verifyPublished('stripe', 'webhook_secret', { 'Stripe-Signature': signature }, body.trimEnd(), at)).toEqual(mismatch);
});

test('Slack: the documented slash command is accepted at its time', async () => {
  // https://docs.slack.dev/authentication/verifying-requests-from-slack
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'X-Slack-Request-Timestamp': '1531420618',
    'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  expect(await verifyPublished('slack', secret, headers, body, { nowEpochSeconds: 1_531_420_618 })).toEqual(accepted);
  expect(await verifyPublished('slack', secret, headers, `${body}x`, { nowEpochSeconds: 1_531_420_618 })).toEqual(mismatch);
});

test('Standard Webhooks: the message of the reference test suite is accepted', async () => {
  // https://github.com/standard-webhooks/standard-webhooks, libraries/javascript/src/index.test.ts
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const at = { nowEpochSeconds: 1_614_265_330 };
  expect(await verifyPublished('standardWebhooks', secret, headers, '{"test": 2432232314}', at)).toEqual(accepted);
  expect(await verifyPublished('standardWebhooks', secret.slice('whsec_'.length), headers, '{"test": 2432232314}', at)).toEqual(accepted);
  expect(await verifyPublished('standardWebhooks', secret, headers, '{"test": 2432232315}', at)).toEqual(mismatch);
});

test('Twilio: the documented call with the auth token 12345 is accepted', async () => {
  // https://www.twilio.com/docs/usage/security#validating-requests
  const config = { url: 'https://mycompany.com/myapp.php?foo=1&bar=2' };
  const headers = { 'X-Twilio-Signature': '0/KCTR6DLpKmkAf8muzZqo1nDgQ=' };
  const body = 'CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212';
  expect(await verifyPublished('twilio', '12345', headers, body, { config, path: '/myapp.php?foo=1&bar=2' })).toEqual(accepted);
  expect(await verifyPublished('twilio', '12345', headers, body, { config, path: '/myapp.php?foo=1&bar=3' })).toEqual(mismatch);
});

test('Adyen: the notification of the library tests is accepted and answered [accepted]', async () => {
  // https://github.com/Adyen/adyen-node-api-library, src/__tests__/hmacValidator.spec.ts
  const item = {
    pspReference: '7914073381342284',
    originalReference: '',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'TestPayment-1407325143704',
    amount: { value: 1130, currency: 'EUR' },
    eventCode: 'AUTHORISATION',
    success: 'true',
    additionalData: { hmacSignature: 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=' },
  };
  const body = JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem: item }] });
  const secret = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
  expect(await verifyPublished('adyen', secret, {}, body)).toEqual({
    accepted: true,
    dedupeId: '7914073381342284:AUTHORISATION:true',
    eventType: 'AUTHORISATION',
    acknowledgement: { status: 200, contentType: 'text/plain', body: '[accepted]' },
  });
  expect(await verifyPublished('adyen', secret, {}, body.replace('1130', '1131'))).toEqual(mismatch);
});

test('Square: the documented example is accepted for the URL it was registered with', async () => {
  // https://developer.squareup.com/docs/webhooks/step3validate
  const headers = { 'x-square-hmacsha256-signature': '2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=' };
  const config = { notificationUrl: 'https://example.com/webhook' };
  expect(await verifyPublished('square', 'asdf1234', headers, '{"hello":"world"}', { config })).toEqual(accepted);
  const moved = { notificationUrl: 'https://example.com/webhook/' };
  expect(await verifyPublished('square', 'asdf1234', headers, '{"hello":"world"}', { config: moved })).toEqual(mismatch);
});

test.each([
  ['sha1', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  ['sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  [
    'sha512',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ],
] as const)('hmac: test case 2 of RFC 2202 and RFC 4231 under %s is accepted', async (algorithm, signature) => {
  const config = { algorithm, header: 'X-Signature' };
  expect(await verifyPublished('hmac', 'Jefe', { 'X-Signature': signature }, 'what do ya want for nothing?', { config })).toEqual(accepted);
  expect(await verifyPublished('hmac', 'Jefe', { 'X-Signature': signature }, 'what do ya want for nothing!', { config })).toEqual(mismatch);
});
