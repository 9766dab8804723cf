import { createHash } from 'node:crypto';
import { ParkedReason } from '../../blocks/contract';
import type { Fault } from '../../blocks/parking-contract';

const LONGEST = 200;
/** What is read of a longer message: the time for a replacement grows with the text. */
const LONGEST_READ = 2_000;

/** What differs from one message of an error to the next, and what stands for it. One sign for all ids: of random ones some hold only digits, some only letters. */
const VARIABLE: ReadonlyArray<readonly [pattern: RegExp, placeholder: string]> = [
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s'"`<>]+/gi, '<url>'],
  [/[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})*/g, '<email>'],
  [/"[^"]*"|`[^`]*`|(?<![A-Za-z0-9])'[^']*'(?![A-Za-z0-9])/g, '<text>'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '#'],
  // A web token, then what is or looks like base64.
  [/\beyJ[\w-]+(?:\.[\w-]*)*/g, '#'],
  [/(?<![\w+/])(?=[a-z+/]*[A-Z\d])(?=[^\s]*[a-z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{24,}={0,2}/g, '#'],
  [/\b[0-9a-f]{8,}\b/gi, '#'],
  [/[A-Za-z]*\d[A-Za-z0-9]*/g, '#'],
  [/[A-Za-z0-9]{32,}/g, '#'],
  // Of a UUID, a time or an amount: signs between two of them belong to it.
  [/(?<![\w#])[-+](?=#)/g, ''],
  [/#(?:[-.,:/_+=]*#)+/g, '#'],
];

/**
 * An error message with what differs from one to the next taken out: URLs, e-mail addresses, quoted texts, and all kinds of ids, numbers and times, for which `#` stands.
 *
 * @returns at most 200 characters; the same when it is normalised again
 */
export function normalise(errorMessage: string): string {
  let text = errorMessage.slice(0, LONGEST_READ);
  for (;;) {
    const replaced = VARIABLE.reduce((message, [pattern, placeholder]) => message.replace(pattern, placeholder), text);
    const next = replaced.replace(/\s+/g, ' ').trim().slice(0, LONGEST).trimEnd();
    if (next === text) return text;
    text = next;
  }
}

export interface FingerprintParts {
  readonly errorName: string;
  /** Normalised. */
  readonly errorMessage: string;
  readonly handler: string;
  readonly contract: string;
}

/** The same for messages that failed for the same cause: 12 hex digits. */
export function fingerprint({ errorName, errorMessage, handler, contract }: FingerprintParts): string {
  return createHash('sha256')
    .update(JSON.stringify([errorName, errorMessage, handler, contract]))
    .digest('hex')
    .slice(0, 12);
}

/** Most groups of one handler and error name, beside the one for all others. */
export const MOST_GROUPS = 50;

/** The group of what is over that bound. */
export function otherMessages({ errorName, handler }: Pick<FingerprintParts, 'errorName' | 'handler'>): FingerprintParts {
  return { errorName, handler, errorMessage: '(other messages)', contract: '(any)' };
}

const CUSTOMER_REASONS: ReadonlySet<string> = new Set([ParkedReason.MALFORMED, ParkedReason.CONFLICT]);

export function faultOf({ reason, errorName }: { readonly reason: string; readonly errorName: string }): Fault {
  return CUSTOMER_REASONS.has(reason) || errorName === 'SchemaError' ? 'customer' : 'ours';
}
