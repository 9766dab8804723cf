import { contentId, headerId, headerText } from './event-identity';
import { checkHmac } from './hmac-signature';
import type { Scheme } from './refusal';
import { readTextSecrets } from './secrets';
import { readSingleSignature } from './single-signature';

/**
 * GitHub: `X-Hub-Signature-256: sha256=…`, hex HMAC-SHA256 of the body. No time and no header is signed, so a captured
 * request stays valid. https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export const verifyGithub: Scheme = ({ request, secrets }) => {
  const keys = readTextSecrets(secrets);
  const signature = readSingleSignature(request, 'X-Hub-Signature-256', { prefix: 'sha256=', encoding: 'hex', byteLength: 32 });
  const id = headerId(request, 'X-GitHub-Delivery');
  const eventType = headerText(request, 'X-GitHub-Event');
  checkHmac('sha256', keys, [request.body], [signature]);

  return {
    dedupeId: id ?? contentId(request.body),
    eventType,
    ...(eventType === 'ping' && { handshake: { status: 200, contentType: 'text/plain', body: 'pong' } }),
  };
};
