import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { type ClaimedBody, type InlineBody, type MessageEnvelope, ParkedAttribute, SPENT_ATTEMPTS_ATTRIBUTE } from '../../blocks/contract';
import { MalformedMessageError } from '../failures';

/** The message around an event, as the handler sees it. */
export interface Message {
  /** Business event id, unique within `source`. For messages without an envelope the idempotency key itself. */
  readonly id: string;
  /** Who sent it; empty for messages without an envelope. */
  readonly source: string;
  /** What the effect is deduplicated on. */
  readonly idempotencyKey: string;
  readonly correlationId: string;
  /** When the ingress accepted it (without an envelope: when it was sent to the queue), ISO 8601. */
  readonly receivedAt: string;
  readonly contentType: string | undefined;
  /** What the ingress knew beside the body; without an envelope the message attributes that are text. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The body's bytes as they were received. */
  readonly body: Uint8Array;
}

/** A record of the queue, opened as far as that needs no other service. */
export interface OpenedMessage {
  /** `source#id`; absent without an envelope. */
  readonly key?: string;
  readonly id?: string;
  readonly source: string;
  readonly correlationId: string;
  readonly receivedAt: string;
  readonly contentType: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ClaimedBody;
  readonly payloadHash: string;
}

/** Longest idempotency key, in bytes: half of what DynamoDB takes, so that the keys of an event's steps fit as well. */
export const LONGEST_KEY_BYTES = 1024;

const SHA256 = /^[0-9a-f]{64}$/;

/** What is known of every record, however its body looks. */
export function traceOf(record: SQSRecord): string | undefined {
  return /Root=([^;]+)/.exec(record.attributes.AWSTraceHeader ?? '')?.[1];
}

/** Token of a copy that was redriven from the parking lot. */
export function parkedAtOf(record: SQSRecord): string | undefined {
  return record.messageAttributes[ParkedAttribute.PARKED_AT]?.stringValue;
}

/** Attempts that were spent on the message this one is a copy of. */
export function spentAttemptsOf(record: SQSRecord): number {
  const spent = Number(record.messageAttributes[SPENT_ATTEMPTS_ATTRIBUTE]?.stringValue ?? 0);
  return Number.isSafeInteger(spent) && spent > 0 ? spent : 0;
}

/** Correlation id of a message that can't be opened, or that has none of its own. */
export function fallbackCorrelationId(record: SQSRecord): string {
  return record.messageAttributes[ParkedAttribute.CORRELATION_ID]?.stringValue ?? record.messageId;
}

/** @throws MalformedMessageError when it looks like an envelope and is none */
export function openMessage(record: SQSRecord): OpenedMessage {
  const envelope = readEnvelope(record.body);
  return envelope === undefined ? openPlain(record) : openEnvelope(envelope);
}

/** @throws MalformedMessageError for a key that the idempotency table can't hold */
export function requireKey(key: unknown, origin: string): string {
  if (typeof key !== 'string' || key === '') throw new MalformedMessageError(`${origin} is not a non-empty string`);
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY_BYTES) {
    throw new MalformedMessageError(`${origin} has ${bytes} bytes, more than the ${LONGEST_KEY_BYTES} an idempotency key may have`);
  }
  return key;
}

function readEnvelope(body: string): Record<keyof MessageEnvelope, unknown> | undefined {
  // Other bodies need not be JSON, and parsing a large one twice costs.
  if (!body.includes('"breakwater"')) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'breakwater')) {
      return value as Record<keyof MessageEnvelope, unknown>;
    }
  } catch {
    // Not JSON: a plain message that happens to hold the word.
  }
  return undefined;
}

function openPlain(record: SQSRecord): OpenedMessage {
  const body = Buffer.from(record.body, 'utf8');
  const texts = Object.entries(record.messageAttributes).flatMap(([name, { stringValue }]) =>
    stringValue === undefined || isOurs(name) ? [] : [[name, stringValue] as const],
  );
  return {
    source: '',
    correlationId: fallbackCorrelationId(record),
    receivedAt: new Date(Number(record.attributes.SentTimestamp)).toISOString(),
    contentType: undefined,
    attributes: Object.fromEntries(texts),
    body,
    payloadHash: sha256(body),
  };
}

function openEnvelope(envelope: Record<keyof MessageEnvelope, unknown>): OpenedMessage {
  if (envelope.breakwater !== 1) {
    throw new MalformedMessageError(`the envelope has format version ${String(envelope.breakwater)}, this worker reads version 1`);
  }
  const id = text(envelope, 'id');
  const source = text(envelope, 'source');
  if (source.includes('#'))
    throw new MalformedMessageError('the source in the envelope holds a #, so its idempotency keys would be ambiguous');
  const body = envelope.claim === undefined ? inlineBytes(envelope.body) : readClaim(envelope.claim);
  return {
    key: requireKey(`${source}#${id}`, 'source#id of the envelope'),
    id,
    source,
    correlationId: text(envelope, 'correlationId'),
    receivedAt: text(envelope, 'receivedAt'),
    contentType: envelope.contentType === undefined ? undefined : text(envelope, 'contentType'),
    attributes: readAttributes(envelope.attributes),
    body,
    payloadHash: envelope.payloadHash === undefined ? hashOf(body) : readHash(envelope.payloadHash),
  };
}

function hashOf(body: Uint8Array | ClaimedBody): string {
  return body instanceof Uint8Array ? sha256(body) : body.sha256;
}

function readHash(hash: unknown): string {
  if (typeof hash !== 'string' || !SHA256.test(hash)) throw new MalformedMessageError('payloadHash of the envelope is no SHA-256');
  return hash;
}

function text(envelope: Record<keyof MessageEnvelope, unknown>, field: keyof MessageEnvelope): string {
  const value = envelope[field];
  if (typeof value !== 'string' || value === '') throw new MalformedMessageError(`${field} of the envelope is not a non-empty string`);
  return value;
}

function inlineBytes(body: unknown): Uint8Array {
  const { encoding, data } = (body ?? {}) as Partial<Record<keyof InlineBody, unknown>>;
  if (typeof data !== 'string' || (encoding !== 'utf8' && encoding !== 'base64')) {
    throw new MalformedMessageError('the envelope has neither a claim nor a body with data and an encoding of utf8 or base64');
  }
  return Buffer.from(data, encoding);
}

function readClaim(claim: unknown): ClaimedBody {
  const { key, bytes, sha256 } = (claim ?? {}) as Partial<Record<keyof ClaimedBody, unknown>>;
  if (typeof key !== 'string' || key === '' || !Number.isSafeInteger(bytes) || typeof sha256 !== 'string' || !SHA256.test(sha256)) {
    throw new MalformedMessageError('the claim of the envelope lacks its key, its size in bytes or its SHA-256');
  }
  return { key, bytes: Number(bytes), sha256 };
}

function readAttributes(attributes: unknown): Readonly<Record<string, string>> {
  if (attributes === undefined) return {};
  if (typeof attributes !== 'object' || attributes === null || !Object.values(attributes).every((value) => typeof value === 'string')) {
    throw new MalformedMessageError('attributes of the envelope are not an object of strings');
  }
  return attributes as Readonly<Record<string, string>>;
}

const OWN_ATTRIBUTES = new Set<string>([...Object.values(ParkedAttribute), SPENT_ATTEMPTS_ATTRIBUTE]);

/** Whether a message attribute was added by parking, or by sending a copy on. */
export function isOurs(attributeName: string): boolean {
  return OWN_ATTRIBUTES.has(attributeName);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
