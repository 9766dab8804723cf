import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { type ClaimedBody, ParkedAttribute } from '../../blocks/contract';
import type { Fault } from '../../blocks/parking-contract';
import { isOurs, type OpenedMessage, openMessage, sha256, traceOf } from '../message/message';
import type { EmittedDetail } from '../outbox/contract';
import type { OutboxEntry } from '../outbox/outbox';
import { type Cause, causeOf } from './cause';
import { type FingerprintParts, faultOf, normalise } from './fingerprint';
import type { MessageItem } from './items';

/** A message that lies in a parking lot, with all that it says of itself. */
export interface Arrived {
  readonly record: SQSRecord;
  /** The same for every copy of one parking. */
  readonly id: string;
  /** ARN of the parking lot. */
  readonly lot: string;
  readonly cause: Cause;
  readonly parts: FingerprintParts;
  readonly fault: Fault;
  /** Present when the message has an envelope that can be read. */
  readonly opened?: OpenedMessage;
  readonly claim?: ClaimedBody;
  readonly acceptedAt: string;
  readonly idempotencyKey?: string;
  readonly correlationId?: string;
  readonly traceId?: string;
  /** Id under which the desk knows the message that it was redriven from. */
  readonly former?: string;
  /** Those to send again. */
  readonly attributes: MessageItem['attributes'];
}

const LONGEST_TEXT = 256;

export function readArrived(record: SQSRecord): Arrived {
  const text = (name: string) => record.messageAttributes[name]?.stringValue;
  const cause = causeOf(record);
  const opened = openEnvelope(record);
  const entry = opened === undefined ? readEntry(record.body) : undefined;
  // The key of what an outbox entry was caused by is not its own: that effect stands.
  const idempotencyKey = entry === undefined ? (opened?.key ?? (text(ParkedAttribute.IDEMPOTENCY_KEY) || undefined)) : undefined;
  const former = text(ParkedAttribute.FORMER);
  const contract = opened === undefined ? (entry?.contract ?? 'plain') : contractOf(opened);
  const { errorName, handler } = cause;
  return {
    record,
    id: idOf(record, cause, entry === undefined ? idempotencyKey : `outbox#${entry.eventId}`, former),
    lot: record.eventSourceARN,
    cause,
    parts: { errorName, handler, errorMessage: normalise(cause.errorMessage), contract },
    fault: faultOf(cause),
    opened,
    ...(opened !== undefined && !(opened.body instanceof Uint8Array) && { claim: opened.body }),
    acceptedAt: timeOf(opened?.receivedAt ?? entry?.occurredAt) ?? new Date(Number(record.attributes.SentTimestamp) || 0).toISOString(),
    idempotencyKey,
    correlationId: (opened?.correlationId ?? entry?.correlationId ?? text(ParkedAttribute.CORRELATION_ID))?.slice(0, LONGEST_TEXT),
    traceId: text(ParkedAttribute.TRACE_ID) ?? traceOf(record),
    former,
    attributes: attributesToSend(record),
  };
}

/** Under which message a key's effect is now known. */
export function lifeHash(lot: string, idempotencyKey: string): string {
  return createHash('sha256')
    .update(JSON.stringify([lot, idempotencyKey]))
    .digest('hex')
    .slice(0, 32);
}

/**
 * A message that a worker parked twice, because the first time it died before it was done, is one. What the queue moved it moved once, under one message id; but for one
 * former life there is one return, however many copies of it were sent.
 */
function idOf(
  { eventSourceARN, messageId, body }: SQSRecord,
  { parkedAt }: Cause,
  key: string | undefined,
  former: string | undefined,
): string {
  const life = parkedAt === undefined && former === undefined ? messageId : (key ?? messageId);
  const parts = [eventSourceARN, life, parkedAt ?? '', former ?? '', sha256(Buffer.from(body))];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

function openEnvelope(record: SQSRecord): OpenedMessage | undefined {
  if (!record.body.includes('"breakwater"')) return undefined;
  try {
    const opened = openMessage(record);
    return opened.key === undefined ? undefined : opened;
  } catch {
    // It looks like an envelope and is none: whoever parked it has said so.
    return undefined;
  }
}

function contractOf({ source, attributes }: OpenedMessage): string {
  const version = attributes.contractVersion;
  return (version ? `${source}@${version}` : source).slice(0, LONGEST_TEXT);
}

const ENTRY_FIELDS: ReadonlyArray<keyof OutboxEntry> = [
  'eventId',
  'source',
  'detailType',
  'detail',
  'occurredAt',
  'correlationId',
  'causedBy',
];

/** What the relay parks: an entry of the outbox. */
function readEntry(
  body: string,
): { readonly eventId: string; readonly contract: string; readonly occurredAt: string; readonly correlationId: string } | undefined {
  if (!body.includes('"causedBy"')) return undefined;
  try {
    const entry = JSON.parse(body) as OutboxEntry;
    if (!ENTRY_FIELDS.every((field) => typeof entry[field] === 'string')) return undefined;
    const { metadata } = JSON.parse(entry.detail) as EmittedDetail;
    const { eventId, occurredAt, correlationId } = entry;
    return { eventId, occurredAt, correlationId, contract: `${metadata.contract}@${metadata.version}`.slice(0, LONGEST_TEXT) };
  } catch {
    return undefined;
  }
}

function timeOf(text: string | undefined): string | undefined {
  const time = Date.parse(text ?? '');
  return Number.isFinite(time) ? new Date(time).toISOString() : undefined;
}

/** Those of the sender, and the token by which the worker knows a redriven copy. */
function attributesToSend({ messageAttributes }: SQSRecord): MessageItem['attributes'] {
  return Object.fromEntries(
    Object.entries(messageAttributes)
      .filter(([name]) => name === ParkedAttribute.PARKED_AT || !isOurs(name))
      .map(([name, { dataType, stringValue, binaryValue }]) => [
        name,
        stringValue === undefined ? { type: dataType, base64: binaryValue ?? '' } : { type: dataType, text: stringValue },
      ]),
  );
}
