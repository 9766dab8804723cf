import { setTimeout as delay } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ParkedAttribute } from '../../blocks/contract';
import type { StormTarget } from './contract';

const POLL_MILLISECONDS = 200;
/** A message may leave a queue a moment before its last write is seen: quiet counts when it lasts this many polls. */
const QUIET_POLLS = 3;
const READING_VISIBILITY_SECONDS = 120;

/** One message as it lies in a parking lot. */
export interface ParkingLotMessage {
  readonly messageId: string;
  readonly body: string;
  /** Why the worker parked it, or that the queue moved it. */
  readonly reason: string;
}

/** The example's queues, as the storm waits for them and reads them. */
export class StormQueues {
  readonly #client: SQSClient;

  constructor(target: StormTarget) {
    this.#client = new SQSClient({ ...target.clientConfig });
  }

  /** Messages of a killed process come back after this many seconds, in place of the minutes that are right in production. */
  async shortenVisibility(queueUrl: string, seconds: number): Promise<void> {
    await this.#client.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { VisibilityTimeout: String(seconds) } }));
  }

  /** Messages in a queue: waiting, in work and delayed. */
  async depth(queueUrl: string): Promise<number> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
      }),
    );
    return Object.values(Attributes).reduce((sum, messages) => sum + Number(messages), 0);
  }

  /**
   * Waits until all of the queues are empty, as long as they get emptier.
   *
   * @param patienceMilliseconds gives up when so long no message more has left
   * @returns the messages that are left: 0 when all is quiet
   */
  async waitForQuiet(queueUrls: readonly string[], patienceMilliseconds: number, signal?: AbortSignal): Promise<number> {
    let fewest = Number.POSITIVE_INFINITY;
    let deadline = 0;
    for (let quietPolls = 0; ; ) {
      const depths = await Promise.all(queueUrls.map((queueUrl) => this.depth(queueUrl)));
      const left = depths.reduce((sum, depth) => sum + depth, 0);
      quietPolls = left === 0 ? quietPolls + 1 : 0;
      if (quietPolls === QUIET_POLLS) return 0;
      if (left < fewest) {
        fewest = left;
        deadline = performance.now() + patienceMilliseconds;
      }
      if (performance.now() > deadline) return left;
      await delay(POLL_MILLISECONDS, undefined, { signal });
    }
  }

  /** Reads a parking lot whole and leaves it as it was: nothing is deleted, and everything is visible again afterwards. */
  async readParkingLot(queueUrl: string): Promise<readonly ParkingLotMessage[]> {
    const expected = await this.depth(queueUrl);
    const found = new Map<string, Message>();
    while (found.size < expected) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          VisibilityTimeout: READING_VISIBILITY_SECONDS,
        }),
      );
      if (Messages.length === 0) break;
      for (const message of Messages) found.set(message.MessageId ?? '', message);
    }
    const messages = [...found.values()];
    for (let first = 0; first < messages.length; first += 10) {
      await this.#client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages
            .slice(first, first + 10)
            .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 })),
        }),
      );
    }
    if (found.size < expected) {
      throw new Error(`the parking lot ${queueUrl} holds ${expected} messages, but only ${found.size} of them could be read`);
    }
    return messages.map(({ MessageId = '', Body = '', MessageAttributes = {} }) => ({
      messageId: MessageId,
      body: Body,
      reason: MessageAttributes[ParkedAttribute.REASON]?.StringValue ?? 'moved by the queue',
    }));
  }

  close(): void {
    this.#client.destroy();
  }
}
