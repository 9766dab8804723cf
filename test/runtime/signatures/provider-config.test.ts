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
  ['square', 'notificationUrl', [undefined, '', 'example.com/webhook', 'ftp://example.com', 'https://', 'https://example.com/a b', 7]],
  ['twilio', 'url', [undefined, '', '/twilio', 'https://', 'https://example.com/#rc=2', null]],
  ['hmac', 'header', [undefined, '', 'X Signature', 'X-Signature:', 'Ünïcode', 7]],
  ['hmac', 'algorithm', ['md5', 'SHA256', '', 'toString', null]],
  ['hmac', 'encoding', ['HEX', 'base64url', '', null]],
  ['hmac', 'signaturePrefix', ['a,b', 'é', '\n', 7]],
  ['hmac', 'idHeader', ['', 'a b', 7]],
  ['hmac', 'idJsonPointer', ['id', '/~2', 7]],
  ['paypal', 'webhookId', [undefined, '', ' ', 'a|b', 7]],
  [
    'paypal',
    'allowedCertHosts',
    [[], ['https://api.paypal.com'], ['*.paypal.com'], ['api.paypal.com:443'], ['API.paypal.com'], [''], 'api.paypal.com'],
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

test('a password in a URL is not shown', () => {
  expect(check('twilio', { url: 'https://user:pass@example.com/#rc=2' })).toThrow(/given "https:\/\/…@example\.com\/#rc=2"$/);
});

test('an event has one id: header and pointer are not given together', () => {
  expect(check('hmac', { idHeader: 'X-Id' })).not.toThrow();
  expect(check('hmac', { idJsonPointer: '/id' })).not.toThrow();
  expect(check('hmac', { idHeader: 'X-Id', idJsonPointer: '/id' })).toThrow(/idJsonPointer must be left out when idHeader is given/);
});

test('what is in range passes', () => {
  const root = identity('Root');
  const pem = issueCertificate(root, root, { ca: true });
  expect(check('hmac', { algorithm: 'sha1', encoding: 'base64', signaturePrefix: 'HMAC key=', idJsonPointer: '' })).not.toThrow();
  expect(check('paypal', { allowedCertHosts: ['localhost', 'certs.example'], trustedRootsPem: pem + pem, certificates: {} })).not.toThrow();
});

test('a field of another provider is none of its business', () => {
  expect(check('github', { url: 7, header: '' })).not.toThrow();
});
