import { isDeepStrictEqual } from 'node:util';
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  type ConditionCheck,
  type Delete,
  DynamoDBServiceException,
  type Put,
  TransactionCanceledException,
  type TransactWriteItem,
  type Update,
} from '@aws-sdk/client-dynamodb';
import { ExpressionError, type Item, meets, type Placeholders, updated } from './expressions';

interface Command {
  readonly input: object;
  readonly constructor: { readonly name: string };
}

type Write = Partial<Pick<Put, 'Item'> & Pick<Update, 'Key' | 'UpdateExpression'>> &
  Placeholders & {
    readonly TableName: string;
    readonly ConditionExpression?: string;
    readonly ReturnValuesOnConditionCheckFailure?: string;
  };

type Failure = { readonly kind: 'condition'; readonly item: Item | undefined } | { readonly kind: 'validation'; readonly message: string };

interface Table {
  readonly keys: readonly string[];
  readonly items: Map<string, Item>;
}

/** DynamoDB with the part of its behaviour that the runtime relies on, in this process and at once. Compared with DynamoDB Local in test/local. */
export class MemoryDynamoDb {
  /** Powertools looks whether it is given a client of the SDK. */
  readonly config = {};
  readonly middlewareStack = { identify: () => [], addRelativeTo: () => {} };
  readonly #tables = new Map<string, Table>();
  readonly #tokens = new Map<string, unknown>();

  createTable(name: string, keys: readonly string[] = ['id']): void {
    this.#tables.set(name, { keys, items: new Map() });
  }

  items(table: string): Item[] {
    return [...this.#table(table).items.values()].map((item) => structuredClone(item));
  }

  send = async (command: Command): Promise<unknown> => this.execute(command);

  execute(command: Command): unknown {
    const input = structuredClone(command.input) as Write & {
      readonly TransactItems?: TransactWriteItem[];
      readonly ClientRequestToken?: string;
    };
    switch (command.constructor.name) {
      case 'GetItemCommand': {
        const found = this.#table(input.TableName).items.get(this.#keyOf(input));
        return found === undefined ? {} : { Item: structuredClone(found) };
      }
      case 'PutItemCommand':
        return this.#writeOne('put', input);
      case 'UpdateItemCommand':
        return this.#writeOne('update', input);
      case 'DeleteItemCommand':
        return this.#writeOne('delete', input);
      case 'TransactWriteItemsCommand':
        return this.#writeTogether(input.TransactItems ?? [], input.ClientRequestToken);
      default:
        throw new Error(`the memory table has no ${command.constructor.name}`);
    }
  }

  #writeOne(kind: WriteKind, write: Write): unknown {
    const failure = this.#failureOf(kind, write);
    if (failure?.kind === 'validation') throw validation(failure.message);
    if (failure !== undefined) {
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: METADATA,
        ...returned(write, failure.item),
      });
    }
    this.#apply(kind, write);
    return {};
  }

  #writeTogether(items: readonly TransactWriteItem[], token: string | undefined): unknown {
    if (token !== undefined && this.#tokens.has(token)) {
      if (!isDeepStrictEqual(this.#tokens.get(token), items)) throw named('IdempotentParameterMismatchException');
      return {};
    }
    const writes = items.map(kindAndWrite);
    const touched = writes.map(([, write]) => `${write.TableName} ${this.#keyOf(write)}`);
    if (new Set(touched).size < touched.length) throw validation('Transaction request cannot include multiple operations on one item');
    const failures = writes.map(([kind, write]) => this.#failureOf(kind, write));
    const invalid = failures.find((failure) => failure?.kind === 'validation');
    // As DynamoDB Local does; DynamoDB itself names the item in a reason.
    if (invalid?.kind === 'validation') throw validation(invalid.message);
    if (failures.some((failure) => failure !== undefined)) {
      const reasons = failures.map(
        (failure, index): CancellationReason =>
          failure?.kind === 'condition'
            ? { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', ...returned(writes[index]![1], failure.item) }
            : { Code: 'None' },
      );
      throw new TransactionCanceledException({ message: 'Transaction cancelled', $metadata: METADATA, CancellationReasons: reasons });
    }
    for (const [kind, write] of writes) this.#apply(kind, write);
    if (token !== undefined) this.#tokens.set(token, items);
    return {};
  }

  #failureOf(kind: WriteKind, write: Write): Failure | undefined {
    const before = this.#table(write.TableName).items.get(this.#keyOf(write));
    try {
      if (write.ConditionExpression !== undefined && !meets(write.ConditionExpression, before ?? {}, write))
        return { kind: 'condition', item: before };
      if (kind === 'update') updated(write.UpdateExpression!, before ?? { ...write.Key }, write);
      return undefined;
    } catch (error) {
      if (error instanceof ExpressionError) return { kind: 'validation', message: error.message };
      throw error;
    }
  }

  #apply(kind: WriteKind, write: Write): void {
    const { items } = this.#table(write.TableName);
    const key = this.#keyOf(write);
    switch (kind) {
      case 'put':
        items.set(key, write.Item!);
        return;
      case 'update':
        items.set(key, updated(write.UpdateExpression!, items.get(key) ?? { ...write.Key }, write));
        return;
      case 'delete':
        items.delete(key);
    }
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw named('ResourceNotFoundException');
    return table;
  }

  #keyOf(write: Write): string {
    const attributes = write.Key ?? write.Item ?? {};
    return JSON.stringify(this.#table(write.TableName).keys.map((name) => attributes[name] ?? null));
  }
}

type WriteKind = 'put' | 'update' | 'delete' | 'check';

const METADATA = { httpStatusCode: 400 };

function kindAndWrite({ Put: put, Update: update, Delete: remove, ConditionCheck: check }: TransactWriteItem): [WriteKind, Write] {
  const kinds: [WriteKind, Put | Update | Delete | ConditionCheck | undefined][] = [
    ['put', put],
    ['update', update],
    ['delete', remove],
    ['check', check],
  ];
  const [kind, write] = kinds.find(([, one]) => one !== undefined)!;
  return [kind, write as Write];
}

function returned(write: Write, item: Item | undefined): { readonly Item?: Item } {
  return write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item !== undefined ? { Item: structuredClone(item) } : {};
}

function validation(message: string): Error {
  return new DynamoDBServiceException({ name: 'ValidationException', message, $fault: 'client', $metadata: METADATA });
}

function named(name: string): Error {
  return new DynamoDBServiceException({ name, message: name, $fault: 'client', $metadata: METADATA });
}
