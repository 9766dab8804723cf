import { createHash } from 'node:crypto';
import { anyEqual } from './constant-time';
import { RejectionReason, type SignedRequest } from './contract';
import { contentId, headerId } from './event-identity';
import { parseForm } from './form-encoding';
import { decodeHex } from './formats';
import { hmacs, mismatch } from './hmac-signature';
import { Refusal, type Scheme } from './refusal';
import { readTextSecrets } from './secrets';
import { readSingleSignature } from './single-signature';

/**
 * Twilio: `X-Twilio-Signature`, base64 HMAC-SHA1 of the URL and the sorted form parameters; a body that is no form is bound by the
 * `bodySHA256` parameter of the URL. No time is signed. https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
export const verifyTwilio: Scheme = ({ request, secrets, config }) => {
  const keys = readTextSecrets(secrets);
  const signature = readSingleSignature(request, 'X-Twilio-Signature', { encoding: 'base64', byteLength: 20 });
  const id = headerId(request, 'I-Twilio-Idempotency-Token');
  const url = calledUrl(config.url!, request);
  const bodyHash = readBodyHash(url);
  const parameters = bodyHash === undefined ? joinParameters(request.body) : '';

  const expected = withAndWithoutPort(url).flatMap((candidate) => hmacs('sha1', keys, [candidate, parameters]));
  if (!anyEqual(expected, [signature])) throw mismatch('a url other than the one Twilio called, query string included');
  if (bodyHash !== undefined && !anyEqual([createHash('sha256').update(request.body).digest()], [bodyHash])) {
    throw new Refusal(RejectionReason.SIGNATURE_MISMATCH, 'the body is not the one whose hash stands in bodySHA256 of the signed URL');
  }
  return {
    dedupeId: id ?? contentId(url, parameters),
    acknowledgement: { status: 200, contentType: 'text/xml', body: '<Response/>' },
  };
};

/** The registered URL with the query of the request itself, where Twilio adds `bodySHA256`. */
function calledUrl(registered: string, request: SignedRequest): string {
  const [base] = registered.split('?', 1);
  const queryStart = request.path.indexOf('?');
  return queryStart === -1 ? registered : `${base}${request.path.slice(queryStart)}`;
}

function readBodyHash(url: string): Buffer | undefined {
  const queryStart = url.indexOf('?');
  if (queryStart === -1) return undefined;
  const values = url
    .slice(queryStart + 1)
    .split('&')
    .map((pair) => /^bodySHA256(?:=(.*))?$/s.exec(pair))
    .filter((match) => match !== null)
    .map((match) => match[1] ?? '');
  if (values.length === 0) return undefined;
  const hash = values.length === 1 ? decodeHex(values[0], 32) : undefined;
  if (!hash) throw new Refusal(RejectionReason.MALFORMED_SIGNATURE, 'bodySHA256 of the URL must come once and be 64 lower-case hex digits');
  return hash;
}

/** Name and value of every parameter, sorted by name; several values of one name sorted and each taken once. */
function joinParameters(body: Uint8Array): string {
  const pairs = parseForm(body);
  if (!pairs)
    throw new Refusal(RejectionReason.MALFORMED_BODY, 'a body without bodySHA256 in the URL must be a form, name=value joined by &');
  const values = new Map<string, Set<string>>();
  for (const [name, value] of pairs) values.set(name, (values.get(name) ?? new Set()).add(value));
  return [...values.keys()]
    .sort()
    .flatMap((name) => [...values.get(name)!].sort().map((value) => `${name}${value}`))
    .join('');
}

/** Twilio's products differ in whether the port is part of the URL they sign. */
function withAndWithoutPort(url: string): string[] {
  const [, scheme, host, port, rest] = /^(https?:\/\/)((?:[^/?]*@)?(?:\[[^\]]*\]|[^/?:]*))(:[0-9]*)?(.*)$/s.exec(url)!;
  const standardPort = scheme === 'https://' ? ':443' : ':80';
  return [`${scheme}${host}${rest}`, `${scheme}${host}${port ?? standardPort}${rest}`];
}
