import { PROVIDERS, type Provider, type ProviderConfig, validateProviderConfig } from '../../../lib/runtime/signatures';
import { identity, issueCertificate } from '../../support/signatures/certificates';

const needed: Partial<Record<Provider, ProviderConfig>> = {
  square: { notificationUrl: 'https://example.com/webhook' },
  twilio: { url: 'https://example.com/twilio?a=1' },
  hmac: { header: 'X-Signature' },
  paypal: { webhookId: '9XL90610J3647323C' },
};
const check =
  (provider: Provider, change: object = {}) =>
  () =>
    validateProviderConfig(provider, { ...needed[provider], ...change });

test.each(PROVIDERS)('%s needs no more than what only its user can know', (provider) => {
  expect(check(provider)).not.toThrow();
  expect(check(provider, { toleranceSeconds: 0 })).not.toThrow();
  expect(check(provider, { toleranceSeconds: 86_400 })).not.toThrow();
});

test.each(PROVIDERS)('%s takes no tolerance that is not a whole number of seconds', (provider) => {
  for (const toleranceSeconds of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '300', null]) {
    expect(check(provider, { toleranceSeconds })).toThrow(
      new TypeError(
        `${provider}: toleranceSeconds must be 0 or a positive whole number of seconds; given ${typeof toleranceSeconds === 'string' ? '"300"' : toleranceSeconds}`,
      ),
    );
  }
});

