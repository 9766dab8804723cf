import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly group?: string;
  readonly traceHeader?: string;
  readonly sentAt: number;
  receives: number;
  visibleAt: number;
}

const MOST_BYTES = 1024 * 1024;
const DEDUPLICATION_MILLISECONDS = 5 * 60 * 1000;

/** SQS in memory, by URL, as far as a redrive, a worker and an adoption use it. It refuses what SQS refuses. */
export class Queues {
  readonly #queues = new Map<string, Message[]>();
  readonly #deduplication = new Map<string, { readonly id: string; readonly until: number }>();
  /** Everything that was put on a queue by a batch, in order. */
  readonly sent: { readonly at: number; readonly url: string; readonly entry: SendMessageBatchRequestEntry }[] = [];
  #ids = 0;

  constructor(readonly now: () => number) {}

  messages(url: string): readonly Message[] {
    return this.#queue(url);
  }

  send = async (command: { readonly input: object; readonly constructor: { readonly name: string } }): Promise<object> => {
    const input = command.input as Record<string, unknown> & { QueueUrl: string };
    switch (command.constructor.name) {
      case 'SendMessageCommand':
        return { MessageId: this.#put(input.QueueUrl, { Id: 'one', MessageBody: String(input.MessageBody), ...input }) };
      case 'SendMessageBatchCommand':
        return this.#sendBatch(input.QueueUrl, input.Entries as SendMessageBatchRequestEntry[]);
      case 'ReceiveMessageCommand':
        return this.#receive(input.QueueUrl, Number(input.MaxNumberOfMessages), Number(input.VisibilityTimeout));
      case 'DeleteMessageBatchCommand':
        for (const { ReceiptHandle } of input.Entries as { ReceiptHandle: string }[]) this.delete(input.QueueUrl, ReceiptHandle);
        return { Successful: [], Failed: [] };
      case 'ChangeMessageVisibilityCommand':
        return {};
      default:
        throw new Error(`the queues in memory do not know ${command.constructor.name}`);
    }
  };

  /** As Lambda's poller hands them over. */
  records(url: string, arn: string, most = 10): SQSRecord[] {
    return this.#queue(url)
      .filter(({ visibleAt }) => visibleAt <= this.now())
      .slice(0, most)
      .map((message) => recordOf(message, arn));
  }

  delete(url: string, handle: string): void {
    this.#queues.set(
      url,
      this.#queue(url).filter(({ id }) => `handle-of-${id}` !== handle),
    );
  }

  #sendBatch(url: string, entries: readonly SendMessageBatchRequestEntry[]): object {
    if (entries.length === 0 || entries.length > 10) throw refused('AWS.SimpleQueueService.TooManyEntriesInBatchRequest');
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) throw refused('AWS.SimpleQueueService.BatchEntryIdsNotDistinct');
    if (entries.reduce((bytes, entry) => bytes + bytesOf(entry), 0) > MOST_BYTES)
      throw refused('AWS.SimpleQueueService.BatchRequestTooLong');
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of entries) {
      const fault = faultOf(entry, url.endsWith('.fifo'));
      if (fault !== undefined) Failed.push({ Id: entry.Id, SenderFault: true, Code: 'InvalidParameterValue', Message: fault });
      else {
        Successful.push({ Id: entry.Id, MessageId: this.#put(url, entry) });
        this.sent.push({ at: this.now(), url, entry });
      }
    }
    return { Successful, Failed };
  }

  #put(url: string, entry: SendMessageBatchRequestEntry): string {
    const known = entry.MessageDeduplicationId && this.#deduplication.get(`${url} ${entry.MessageDeduplicationId}`);
    if (known && known.until > this.now()) return known.id;
    const id = `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`;
    if (entry.MessageDeduplicationId) {
      this.#deduplication.set(`${url} ${entry.MessageDeduplicationId}`, { id, until: this.now() + DEDUPLICATION_MILLISECONDS });
    }
    const { MessageBody: body = '', MessageAttributes: attributes = {}, MessageGroupId: group, MessageSystemAttributes } = entry;
    const traceHeader = MessageSystemAttributes?.AWSTraceHeader?.StringValue;
    this.#queue(url).push({ id, body, attributes, group, traceHeader, sentAt: this.now(), receives: 0, visibleAt: this.now() });
    return id;
  }

  #receive(url: string, most: number, visibilitySeconds: number): object {
    const received = this.#queue(url)
      .filter(({ visibleAt }) => visibleAt <= this.now())
      .slice(0, most);
    for (const message of received) message.visibleAt = this.now() + visibilitySeconds * 1000;
    return {
      Messages: received.map((message) => {
        message.receives++;
        return {
          ...{ MessageId: message.id, ReceiptHandle: `handle-of-${message.id}`, Body: message.body },
          ...{ MessageAttributes: message.attributes, Attributes: systemAttributes(message) },
        };
      }),
    };
  }

  #queue(url: string): Message[] {
    if (!this.#queues.has(url)) this.#queues.set(url, []);
    return this.#queues.get(url)!;
  }
}

function faultOf({ MessageAttributes = {}, MessageBody = '', ...entry }: SendMessageBatchRequestEntry, fifo: boolean): string | undefined {
  if (!/^[\w-]{1,80}$/.test(entry.Id ?? '')) return `${entry.Id} is no id of an entry`;
  if (Object.keys(MessageAttributes).length > 10) return 'more than 10 attributes';
  if (MessageBody === '' || /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(MessageBody)) return 'characters';
  return fifo && (!entry.MessageGroupId || !entry.MessageDeduplicationId) ? 'a FIFO queue needs group and deduplication id' : undefined;
}

function bytesOf({ MessageBody = '', MessageAttributes = {} }: SendMessageBatchRequestEntry): number {
  return Object.entries(MessageAttributes).reduce(
    (bytes, [name, value]) =>
      bytes + Buffer.byteLength(`${name}${value.DataType}${value.StringValue ?? ''}`) + (value.BinaryValue?.byteLength ?? 0),
    Buffer.byteLength(MessageBody),
  );
}

function refused(name: string): Error {
  return Object.assign(new Error(`refused: ${name}`), { name, $metadata: { httpStatusCode: 400 } });
}

function systemAttributes({ receives, sentAt, group, traceHeader }: Message): Record<string, string> {
  return {
    ...{
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 's',
      ApproximateFirstReceiveTimestamp: String(sentAt),
    },
    ...(group !== undefined && { MessageGroupId: group }),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
  };
}

function recordOf(message: Message, arn: string): SQSRecord {
  const attributes = Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => {
    const value: SQSMessageAttribute = {
      dataType: DataType as SQSMessageAttribute['dataType'],
      ...(BinaryValue === undefined ? { stringValue: StringValue } : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    };
    return [name, value] as const;
  });
  message.receives++;
  return {
    ...{ messageId: message.id, receiptHandle: `handle-of-${message.id}`, body: message.body, md5OfBody: '' },
    ...{ eventSource: 'aws:sqs', eventSourceARN: arn, awsRegion: 'us-east-1' },
    attributes: systemAttributes(message) as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(attributes),
  };
}
