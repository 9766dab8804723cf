import { contentId, headerId, headerText } from './event-identity';
import { headerFamily } from './header-family';
import { checkHmac } from './hmac-signature';
import type { Scheme } from './refusal';
import { readTextSecrets } from './secrets';
import { readSingleSignature } from './single-signature';

/**
 * Shopify: `X-Shopify-Hmac-Sha256`, base64 HMAC-SHA256 of the body; its newer event subscriptions leave out the `X-`. No time and
 * no header is signed, so a captured request stays valid. https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 */
export const verifyShopify: Scheme = ({ request, secrets }) => {
  const keys = readTextSecrets(secrets);
  const family = headerFamily(request, ['X-Shopify-', 'Shopify-'], ['Hmac-Sha256', 'Event-Id', 'Webhook-Id', 'Topic']);
  const signature = readSingleSignature(request, `${family}Hmac-Sha256`, { encoding: 'base64', byteLength: 32 });
  const eventId = headerId(request, `${family}Event-Id`);
  const deliveryId = headerId(request, `${family}Webhook-Id`);
  const eventType = headerText(request, `${family}Topic`);
  checkHmac('sha256', keys, [request.body], [signature]);
  return { dedupeId: eventId ?? deliveryId ?? contentId(request.body), eventType };
};
