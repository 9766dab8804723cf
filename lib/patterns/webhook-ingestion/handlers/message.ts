import { createHash } from 'node:crypto';
import { CLAIM_PREFIX, type MessageEnvelope } from '../../../blocks/contract';
import { inline } from '../../../runtime/message/inline-body';
import { MAX_INLINE_MESSAGE_BYTES } from '../contract';

/** What is known of an accepted event beside its body. */
export type EnvelopeStamp = Omit<MessageEnvelope, 'breakwater' | 'body' | 'claim'>;

/** Where a body lies that travels by reference. */
export interface Claim {
  readonly key: string;
  /** Lower-case hex SHA-256 of the body. */
  readonly sha256: string;
}

/** Resolves when the body is durable. */
export type PutClaim = (claim: Claim, body: Uint8Array) => Promise<void>;

/** A message for the queue; with a claim, its body has to lie in the bucket before the message is sent. */
export interface QueueMessage {
  readonly text: string;
  readonly claim?: Claim;
}

export function makeMessage(stamp: EnvelopeStamp, body: Uint8Array): QueueMessage {
  if (body.byteLength <= MAX_INLINE_MESSAGE_BYTES) {
    const text = envelope({ ...stamp, body: inline(body) });
    if (Buffer.byteLength(text) <= MAX_INLINE_MESSAGE_BYTES) return { text };
  }
  // Keyed by content: a repeated delivery puts the same object again, and with it a new term until it expires.
  const sha256 = createHash('sha256').update(body).digest('hex');
  const key = `${CLAIM_PREFIX}${stamp.source}/${sha256}`;
  return { text: envelope({ ...stamp, claim: { key, bytes: body.byteLength, sha256 } }), claim: { key, sha256 } };
}

function envelope(content: Omit<MessageEnvelope, 'breakwater'>): string {
  const message: MessageEnvelope = { breakwater: 1, ...content };
  return JSON.stringify(message);
}
