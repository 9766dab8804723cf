import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What a client sent: attempts, repeated ones included, and the write units they cost. */
export class RequestLog {
  #requests = 0;
  #writeUnits = 0;

  get requests(): number {
    return this.#requests;
  }

  get writeUnits(): number {
    return this.#writeUnits;
  }

  clear(): void {
    this.#requests = 0;
    this.#writeUnits = 0;
  }

  /** Asks for the consumed capacity of every request, whoever makes it; what the answer does not tell is counted by DynamoDB's rule. */
  watch(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' };
        try {
          const reply = await next({ ...args, input } as typeof args);
          this.#writeUnits += transactionUnits(args.input) ?? consumed(reply.output);
          return reply;
        } catch (error) {
          this.#writeUnits += transactionUnits(args.input) ?? (refused(error) ? 1 : 0);
          throw error;
        }
      },
      { name: 'askForConsumedCapacity', step: 'initialize' },
    );
    client.middlewareStack.add(
      (next) => (args) => {
        this.#requests++;
        return next(args);
      },
      // Behind the one that tries again.
      { name: 'countAttempts', step: 'finalizeRequest', priority: 'low' },
    );
  }
}

interface Capacity {
  readonly CapacityUnits?: number;
}

function consumed(output: object): number {
  const { ConsumedCapacity: capacity } = output as { readonly ConsumedCapacity?: Capacity | readonly Capacity[] };
  return [capacity ?? []].flat().reduce((sum, { CapacityUnits }) => sum + (CapacityUnits ?? 0), 0);
}

/**
 * Two units an item under 1 KB, written or cancelled. DynamoDB Local says four for each table, whatever the transaction holds.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html (capacity management)
 */
function transactionUnits(input: object): number | undefined {
  const { TransactItems: items } = input as { readonly TransactItems?: readonly unknown[] };
  return items && 2 * items.length;
}

/**
 * A write that its condition refused costs one unit for items under 1 KB. Its answer is an error, which tells no capacity.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html (conditional writes)
 */
function refused(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}
