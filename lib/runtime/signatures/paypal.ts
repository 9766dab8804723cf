import { type KeyObject, verify } from 'node:crypto';
import { chainProblem, isIssuedFor, isWithinDomain, parseCertificates } from './certificate-chain';
import { RejectionReason, type SignedRequest, type VerificationInput } from './contract';
import { crc32 } from './crc32';
import { contentId, headerId, parseJson, usableText, valueAt } from './event-identity';
import { decodeBase64, parseInstant } from './formats';
import { Refusal, type Scheme } from './refusal';
import { requiredHeader } from './request-headers';
import { checkWithinWindow, DEFAULT_TOLERANCE_SECONDS } from './time-window';

const DEFAULT_CERTIFICATE_HOSTS = ['api.paypal.com', 'api.sandbox.paypal.com', 'api-m.paypal.com', 'api-m.sandbox.paypal.com'];

/**
 * PayPal sends up to 25 times over 3 days and does not say whether a repetition is signed anew. Until it does, the default must let
 * the last of them pass: what is sent again inside that time is a duplicate by its event id, what is refused is lost.
 */
const DEFAULT_PAST_TOLERANCE_SECONDS = 3 * 24 * 60 * 60 + DEFAULT_TOLERANCE_SECONDS;

/**
 * PayPal: RSA-SHA256 of `transmissionId|transmissionTime|webhookId|crc32(body)` under a certificate which the request names. There is
 * no shared secret: what binds a request to this receiver is `webhookId`. The body is bound by its CRC only, so whoever
 * holds one captured request can fit another body to it: keep these headers out of logs.
 * https://developer.paypal.com/api/rest/webhooks/rest/
 */
export const verifyPaypal: Scheme = async (input) => {
  const { request, config } = input;
  const signatureText = requiredHeader(request, 'PAYPAL-TRANSMISSION-SIG', RejectionReason.MISSING_SIGNATURE);
  checkAlgorithm(request);
  const time = requiredHeader(request, 'PAYPAL-TRANSMISSION-TIME', RejectionReason.MISSING_TIMESTAMP);
  checkTime(time, input);
  const id = headerId(request, 'PAYPAL-TRANSMISSION-ID');
  if (id === undefined)
    throw new Refusal(RejectionReason.MISSING_ID, 'header PAYPAL-TRANSMISSION-ID is missing, and it is part of what is signed');
  if (id.includes('|')) throw new Refusal(RejectionReason.MALFORMED_ID, 'header PAYPAL-TRANSMISSION-ID must not hold a pipe');
  const key = await readCertifiedKey(input);

  const signature = decodeBase64(signatureText, Math.ceil(modulusLength(key) / 8));
  if (!signature) {
    throw new Refusal(
      RejectionReason.MALFORMED_SIGNATURE,
      "header PAYPAL-TRANSMISSION-SIG must be as many bytes in padded base64 as the certificate's key has",
    );
  }
  const content = Buffer.from(`${id}|${time}|${config.webhookId}|${crc32(request.body)}`);
  if (!verify('RSA-SHA256', content, key, signature)) {
    const causes = 'another webhookId, or content changed after it was signed';
    throw new Refusal(RejectionReason.SIGNATURE_MISMATCH, `the key of the certificate does not make this signature: ${causes}`);
  }

  const event = parseJson(request.body);
  return {
    dedupeId: usableText(valueAt(event, 'id')) ?? contentId(request.body),
    eventType: usableText(valueAt(event, 'event_type')),
  };
};

function checkAlgorithm(request: SignedRequest): void {
  const algorithm = requiredHeader(request, 'PAYPAL-AUTH-ALGO', RejectionReason.MISSING_SIGNATURE);
  if (algorithm !== 'SHA256withRSA') {
    throw new Refusal(RejectionReason.MALFORMED_SIGNATURE, 'header PAYPAL-AUTH-ALGO must be SHA256withRSA');
  }
}

function checkTime(text: string, input: VerificationInput): void {
  const signed = parseInstant(text);
  if (signed === undefined) {
    throw new Refusal(
      RejectionReason.MALFORMED_TIMESTAMP,
      'header PAYPAL-TRANSMISSION-TIME must be a date and time of RFC 3339, such as 2026-01-31T23:59:59Z',
    );
  }
  const { toleranceSeconds } = input.config;
  checkWithinWindow(signed, input.nowEpochSeconds, {
    pastSeconds: toleranceSeconds ?? DEFAULT_PAST_TOLERANCE_SECONDS,
    futureSeconds: toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS,
  });
}

async function readCertifiedKey(input: VerificationInput): Promise<KeyObject> {
  const url = readCertificateUrl(input);
  const certificates = await orUntrusted('could not be read', async () => parseCertificates(await certificatePem(url.href, input)));
  const [leaf] = certificates;
  if (isWithinDomain(url.hostname, 'paypal.com') && !isIssuedFor(leaf, 'paypal.com')) {
    throw untrusted(`it is issued for ${leaf.subject.replaceAll('\n', ', ')}, allowed a name within paypal.com`);
  }
  const problem = await orUntrusted('could not be checked', () =>
    chainProblem(certificates, input.config.trustedRootsPem, input.nowEpochSeconds),
  );
  if (problem !== undefined) throw untrusted(problem);
  const key = await orUntrusted('has no readable key', () => leaf.publicKey);
  if (key.asymmetricKeyType !== 'rsa' || modulusLength(key) < 2048) {
    throw untrusted('its key must be RSA of at least 2048 bits');
  }
  return key;
}

/** Exact host, nothing but a path behind it, and no second spelling: what is checked here must be what is fetched. */
function readCertificateUrl({ request, config }: VerificationInput): URL {
  const text = requiredHeader(request, 'PAYPAL-CERT-URL', RejectionReason.UNTRUSTED_CERTIFICATE);
  const hosts = config.allowedCertHosts ?? DEFAULT_CERTIFICATE_HOSTS;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [, host] = /^https:\/\/([a-z0-9.-]+)\/[\x21-\x7e]*$/.exec(text) ?? [];
  if (!url || url.href !== text || url.host !== host || !hosts.includes(host) || /[?#@]/.test(text)) {
    throw untrusted(`header PAYPAL-CERT-URL must be https://, one of ${hosts.join(', ')}, and a path`);
  }
  return url;
}

async function certificatePem(url: string, { config, fetchCertificate }: VerificationInput): Promise<string> {
  if (config.certificates && Object.hasOwn(config.certificates, url)) return config.certificates[url];
  if (!fetchCertificate) throw new Error(`${url} is not among the given certificates, and none may be fetched`);
  return fetchCertificate(url);
}

/** A certificate that can't be had or read leaves the request unproven: it is refused, and PayPal sends it again. */
async function orUntrusted<Result>(what: string, read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw untrusted(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function untrusted(why: string): Refusal {
  return new Refusal(RejectionReason.UNTRUSTED_CERTIFICATE, `the signing certificate: ${why}`);
}

function modulusLength(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}
