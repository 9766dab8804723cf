import { createPublicKey, KeyObject, verify } from 'node:crypto';
import { anyEqual } from './constant-time';
import { RejectionReason } from './contract';
import { headerId, parseJson, usableText, valueAt } from './event-identity';
import { decodeBase64 } from './formats';
import { headerFamily } from './header-family';
import { hmacs, mismatch } from './hmac-signature';
import { Refusal, type Scheme } from './refusal';
import { requiredHeader, requiredHeaderWithCommas } from './request-headers';
import { readSecrets } from './secrets';
import { checkSignedSeconds } from './time-window';

/**
 * Standard Webhooks: `webhook-signature` lists `v1,` (HMAC-SHA256) and `v1a,` (ed25519) signatures of `id.time.body`. Svix sends the
 * same under `svix-…`. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const verifyStandardWebhooks: Scheme = (input) => {
  const { request } = input;
  const keys = readSecrets(
    input.secrets,
    `base64 of ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes, with or without whsec_ in front, or whpk_ and base64 of an ed25519 public key`,
    readKey,
  );
  const family = headerFamily(request, ['webhook-', 'svix-'], ['id', 'timestamp', 'signature']);
  const signatures = readSignatures(requiredHeaderWithCommas(request, `${family}signature`, RejectionReason.MISSING_SIGNATURE));
  const time = requiredHeader(request, `${family}timestamp`, RejectionReason.MISSING_TIMESTAMP);
  checkSignedSeconds(time, input);
  const id = headerId(request, `${family}id`);
  if (id === undefined) throw new Refusal(RejectionReason.MISSING_ID, `header ${family}id is missing, and it is part of what is signed`);
  // With a full stop in it, what was signed as id and time could be sent again as time and body.
  if (id.includes('.')) throw new Refusal(RejectionReason.MALFORMED_ID, `header ${family}id must not hold a full stop`);

  const symmetric = keys.filter((key) => key instanceof Uint8Array);
  const asymmetric = keys.filter((key) => key instanceof KeyObject);
  const content = [`${id}.${time}.`, request.body] as const;
  const hmacMatches = anyEqual(hmacs('sha256', symmetric, content), signatures.v1);
  const edwardsMatches = anyVerifies(asymmetric, content, signatures.v1a);
  if (!hmacMatches && !edwardsMatches) throw mismatch();
  return { dedupeId: id, eventType: usableText(valueAt(parseJson(request.body), 'type')) };
};

/** The specification asks for 24 to 64 bytes; Svix lets its users set up to 75. */
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 75;

/** Far beyond a rotation; every ed25519 signature is tried over the whole body, before anything is known of its sender. */
const MAX_SIGNATURES = 16;

function readKey(secret: string): Buffer | KeyObject | undefined {
  if (secret.startsWith('whpk_')) return readPublicKey(secret.slice('whpk_'.length));
  const key = decodeBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret);
  return key && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES ? key : undefined;
}

function readPublicKey(base64: string): KeyObject | undefined {
  const bytes = decodeBase64(base64, 32);
  return bytes && createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') } });
}

function readSignatures(header: string): { v1: Buffer[]; v1a: Buffer[] } {
  const found = { v1: [] as Buffer[], v1a: [] as Buffer[] };
  const entries = header.split(' ');
  if (entries.length > MAX_SIGNATURES) throw malformed(`must list at most ${MAX_SIGNATURES} signatures`);
  for (const entry of entries) {
    const [version, text, ...more] = entry.split(',');
    if (more.length > 0) {
      throw new Refusal(RejectionReason.DUPLICATED_HEADER, 'the signature header came more than once, joined by commas; allowed once');
    }
    if (text === undefined || !/^v[0-9]+[a-z]*$/.test(version)) throw malformed('must be a list of version,signature, one space between');
    if (version !== 'v1' && version !== 'v1a') continue;
    const signature = decodeBase64(text, version === 'v1' ? 32 : 64);
    if (!signature) throw malformed(`${version} must be ${version === 'v1' ? 32 : 64} bytes in padded base64`);
    found[version].push(signature);
  }
  if (found.v1.length + found.v1a.length === 0) {
    throw new Refusal(RejectionReason.MISSING_SIGNATURE, 'the signature header has neither v1 nor v1a');
  }
  return found;
}

function anyVerifies(keys: readonly KeyObject[], content: readonly [string, Uint8Array], signatures: readonly Uint8Array[]): boolean {
  if (keys.length === 0 || signatures.length === 0) return false;
  const signed = Buffer.concat([Buffer.from(content[0]), content[1]]);
  return keys.flatMap((key) => signatures.map((signature) => verify(null, signed, key, signature))).includes(true);
}

function malformed(rule: string): Refusal {
  return new Refusal(RejectionReason.MALFORMED_SIGNATURE, `the signature header: ${rule}`);
}
