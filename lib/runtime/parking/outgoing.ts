import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { ParkedAttribute } from '../../blocks/contract';
import { bytesOf, MOST_ATTRIBUTES, MOST_MESSAGE_BYTES } from '../worker/parked-attributes';
import type { MessageItem } from './items';

/** Ids of messages are short, and always of one length. */
const FORMER_BYTES = bytesOf(formerAttribute({ id: '0'.repeat(16) }));

/** Bytes that a message's body may have beside its attributes. */
export function roomForBody(message: MessageItem): number {
  return MOST_MESSAGE_BYTES - FORMER_BYTES - sizeOf(keptAttributes(message));
}

/** A parked message as it goes back to its queue: what it was known by before, and, where there is room, where it comes from. */
export function outgoing(message: MessageItem, body: string, fifo: boolean): SendMessageBatchRequestEntry {
  const stored = keptAttributes(message);
  const fits = Object.keys(stored).length < MOST_ATTRIBUTES && Buffer.byteLength(body) <= roomForBody(message);
  const attributes = fits ? { ...stored, ...Object.fromEntries([formerAttribute(message)]) } : stored;
  return {
    Id: message.id,
    MessageBody: body,
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
    ...(message.traceHeader !== undefined && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: message.traceHeader } },
    }),
    ...(message.messageGroupId !== undefined && { MessageGroupId: message.messageGroupId }),
    ...(fifo && { MessageDeduplicationId: `${message.id}-${message.redrives}` }),
  };
}

/** Bytes that count against the limit of a request. */
export function bytesOfEntry({ MessageBody, MessageAttributes = {} }: SendMessageBatchRequestEntry): number {
  return Buffer.byteLength(MessageBody ?? '') + sizeOf(MessageAttributes);
}

/** A mark of a still earlier life is replaced by its own. */
function keptAttributes({ attributes }: MessageItem): Record<string, MessageAttributeValue> {
  const kept = Object.entries(attributes).filter(([name]) => name !== ParkedAttribute.FORMER);
  return Object.fromEntries(
    kept.map(([name, { type, text, base64 }]) => [
      name,
      text === undefined ? { DataType: type, BinaryValue: Buffer.from(base64 ?? '', 'base64') } : { DataType: type, StringValue: text },
    ]),
  );
}

function formerAttribute({ id }: Pick<MessageItem, 'id'>): [string, MessageAttributeValue] {
  return [ParkedAttribute.FORMER, { DataType: 'String', StringValue: id }];
}

function sizeOf(attributes: Readonly<Record<string, MessageAttributeValue>>): number {
  return Object.entries(attributes).reduce((sum, attribute) => sum + bytesOf(attribute), 0);
}
