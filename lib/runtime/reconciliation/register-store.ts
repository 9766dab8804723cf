import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type ConditionCheck,
  type DynamoDBClient,
  QueryCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { RegisterKey } from '../../blocks/contract';
import type { Clock } from '../clock';
import { retrying, writeTogether } from '../idempotency/write-together';
import { getAll } from '../parking/store';
import type { ReconciliationReport } from './contract';
import type { RunFigures } from './figures';
import { type RegisterChange, type RegisterEntry, updateRegister } from './register';

/** With the count and the condition, what fits into one transaction. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const MOST_CHANGES = 98;
/** So many parts has the list of open entries: DynamoDB bounds what one partition of an index takes in a second. Ids are hexadecimal. */
const LIST_PARTS = [...'0123456789abcdef'];
/** Another run changes an entry once for its own report; more often than this nobody is in between. */
const MOST_ROUNDS = 10;

type Item = Readonly<Record<string, AttributeValue>>;

/** How many entries of the register a run has changed, and how. */
export type RegisterCounts = Readonly<Record<RegisterChange['kind'], number>>;

/** A run in whose place a later one was begun: from then on it changes nothing. */
export class RunSuperseded extends Error {
  override readonly name = 'RunSuperseded';
}

const countId = (run: string): string => `changes#${run}`;

/**
 * The break register in DynamoDB.
 *
 * A run may stop at any request and be started again, and two may run at once: each entry is written on the condition that it is what the change was made from, and what
 * is refused is read and decided again. The list of open entries lags behind and only names them: they are read again, consistently.
 */
export class RegisterStore {
  readonly #table: string;
  readonly #clients: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock };

