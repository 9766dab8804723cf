import { ChangeMessageVisibilityCommand, type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';

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

/** Puts the message into the parking lot: the body byte for byte, its trace, and the attributes that say why it is there. */
export async function sendToParkingLot(
  queues: Queues,
  record: SQSRecord,
  attributes: Record<string, MessageAttributeValue>,
  deduplicationId: string,
): Promise<void> {
  const { AWSTraceHeader: traceHeader, MessageGroupId: group } = record.attributes;
  await queues.sqs.send(
    new SendMessageCommand({
      QueueUrl: queues.parkingLotUrl,
      MessageBody: record.body,
      MessageAttributes: attributes,
      ...(traceHeader && { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } } }),
      ...(group && { MessageGroupId: group }),
      ...(isFifo(record) && { MessageDeduplicationId: deduplicationId }),
    }),
  );
}
