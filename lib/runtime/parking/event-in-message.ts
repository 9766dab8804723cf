import { CLAIM_PREFIX, type ClaimedBody, type MessageEnvelope } from '../../blocks/contract';
import { inline } from '../message/inline-body';
import { type OpenedMessage, openMessage, sha256 } from '../message/message';
import { DeskError } from './desk-error';

/** What a stored message holds: its event, or the reference to it. */
export interface StoredEvent {
  /** Present when the message has an envelope that can be read. */
  readonly opened?: OpenedMessage;
  readonly event: Uint8Array | ClaimedBody;
  /** Under which the worker compares it with what it has seen. */
  readonly payloadHash: string;
}

/** A message that is to take the place of another one. */
export interface Rewrapped {
  /** The message's body as it goes to the queue. */
  readonly text: string;
  /** Present when the event is too large for the queue and has to lie in the claim bucket under this key. */
  readonly claim?: { readonly key: string; readonly body: Uint8Array };
}

/** Reads a stored message's body. One whose envelope can't be read is told, and replaced, as a whole. */
export function eventIn(body: Uint8Array): StoredEvent {
  const plain = { event: body, payloadHash: sha256(body) };
  try {
    const opened = openMessage(recordOf(body));
    return opened.key === undefined ? plain : { opened, event: opened.body, payloadHash: opened.payloadHash };
  } catch {
    return plain;
  }
}

function recordOf(body: Uint8Array): Parameters<typeof openMessage>[0] {
  const unknown = { messageId: '', receiptHandle: '', md5OfBody: '', eventSource: '', eventSourceARN: '', awsRegion: '' };
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: '', ApproximateFirstReceiveTimestamp: '0' };
  return { ...unknown, body: Buffer.from(body).toString(), attributes, messageAttributes: {} };
}

/** SQS refuses these. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const ILLEGAL = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/**
 * Puts another event into a message: the envelope stays around it.
 *
 * @param known hash under which the sender's own copies of the event are known; undefined to compare the new event itself
 * @param mostBytes that the message's body may have
 * @throws DeskError for an event that the queue can't take
 */
export function rewrap(body: Uint8Array, event: Uint8Array, known: string | undefined, mostBytes: number): Rewrapped {
  const { opened } = eventIn(body);
  if (opened === undefined) {
    const text = Buffer.from(event).toString();
    if (ILLEGAL.test(text) || !Buffer.from(text).equals(event)) {
      throw new DeskError('The body holds bytes that no queue takes: a message without an envelope is text, without control characters.');
    }
    if (event.byteLength > mostBytes) throw tooLarge(event.byteLength, mostBytes);
    return { text };
  }
  const { body: _body, claim: _claim, payloadHash: _hash, ...kept } = JSON.parse(Buffer.from(body).toString()) as MessageEnvelope;
  const stamp = { ...kept, ...(known !== undefined && { payloadHash: known }) };
  const text = JSON.stringify({ ...stamp, body: inline(event) });
  if (Buffer.byteLength(text) <= mostBytes) return { text };
  const hash = sha256(event);
  const key = `${CLAIM_PREFIX}${opened.source}/${hash}`;
  return { text: JSON.stringify({ ...stamp, claim: { key, bytes: event.byteLength, sha256: hash } }), claim: { key, body: event } };
}

export function tooLarge(bytes: number, mostBytes: number): DeskError {
  return new DeskError(
    `The message would have ${bytes} bytes, more than the ${mostBytes} it may have on this queue, which has no claim bucket.`,
  );
}
