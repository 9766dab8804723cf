import { parseCertificates } from './certificate-chain';
import { PROVIDERS, type Provider, type ProviderConfig } from './contract';
import { parseJsonPointer } from './json-pointer';

/**
 * Checks what a scheme needs beyond secrets; fields of other providers are left alone.
 * @throws TypeError naming the field, the rule and the given value
 */
export function validateProviderConfig(provider: Provider, config: ProviderConfig): void {
  if (!PROVIDERS.includes(provider)) throw new TypeError(`provider: must be one of ${PROVIDERS.join(', ')}; given ${show(provider)}`);
  if (typeof config !== 'object' || config === null) throw new TypeError(`${provider}: config must be an object; given ${show(config)}`);
  const { toleranceSeconds } = config;
  if (toleranceSeconds !== undefined && !(Number.isSafeInteger(toleranceSeconds) && toleranceSeconds >= 0)) {
    throw invalid(provider, 'toleranceSeconds', '0 or a positive whole number of seconds', toleranceSeconds);
  }
  CHECKS[provider]?.(config);
}

const CHECKS: Partial<Record<Provider, (config: ProviderConfig) => void>> = {
  square({ notificationUrl }) {
    if (!isWebUrl(notificationUrl)) {
      throw invalid('square', 'notificationUrl', 'the http(s) URL exactly as registered with the subscription', notificationUrl);
    }
  },

  twilio({ url }) {
    if (!isWebUrl(url)) throw invalid('twilio', 'url', 'the http(s) URL as Twilio calls it, query string included', url);
    if (url.includes('#')) throw invalid('twilio', 'url', 'without a fragment, which Twilio does not send', url);
  },

  hmac(config) {
    const { header, algorithm, encoding, signaturePrefix, idHeader, idJsonPointer } = config;
    if (!isHeaderName(header)) throw invalid('hmac', 'header', 'the name of the header that carries the signature', header);
    if (algorithm !== undefined && !['sha1', 'sha256', 'sha512'].includes(algorithm)) {
      throw invalid('hmac', 'algorithm', 'one of sha1, sha256, sha512', algorithm);
    }
    if (encoding !== undefined && !['hex', 'base64'].includes(encoding)) {
      throw invalid('hmac', 'encoding', 'one of hex, base64', encoding);
    }
    if (signaturePrefix !== undefined && !(typeof signaturePrefix === 'string' && /^[\x20-\x2b\x2d-\x7e]*$/.test(signaturePrefix))) {
      throw invalid('hmac', 'signaturePrefix', 'printable ASCII without a comma', signaturePrefix);
    }
    if (idHeader !== undefined && !isHeaderName(idHeader)) {
      throw invalid('hmac', 'idHeader', 'the name of the header that carries the event id', idHeader);
    }
    if (idJsonPointer !== undefined && !(typeof idJsonPointer === 'string' && parseJsonPointer(idJsonPointer))) {
      throw invalid('hmac', 'idJsonPointer', "an RFC 6901 pointer: empty or starting with '/', with '~' only as ~0 or ~1", idJsonPointer);
    }
    if (idHeader !== undefined && idJsonPointer !== undefined) {
      throw invalid('hmac', 'idJsonPointer', 'left out when idHeader is given: an event has one id', idJsonPointer);
    }
  },

  paypal({ webhookId, allowedCertHosts, trustedRootsPem, certificates }) {
    if (!(typeof webhookId === 'string' && /^[\x21-\x7e]+$/.test(webhookId)) || webhookId.includes('|')) {
      throw invalid('paypal', 'webhookId', 'the id of the webhook subscription, without spaces or pipes', webhookId);
    }
    if (
      allowedCertHosts !== undefined &&
      !(Array.isArray(allowedCertHosts) && allowedCertHosts.length > 0 && allowedCertHosts.every(isHostName))
    ) {
      throw invalid(
        'paypal',
        'allowedCertHosts',
        'at least one exact lower-case host name without scheme, port or wildcard',
        allowedCertHosts,
      );
    }
    if (trustedRootsPem !== undefined && !isPem(trustedRootsPem)) {
      throw invalid('paypal', 'trustedRootsPem', 'one or more certificates as PEM', trustedRootsPem);
    }
    if (certificates !== undefined && !(isRecord(certificates) && Object.values(certificates).every((pem) => typeof pem === 'string'))) {
      throw invalid('paypal', 'certificates', 'an object from URL to PEM text, leaf first', certificates);
    }
  },
};

function invalid(provider: Provider, field: keyof ProviderConfig, rule: string, given: unknown): TypeError {
  return new TypeError(`${provider}: ${field} must be ${rule}; given ${show(given)}`);
}

function show(value: unknown): string {
  // A URL may carry a password.
  const text = (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))).replace(/\/\/[^/@"]*@/g, '//…@');
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWebUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^\s/?#]\S*$/.test(value) && URL.canParse(value);
}

/** A token of RFC 9110. */
function isHeaderName(value: unknown): value is string {
  return typeof value === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value);
}

function isHostName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(value);
}

function isPem(value: string): boolean {
  try {
    parseCertificates(value);
    return true;
  } catch {
    return false;
  }
}
