import { contentId, parseJson, usableText, valueAt } from './event-identity';
import { checkHmac } from './hmac-signature';
import type { Scheme } from './refusal';
import { readTextSecrets } from './secrets';
import { readSingleSignature } from './single-signature';

/** Square: `x-square-hmacsha256-signature`, base64 HMAC-SHA256 of the registered URL and the body. https://developer.squareup.com/docs/webhooks/step3validate */
export const verifySquare: Scheme = ({ request, secrets, config }) => {
  const keys = readTextSecrets(secrets);
  const signature = readSingleSignature(request, 'x-square-hmacsha256-signature', { encoding: 'base64', byteLength: 32 });
  checkHmac('sha256', keys, [config.notificationUrl!, request.body], [signature], 'a notificationUrl other than the registered one');

  const event = parseJson(request.body);
  return {
    dedupeId: usableText(valueAt(event, 'event_id')) ?? contentId(request.body),
    eventType: usableText(valueAt(event, 'type')),
  };
};
