import { RejectionReason } from './contract';
import { contentId, parseJson, usableText, valueAt } from './event-identity';
import { decodeBase64 } from './formats';
import { checkHmac } from './hmac-signature';
import { Refusal, type Scheme } from './refusal';
import { readSecrets } from './secrets';

/**
 * Adyen's payment webhooks: every item carries a base64 HMAC-SHA256 of eight of its fields, joined by colons without escaping, under a
 * hex key. The other fields are not signed. https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 */
export const verifyAdyen: Scheme = ({ request, secrets }) => {
  const keys = readSecrets(secrets, 'an even number of hex digits', readHexKey);
  const items = readItems(parseJson(request.body));
  const signatures = items.map(readSignature);
  const signedFields = items.map(readSignedFields);
  items.forEach((_, index) => {
    checkHmac('sha256', keys, [signedFields[index].join(':')], [signatures[index]]);
  });

  return {
    dedupeId: itemsId(items) ?? contentId(request.body),
    eventType: commonEventCode(items),
    acknowledgement: { status: 200, contentType: 'text/plain', body: '[accepted]' },
  };
};

function readHexKey(secret: string): Buffer | undefined {
  return /^(?:[0-9a-fA-F]{2})+$/.test(secret) ? Buffer.from(secret, 'hex') : undefined;
}

function readItems(notification: unknown): unknown[] {
  const wrapped = valueAt(notification, 'notificationItems');
  if (!Array.isArray(wrapped) || wrapped.length === 0) throw malformedBody('the body must be JSON with at least one of notificationItems');
  return wrapped.map((one) => {
    const item = valueAt(one, 'NotificationRequestItem');
    if (typeof item !== 'object' || item === null) throw malformedBody('each of notificationItems must hold a NotificationRequestItem');
    return item;
  });
}

function readSignature(item: unknown): Buffer {
  const text = valueAt(item, 'additionalData', 'hmacSignature');
  if (text === undefined)
    throw new Refusal(RejectionReason.MISSING_SIGNATURE, 'additionalData.hmacSignature is missing: is HMAC on for this webhook?');
  const signature = typeof text === 'string' ? decodeBase64(text, 32) : undefined;
  if (!signature) {
    throw new Refusal(
      RejectionReason.MALFORMED_SIGNATURE,
      'additionalData.hmacSignature must be 32 bytes in padded base64, and nothing else',
    );
  }
  return signature;
}

function readSignedFields(item: unknown): string[] {
  return [
    readField(item, 'pspReference'),
    readField(item, 'originalReference'),
    readField(item, 'merchantAccountCode'),
    readField(item, 'merchantReference'),
    readField(item, 'amount', 'value'),
    readField(item, 'amount', 'currency'),
    readField(item, 'eventCode'),
    readField(item, 'success'),
  ];
}

function readField(item: unknown, ...names: string[]): string {
  const value = valueAt(item, ...names) ?? '';
  const field = names.join('.');
  if (field === 'amount.value' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string') throw malformedBody(`${field} must be ${field === 'amount.value' ? 'a whole number' : 'text'}`);
  // The merchant's own reference is the only field where a colon belongs. One in another field would let what was signed be cut into other fields.
  if (field !== 'merchantReference' && value.includes(':')) throw malformedBody(`${field} must not hold a colon`);
  return value;
}

/** Adyen names pspReference and eventCode as the identity; success is added, because a later success after a failure is another event. */
function itemsId(items: readonly unknown[]): string | undefined {
  const ids = items.map((item) => {
    const parts = ['pspReference', 'eventCode', 'success'].map((name) => valueAt(item, name));
    return parts.every((part) => typeof part === 'string' && part !== '') ? parts.join(':') : undefined;
  });
  if (ids.includes(undefined)) return undefined;
  return ids.length === 1 ? usableText(ids[0]) : contentId(JSON.stringify(ids));
}

function commonEventCode(items: readonly unknown[]): string | undefined {
  const codes = new Set(items.map((item) => valueAt(item, 'eventCode')));
  return codes.size === 1 ? usableText([...codes][0]) : undefined;
}

function malformedBody(rule: string): Refusal {
  return new Refusal(RejectionReason.MALFORMED_BODY, rule);
}
