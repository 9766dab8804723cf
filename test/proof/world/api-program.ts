import type { Context } from 'aws-lambda';
import { createIdempotentApi } from '../../../lib/runtime';
import type { ApiProgram } from './api-scenario';
import { EFFECTS, FUNCTION_MILLISECONDS, RECORDS, RETENTION_SECONDS } from './scenario';
import { silentTelemetry } from './silent-telemetry';

/** `idempotentApi` as it is. It answers which attempt had the effect. */
export const apiProgram: ApiProgram = ({ clock, dynamoDb, attempt, handle }) => {
  const api = createIdempotentApi<{ readonly order: string }>(
    {
      name: 'order',
      caller: () => 'caller',
      handle: async ({ order }, { transaction }) => {
        await handle(order);
        transaction.update({
          TableName: EFFECTS,
          Key: { id: order },
          UpdateExpression: 'ADD occurrences :one SET by_copy = :attempt',
          ExpressionAttributeValues: { ':one': 1, ':attempt': attempt },
        });
        return { statusCode: 201, body: { by: attempt } };
      },
    },
    { table: { tableName: RECORDS, retentionSeconds: RETENTION_SECONDS }, dynamoDb: dynamoDb as never, telemetry: silentTelemetry, clock },
  );
  const end = clock.now() + FUNCTION_MILLISECONDS;
  const context = { awsRequestId: attempt, getRemainingTimeInMillis: () => Math.max(1, end - clock.now()) } as Context;
  return (request) => api(request, context);
};
