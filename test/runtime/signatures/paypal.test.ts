import { rootCertificates } from 'node:tls';
import { type ProviderConfig, type Verification, verify } from '../../../lib/runtime/signatures';
import { type CertificateOptions, type Identity, identity, issueCertificate } from '../../support/signatures/certificates';
import { PAYPAL_CERTIFICATE_URL, paypalSender, withHeader } from '../../support/signatures/signed-requests';

const { send, sendAs, root, intermediate, leaf, rootPem, intermediatePem, leafPem } = paypalSender();
const untrusted = (detail: RegExp) => ({ accepted: false, reason: 'untrusted_certificate', detail: expect.stringMatching(detail) });

/** The same request, signed by `leaf`, with other certificates at its URL. */
function sendWith(pem: string, config: ProviderConfig = {}): Promise<Verification> {
  return verify(send({ config: { certificates: { [PAYPAL_CERTIFICATE_URL]: pem }, ...config } }));
}

describe('the certificate chain', () => {
  test('a leaf is accepted over its intermediate, and directly under a root', async () => {
    expect(await sendWith(leafPem + intermediatePem)).toMatchObject({ accepted: true });
    expect(await sendWith(`PayPal\r\n${leafPem}\n\n${intermediatePem}${rootPem}`)).toMatchObject({ accepted: true });
    expect(await sendWith(issueCertificate(leaf, root))).toMatchObject({ accepted: true });
  });

  test('several roots may be trusted', async () => {
    const other = identity('Other Root');
    const roots = issueCertificate(other, other, { ca: true }) + rootPem;
    expect(await sendWith(leafPem + intermediatePem, { trustedRootsPem: roots })).toMatchObject({ accepted: true });
  });

  test('a leaf may itself be what is trusted', async () => {
    const selfSigned = issueCertificate(leaf, leaf);
    expect(await sendWith(selfSigned, { trustedRootsPem: selfSigned })).toMatchObject({ accepted: true });
    expect(await sendWith(leafPem, { trustedRootsPem: leafPem })).toMatchObject({ accepted: true });
    expect(await sendWith(selfSigned, { trustedRootsPem: rootPem + selfSigned })).toMatchObject({ accepted: true });
  });

  test('a chain that ends elsewhere is refused', async () => {
    const forgedRoot = { ...identity('Test Root') };
    const forgedRootPem = issueCertificate(forgedRoot, forgedRoot, { ca: true });
    const noIssuer = untrusted(/no trusted and valid issuer/);
    expect(await sendWith(leafPem)).toEqual(noIssuer);
    expect(await sendWith(issueCertificate(leaf, forgedRoot) + forgedRootPem)).toEqual(noIssuer);
    const selfSigned = issueCertificate(leaf, leaf);
    expect(await sendWith(selfSigned)).toEqual(noIssuer);
    expect(await sendWith(selfSigned, { trustedRootsPem: issueCertificate(leaf, leaf) })).toEqual(noIssuer);
    expect(await sendWith(issueCertificate(leaf, leaf, { ca: true }))).toEqual(noIssuer);
    expect(await sendWith(leafPem + intermediatePem, { trustedRootsPem: rootCertificates[0] })).toEqual(noIssuer);
    expect(await sendWith(leafPem + intermediatePem, { trustedRootsPem: undefined })).toEqual(noIssuer);
  });

  test('who is no certificate authority issues nothing', async () => {
    const customer = identity('customer.example');
    const customerPem = issueCertificate(customer, root);
    expect(await sendWith(issueCertificate(leaf, customer) + customerPem)).toEqual(untrusted(/no trusted and valid issuer/));
  });

  test('certificates that issued each other do not hold the check up', async () => {
    const one = identity('one');
    const two = identity('two');
    const circle = issueCertificate(leaf, one) + issueCertificate(one, two, { ca: true }) + issueCertificate(two, one, { ca: true });
    expect(await sendWith(circle)).toEqual(untrusted(/no trusted and valid issuer/));
  });

  const now = new Date('2023-11-14T22:13:20Z');
  const later = new Date(now.getTime() + 1000);
  const earlier = new Date(now.getTime() - 1000);
  const outside: [string, CertificateOptions][] = [
    ['not yet', { notBefore: later }],
    ['no longer', { notAfter: earlier }],
  ];

  test.each(outside)('a leaf or an issuer that is %s valid at the time of receipt is refused', async (_, validity) => {
    expect(await sendWith(issueCertificate(leaf, root, validity))).toEqual(untrusted(/valid from/));
    const lapsed = issueCertificate(intermediate, root, { ca: true, ...validity });
    expect(await sendWith(leafPem + lapsed)).toEqual(untrusted(/no trusted and valid issuer/));
    const lapsedRoot = issueCertificate(root, root, { ca: true, ...validity });
    expect(await sendWith(leafPem + intermediatePem, { trustedRootsPem: lapsedRoot })).toEqual(untrusted(/no trusted and valid issuer/));
  });

  test('the edges of its validity belong to it', async () => {
    expect(await sendWith(issueCertificate(leaf, root, { notBefore: now, notAfter: now }))).toMatchObject({ accepted: true });
  });

  test.each(['', 'no certificate', rootPem.slice(0, -40), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'a file without a readable certificate is refused: %j',
    async (pem) => {
      expect(await sendWith(pem)).toEqual(untrusted(/could not be read/));
    },
  );
});

describe('the certified key', () => {
  function sendCertified(signer: Identity, options: CertificateOptions = {}): Promise<Verification> {
    return verify(sendAs(signer)({ config: { certificates: { [PAYPAL_CERTIFICATE_URL]: issueCertificate(signer, root, options) } } }));
  }

  test('a name within paypal.com is needed where PayPal serves the certificate', async () => {
    for (const name of ['paypal.com', 'MessageVerificationCerts.PayPal.com', 'messageverificationcerts.sandbox.paypal.com']) {
      expect(await sendCertified({ ...leaf, name })).toMatchObject({ accepted: true });
    }
    for (const name of [
      'evil.example',
      'paypal.com.evil.example',
      'notpaypal.com',
      'paypal.com ',
      'CN=paypal.com',
      'evil\nCN=api.paypal.com',
      'evil/CN=api.paypal.com',
    ]) {
      expect(await sendCertified({ ...leaf, name })).toEqual(untrusted(/allowed a name within paypal\.com/));
    }
    expect(await sendCertified({ ...leaf, name: 'no host' }, { dnsNames: ['certs.paypal.com'] })).toMatchObject({ accepted: true });
    expect(await sendCertified({ ...leaf, name: 'no host' }, { dnsNames: ['certs.example', 'x, DNS:api.paypal.com'] })).toEqual(
      untrusted(/allowed a name/),
    );
  });

  test('a name counts as common name and as DNS name only', async () => {
    const named = { ...leaf, name: 'evil.example' };
    expect(await sendCertified(named, { organization: 'O=paypal.com' })).toEqual(
      untrusted(/issued for O=O=paypal\.com, CN=evil\.example, allowed a name within paypal\.com/),
    );
    for (const organization of ['paypal.com', 'Xpaypal.com', 'DNS:paypal.com']) {
      expect(await sendCertified(named, { organization })).toEqual(untrusted(/allowed a name/));
    }
    for (const address of ['paypal.com', 'https://paypal.com', 'x, paypal.com']) {
      expect(await sendCertified(named, { addresses: [address] })).toEqual(untrusted(/allowed a name/));
    }
    const nobody = identity('Nobody');
    const other = issueCertificate(leaf, nobody, { organization: 'PayPal' });
    expect(await sendWith(other)).toEqual(untrusted(/no trusted and valid issuer for O=PayPal, CN=messageverificationcerts\.paypal\.com$/));
  });

  test('any name will do at another host that was allowed', async () => {
    const url = 'https://certs.example/1';
    const pem = issueCertificate({ ...leaf, name: 'certs.example' }, root);
    const input = send({ config: { allowedCertHosts: ['certs.example'], certificates: { [url]: pem } } });
    expect(await verify(withHeader(input, 'PAYPAL-CERT-URL', url))).toMatchObject({ accepted: true });
  });

  test('it must be RSA of 2048 bits or more', async () => {
    const rule = untrusted(/RSA of at least 2048 bits/);
    expect(await sendCertified(identity('paypal.com', { type: 'ec' }))).toEqual(rule);
    expect(await sendCertified(identity('paypal.com', { type: 'rsa-pss' }))).toEqual(rule);
    expect(await sendCertified(identity('paypal.com', { modulusLength: 1024 }))).toEqual(rule);
    expect(await sendCertified(identity('paypal.com', { modulusLength: 3072 }))).toMatchObject({ accepted: true });
  });
});

describe('the URL of the certificate', () => {
  test.each([
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com.evil.example/CERT-1',
    'https://evil.example/api.paypal.com/CERT-1',
    'https://api.paypal.com@evil.example/CERT-1',
    'https://user@api.paypal.com/CERT-1',
    'https://user:pass@api.paypal.com/CERT-1',
    'https://api.paypal.com:443/CERT-1',
    'https://api.paypal.com:8443/CERT-1',
    'https://API.paypal.com/CERT-1',
    'https://api.paypal.com./CERT-1',
    'https://api.paypal.com',
    'https://api.paypal.com/CERT-1#x',
    'https://api.paypal.com/CERT-1?x',
    'https://api.paypal.com/../CERT-1',
    'https://api.paypal.com\\@evil.example/CERT-1',
    'https:/api.paypal.com/CERT-1',
    'https://www.paypal.com/CERT-1',
    'https://xapi.paypal.com/CERT-1',
    'https://api.paypal.com/CERT 1',
    ' https://api.paypal.com/CERT-1',
    'file:///etc/passwd',
    'data:text/plain;x',
    '//api.paypal.com/CERT-1',
    '',
  ])('%j is refused and not fetched', async (url) => {
    const fetchCertificate = jest.fn(async () => leafPem + intermediatePem);
    const input = {
      ...withHeader(send({ config: { certificates: { [url]: leafPem + intermediatePem } } }), 'PAYPAL-CERT-URL', url),
      fetchCertificate,
    };
    expect(await verify(input)).toEqual(untrusted(/header PAYPAL-CERT-URL must be https/));
    expect(fetchCertificate).not.toHaveBeenCalled();
  });

  test.each(['api.paypal.com', 'api.sandbox.paypal.com', 'api-m.paypal.com', 'api-m.sandbox.paypal.com'])(
    '%s is allowed by default',
    async (host) => {
      const url = `https://${host}/v1/notifications/certs/CERT-1`;
      const input = withHeader(send({ config: { certificates: { [url]: leafPem + intermediatePem } } }), 'PAYPAL-CERT-URL', url);
      expect(await verify(input)).toMatchObject({ accepted: true });
      expect(await verify({ ...input, config: { ...input.config, allowedCertHosts: ['certs.example'] } })).toEqual(
        untrusted(/certs\.example/),
      );
    },
  );

  test('a certificate that was not given is fetched, if that is allowed, after everything cheaper has passed', async () => {
    const fetchCertificate = jest.fn(async (_: string) => leafPem + intermediatePem);
    const input = send({ config: { certificates: {} } });
    expect(await verify(input)).toEqual(untrusted(/none may be fetched/));
    expect(await verify({ ...input, fetchCertificate })).toMatchObject({ accepted: true });
    expect(fetchCertificate.mock.calls).toEqual([[PAYPAL_CERTIFICATE_URL]]);
    for (const header of ['PAYPAL-TRANSMISSION-SIG', 'PAYPAL-TRANSMISSION-TIME', 'PAYPAL-TRANSMISSION-ID', 'PAYPAL-AUTH-ALGO']) {
      expect(await verify({ ...withHeader(input, header, undefined), fetchCertificate })).toMatchObject({ accepted: false });
    }
    expect(fetchCertificate).toHaveBeenCalledTimes(1);
  });

  test('a fetch that fails refuses the request', async () => {
    const failing = async () => Promise.reject(new Error('connect ETIMEDOUT'));
    expect(await verify({ ...send({ config: { certificates: {} } }), fetchCertificate: failing })).toEqual(untrusted(/connect ETIMEDOUT/));
  });
});

describe('what is signed', () => {
  test('a repetition three days later still passes by default, a given tolerance counts in both directions', async () => {
    const at = (seconds: number, toleranceSeconds?: number) => {
      const input = send({ config: { toleranceSeconds } });
      return verify({ ...input, nowEpochSeconds: input.nowEpochSeconds + seconds });
    };
    expect(await at(3 * 24 * 60 * 60 + 300)).toMatchObject({ accepted: true });
    expect(await at(3 * 24 * 60 * 60 + 301)).toMatchObject({ reason: 'stale_timestamp' });
    expect(await at(-300)).toMatchObject({ accepted: true });
    expect(await at(-301)).toMatchObject({ reason: 'future_timestamp' });
    expect(await at(300, 300)).toMatchObject({ accepted: true });
    expect(await at(301, 300)).toMatchObject({ reason: 'stale_timestamp' });
  });

  test('the id of the webhook belongs to it', async () => {
    const input = send();
    expect(await verify({ ...input, config: { ...input.config, webhookId: 'another' } })).toMatchObject({ reason: 'signature_mismatch' });
  });

  test.each(['2023-11-14T22:13:20Z', '2023-11-14T22:13:20.5Z', '2023-11-14T23:13:20+01:00', '2023-11-14T17:43:20-04:30'])(
    '%s is a time',
    async (time) => {
      expect(await verify(send({ time, config: { toleranceSeconds: 0 } }))).toMatchObject({ accepted: true });
    },
  );

  test('an id with a pipe is refused: what was signed could be cut otherwise', async () => {
    expect(await verify(send({ id: 'a|b' }))).toMatchObject({ reason: 'malformed_id' });
  });
});
