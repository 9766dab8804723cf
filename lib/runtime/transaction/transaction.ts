import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { InvalidOperationError } from '../failures';
import { type EventContract, type Outbox, outboxPut } from '../outbox/outbox';
import { checkExpressions } from './expression-check';
import { itemBytes } from './limits';
import type {
  CheckOperation,
  Condition,
  DeleteOperation,
  Item,
  Operation,
  OperationOptions,
  PutOperation,
  Target,
  UpdateOperation,
} from './operation';

/**
 * The effect of an event: operations on DynamoDB items, written together with the event's idempotency record or not at all.
 *
 * The methods only collect. They take the SDK's parameters with plain JavaScript values, and throw `InvalidOperationError` for what can't be sent.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export interface Transaction {
  put(operation: PutOperation, options?: OperationOptions): void;
  update(operation: UpdateOperation, options?: OperationOptions): void;
  delete(operation: DeleteOperation, options?: OperationOptions): void;
  /** Writes nothing; the transaction only happens while the condition holds. */
  check(operation: CheckOperation, options?: OperationOptions): void;
  /**
   * Tells others of the effect: the event is kept in the same transaction, and the relay on the table's stream publishes it at least once, always
   * under the same id.
   */
  emit<T>(contract: EventContract<T>, event: T): void;
}

/** Collects until it is closed. What a handler could not add is thrown again at the end, so that a swallowed error never commits half an effect. */
export class TransactionCollector implements Transaction {
  readonly #operations: Operation[] = [];
  #refusal: Error | undefined;
  #closed = false;
  readonly #emitted = new Map<string, number>();
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  put(operation: PutOperation, options?: OperationOptions): void {
    this.#add('put', operation, options, (marshalled) => ({ Put: { ...marshalled, Item: this.#values(operation.Item) } }));
  }

  update(operation: UpdateOperation, options?: OperationOptions): void {
    this.#add('update', operation, options, (marshalled) => ({
      Update: { ...marshalled, Key: this.#values(operation.Key), UpdateExpression: operation.UpdateExpression },
    }));
  }

  delete(operation: DeleteOperation, options?: OperationOptions): void {
    this.#add('delete', operation, options, (marshalled) => ({ Delete: { ...marshalled, Key: this.#values(operation.Key) } }));
  }

  check(operation: CheckOperation, options?: OperationOptions): void {
    this.#add('check', operation, options, (marshalled) => ({
      ConditionCheck: { ...marshalled, Key: this.#values(operation.Key), ConditionExpression: operation.ConditionExpression },
    }));
  }

  emit<T>(contract: EventContract<T>, event: T): void {
    const name = `${contract.name} version ${contract.version}`;
    this.#collect(`emit of ${name}`, {}, () => {
      const index = this.#emitted.get(name) ?? 0;
      this.#emitted.set(name, index + 1);
      return { Put: outboxPut(contract, event, index, this.#outbox) };
    });
  }

  /** Nothing of this event may be written, whatever the handler makes of the error. */
  refuse(error: Error): void {
    this.#refusal ??= error;
  }

  /** The handler failed or was given up: what it still adds goes nowhere. */
  abandon(): void {
    this.#closed = true;
  }

  /** Ends the collecting: what comes later would be lost, so it throws. */
  close(): readonly Operation[] {
    this.#closed = true;
    if (this.#refusal !== undefined) throw this.#refusal;
    return this.#operations;
  }

  #add(
    kind: string,
    operation: Target & Condition,
    options: OperationOptions | undefined,
    build: (marshalled: MarshalledCondition) => TransactWriteItem,
  ): void {
    this.#collect(`${kind} on ${operation.TableName}`, options, () => {
      const { ExpressionAttributeValues: given } = operation;
      return build({
        TableName: operation.TableName,
        ...(operation.ConditionExpression !== undefined && { ConditionExpression: operation.ConditionExpression }),
        ...(operation.ExpressionAttributeNames !== undefined && { ExpressionAttributeNames: { ...operation.ExpressionAttributeNames } }),
        ...(given !== undefined && { ExpressionAttributeValues: this.#expressionValues(given) }),
      });
    });
  }

  #collect(description: string, options: OperationOptions = {}, build: () => TransactWriteItem): void {
    try {
      if (this.#closed) throw new Error('the transaction is closed: await everything before the handler returns');
      const write = build();
      const detail = write.Put ?? write.Update ?? write.Delete ?? write.ConditionCheck!;
      checkExpressions(detail);
      const values = Object.values(detail.ExpressionAttributeValues ?? {}).map((value) => itemBytes({ '': value }));
      const own = itemBytes(('Item' in detail ? detail.Item : detail.Key) ?? {});
      this.#operations.push({
        ...{ write, description, whenConditionFails: options.whenConditionFails ?? 'retry' },
        bytes: values.reduce((sum, bytes) => sum + bytes, own),
        itemBytes: Math.max(own, ...(write.Update === undefined ? [] : values)),
      });
    } catch (error) {
      this.#refusal ??= new InvalidOperationError(`operation ${this.#operations.length} (${description}): ${(error as Error).message}`, {
        cause: error,
      });
      throw this.#refusal;
    }
  }

  #expressionValues(values: Item): Record<string, AttributeValue> {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) throw new Error(`the value of ${name} is undefined`);
    }
    return this.#values(values);
  }

  #values(item: Item): Record<string, AttributeValue> {
    return marshall(item, { removeUndefinedValues: true });
  }
}

interface MarshalledCondition {
  readonly TableName: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}
