import { type RejectionReason, type VerificationInput, verify } from '../../../lib/runtime/signatures';
import { identity, issueCertificate } from '../../support/signatures/certificates';
import {
  adyenBody,
  headerOf,
  NOW,
  PAYPAL_CERTIFICATE_URL,
  paypalSender,
  SENDERS,
  twilioJson,
  withBody,
  withHeader,
  withHeaders,
} from '../../support/signatures/signed-requests';

/** What whoever set the webhook up reads, in the log of the receive function and from `breakwater verify`. */
type Told = [detail: string, reason: RejectionReason, input: () => VerificationInput];

async function tells(reason: RejectionReason, detail: string, input: VerificationInput): Promise<void> {
  expect(await verify(input)).toEqual({ accepted: false, reason, detail });
}

const withSecrets = (input: VerificationInput, ...secrets: string[]) => ({ ...input, secrets });
const paypal = paypalSender();

describe('of the secrets', () => {
  test.each<Told>([
    ['no secret is configured for this sender', 'no_secret', () => withSecrets(SENDERS.stripe())],
    [
      'secret 2 of 2 must be text that is neither empty nor blank',
      'malformed_secret',
      () => withSecrets(SENDERS.stripe(), 'whsec_stripe', ' '),
    ],
    ['secret 1 of 1 must be an even number of hex digits', 'malformed_secret', () => withSecrets(SENDERS.adyen(), '44782')],
    [
      'secret 1 of 1 must be base64 of 24 to 75 bytes, with or without whsec_ in front, or whpk_ and base64 of an ed25519 public key',
      'malformed_secret',
      () => withSecrets(SENDERS.standardWebhooks(), 'whsec_short'),
    ],
  ])('%s', (detail, reason, input) => tells(reason, detail, input()));
});

test.each(['', '  ', '\t\u200b\n'])('of the secret %j', async (blank) => {
  const input = withSecrets(SENDERS.stripe({ secret: blank }), blank);
  await tells('malformed_secret', 'secret 1 of 1 must be text that is neither empty nor blank', input);
});

describe('of the headers', () => {
  const twice = (input: VerificationInput, name: string) =>
    withHeaders(input, [...input.request.headers, [name.toLowerCase(), headerOf(input, name)]]);
  const renamed = (input: VerificationInput, from: string, to: string) =>
    withHeaders(input, [
      ...input.request.headers,
      ...input.request.headers.map(([name, value]) => [name.replace(from, to), value] as const),
    ]);

  test.each<Told>([
    ['header Stripe-Signature is missing', 'missing_signature', () => withHeader(SENDERS.stripe(), 'Stripe-Signature', undefined)],
    ['header X-Hub-Signature-256 is missing', 'missing_signature', () => withHeader(SENDERS.github(), 'X-Hub-Signature-256', undefined)],
    ['header X-Hub-Signature-256 came 2 times, allowed once', 'duplicated_header', () => twice(SENDERS.github(), 'X-Hub-Signature-256')],
    [
      'header X-GitHub-Delivery holds a comma, which is how a repeated header arrives; allowed once',
      'duplicated_header',
      () => withHeader(SENDERS.github(), 'X-GitHub-Delivery', 'a,a'),
    ],
    [
      'header X-GitHub-Delivery must hold 1 to 256 characters without control characters',
      'malformed_id',
      () => withHeader(SENDERS.github(), 'X-GitHub-Delivery', ''),
    ],
    [
      'headers came as X-Shopify-… and as Shopify-…, allowed one family',
      'duplicated_header',
      () => renamed(SENDERS.shopify(), 'X-Shopify-', 'Shopify-'),
    ],
    [
      'headers came as webhook-… and as svix-…, allowed one family',
      'duplicated_header',
      () => renamed(SENDERS.standardWebhooks(), 'webhook-', 'svix-'),
    ],
    [
      'header svix-timestamp is missing',
      'missing_timestamp',
      () => withHeaders(SENDERS.standardWebhooks(), [['svix-signature', headerOf(SENDERS.standardWebhooks(), 'webhook-signature')]]),
    ],
    [
      'header webhook-id is missing, and it is part of what is signed',
      'missing_id',
      () => withHeader(SENDERS.standardWebhooks(), 'webhook-id', undefined),
    ],
    ['header webhook-id must not hold a full stop', 'malformed_id', () => withHeader(SENDERS.standardWebhooks(), 'webhook-id', 'a.b')],
    [
      'header X-Slack-Request-Timestamp is missing',
      'missing_timestamp',
      () => withHeader(SENDERS.slack(), 'X-Slack-Request-Timestamp', undefined),
    ],
  ])('%s', (detail, reason, input) => tells(reason, detail, input()));
});

