import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** X.509 certificates made in the test itself, so that validity can lie anywhere and no tool but Node is needed. */
export interface Identity {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function identity(
  name: string,
  { type = 'rsa', modulusLength = 2048 }: { type?: 'rsa' | 'rsa-pss' | 'ec'; modulusLength?: number } = {},
): Identity {
  const pair = type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync(type as 'rsa', { modulusLength });
  return { name, ...pair };
}

export interface CertificateOptions {
  readonly ca?: boolean;
  readonly dnsNames?: readonly string[];
  /** Alternative names of the kind of web addresses. */
  readonly addresses?: readonly string[];
  /** Stands in the subject before its common name. */
  readonly organization?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** The PEM of a certificate that `issuer` (an RSA identity) signs for `subject`. */
export function issueCertificate(subject: Identity, issuer: Identity, options: CertificateOptions = {}): string {
  const {
    ca = false,
    dnsNames = [],
    addresses = [],
    organization,
    notBefore = new Date('2020-01-01T00:00:00Z'),
    notAfter = new Date('2049-01-01T00:00:00Z'),
  } = options;
  const alternatives = [
    ...dnsNames.map((name) => element(0x82, Buffer.from(name))),
    ...addresses.map((address) => element(0x86, Buffer.from(address))),
  ];
  serial += 1;
  const algorithm = sequence(objectIdentifier('1.2.840.113549.1.1.11'), element(0x05));
  const extensions = [
    extension('2.5.29.19', true, sequence(...(ca ? [element(0x01, Buffer.from([0xff]))] : []))),
    ...(alternatives.length > 0 ? [extension('2.5.29.17', false, sequence(...alternatives))] : []),
  ];
  const toBeSigned = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.from([1, serial >> 8, serial & 0xff])),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject.name, organization),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  );
  const signature = sign('RSA-SHA256', toBeSigned, issuer.privateKey);
  const certificate = sequence(toBeSigned, algorithm, element(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${certificate
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n')}\n-----END CERTIFICATE-----\n`;
}

let serial = 0;

function distinguishedName(commonName: string, organization?: string): Buffer {
  const part = (oid: string, text: string) => element(0x31, sequence(objectIdentifier(oid), element(0x0c, Buffer.from(text))));
  return sequence(...(organization === undefined ? [] : [part('2.5.4.10', organization)]), part('2.5.4.3', commonName));
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [element(0x01, Buffer.from([0xff]))] : []), element(0x04, value));
}

function time(date: Date): Buffer {
  return element(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function objectIdentifier(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function sequence(...parts: Uint8Array[]): Buffer {
  return element(0x30, ...parts);
}

/** Tag, length, content of DER. */
function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
