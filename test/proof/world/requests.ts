import { DynamoDBServiceException, ThrottlingException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { SentCommand } from '../../support/in-memory-table/in-memory-tables';
import type { Call, Process, Refusal } from './process';
import type { Scenario } from './scenario';

/** A service behind the SDK's client of one process: a request reaches it when the schedule says so. */
export function clientOf(
  process: Process,
  { clientAttempts, slowHandlers }: Pick<Scenario, 'clientAttempts' | 'slowHandlers'>,
  service: (command: SentCommand) => object,
) {
  return {
    ...SDK_CLIENT,
    async send(command: SentCommand): Promise<object> {
      for (let attempt = 1; ; attempt++) {
        try {
          return await process.ask<object>({
            ...callOf(command, () => service(command)),
            urgent: !slowHandlers && isChangeOfVisibility(command),
          });
        } catch (error) {
          if (attempt >= clientAttempts || !isRepeated(error)) throw error;
        }
      }
    },
  };
}

/** By what Powertools knows a client of the SDK. */
const SDK_CLIENT = { config: {}, middlewareStack: { identify: () => [], addRelativeTo: () => {} } };

function callOf(command: SentCommand, reach: () => object): Call {
  const kind = command.constructor.name.replace(/Command$/, '');
  const { TransactItems } = command.input as { readonly TransactItems?: readonly object[] };
  return {
    name: `${kind}${TransactItems === undefined ? '' : ` of ${TransactItems.length}`}`,
    request: `${kind} ${JSON.stringify(command.input)}`,
    reach,
    unanswered: isChangeOfVisibility(command) ? 'cannot be' : 'on its way',
    refusals: [
      {
        fault: 'throttle',
        name: 'is throttled',
        error: () => new ThrottlingException({ message: 'slow down', $metadata: { httpStatusCode: 400 } }),
      },
      ...(TransactItems === undefined ? [] : conflictsOf(TransactItems.length)),
    ],
  };
}

/** It promises nothing to anybody: when it fails, the message comes back later. */
function isChangeOfVisibility(command: SentCommand): boolean {
  return command.constructor.name === 'ChangeMessageVisibilityCommand';
}

function conflictsOf(items: number): Refusal[] {
  return [0, ...(items > 1 ? [items - 1] : [])].map((conflicting) => ({
    fault: 'conflict',
    name: `meets another transaction at item ${conflicting}`,
    error: () => {
      const reasons = Array.from({ length: items }, (_, index) => ({ Code: index === conflicting ? 'TransactionConflict' : 'None' }));
      return new TransactionCanceledException({ message: `conflict at item ${conflicting}`, CancellationReasons: reasons, $metadata: {} });
    },
  }));
}

export function timeout(): Error {
  return Object.assign(new Error('no answer within the time of the client'), { name: 'TimeoutError' });
}

/** What the SDK's client sends again by itself. */
function isRepeated(error: unknown): boolean {
  return error instanceof Error && ['TimeoutError', 'ThrottlingException'].includes(error.name);
}

/** Whether a service said it, not the fake by mistake. */
export function isServiceError(error: unknown): boolean {
  return error instanceof DynamoDBServiceException;
}
