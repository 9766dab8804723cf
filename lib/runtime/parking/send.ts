import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import type { ParkingLotSettings } from '../../blocks/parking-contract';
import { isTransientAwsError } from '../aws-errors';
import { MOST_MESSAGE_BYTES } from '../worker/parked-attributes';
import type { Bodies } from './bodies';
import { eventIn } from './event-in-message';
import type { MessageItem } from './items';
import { bytesOfEntry, outgoing } from './outgoing';
import { storedAttributes } from './parked-bodies';

export interface Sending {
  /** Whether none of them can have been sent before. Where one may have been, a request that the queue refuses as a whole says nothing about it. */
  readonly first: boolean;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly bodies: Bodies;
  readonly claimBodies: (bucket: string) => Bodies;
  readonly lots: readonly ParkingLotSettings[];
}

export interface Sent {
  readonly message: MessageItem;
  readonly sentAs: string;
  /** Under which the worker compares the event. */
  readonly payloadHash: string;
}

export interface SendOutcome {
  readonly sent: readonly Sent[];
  /** No later try could end otherwise. */
  readonly refused: ReadonlyArray<{ readonly message: MessageItem; readonly because: string }>;
  /** Not sent, to be tried again. Of an ordered group also those that come after one which was not sent. */
  readonly rest: readonly MessageItem[];
}

interface Ready {
  readonly message: MessageItem;
  readonly entry: SendMessageBatchRequestEntry;
  readonly payloadHash: string;
  readonly targetUrl: string;
}

/** What SendMessageBatch takes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MOST_ENTRIES = 10;

/**
 * Sends messages to where they came from, in their order. Of one message group of a FIFO queue only one is in a request, so that none overtakes another one which failed.
 *
 * @throws what can pass: a busy queue, a lost connection. Some of them may have been sent
 */
export async function sendBack(messages: readonly MessageItem[], sending: Sending): Promise<SendOutcome> {
  const prepared = await Promise.all(messages.map((message) => prepare(message, sending)));
  const outcome = { sent: [] as Sent[], refused: prepared.flatMap((one) => ('because' in one ? one : [])), rest: [] as MessageItem[] };
  const held = new Set(outcome.refused.flatMap(({ message }) => orderedGroup(message, sending) ?? []));
  for (const request of requests(prepared.flatMap((one) => ('because' in one ? [] : one)))) {
    const ready = request.filter(({ message }) => !held.has(orderedGroup(message, sending) ?? ''));
    outcome.rest.push(...request.filter((one) => !ready.includes(one)).map(({ message }) => message));
    if (ready.length === 0) continue;
    await send(ready, outcome, sending);
    const unsent = [...outcome.rest, ...outcome.refused.map(({ message }) => message)];
    for (const message of unsent) held.add(orderedGroup(message, sending) ?? message.id);
  }
  return outcome;
}

async function send(
  request: readonly Ready[],
  outcome: { sent: Sent[]; refused: { message: MessageItem; because: string }[]; rest: MessageItem[] },
  { sqs, first }: Sending,
): Promise<void> {
  const entries = request.map(({ entry }) => entry);
  try {
    const { Successful = [], Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: request[0]!.targetUrl, Entries: entries }),
    );
    for (const { message, payloadHash } of request) {
      const success = Successful.find(({ Id }) => Id === message.id);
      const failure = Failed.find(({ Id }) => Id === message.id);
      if (success !== undefined) outcome.sent.push({ message, payloadHash, sentAs: success.MessageId ?? '' });
      else if (failure?.SenderFault) outcome.refused.push({ message, because: `${failure.Code}: ${failure.Message}` });
      else outcome.rest.push(message);
    }
  } catch (error) {
    if (!first || isTransientAwsError(error) || !('$metadata' in (error as object))) throw error;
    for (const { message } of request) outcome.refused.push({ message, because: `${(error as Error).name}: ${(error as Error).message}` });
  }
}

async function prepare(
  message: MessageItem,
  sending: Sending,
): Promise<Ready | { readonly message: MessageItem; readonly because: string }> {
  const lot = sending.lots.find(({ arn }) => arn === message.lot);
  if (lot === undefined) return { message, because: `its parking lot ${message.lot} is none of this desk's any more` };
  const body = await sending.bodies.read(message.bodyKey);
  if (body === undefined) return { message, because: 'its body is gone' };
  const { event, payloadHash } = eventIn(body);
  if (!(event instanceof Uint8Array) && message.claimedBodyKey !== undefined && lot.claimBucket !== undefined) {
    const claimed = await sending.bodies.read(message.claimedBodyKey);
    if (claimed === undefined) return { message, because: 'its claimed body is gone' };
    // The one that the ingress stored expires earlier than what is parked.
    await sending.claimBodies(lot.claimBucket).write(event.key, claimed);
  }
  const attributes = await storedAttributes(message, sending.bodies);
  const entry = outgoing({ ...message, attributes }, Buffer.from(body).toString(), lot.targetUrl.endsWith('.fifo'));
  return { message, payloadHash, entry, targetUrl: lot.targetUrl };
}

function orderedGroup({ lot, messageGroupId }: MessageItem, { lots }: Sending): string | undefined {
  const target = lots.find(({ arn }) => arn === lot)?.targetUrl;
  return target?.endsWith('.fifo') ? `${target} ${messageGroupId}` : undefined;
}

/** Messages in their order, divided where a request would be too large, would go to another queue, or would hold a second message of an ordered group. */
function requests(ready: readonly Ready[]): Ready[][] {
  const found: Ready[][] = [];
  let bytes = 0;
  for (const one of ready) {
    const size = bytesOfEntry(one.entry);
    const request = found.at(-1);
    const groups = request?.map(({ message }) => message.messageGroupId) ?? [];
    const divided =
      request === undefined ||
      request.length === MOST_ENTRIES ||
      bytes + size > MOST_MESSAGE_BYTES ||
      request[0]!.targetUrl !== one.targetUrl ||
      (one.targetUrl.endsWith('.fifo') && groups.includes(one.message.messageGroupId));
    if (divided) {
      found.push([one]);
      bytes = size;
    } else {
      request.push(one);
      bytes += size;
    }
  }
  return found;
}
