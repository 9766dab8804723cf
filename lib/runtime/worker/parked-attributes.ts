import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { ParkedAttribute, type ParkedReason } from '../../blocks/contract';
import { isOurs } from '../message/message';

/** What an operator is told about a parked message. */
export interface ParkedCause {
  readonly reason: ParkedReason;
  readonly error: unknown;
  readonly attempt: number;
  /** Also the token by which a redriven copy is known. */
  readonly parkedAt: string;
  readonly correlationId: string;
  readonly handler: string;
  readonly key?: string;
  readonly traceId?: string;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MOST_ATTRIBUTES = 10;
export const MOST_MESSAGE_BYTES = 1024 * 1024;

const LONGEST_ERROR_MESSAGE = 1024;
const LONGEST_OTHER_TEXT = 256;

/** Without these a redriven copy would not be known, or the parked message would not tell why it is there. */
const REQUIRED = 2;

/**
 * Attributes of the parked message: first the original ones, which the handler may need after a redrive, then the cause as far as it fits.
 *
 * @returns undefined when not even time and reason fit: such a message is left to the queue's own redrive
 */
export function parkedAttributes(
  record: Pick<SQSRecord, 'body' | 'messageAttributes'>,
  cause: ParkedCause,
): Record<string, MessageAttributeValue> | undefined {
  const original = Object.entries(record.messageAttributes)
    .filter(([name]) => !isOurs(name))
    .map(([name, attribute]): Attribute => [name, copyOf(attribute)]);
  const { name, message } = describeError(cause.error);
  // In order of importance: what does not fit is left out from the end.
  const own = (
    [
      [ParkedAttribute.PARKED_AT, cause.parkedAt],
      [ParkedAttribute.REASON, cause.reason],
      // A message that comes back is linked to the one it was redriven from.
      [ParkedAttribute.FORMER, record.messageAttributes[ParkedAttribute.FORMER]?.stringValue],
      [ParkedAttribute.ERROR_NAME, name],
      [ParkedAttribute.ERROR_MESSAGE, message],
      [ParkedAttribute.ATTEMPT, String(cause.attempt)],
      [ParkedAttribute.IDEMPOTENCY_KEY, cause.key],
      [ParkedAttribute.CORRELATION_ID, cause.correlationId],
      [ParkedAttribute.TRACE_ID, cause.traceId],
      [ParkedAttribute.HANDLER, cause.handler],
    ] as const
  ).flatMap(([name, value]): Attribute[] => {
    const longest =
      name === ParkedAttribute.ERROR_MESSAGE || name === ParkedAttribute.IDEMPOTENCY_KEY ? LONGEST_ERROR_MESSAGE : LONGEST_OTHER_TEXT;
    const text = legalText(value ?? '', longest);
    return text === '' ? [] : [[name, { DataType: 'String', StringValue: text }]];
  });

  let room = MOST_MESSAGE_BYTES - Buffer.byteLength(record.body) - original.reduce((sum, attribute) => sum + bytesOf(attribute), 0);
  const fitting: Attribute[] = [];
  for (const attribute of own.slice(0, MOST_ATTRIBUTES - original.length)) {
    const bytes = bytesOf(attribute);
    if (bytes > room) break;
    room -= bytes;
    fitting.push(attribute);
  }
  return fitting.length < REQUIRED ? undefined : Object.fromEntries([...original, ...fitting]);
}

/** SQS refuses empty texts and characters outside of these ranges; a cut may also leave half a character behind. */
const ILLEGAL = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

function legalText(text: string, longest: number): string {
  return text.slice(0, longest).replace(ILLEGAL, '\u{FFFD}');
}

function describeError(error: unknown): { readonly name: string; readonly message: string } {
  if (error instanceof Error) return { name: error.name || 'Error', message: error.message || error.name || 'Error' };
  return { name: typeof error, message: String(error) || 'an empty error' };
}

type Attribute = readonly [name: string, value: MessageAttributeValue];

/** A received attribute as it is sent. */
export function copyOf({ dataType, stringValue, binaryValue }: SQSMessageAttribute): MessageAttributeValue {
  return stringValue === undefined
    ? { DataType: dataType, BinaryValue: Buffer.from(binaryValue ?? '', 'base64') }
    : { DataType: dataType, StringValue: stringValue };
}

export function bytesOf([name, { DataType, StringValue, BinaryValue }]: Attribute): number {
  return Buffer.byteLength(name) + Buffer.byteLength(DataType!) + Buffer.byteLength(StringValue ?? '') + (BinaryValue?.byteLength ?? 0);
}
