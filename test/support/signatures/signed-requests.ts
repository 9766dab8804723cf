import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { crc32 as crc32OfZlib } from 'node:zlib';
import type { Provider, ProviderConfig, VerificationInput } from '../../../lib/runtime/signatures';
import { type Identity, identity, issueCertificate } from './certificates';

export const NOW = 1_700_000_000;

/** What a sender signs and with what. Everything is signed anew, so that a test can break exactly one rule of an otherwise right request. */
export interface Signing {
  readonly body?: string | Uint8Array;
  /** The time as text, as it stands in the header. */
  readonly time?: string;
  readonly secret?: string;
  readonly id?: string;
  readonly config?: ProviderConfig;
}

export type Sender = (signing?: Signing) => VerificationInput;

export const SENDERS: Readonly<Record<Exclude<Provider, 'paypal'>, Sender>> = {
  stripe({ body = '{"id":"evt_1","type":"charge.succeeded"}', time = String(NOW), secret = 'whsec_stripe', config = {} } = {}) {
    return request('stripe', secret, config, body, [
      ['Stripe-Signature', `t=${time},v1=${hmac('sha256', secret, 'hex', `${time}.`, body)}`],
    ]);
  },

  github({
    body = '{"action":"opened"}',
    secret = "It's a Secret to Everybody",
    id = '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    config = {},
  } = {}) {
    return request('github', secret, config, body, [
      ['X-Hub-Signature-256', `sha256=${hmac('sha256', secret, 'hex', body)}`],
      ['X-GitHub-Delivery', id],
      ['X-GitHub-Event', 'issues'],
    ]);
  },

  shopify({ body = '{"id":820982911946154500}', secret = 'hush', id = '98880550-7158-44d4-b7cd-2c97c8a091b5', config = {} } = {}) {
    return request('shopify', secret, config, body, [
      ['X-Shopify-Hmac-Sha256', hmac('sha256', secret, 'base64', body)],
      ['X-Shopify-Event-Id', id],
      ['X-Shopify-Webhook-Id', 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043'],
      ['X-Shopify-Topic', 'orders/create'],
    ]);
  },

  slack({
    body = '{"event_id":"Ev0PV52K21","event":{"type":"message"}}',
    time = String(NOW),
    secret = '8f742231b10e8888',
    config = {},
  } = {}) {
    return request('slack', secret, config, body, [
      ['X-Slack-Signature', `v0=${hmac('sha256', secret, 'hex', `v0:${time}:`, body)}`],
      ['X-Slack-Request-Timestamp', time],
    ]);
  },

  standardWebhooks({
    body = '{"type":"user.created"}',
    time = String(NOW),
    secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id = 'msg_1',
    config = {},
  } = {}) {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    return request('standardWebhooks', secret, config, body, [
      ['webhook-signature', `v1,${hmac('sha256', key, 'base64', `${id}.${time}.`, body)}`],
      ['webhook-timestamp', time],
      ['webhook-id', id],
    ]);
  },

  square({ body = '{"event_id":"5b0b3f33","type":"payment.updated"}', secret = 'asdf1234', config } = {}) {
    const { notificationUrl } = { notificationUrl: 'https://example.com/webhook', ...config };
    return request('square', secret, { ...config, notificationUrl }, body, [
      ['x-square-hmacsha256-signature', hmac('sha256', secret, 'base64', notificationUrl, body)],
    ]);
  },

  twilio({ body = 'Body=Hello%2C+world&From=%2B14158675310', secret = '12345', id = 'token-1', config } = {}) {
    const { url } = { url: 'https://example.com/twilio?foo=1', ...config };
    const parameters = [...new URLSearchParams(Buffer.from(body).toString())].sort(([one], [other]) => (one < other ? -1 : 1)).flat();
    return request(
      'twilio',
      secret,
      { ...config, url },
      body,
      [
        ['X-Twilio-Signature', hmac('sha1', secret, 'base64', url, ...parameters)],
        ['I-Twilio-Idempotency-Token', id],
      ],
      new URL(url).pathname + new URL(url).search,
    );
  },

  adyen({ body = adyenBody(), secret = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056', config = {} } = {}) {
    const notification = JSON.parse(Buffer.from(body).toString());
    for (const { NotificationRequestItem: item } of notification.notificationItems) {
      const fields = [item.pspReference, item.originalReference, item.merchantAccountCode, item.merchantReference];
      const signed = [...fields, item.amount.value, item.amount.currency, item.eventCode, item.success].join(':');
      item.additionalData = { hmacSignature: hmac('sha256', Buffer.from(secret, 'hex'), 'base64', signed) };
    }
    return request('adyen', secret, config, JSON.stringify(notification), []);
  },

  hmac({ body = '{"id":"order-1"}', secret = 'shared secret', id = 'delivery-1', config } = {}) {
    const { algorithm = 'sha256', encoding = 'hex', header = 'X-Signature', signaturePrefix = '' } = config ?? {};
    return request('hmac', secret, { idHeader: 'X-Delivery', ...config, header }, body, [
      [header, `${signaturePrefix}${hmac(algorithm, secret, encoding, body)}`],
      ['X-Delivery', id],
    ]);
  },
};

export function adyenBody(change: Record<string, unknown> = {}): string {
  const item = {
    pspReference: '7914073381342284',
    originalReference: '8814073381342284',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'TestPayment-1407325143704',
    amount: { value: 1130, currency: 'EUR' },
    eventCode: 'AUTHORISATION',
    success: 'true',
    ...change,
  };
  return JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem: item }] });
}

