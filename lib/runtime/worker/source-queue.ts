import {
  ChangeMessageVisibilityCommand,
  type MessageAttributeValue,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { SPENT_ATTEMPTS_ATTRIBUTE } from '../../blocks/contract';
import { copyOf, MOST_ATTRIBUTES } from './parked-attributes';

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const LONGEST_DELAY_SECONDS = 900;

export interface Queues {
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  readonly parkingLotUrl: string;
}

export function isFifo(record: SQSRecord): boolean {
  return record.eventSourceARN.endsWith('.fifo');
}

/** Makes the message visible again after so many seconds. */
export async function returnAfter(queues: Queues, record: SQSRecord, seconds: number): Promise<void> {
  await queues.sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: queues.queueUrl, ReceiptHandle: record.receiptHandle, VisibilityTimeout: seconds }),
  );
}

/** Puts a copy of the message on its own queue, where its receives are counted from 0. */
export async function sendAgain(
  queues: Queues,
  record: SQSRecord,
  { delaySeconds = 0, spentAttempts = 0 }: { readonly delaySeconds?: number; readonly spentAttempts?: number } = {},
): Promise<void> {
  const { [SPENT_ATTEMPTS_ATTRIBUTE]: _, ...others } = record.messageAttributes;
  const attributes = Object.entries(others).map(([name, value]) => [name, copyOf(value)] as const);
  const spent: MessageAttributeValue = { DataType: 'Number', StringValue: String(spentAttempts) };
  await queues.sqs.send(
    new SendMessageCommand({
      QueueUrl: queues.queueUrl,
      MessageBody: record.body,
      MessageAttributes: Object.fromEntries([
        ...attributes,
        ...(spentAttempts > 0 && attributes.length < MOST_ATTRIBUTES ? [[SPENT_ATTEMPTS_ATTRIBUTE, spent] as const] : []),
      ]),
      ...(delaySeconds > 0 && { DelaySeconds: Math.min(LONGEST_DELAY_SECONDS, Math.ceil(delaySeconds)) }),
      ...carriedOn(record),
    }),
  );
}

/** Puts the message into the parking lot: the body byte for byte, its trace, and the attributes that say why it is there. */
export async function sendToParkingLot(
  queues: Queues,
  record: SQSRecord,
  attributes: Record<string, MessageAttributeValue>,
  deduplicationId: string,
): Promise<void> {
  await queues.sqs.send(
    new SendMessageCommand({
      QueueUrl: queues.parkingLotUrl,
      MessageBody: record.body,
      MessageAttributes: attributes,
      ...carriedOn(record),
      ...(isFifo(record) && { MessageDeduplicationId: deduplicationId }),
    }),
  );
}

/** Trace and group; standard queues have groups too, for fairness. */
function carriedOn(record: SQSRecord): Pick<SendMessageCommandInput, 'MessageSystemAttributes' | 'MessageGroupId'> {
  const { AWSTraceHeader: traceHeader, MessageGroupId: group } = record.attributes;
  return {
    ...(traceHeader && { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } } }),
    ...(group && { MessageGroupId: group }),
  };
}
