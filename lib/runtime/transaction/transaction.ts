import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { InvalidOperationError } from '../failures';
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
}

/** Collects until it is closed. What a handler could not add is thrown again at the end, so that a swallowed error never commits half an effect. */
export class TransactionCollector implements Transaction {
  readonly #operations: Operation[] = [];
  #refusal: InvalidOperationError | undefined;
  #closed = false;

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
    const description = `${kind} on ${operation.TableName}`;
    try {
      if (this.#closed) throw new InvalidOperationError('the transaction is closed: await everything before the handler returns');
      const { ExpressionAttributeValues: given } = operation;
      const write = build({
        TableName: operation.TableName,
        ...(operation.ConditionExpression !== undefined && { ConditionExpression: operation.ConditionExpression }),
        ...(operation.ExpressionAttributeNames !== undefined && { ExpressionAttributeNames: { ...operation.ExpressionAttributeNames } }),
        ...(given !== undefined && { ExpressionAttributeValues: this.#expressionValues(given) }),
      });
      const detail = write.Put ?? write.Update ?? write.Delete ?? write.ConditionCheck!;
      checkExpressions(detail);
      const values = Object.values(detail.ExpressionAttributeValues ?? {}).map((value) => itemBytes({ '': value }));
      const own = itemBytes(('Item' in detail ? detail.Item : detail.Key) ?? {});
      this.#operations.push({
        ...{ write, description, whenConditionFails: options?.whenConditionFails ?? 'retry' },
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
      if (value === undefined) throw new InvalidOperationError(`the value of ${name} is undefined`);
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
