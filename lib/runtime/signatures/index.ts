import { verifyAdyen } from './adyen';
import type { Provider, Verification, VerificationInput } from './contract';
import { verifyGithub } from './github';
import { verifyHmac } from './hmac';
import { verifyPaypal } from './paypal';
import { validateProviderConfig } from './provider-config';
import { Refusal, type Scheme } from './refusal';
import { verifyShopify } from './shopify';
import { verifySlack } from './slack';
import { verifySquare } from './square';
import { verifyStandardWebhooks } from './standard-webhooks';
import { verifyStripe } from './stripe';
import { verifyTwilio } from './twilio';

export * from './contract';
export { validateProviderConfig } from './provider-config';

const SCHEMES: Readonly<Record<Provider, Scheme>> = {
  stripe: verifyStripe,
  github: verifyGithub,
  shopify: verifyShopify,
  slack: verifySlack,
  standardWebhooks: verifyStandardWebhooks,
  square: verifySquare,
  twilio: verifyTwilio,
  adyen: verifyAdyen,
  paypal: verifyPaypal,
  hmac: verifyHmac,
};

/**
 * Tells whether a request was signed by the sender that holds one of the secrets. Everything is checked over the raw bytes, in
 * constant time, and anything unclear is refused with its reason.
 * @throws TypeError for a config or a clock out of range; never for what a request holds
 */
export async function verify(input: VerificationInput): Promise<Verification> {
  validateProviderConfig(input.provider, input.config);
  if (!(Number.isFinite(input.nowEpochSeconds) && input.nowEpochSeconds >= 0)) {
    throw new TypeError(`nowEpochSeconds: must be seconds since 1970, 0 or more; given ${input.nowEpochSeconds}`);
  }
  try {
    return { accepted: true, ...(await SCHEMES[input.provider](input)) };
  } catch (error) {
    if (error instanceof Refusal) return { accepted: false, reason: error.reason, detail: error.message };
    throw error;
  }
}
