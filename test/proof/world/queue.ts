import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';

import { bodyOf, type Copy } from './messages';

export interface Message {
  readonly id: string;
  /** Its body, which stays the same wherever the message goes. */
  readonly copy: Copy;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  receives: number;
  /** Milliseconds since the epoch. */
  visibleAt: number;
}

/** SQS as far as a worker and an operator meet it: visibility, receive counts, a dead-letter queue, redrive. */
export class Queue {
  messages: Message[] = [];
  parkingLot: Message[] = [];
  readonly #sent = new Map<string, number>();

  constructor(
    readonly visibilityMilliseconds: number,
    readonly maxReceiveCount: number,
    readonly now: () => number,
  ) {}

  /** Puts a message on the queue, seen from now on. */
  send(copy: Copy, attributes: Message['attributes'] = {}): void {
    this.messages.push({ id: this.#nextId(copy), copy, attributes, receives: 0, visibleAt: this.now() });
  }

  park(copy: Copy, attributes: Message['attributes']): void {
    this.parkingLot.push({ id: this.#nextId(copy), copy, attributes, receives: 0, visibleAt: this.now() });
  }

  visible(): readonly Message[] {
    return this.messages.filter(({ visibleAt }) => visibleAt <= this.now());
  }

  /** Messages that were received too often are moved to the parking lot instead. @returns those that were received */
  receive(wanted: readonly Message[]): SQSRecord[] {
    const spent = wanted.filter(({ receives }) => receives >= this.maxReceiveCount);
    this.messages = this.messages.filter((message) => !spent.includes(message));
    this.parkingLot.push(...spent);
    return wanted
      .filter((message) => !spent.includes(message))
      .map((message) => {
        message.receives++;
        message.visibleAt = this.now() + this.visibilityMilliseconds;
        return recordOf(message);
      });
  }

  /** An old receipt handle deletes as well: SQS promises neither that it does nor that it does not. */
  delete({ messageId }: Pick<SQSRecord, 'messageId'>): void {
    this.messages = this.messages.filter(({ id }) => id !== messageId);
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.messages.find((candidate) => receiptOf(candidate) === receiptHandle);
    if (message !== undefined) message.visibleAt = this.now() + seconds * 1_000;
  }

  redrive(message: Message): void {
    this.parkingLot = this.parkingLot.filter((candidate) => candidate !== message);
    this.send(message.copy, message.attributes);
  }

  nextVisible(): number | undefined {
    const later = this.messages.map(({ visibleAt }) => visibleAt).filter((time) => time > this.now());
    return later.length === 0 ? undefined : Math.min(...later);
  }

  /** SQS never gives an id twice. */
  #nextId({ copy }: Copy): string {
    const number = (this.#sent.get(copy) ?? 0) + 1;
    this.#sent.set(copy, number);
    return `${copy} as message ${number}`;
  }
}

function receiptOf({ id, receives }: Message): string {
  return `${id}:${receives}`;
}

function recordOf(message: Message): SQSRecord {
  return {
    messageId: message.id,
    receiptHandle: receiptOf(message),
    body: bodyOf(message.copy),
    attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: '1777636800000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1777636800000',
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, { DataType, StringValue }]) => [
        name,
        { dataType: (DataType ?? 'String') as 'String', stringValue: StringValue },
      ]),
    ),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:source',
    awsRegion: 'us-east-1',
  };
}