/** A JSON delivery of Twilio: the body is bound by its hash in the query of the URL. */
export function twilioJson({
  body = '{"MessageSid":"SM1"}',
  secret = '12345',
  url = 'https://example.com/twilio?foo=1',
} = {}): VerificationInput {
  const called = `${url}&bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  const headers: [string, string][] = [['X-Twilio-Signature', hmac('sha1', secret, 'base64', called)]];
  return request('twilio', secret, { url }, body, headers, new URL(called).pathname + new URL(called).search);
}

/** Standard Webhooks with an ed25519 key pair. */
export function ed25519Sender(): Sender {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const secret = `whpk_${publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`;
  return ({ body = '{"type":"user.created"}', time = String(NOW), id = 'msg_1', config = {} } = {}) => {
    const content = Buffer.concat([Buffer.from(`${id}.${time}.`), Buffer.from(body)]);
    return request('standardWebhooks', secret, config, body, [
      ['webhook-signature', `v1a,${sign(null, content, privateKey).toString('base64')}`],
      ['webhook-timestamp', time],
      ['webhook-id', id],
    ]);
  };
}

export const PAYPAL_CERTIFICATE_URL = 'https://api.paypal.com/v1/notifications/certs/CERT-1';

let paypal: ReturnType<typeof makePaypal> | undefined;

/** PayPal with a root, an intermediate and a leaf, the same for all tests that run in one process: keys take long to make. */
export function paypalSender() {
  paypal ??= makePaypal();
  return paypal;
}

function makePaypal() {
  const root = identity('Test Root');
  const intermediate = identity('Test Intermediate');
  const leaf = identity('messageverificationcerts.paypal.com');
  const rootPem = issueCertificate(root, root, { ca: true });
  const intermediatePem = issueCertificate(intermediate, root, { ca: true });
  const leafPem = issueCertificate(leaf, intermediate);
  const sendAs =
    (signer: Identity): Sender =>
    ({
      body = '{"id":"WH-1","event_type":"PAYMENT.SALE.COMPLETED"}',
      time = '2023-11-14T22:13:20Z',
      id = 'd938e770-8046',
      config,
    } = {}) => {
      const settings: ProviderConfig = {
        webhookId: '9XL90610J3647323C',
        trustedRootsPem: rootPem,
        certificates: { [PAYPAL_CERTIFICATE_URL]: leafPem + intermediatePem },
        ...config,
      };
      const content = `${id}|${time}|${settings.webhookId}|${crc32(Buffer.from(body))}`;
      return request('paypal', undefined, settings, body, [
        ['PAYPAL-TRANSMISSION-SIG', sign('RSA-SHA256', Buffer.from(content), signer.privateKey).toString('base64')],
        ['PAYPAL-TRANSMISSION-TIME', time],
        ['PAYPAL-TRANSMISSION-ID', id],
        ['PAYPAL-CERT-URL', PAYPAL_CERTIFICATE_URL],
        ['PAYPAL-AUTH-ALGO', 'SHA256withRSA'],
      ]);
    };
  return { send: sendAs(leaf), sendAs, root, intermediate, leaf, rootPem, intermediatePem, leafPem };
}

export function hmac(algorithm: string, key: string | Uint8Array, encoding: 'hex' | 'base64', ...content: (string | Uint8Array)[]): string {
  const digest = createHmac(algorithm, key);
  for (const part of content) digest.update(part);
  return digest.digest(encoding);
}

export function headerOf(input: VerificationInput, name: string): string {
  return input.request.headers.find(([given]) => given === name)?.[1] ?? '';
}

/** The same request with one header set anew, or taken out. */
export function withHeader(input: VerificationInput, name: string, value: string | undefined): VerificationInput {
  const headers = input.request.headers.flatMap<readonly [string, string]>((header) =>
    header[0] !== name ? [header] : value === undefined ? [] : [[name, value]],
  );
  return withHeaders(input, headers);
}

export function withHeaders(input: VerificationInput, headers: VerificationInput['request']['headers']): VerificationInput {
  return { ...input, request: { ...input.request, headers } };
}

export function withBody(input: VerificationInput, body: Uint8Array): VerificationInput {
  return { ...input, request: { ...input.request, body } };
}

function request(
  provider: Provider,
  secret: string | undefined,
  config: ProviderConfig,
  body: string | Uint8Array,
  headers: [string, string][],
  path = '/',
): VerificationInput {
  const secrets = secret === undefined ? [] : [secret];
  return { provider, secrets, config, nowEpochSeconds: NOW, request: { method: 'POST', path, headers, body: Buffer.from(body) } };
}

/** Bit by bit, where this Node's zlib has none. */
function crc32(bytes: Uint8Array): number {
  if (crc32OfZlib) return crc32OfZlib(bytes);
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
