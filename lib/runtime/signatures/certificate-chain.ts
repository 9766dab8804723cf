import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** The certificates of a PEM text in its order. @throws Error when it holds none or a broken one */
export function parseCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no certificate in PEM form');
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * Why a leaf does not lead to a trusted root over the given intermediates, `undefined` when it does: every link signed, named as issuer and
 * within its validity, every issuer a CA. A leaf that is itself among the roots is trusted. Revocation is not looked up.
 */
export function chainProblem(
  [leaf, ...intermediates]: readonly X509Certificate[],
  trustedRootsPem: string | undefined,
  nowEpochSeconds: number,
): string | undefined {
  const roots = trustedRootsPem === undefined ? runtimeRoots() : parseCertificates(trustedRootsPem);
  const isIssuerOf = (subject: X509Certificate) => (issuer: X509Certificate) =>
    issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey) && isValidAt(issuer, nowEpochSeconds);
  if (!isValidAt(leaf, nowEpochSeconds)) return `the certificate is valid from ${leaf.validFrom} to ${leaf.validTo}, not now`;

  if (roots.some((root) => root.fingerprint256 === leaf.fingerprint256)) return undefined;
  let last = leaf;
  const unused = new Set(intermediates);
  while (!roots.some(isIssuerOf(last))) {
    const issuer = [...unused].find(isIssuerOf(last));
    if (!issuer) return `no trusted and valid issuer for ${last.subject.replaceAll('\n', ', ')}`;
    unused.delete(issuer);
    last = issuer;
  }
  return undefined;
}

/** Whether the certificate was issued for the domain or a name below it. */
export function isIssuedFor(certificate: X509Certificate, domain: string): boolean {
  const commonNames = certificate.subject
    .split('\n')
    .filter((part) => part.startsWith('CN='))
    .map((part) => part.slice('CN='.length));
  const alternativeNames = (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((part) => part.startsWith('DNS:'))
    .map((part) => part.slice('DNS:'.length));
  return [...commonNames, ...alternativeNames].some((name) => isWithinDomain(name.toLowerCase(), domain));
}

export function isWithinDomain(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && /^[a-z0-9*.-]+$/.test(host));
}

function isValidAt(certificate: X509Certificate, epochSeconds: number): boolean {
  return Date.parse(certificate.validFrom) <= epochSeconds * 1000 && epochSeconds * 1000 <= Date.parse(certificate.validTo);
}

let parsedRuntimeRoots: X509Certificate[] | undefined;

/** Parsed once a process, at first use: there are well over a hundred. */
function runtimeRoots(): X509Certificate[] {
  parsedRuntimeRoots ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return parsedRuntimeRoots;
}