describe('of the signature', () => {
  const stripe = (header: string) => withHeader(SENDERS.stripe(), 'Stripe-Signature', header);
  const standard = (header: string) => withHeader(SENDERS.standardWebhooks(), 'webhook-signature', header);
  const hex = '0'.repeat(64);

  test.each<Told>([
    [
      "header X-Hub-Signature-256 must be 'sha256=' and 32 bytes in lower-case hex, and nothing else",
      'malformed_signature',
      () => withHeader(SENDERS.github(), 'X-Hub-Signature-256', hex),
    ],
    [
      'header X-Shopify-Hmac-Sha256 must be 32 bytes in padded base64, and nothing else',
      'malformed_signature',
      () => withHeader(SENDERS.shopify(), 'X-Shopify-Hmac-Sha256', 'AAAA'),
    ],
    [
      'header Stripe-Signature: every element must be name=value without spaces',
      'malformed_signature',
      () => stripe(`t=${NOW}, v1=${hex}`),
    ],
    [
      'header x-square-hmacsha256-signature must be 32 bytes in padded base64, and nothing else',
      'malformed_signature',
      () => withHeader(SENDERS.square(), 'x-square-hmacsha256-signature', 'AAAA'),
    ],
    [
      'header X-Twilio-Signature must be 20 bytes in padded base64, and nothing else',
      'malformed_signature',
      () => withHeader(SENDERS.twilio(), 'X-Twilio-Signature', 'AAAA'),
    ],
    ['header Stripe-Signature: v1 must be 64 lower-case hex digits', 'malformed_signature', () => stripe(`t=${NOW},v1=0`)],
    ['header Stripe-Signature has no t', 'missing_timestamp', () => stripe(`v1=${hex}`)],
    ['header Stripe-Signature has more than one t, allowed one', 'duplicated_header', () => stripe(`t=1,t=2,v1=${hex}`)],
    ['header Stripe-Signature has no v1', 'missing_signature', () => stripe(`t=${NOW}`)],
    ['the signature header: must list at most 16 signatures', 'malformed_signature', () => standard(Array(17).fill('v1,x').join(' '))],
    ['the signature header: must be a list of version,signature, one space between', 'malformed_signature', () => standard('signature')],
    ['the signature header came more than once, joined by commas; allowed once', 'duplicated_header', () => standard('v1,AAAA,v1,AAAA')],
    ['the signature header: v1 must be 32 bytes in padded base64', 'malformed_signature', () => standard('v1,AAAA')],
    ['the signature header: v1a must be 64 bytes in padded base64', 'malformed_signature', () => standard('v1a,AAAA')],
    ['the signature header has neither v1 nor v1a', 'missing_signature', () => standard('v2,AAAA')],
    [
      'no configured secret makes this signature: another secret, or content changed after it was signed',
      'signature_mismatch',
      () => withSecrets(SENDERS.github(), 'other'),
    ],
    [
      'no configured secret makes this signature: another secret, or a notificationUrl other than the registered one, or content changed after it was signed',
      'signature_mismatch',
      () => withSecrets(SENDERS.square(), 'other'),
    ],
    [
      'no configured secret makes this signature: another secret, or a url other than the one Twilio called, query string included, or content changed after it was signed',
      'signature_mismatch',
      () => withSecrets(SENDERS.twilio(), 'other'),
    ],
  ])('%s', (detail, reason, input) => tells(reason, detail, input()));
});

describe('of the time', () => {
  test.each<Told>([
    [
      'the signed time must be plain decimal seconds without sign, space or leading zero',
      'malformed_timestamp',
      () => SENDERS.slack({ time: `+${NOW}` }),
    ],
    ['signed 301 s ago, allowed 300 s', 'stale_timestamp', () => SENDERS.slack({ time: String(NOW - 301) })],
    [
      'signed 11 s in the future, allowed 10 s',
      'future_timestamp',
      () => SENDERS.slack({ time: String(NOW + 11), config: { toleranceSeconds: 10 } }),
    ],
  ])('%s', (detail, reason, input) => tells(reason, detail, input()));
});

describe('by Twilio', () => {
  test.each<Told>([
    [
      'bodySHA256 of the URL must come once and be 64 lower-case hex digits',
      'malformed_signature',
      () => ({ ...twilioJson(), request: { ...twilioJson().request, path: '/twilio?foo=1&bodySHA256' } }),
    ],
    ['a body without bodySHA256 in the URL must be a form, name=value joined by &', 'malformed_body', () => SENDERS.twilio({ body: 'a' })],
    [
      'the body is not the one whose hash stands in bodySHA256 of the signed URL',
      'signature_mismatch',
      () => withBody(twilioJson(), Buffer.from('{}')),
    ],
  ])('%s', (detail, reason, input) => tells(reason, detail, input()));
});

