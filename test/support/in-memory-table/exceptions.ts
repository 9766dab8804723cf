import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  IdempotentParameterMismatchException,
  ResourceNotFoundException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { StoredItem } from './attribute-values';

const REFUSED = { $metadata: { httpStatusCode: 400 } };

export function validationException(message: string): Error {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, ...REFUSED });
}

export function conditionFailed(item: StoredItem | undefined): Error {
  return new ConditionalCheckFailedException({ message: 'The conditional request failed', ...(item && { Item: item }), ...REFUSED });
}

export function cancelled(reasons: readonly CancellationReason[]): Error {
  return new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    CancellationReasons: [...reasons],
    ...REFUSED,
  });
}

export function parameterMismatch(): Error {
  return new IdempotentParameterMismatchException({ message: 'the token was used with other parameters', ...REFUSED });
}

export function tableNotFound(): Error {
  return new ResourceNotFoundException({ message: 'Cannot do operations on a non-existent table', ...REFUSED });
}
