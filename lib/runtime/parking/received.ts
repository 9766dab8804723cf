import type { Message } from '@aws-sdk/client-sqs';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';

/**
 * A message as Lambda would have handed it over, of one that was received otherwise: with all of its attributes (`MessageSystemAttributeNames` and
 * `MessageAttributeNames` are `All`).
 *
 * @param queueArn ARN of the queue it was received from
 */
export function recordOf(message: Message, queueArn: string): SQSRecord {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {}, MessageAttributes = {} } = message;
  const attributes = Object.entries(MessageAttributes).map(([name, { DataType = 'String', StringValue, BinaryValue }]) => {
    const value = BinaryValue === undefined ? { stringValue: StringValue } : { binaryValue: Buffer.from(BinaryValue).toString('base64') };
    return [name, { dataType: DataType as SQSMessageAttribute['dataType'], ...value }] as const;
  });
  return {
    ...{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, md5OfBody: MD5OfBody },
    ...{ eventSource: 'aws:sqs', eventSourceARN: queueArn, awsRegion: queueArn.split(':')[3] ?? '' },
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: '', ApproximateFirstReceiveTimestamp: '0', ...Attributes },
    messageAttributes: Object.fromEntries(attributes),
  };
}