describe('by Adyen', () => {
  const body = (text: string) => withBody(SENDERS.adyen(), Buffer.from(text));
  const signedWith = (additionalData: object) => {
    const notification = JSON.parse(adyenBody());
    notification.notificationItems[0].NotificationRequestItem.additionalData = additionalData;
    return body(JSON.stringify(notification));
  };

  test.each<Told>([
    ['the body must be JSON with at least one of notificationItems', 'malformed_body', () => body('{}')],
    ['each of notificationItems must hold a NotificationRequestItem', 'malformed_body', () => body('{"notificationItems":[{}]}')],
    ['additionalData.hmacSignature is missing: is HMAC on for this webhook?', 'missing_signature', () => signedWith({})],
    [
      'additionalData.hmacSignature must be 32 bytes in padded base64, and nothing else',
      'malformed_signature',
      () => signedWith({ hmacSignature: 7 }),
    ],
    ['pspReference must be text', 'malformed_body', () => SENDERS.adyen({ body: adyenBody({ pspReference: 7 }) })],
    [
      'amount.value must be a whole number',
      'malformed_body',
      () => SENDERS.adyen({ body: adyenBody({ amount: { value: 1.5, currency: 'EUR' } }) }),
    ],
    [
      'amount.currency must not hold a colon',
      'malformed_body',
      () => SENDERS.adyen({ body: adyenBody({ amount: { value: 1, currency: 'EUR:' } }) }),
    ],
  ])('%s', (detail, reason, input) => tells(reason, detail, input()));
});

describe('by PayPal', () => {
  const certified = (pem: string, from = paypal.send) => from({ config: { certificates: { [PAYPAL_CERTIFICATE_URL]: pem } } });
  const untrusted = (why: string) => `the signing certificate: ${why}`;

  test.each<Told>([
    [
      'header PAYPAL-AUTH-ALGO must be SHA256withRSA',
      'malformed_signature',
      () => withHeader(paypal.send(), 'PAYPAL-AUTH-ALGO', 'SHA1withRSA'),
    ],
    ['header PAYPAL-AUTH-ALGO is missing', 'missing_signature', () => withHeader(paypal.send(), 'PAYPAL-AUTH-ALGO', undefined)],
    [
      'header PAYPAL-TRANSMISSION-TIME must be a date and time of RFC 3339, such as 2026-01-31T23:59:59Z',
      'malformed_timestamp',
      () => paypal.send({ time: '2023-11-14' }),
    ],
    [
      'header PAYPAL-TRANSMISSION-ID is missing, and it is part of what is signed',
      'missing_id',
      () => withHeader(paypal.send(), 'PAYPAL-TRANSMISSION-ID', undefined),
    ],
    ['header PAYPAL-TRANSMISSION-ID must not hold a pipe', 'malformed_id', () => paypal.send({ id: 'a|b' })],
    [
      "header PAYPAL-TRANSMISSION-SIG must be as many bytes in padded base64 as the certificate's key has",
      'malformed_signature',
      () => withHeader(paypal.send(), 'PAYPAL-TRANSMISSION-SIG', 'AAAA'),
    ],
    [
      'the key of the certificate does not make this signature: another webhookId, or content changed after it was signed',
      'signature_mismatch',
      () => withBody(paypal.send(), Buffer.from('{}')),
    ],
    ['header PAYPAL-CERT-URL is missing', 'untrusted_certificate', () => withHeader(paypal.send(), 'PAYPAL-CERT-URL', undefined)],
    [
      untrusted(
        'header PAYPAL-CERT-URL must be https://, one of api.paypal.com, api.sandbox.paypal.com, api-m.paypal.com, api-m.sandbox.paypal.com, and a path',
      ),
      'untrusted_certificate',
      () => withHeader(paypal.send(), 'PAYPAL-CERT-URL', 'http://api.paypal.com/1'),
    ],
    [
      untrusted(`could not be read: ${PAYPAL_CERTIFICATE_URL} is not among the given certificates, and none may be fetched`),
      'untrusted_certificate',
      () => paypal.send({ config: { certificates: undefined } }),
    ],
    [
      untrusted('could not be read: timed out'),
      'untrusted_certificate',
      () => ({ ...paypal.send({ config: { certificates: {} } }), fetchCertificate: () => Promise.reject('timed out') }),
    ],
    [untrusted('could not be read: no certificate in PEM form'), 'untrusted_certificate', () => certified('')],
    [
      untrusted('it is issued for CN=evil.example, allowed a name within paypal.com'),
      'untrusted_certificate',
      () => certified(issueCertificate({ ...paypal.leaf, name: 'evil.example' }, paypal.root)),
    ],
    [
      untrusted('no trusted and valid issuer for CN=messageverificationcerts.paypal.com'),
      'untrusted_certificate',
      () => certified(paypal.leafPem),
    ],
    [
      untrusted('the certificate is valid from Nov 14 22:13:21 2023 GMT to Nov 15 22:13:21 2023 GMT, not now'),
      'untrusted_certificate',
      () => {
        const validity = { notBefore: new Date((NOW + 1) * 1000), notAfter: new Date((NOW + 86_401) * 1000) };
        return certified(issueCertificate(paypal.leaf, paypal.root, validity));
      },
    ],
    [
      untrusted('its key must be RSA of at least 2048 bits'),
      'untrusted_certificate',
      () => {
        const elliptic = identity('paypal.com', { type: 'ec' });
        return certified(issueCertificate(elliptic, paypal.root), paypal.sendAs(elliptic));
      },
    ],
  ])('%s', (detail, reason, input) => tells(reason, detail, input()));
});
