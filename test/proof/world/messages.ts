import type { SQSRecord } from 'aws-lambda';
import { type MessageEnvelope, ParkedAttribute } from '../../../lib/blocks/contract';
import type { AcceptedEvent } from './witness';

/** A message of an accepted event. Its correlation id says which, whatever becomes of the message. */
export interface Copy extends AcceptedEvent {
  readonly copy: string;
}

export function bodyOf({ name, key, copy }: Copy): string {
  const envelope: MessageEnvelope = {
    breakwater: 1,
    id: key,
    source: 'sender',
    correlationId: copy,
    receivedAt: '2026-05-01T11:59:58.000Z',
    contentType: 'application/json',
    body: { encoding: 'utf8', data: JSON.stringify({ event: name }) },
  };
  return JSON.stringify(envelope);
}

export function copyOf(body: string): Copy {
  const { id, correlationId, body: inline } = JSON.parse(body) as MessageEnvelope;
  const { event } = JSON.parse(inline!.data) as { event: string };
  return { name: event, key: id, copy: correlationId };
}

/** When the message was parked, before it was redriven. Empty for one that never was. */
export function markOf({ messageAttributes }: SQSRecord): string {
  return messageAttributes[ParkedAttribute.PARKED_AT]?.stringValue ?? '';
}
