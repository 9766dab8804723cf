import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { refuse } from '../../blocks/rule';

const JSON_POINTER = "an RFC 6901 pointer: empty or beginning with '/', with '~' only as ~0 or ~1";

/** What the receive function would refuse at its first request is refused here; what is only known at deployment passes. */
const CONFIG_RULES: { [field: string]: { readonly allowed: string; readonly holds: (value: string | number | string[]) => boolean } } = {
  toleranceSeconds: { allowed: 'whole seconds, 0 or more', holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0 },
  header: { allowed: 'the name of a header', holds: isHeaderName },
  idHeader: { allowed: 'the name of a header', holds: isHeaderName },
  idJsonPointer: {
    allowed: JSON_POINTER,
    holds: isJsonPointer,
  },
  signaturePrefix: { allowed: 'printable ASCII without a comma', holds: (value) => /^[\x20-\x2b\x2d-\x7e]*$/.test(String(value)) },
  webhookId: { allowed: 'the id of the webhook, without spaces or pipes', holds: (value) => /^[\x21-\x7b\x7d\x7e]+$/.test(String(value)) },
  allowedCertHosts: {
    allowed: 'at least one exact lower-case host name without scheme, port or wildcard',
    holds: (value) => Array.isArray(value) && value.length > 0 && value.every((host) => /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host)),
  },
  notificationUrl: { allowed: 'an http(s) URL', holds: isWebUrl },
  url: { allowed: 'an http(s) URL without a fragment', holds: (value) => isWebUrl(value) && !String(value).includes('#') },
};

export function checkConfig(scope: Construct, name: string, config: { [field: string]: string | number | string[] }) {
  for (const [field, value] of Object.entries(config)) {
    const rule = CONFIG_RULES[field];
    if (!rule || Token.isUnresolved(value) || rule.holds(value)) continue;
    const remedy = `Change it in the options of the sender '${name}'.`;
    // A URL may carry a password.
    const given = `'${String(value).replace(/\/\/[^/@]*@/g, '//…@')}'`;
    refuse(scope, { rule: `${field} of the sender '${name}'`, allowed: rule.allowed, given, remedy });
  }
  if (config.idHeader !== undefined && config.idJsonPointer !== undefined) {
    refuse(scope, {
      rule: `an event of the sender '${name}' has one id`,
      allowed: 'idHeader or idJsonPointer',
      given: 'both',
      remedy: 'Leave one out.',
    });
  }
}

export function checkSamePayload(scope: Construct, name: string, pointers: string[] | undefined) {
  for (const pointer of pointers ?? []) {
    if (Token.isUnresolved(pointer) || (typeof pointer === 'string' && isJsonPointer(pointer))) continue;
    refuse(scope, {
      rule: `samePayload of the sender '${name}' names parts of its body`,
      allowed: JSON_POINTER,
      given: `'${String(pointer)}'`,
      remedy: 'Change SamePayload.at(…) in the options of the sender.',
    });
  }
}

function isJsonPointer(value: string | number | string[]): boolean {
  return /^(\/([^~]|~[01])*)?$/.test(String(value));
}

function isHeaderName(value: string | number | string[]): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(String(value));
}

function isWebUrl(value: string | number | string[]): boolean {
  return /^https?:\/\/[^\s/?#]+[^\s]*$/.test(String(value)) && URL.canParse(String(value));
}