test.each([
  [
    'square',
    'notificationUrl',
    [
      undefined,
      '',
      'example.com/webhook',
      'ftp://example.com',
      'https://',
      'https://example.com/a b',
      'xhttps://example.com',
      new URL('https://example.com'),
      7,
    ],
  ],
  ['twilio', 'url', [undefined, '', '/twilio', 'https://', 'https://example.com/#rc=2', new URL('https://example.com'), null]],
  ['hmac', 'header', [undefined, '', 'X Signature', 'X-Signature:', 'Ünïcode', 7]],
  ['hmac', 'algorithm', ['md5', 'SHA256', '', 'toString', null]],
  ['hmac', 'encoding', ['HEX', 'base64url', '', null]],
  ['hmac', 'signaturePrefix', ['a,b', 'é', '\n', 7]],
  ['hmac', 'idHeader', ['', 'a b', 7]],
  ['hmac', 'idJsonPointer', ['id', '/~2', 7]],
  ['paypal', 'webhookId', [undefined, '', ' ', ' a', 'a ', 'a|b', 7]],
  [
    'paypal',
    'allowedCertHosts',
    [
      [],
      ['https://api.paypal.com'],
      ['*.paypal.com'],
      ['api.paypal.com:443'],
      ['API.paypal.com'],
      [''],
      ['api.paypal.com', 'evil/'],
      [['api.paypal.com']],
      'api.paypal.com',
    ],
  ],
  ['paypal', 'trustedRootsPem', ['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 7]],
  ['paypal', 'certificates', [{ 'https://api.paypal.com/1': 7 }, 'pem', [], null]],
] as const)('%s refuses a %s out of range, and names it', (provider, field, values) => {
  for (const value of values) {
    if (Array.isArray(value) && field === 'certificates') continue;
    expect(check(provider, { [field]: value })).toThrow(TypeError);
    expect(check(provider, { [field]: value })).toThrow(new RegExp(`^${provider}: ${field} must be .+; given `));
  }
});

test.each<[Provider, object, string]>([
  ['square', {}, 'square: notificationUrl must be the http(s) URL exactly as registered with the subscription; given undefined'],
  ['twilio', {}, 'twilio: url must be the http(s) URL as Twilio calls it, query string included; given undefined'],
  [
    'twilio',
    { url: 'https://example.com/#rc=2' },
    'twilio: url must be without a fragment, which Twilio does not send; given "https://example.com/#rc=2"',
  ],
  ['hmac', {}, 'hmac: header must be the name of the header that carries the signature; given undefined'],
  ['hmac', { header: 'X', algorithm: 'md5' }, 'hmac: algorithm must be one of sha1, sha256, sha512; given "md5"'],
  ['hmac', { header: 'X', encoding: 'HEX' }, 'hmac: encoding must be one of hex, base64; given "HEX"'],
  ['hmac', { header: 'X', signaturePrefix: ',' }, 'hmac: signaturePrefix must be printable ASCII without a comma; given ","'],
  ['hmac', { header: 'X', idHeader: '' }, 'hmac: idHeader must be the name of the header that carries the event id; given ""'],
  [
    'hmac',
    { header: 'X', idJsonPointer: 'id' },
    `hmac: idJsonPointer must be an RFC 6901 pointer: empty or starting with '/', with '~' only as ~0 or ~1; given "id"`,
  ],
  [
    'hmac',
    { header: 'X', idHeader: 'X-Id', idJsonPointer: '/id' },
    'hmac: idJsonPointer must be left out when idHeader is given: an event has one id; given "/id"',
  ],
  ['paypal', {}, 'paypal: webhookId must be the id of the webhook subscription, without spaces or pipes; given undefined'],
  [
    'paypal',
    { webhookId: '1', allowedCertHosts: [] },
    'paypal: allowedCertHosts must be at least one exact lower-case host name without scheme, port or wildcard; given []',
  ],
  ['paypal', { webhookId: '1', trustedRootsPem: '' }, 'paypal: trustedRootsPem must be one or more certificates as PEM; given ""'],
  ['paypal', { webhookId: '1', certificates: [] }, 'paypal: certificates must be an object from URL to PEM text, leaf first; given []'],
  ['github', null as never, 'github: config must be an object; given null'],
  ['github', 'secret' as never, 'github: config must be an object; given "secret"'],
  [
    'bitbucket' as Provider,
    {},
    'provider: must be one of stripe, github, shopify, slack, standardWebhooks, square, twilio, adyen, paypal, hmac; given "bitbucket"',
  ],
])('%s with %j: %s', (provider, config, message) => {
  expect(() => validateProviderConfig(provider, config)).toThrow(new TypeError(message));
});

test('of a long value its beginning is shown', () => {
  const given = (length: number) => {
    try {
      check('hmac', { algorithm: 'x'.repeat(length) })();
      return '';
    } catch (error) {
      return (error as Error).message.split('given ')[1];
    }
  };
  expect(given(118)).toBe(`"${'x'.repeat(118)}"`);
  expect(given(119)).toBe(`"${'x'.repeat(119)}…`);
});

test('a password in a URL is not shown', () => {
  expect(check('twilio', { url: 'https://user:pass@example.com/#rc=2' })).toThrow(/given "https:\/\/…@example\.com\/#rc=2"$/);
});

test('an event has one id: header and pointer are not given together', () => {
  expect(check('hmac', { idHeader: 'X-Id' })).not.toThrow();
  expect(check('hmac', { idJsonPointer: '/id' })).not.toThrow();
  expect(check('hmac', { idHeader: 'X-Id', idJsonPointer: '/id' })).toThrow(/idJsonPointer must be left out when idHeader is given/);
});

test('what is in range passes', () => {
  expect(check('square', { notificationUrl: 'http://localhost:3000/webhook' })).not.toThrow();
  const root = identity('Root');
  const pem = issueCertificate(root, root, { ca: true });
  expect(check('hmac', { algorithm: 'sha1', encoding: 'base64', signaturePrefix: 'HMAC key=', idJsonPointer: '' })).not.toThrow();
  expect(check('paypal', { allowedCertHosts: ['localhost', 'certs.example'], trustedRootsPem: pem + pem, certificates: {} })).not.toThrow();
});

test('a field of another provider is none of its business', () => {
  expect(check('github', { url: 7, header: '' })).not.toThrow();
});
