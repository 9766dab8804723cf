import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { ParkedAttribute } from '../../blocks/contract';
import type { ChannelMessage, Lane, PlanMessage } from '../../blocks/fanout-contract';
import { grouped } from './grouped';
import type { StoredDelivery } from './store/items';

/** URL of a queue by lane. */
export type LaneQueues = Readonly<Record<Lane, string>>;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html; below the smallest limit that a Region has had. */
const MOST_MESSAGES = 10;
const MOST_BYTES = 240 * 1024;
const TRIES = 3;

/** A message and the queue in which it goes. */
export interface Outgoing {
  readonly queueUrl: string;
  readonly body: PlanMessage | ChannelMessage;
  readonly correlationId: string;
  /** Seconds until it may be received, up to 900. @default 0 */
  readonly delaySeconds?: number;
}

/** Messages of a delivery that are queued; of some rules only, if these are named. */
export function channelMessages(
  { occurrence, event, recipient, messages, correlationId }: StoredDelivery,
  queues: Readonly<Record<string, LaneQueues>>,
  rule?: string,
): readonly Outgoing[] {
  return Object.values(messages)
    .filter((message) => message.status === 'queued' && (rule === undefined || message.rule === rule))
    .map(({ channel, rule: of, lane }) => ({
      queueUrl: queues[channel]![lane],
      body: { kind: 'message', occurrence, ...(event !== undefined && { event }), recipient, channel, rule: of },
      correlationId,
    }));
}

/** Hands messages over, ten at a time. @throws Error when a queue does not take one, after a few tries: all of it is to be repeated then */
export async function sendAll(messages: readonly Outgoing[], sqs: Pick<SQSClient, 'send'>): Promise<void> {
  const batches = [...grouped(messages.map((message) => [message.queueUrl, entryOf(message)] as const))].flatMap(([queueUrl, entries]) =>
    batchesOf(entries).map((batch) => ({ queueUrl, batch })),
  );
  await Promise.all(batches.map(({ queueUrl, batch }) => sendBatch(queueUrl, batch, sqs)));
}

function entryOf({ body, correlationId, delaySeconds }: Outgoing): SendMessageBatchRequestEntry {
  return {
    ...{ Id: '', MessageBody: JSON.stringify(body) },
    ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
    MessageAttributes: { [ParkedAttribute.CORRELATION_ID]: { DataType: 'String', StringValue: correlationId } },
  };
}

function batchesOf(entries: readonly SendMessageBatchRequestEntry[]): SendMessageBatchRequestEntry[][] {
  const batches: SendMessageBatchRequestEntry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const own = Buffer.byteLength(entry.MessageBody!) + 256;
    if (bytes + own > MOST_BYTES || batches.at(-1)!.length === MOST_MESSAGES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push({ ...entry, Id: String(batches.at(-1)!.length) });
    bytes += own;
  }
  return batches;
}

async function sendBatch(queueUrl: string, entries: readonly SendMessageBatchRequestEntry[], sqs: Pick<SQSClient, 'send'>): Promise<void> {
  let rest = [...entries];
  for (let attempt = 1; ; attempt++) {
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: rest }));
    if (Failed.length === 0) return;
    if (attempt === TRIES) throw new Error(`${queueUrl} refuses ${Failed.length} messages: ${Failed[0]!.Code} ${Failed[0]!.Message ?? ''}`);
    const failed = new Set(Failed.map(({ Id }) => Id));
    rest = rest.filter(({ Id }) => failed.has(Id));
  }
}
