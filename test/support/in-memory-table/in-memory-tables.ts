import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import type { StoredItem } from './attribute-values';
import { cancelled, conditionFailed, parameterMismatch, tableNotFound, validationException } from './exceptions';
import { type QueryParameters, query } from './query';
import { Table } from './table';
import { type Verdict, Write, type WriteKind, type WriteParameters } from './write';

/** A command of the SDK, as far as a client has to know it. */
export interface SentCommand {
  readonly input: object;
  readonly constructor: { readonly name: string };
}

export interface Change {
  readonly table: string;
  readonly old?: StoredItem;
  readonly next?: StoredItem;
}

type Changed = (change: Change) => void;

/** How long DynamoDB remembers a ClientRequestToken. */
const TOKEN_MILLISECONDS = 10 * 60 * 1000;
const MOST_TRANSACTION_ITEMS = 100;

type TransactionElement = { readonly [kind in WriteKind]?: WriteParameters };

/**
 * DynamoDB's tables in memory, behind the `send` of its client, for the requests of the runtime: each is answered at once and as a whole.
 *
 * A differential test holds it against DynamoDB Local. Not known: reserved words, lists in paths, types of an index's keys, sizes, capacity, traffic that meets other traffic.
 */
export class InMemoryTables {
  readonly #tables = new Map<string, Table>();
  readonly #tokens = new Map<string, { readonly until: number; readonly request: string }>();
  readonly #now: () => number;

  constructor({ now = Date.now }: { readonly now?: () => number } = {}) {
    this.#now = now;
  }

  createTable(name: string, ...keyNames: string[]): void {
    this.#tables.set(name, new Table(keyNames));
  }

  /** Its keys hold text; an item without them is not in it. */
  createIndex(tableName: string, name: string, ...keyNames: string[]): void {
    this.#table(tableName).indexes.set(name, keyNames);
  }

  /** In the order of their keys. */
  items(tableName: string): StoredItem[] {
    const { items } = this.#table(tableName);
    return [...items.keys()].sort().map((key) => items.get(key)!);
  }

  /** Requests that are remembered by their token. */
  tokens(): readonly (readonly [token: string, request: string])[] {
    return [...this.#tokens].filter(([, { until }]) => until > this.#now()).map(([token, { request }]) => [token, request] as const);
  }

  send = async (command: SentCommand): Promise<object> => this.answer(command);

  /**
   * @param changed called for each item that the request wrote
   * @throws what the service answers instead of a result
   */
  answer(command: SentCommand, changed: Changed = () => {}): object {
    const kind = command.constructor.name.replace(/Command$/, '');
    switch (kind) {
      case 'TransactWriteItems':
        return this.#transact(command.input as TransactParameters, changed);
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#write(kind.slice(0, -'Item'.length) as WriteKind, command.input as SingleParameters, changed);
      case 'GetItem':
        return this.#get(command.input as WriteParameters);
      case 'BatchGetItem':
        return this.#getAll(command.input as BatchGetParameters);
      case 'Query':
        return query(this.#table((command.input as QueryParameters).TableName), command.input as QueryParameters);
      default:
        throw new Error(`the in-memory table does not know ${kind}`);
    }
  }

  #get({ TableName, Key }: WriteParameters): object {
    const table = this.#table(TableName);
    const item = table.items.get(table.keyOf(Key ?? {}, 'key'));
    return item === undefined ? {} : { Item: item };
  }

  #getAll({ RequestItems }: BatchGetParameters): object {
    const found = Object.entries(RequestItems).map(([TableName, { Keys }]) => {
      const table = this.#table(TableName);
      const keys = Keys.map((key) => table.keyOf(key, 'key'));
      if (new Set(keys).size < keys.length) throw validationException('Provided list of item keys contains duplicates');
      return [TableName, keys.map((key) => table.items.get(key)).filter((item) => item !== undefined)] as const;
    });
    return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
  }

  #write(kind: WriteKind, parameters: SingleParameters, changed: Changed): object {
    const write = new Write(this.#table(parameters.TableName), kind, parameters);
    const verdict = write.verdict();
    if (verdict.kind === 'condition failed') throw conditionFailed(itemOf(verdict, parameters));
    if (verdict.kind === 'invalid') throw validationException(verdict.message);
    write.apply(verdict.next);
    changed({ table: parameters.TableName!, old: verdict.old, next: verdict.next });
    const attributes = returned(parameters.ReturnValues, verdict);
    return attributes === undefined ? {} : { Attributes: attributes };
  }

  #transact({ TransactItems = [], ClientRequestToken: token }: TransactParameters, changed: Changed): object {
    if (TransactItems.length === 0 || TransactItems.length > MOST_TRANSACTION_ITEMS) {
      throw validationException(`a transaction has 1 to ${MOST_TRANSACTION_ITEMS} items`);
    }
    const elements = TransactItems.map((element) => Object.entries(element)[0] as [WriteKind, WriteParameters]);
    const writes = elements.map(([kind, parameters]) => new Write(this.#table(parameters.TableName), kind, parameters));
    const request = JSON.stringify(TransactItems);
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known !== undefined && known.until > this.#now()) {
      if (known.request !== request) throw parameterMismatch();
      return {};
    }
    if (new Set(writes.map(({ table, key }, index) => `${elements[index]![1].TableName} ${table.keyNames} ${key}`)).size < writes.length) {
      throw validationException('Transaction request cannot include multiple operations on one item');
    }
    const verdicts = writes.map((write) => write.verdict());
    const reasons = verdicts.map((verdict, index) => reasonOf(verdict, elements[index]![1]));
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    for (const [index, verdict] of verdicts.entries()) {
      const { old, next } = verdict as Extract<Verdict, { kind: 'write' }>;
      writes[index]!.apply(next);
      if (elements[index]![0] !== 'ConditionCheck') changed({ table: elements[index]![1].TableName!, old, next });
    }
    if (token !== undefined) this.#tokens.set(token, { until: this.#now() + TOKEN_MILLISECONDS, request });
    return {};
  }

  #table(name: string | undefined): Table {
    const table = this.#tables.get(name ?? '');
    if (table === undefined) throw tableNotFound();
    return table;
  }
}

interface SingleParameters extends WriteParameters {
  readonly ReturnValues?: string;
}

interface BatchGetParameters {
  readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly StoredItem[] }>>;
}

interface TransactParameters {
  readonly TransactItems?: readonly TransactionElement[];
  readonly ClientRequestToken?: string;
}

function returned(wanted: string | undefined, { old, next }: Extract<Verdict, { kind: 'write' }>): StoredItem | undefined {
  switch (wanted) {
    case undefined:
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return old;
    case 'ALL_NEW':
      return next;
    default:
      throw new Error(`the in-memory table does not know ReturnValues ${wanted}`);
  }
}

function itemOf(verdict: Verdict, { ReturnValuesOnConditionCheckFailure: wanted }: WriteParameters): StoredItem | undefined {
  return verdict.kind === 'condition failed' && wanted === 'ALL_OLD' ? verdict.old : undefined;
}

function reasonOf(verdict: Verdict, parameters: WriteParameters): CancellationReason {
  if (verdict.kind === 'write') return { Code: 'None' };
  if (verdict.kind === 'invalid') return { Code: 'ValidationError', Message: verdict.message };
  const item = itemOf(verdict, parameters);
  return { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', ...(item && { Item: item }) };
}