  constructor(tableName: string, clients: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock }) {
    this.#table = tableName;
    this.#clients = clients;
  }

  /** Entries that are open, by id. */
  async open(reconciliation: string): Promise<readonly RegisterEntry[]> {
    return (await this.#entries(await this.#openIds(reconciliation))).filter(({ state }) => state === 'open');
  }

  /** Entries by their ids, those that there are. */
  async entries(ids: readonly string[]): Promise<readonly RegisterEntry[]> {
    return this.#entries(ids);
  }

  /**
   * Brings the register up to a report. The same report again writes nothing.
   *
   * @param run under what its changes are counted
   * @param condition on another item of the table, under which the run may change anything
   * @returns what was changed by this call
   * @throws RunSuperseded when the condition does not hold
   * @throws Error when other runs change the same entries all the time
   */
  async apply(
    report: Pick<ReconciliationReport, 'name' | 'date' | 'breaks'>,
    run?: string,
    condition?: ConditionCheck,
  ): Promise<readonly RegisterChange[]> {
    const done: RegisterChange[] = [];
    let ids = [...new Set([...(await this.#openIds(report.name)), ...report.breaks.map(({ id }) => id)])];
    for (let round = 1; ids.length > 0; round += 1) {
      if (round > MOST_ROUNDS)
        throw new Error(`${report.name}, ${report.date}: other runs keep changing the register: ${ids.slice(0, 5).join(', ')}`);
      const wanted = new Set(ids);
      const changes = updateRegister(await this.#entries(ids), { ...report, breaks: report.breaks.filter(({ id }) => wanted.has(id)) });
      const refused: string[] = [];
      for (let at = 0; at < changes.length; at += MOST_CHANGES) {
        const batch = changes.slice(at, at + MOST_CHANGES);
        const counted = run === undefined ? [] : [this.#count(run, batch)];
        const reasons = await this.#writeOn(condition, [...batch.map((change) => this.#write(change)), ...counted]);
        if (reasons === undefined) done.push(...batch);
        else refused.push(...batch.map(({ after }) => after.id));
      }
      ids = refused;
    }
    return done;
  }

  /** What a run has changed, over all its calls of `apply`: each change is counted in the transaction that makes it, so none twice and none not. */
  async changesOf(run: string): Promise<RegisterCounts> {
    const [item] = await this.#get([countId(run)]);
    const of = (kind: keyof RegisterCounts): number => Number(item?.[kind]?.N ?? 0);
    return { opened: of('opened'), reopened: of('reopened'), seen: of('seen'), changed: of('changed'), closed: of('closed') };
  }

  /**
   * Sets who sees to a break, and what is to be said of it; an empty text takes it away, an absent one leaves it.
   *
   * @throws Error when there is no such break
   */
  async annotate(id: string, { owner, note }: { readonly owner?: string; readonly note?: string }): Promise<void> {
    const given = Object.entries({ owner, note }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    if (given.length === 0) return;
    const update = expressionOf(Object.fromEntries(given.map(([name, value]) => [name, value === '' ? undefined : value])));
    try {
      await retrying(this.#clients.dynamoDb, this.#clients.clock).send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: { [RegisterKey.PARTITION]: { S: id } },
          ...update,
          ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#id': RegisterKey.PARTITION },
          ConditionExpression: 'attribute_exists(#id)',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new Error(`the register has no break ${id}`, { cause: error });
    }
  }

  /**
   * Keeps what a run comes to. The same figures again write nothing.
   *
   * @param condition on another item of the table, under which the run may change anything
   * @throws RunSuperseded when the condition does not hold
   */
  async recordRun(reconciliation: string, figures: RunFigures, condition?: ConditionCheck): Promise<void> {
    const id = `run#${reconciliation}#${figures.date}`;
    const item: Item = {
      ...marshall({ figures: JSON.stringify(figures) }),
      [RegisterKey.PARTITION]: { S: id },
      [RegisterKey.INDEX_PARTITION]: { S: `runs#${reconciliation}` },
      [RegisterKey.INDEX_SORT]: { S: figures.date },
    };
    const [known] = await this.#get([id]);
    if (known?.figures?.S === item.figures!.S) return;
    await this.#writeOn(condition, [{ Put: { TableName: this.#table, Item: item } }]);
  }

  /** Figures of the last runs, the earliest first. @param most how many */
  async runs(reconciliation: string, most: number): Promise<readonly RunFigures[]> {
    const { Items = [] } = await this.#clients.dynamoDb.send(
      new QueryCommand({ ...this.#list(`runs#${reconciliation}`), ScanIndexForward: false, Limit: most }),
    );
    return Items.map(({ figures }) => JSON.parse(figures!.S!) as RunFigures).reverse();
  }

  /** @returns undefined when all is written, else why not */
  async #writeOn(condition: ConditionCheck | undefined, items: readonly TransactWriteItem[]) {
    const conditions = condition === undefined ? [] : [{ ConditionCheck: condition }];
    const reasons = await writeTogether([...conditions, ...items], this.#clients);
    if (condition !== undefined && reasons?.[0]?.Code === 'ConditionalCheckFailed') throw new RunSuperseded('a later run was begun');
    return reasons;
  }

  async #openIds(reconciliation: string): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const part of LIST_PARTS) {
      let from: Record<string, AttributeValue> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await this.#clients.dynamoDb.send(
          new QueryCommand({ ...this.#list(`open#${reconciliation}#${part}`), ...(from && { ExclusiveStartKey: from }) }),
        );
        ids.push(...Items.map((item) => item[RegisterKey.PARTITION]!.S!));
        from = LastEvaluatedKey;
      } while (from !== undefined);
    }
    return ids;
  }

  #list(partition: string) {
    return {
      TableName: this.#table,
      IndexName: RegisterKey.INDEX,
      KeyConditionExpression: '#list = :list',
      ExpressionAttributeNames: { '#list': RegisterKey.INDEX_PARTITION },
      ExpressionAttributeValues: { ':list': { S: partition } },
    };
  }

  async #entries(ids: readonly string[]): Promise<readonly RegisterEntry[]> {
    return (await this.#get(ids)).map((item) => {
      const { [RegisterKey.INDEX_PARTITION]: _, [RegisterKey.INDEX_SORT]: __, ...entry } = unmarshall(item);
      return entry as RegisterEntry;
    });
  }

  #get(ids: readonly string[]): Promise<Item[]> {
    return getAll(
      this.#clients.dynamoDb,
      this.#table,
      ids.map((id) => ({ [RegisterKey.PARTITION]: { S: id } })),
    );
  }

  #count(run: string, changes: readonly RegisterChange[]): TransactWriteItem {
    const counts = new Map<string, number>();
    for (const { kind } of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const kinds = [...counts.keys()];
    return {
      Update: {
        TableName: this.#table,
        Key: { [RegisterKey.PARTITION]: { S: countId(run) } },
        UpdateExpression: `ADD ${kinds.map((kind) => `#${kind} :${kind}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(kinds.map((kind) => [`#${kind}`, kind])),
        ExpressionAttributeValues: marshall(Object.fromEntries(kinds.map((kind) => [`:${kind}`, counts.get(kind)]))),
      },
    };
  }

  /** Sets what runs know of an entry, and leaves what people set. */
  #write({ before, after }: RegisterChange): TransactWriteItem {
    const { id, owner, note, ...known } = after;
    const isOpen = after.state === 'open';
    const update = expressionOf({
      ...Object.fromEntries(OPTIONAL.map((name) => [name, undefined])),
      ...known,
      [RegisterKey.INDEX_PARTITION]: isOpen ? `open#${after.reconciliation}#${id.slice(0, 1)}` : undefined,
      [RegisterKey.INDEX_SORT]: isOpen ? id : undefined,
    });
    return {
      Update: {
        TableName: this.#table,
        Key: { [RegisterKey.PARTITION]: { S: id } },
        UpdateExpression: update.UpdateExpression,
        ConditionExpression: before === undefined ? 'attribute_not_exists(#revision)' : '#revision = :before',
        ExpressionAttributeNames: update.ExpressionAttributeNames,
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...(before && { ':before': { N: String(before.revision) } }) },
      },
    };
  }
}

/** Facts that an entry may lose. */
const OPTIONAL: ReadonlyArray<keyof RegisterEntry> = ['left', 'right', 'differenceMinor', 'days', 'also', 'fields', 'closed'];

/** Sets each attribute to its value, and removes those without one. */
function expressionOf(attributes: Readonly<Record<string, unknown>>) {
  const names = Object.keys(attributes);
  const sets = names.filter((name) => attributes[name] !== undefined);
  const removed = names.filter((name) => attributes[name] === undefined);
  const values = marshall(Object.fromEntries(sets.map((name) => [`:${name}`, attributes[name]])), { removeUndefinedValues: true });
  return {
    UpdateExpression: [
      ...(sets.length === 0 ? [] : [`SET ${sets.map((name) => `#${name} = :${name}`).join(', ')}`]),
      ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`]),
    ].join(' '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ...(sets.length > 0 && { ExpressionAttributeValues: values }),
  };
}
