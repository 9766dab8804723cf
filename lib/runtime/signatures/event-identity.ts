import { createHash } from 'node:crypto';
import { RejectionReason, type SignedRequest } from './contract';
import { Refusal } from './refusal';
import { optionalHeader } from './request-headers';

const MAX_LENGTH = 256;

/** Text that a queue's message attribute and a table's key both take: without controls, lone surrogates and the two noncharacters SQS refuses. */
function isUsable(text: string): boolean {
  return text.length > 0 && text.length <= MAX_LENGTH && !/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(text);
}

export function usableText(value: unknown): string | undefined {
  return typeof value === 'string' && isUsable(value) ? value : undefined;
}

/**
 * An event id from a header; `undefined` when the header is missing.
 * @throws Refusal when it is there but can't be an id
 */
export function headerId(request: SignedRequest, name: string): string | undefined {
  const value = optionalHeader(request, name);
  if (value === undefined) return undefined;
  if (value !== value.trim() || !isUsable(value)) {
    throw new Refusal(RejectionReason.MALFORMED_ID, `header ${name} must hold 1 to ${MAX_LENGTH} characters without control characters`);
  }
  return value;
}

/** A header that describes the event and decides nothing; `undefined` when it is missing or unusable. */
export function headerText(request: SignedRequest, name: string): string | undefined {
  return usableText(optionalHeader(request, name));
}

/** The body as JSON; `undefined` when it is none. To be called on authentic bodies only, or to read what is signed. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** The value under own names, step by step; `undefined` where the way ends. */
export function valueAt(value: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined),
    value,
  );
}

/** The id of an event whose provider gave none: the same bytes are the same event. */
export function contentId(...content: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of content) hash.update(part);
  return `sha256:${hash.digest('hex')}`;
}
