import type { SQSRecord } from 'aws-lambda';
import type { ValidationAnswer, ValidationRequest } from '../../blocks/parking-contract';
import type { Clock } from '../clock';
import { permanentReason } from '../failures';
import type { FetchClaim } from '../message/claims';
import { Delivery } from './delivery';
import type { WorkerOptions } from './options';
import { readEvent } from './prepare';

export function isValidationRequest(event: object): event is ValidationRequest {
  return (event as Partial<ValidationRequest>).breakwaterValidate === 1;
}

/**
 * Whether the message would come to the handler.
 *
 * @throws what says nothing of the message: a bucket that can't be reached
 */
export async function validateMessage<T>(
  { body, attributes }: ValidationRequest,
  options: WorkerOptions<T>,
  fetchClaim: FetchClaim,
  clock: Clock,
): Promise<ValidationAnswer> {
  try {
    await readEvent(new Delivery(recordOf(body, attributes, clock)), options, fetchClaim);
    return { valid: true };
  } catch (error) {
    if (permanentReason(error) === undefined) throw error;
    return { valid: false, error: (error as Error).message };
  }
}

function recordOf(body: string, attributes: ValidationRequest['attributes'], clock: Clock): SQSRecord {
  const now = String(clock.now());
  const texts = Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String' as const, stringValue }] as const);
  return {
    ...{ messageId: 'validation', receiptHandle: '', body, md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: '', awsRegion: '' },
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: now, SenderId: '', ApproximateFirstReceiveTimestamp: now },
    messageAttributes: Object.fromEntries(texts),
  };
}
