import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Resolves when the message is durable. */
export type Enqueue = (text: string, traceHeader: string | undefined) => Promise<void>;

export function createEnqueue(sqs: Pick<SQSClient, 'send'>, queueUrl: string): Enqueue {
  return async (text, traceHeader) => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: text,
        ...(traceHeader !== undefined && {
          MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
        }),
      }),
    );
  };
}
