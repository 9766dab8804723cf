import { RejectionReason } from './contract';
import { contentId, parseJson, usableText, valueAt } from './event-identity';
import { checkHmac } from './hmac-signature';
import type { Scheme } from './refusal';
import { requiredHeader } from './request-headers';
import { readTextSecrets } from './secrets';
import { readSingleSignature } from './single-signature';
import { checkSignedSeconds } from './time-window';

/** Slack: `X-Slack-Signature: v0=…`, hex HMAC-SHA256 of `v0:time:body`. https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const verifySlack: Scheme = (input) => {
  const { request } = input;
  const keys = readTextSecrets(input.secrets);
  const signature = readSingleSignature(request, 'X-Slack-Signature', { prefix: 'v0=', encoding: 'hex', byteLength: 32 });
  const time = requiredHeader(request, 'X-Slack-Request-Timestamp', RejectionReason.MISSING_TIMESTAMP);
  checkSignedSeconds(time, input);
  checkHmac('sha256', keys, [`v0:${time}:`, request.body], [signature]);

  const body = parseJson(request.body);
  const challenge = valueAt(body, 'type') === 'url_verification' ? valueAt(body, 'challenge') : undefined;
  return {
    dedupeId: usableText(valueAt(body, 'event_id')) ?? contentId(request.body),
    eventType: usableText(valueAt(body, 'event', 'type')),
    ...(typeof challenge === 'string' && { handshake: { status: 200, contentType: 'text/plain', body: challenge } }),
  };
};
