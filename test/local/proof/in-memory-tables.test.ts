import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';
import { canonical, type StoredItem } from '../../support/in-memory-table/attribute-values';
import { InMemoryTables } from '../../support/in-memory-table/in-memory-tables';
import { INDEX, type Request, requests } from '../../support/in-memory-table/random-requests';

const COMMANDS = {
  TransactWriteItems: (input: object) => new TransactWriteItemsCommand(input as never),
  PutItem: (input: object) => new PutItemCommand(input as never),
  UpdateItem: (input: object) => new UpdateItemCommand(input as never),
  DeleteItem: (input: object) => new DeleteItemCommand(input as never),
  GetItem: (input: object) => new GetItemCommand(input as never),
  Query: (input: object) => new QueryCommand(input as never),
};
interface Service {
  send(command: never): Promise<object>;
}

/** More of them by hand: BREAKWATER_PROOF_SEQUENCES=1000. */
const SEQUENCES = Number(process.env.BREAKWATER_PROOF_SEQUENCES ?? 60);
const TABLES = { plain: 'plain', sorted: 'sorted' };

function itemText(item: StoredItem | undefined): string | undefined {
  return item && canonical({ M: item });
}

/** What our code could tell apart. */
interface Answer {
  readonly name?: string;
  readonly item?: string;
  readonly attributes?: string;
  readonly page?: readonly (string | undefined)[];
  readonly reasons?: readonly { readonly code?: string; readonly item?: string }[];
}

async function answerOf(service: Service, { kind, input }: Request): Promise<Answer> {
  try {
    if (kind === 'Query') return await pages(service, input);
    const { Item, Attributes } = (await service.send(COMMANDS[kind](input) as never)) as { Item?: StoredItem; Attributes?: StoredItem };
    return { item: itemText(Item), attributes: itemText(Attributes) };
  } catch (error) {
    if (!(error instanceof Error) || !('$metadata' in error)) throw error;
    const { name, Item } = error as Error & { Item?: StoredItem };
    const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
    return { name, item: itemText(Item), reasons: reasons?.map((reason) => ({ code: reason.Code, item: itemText(reason.Item) })) };
  }
}

/** The items of all of them. Whether an empty page follows the last item is left to the service. */
async function pages(service: Service, input: object): Promise<Answer> {
  const found: (string | undefined)[] = [];
  let start: StoredItem | undefined;
  do {
    const { Items, LastEvaluatedKey } = (await service.send(
      COMMANDS.Query({ ...input, ...(start && { ExclusiveStartKey: start }) }) as never,
    )) as { Items: StoredItem[]; LastEvaluatedKey?: StoredItem };
    found.push(...Items.map(itemText));
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return { page: found };
}

/**
 * Where DynamoDB Local is known to differ from the service's documents, by which the in-memory tables go: an update that its item does not allow is a
 * reason there, and a refusal of the whole request here; two operations on one item are refused there first, and here last.
 */
function asLocalAnswers(answer: Answer, { kind, input }: Request): Answer {
  if (kind !== 'TransactWriteItems') return answer;
  const { TransactItems } = input as {
    readonly TransactItems: readonly Record<string, { Key?: StoredItem; Item?: StoredItem; TableName: string }>[];
  };
  const items = TransactItems.map((element) => {
    const { Key, Item, TableName } = Object.values(element)[0]!;
    const { id, at } = (Key ?? Item)!;
    return JSON.stringify([TableName, id, TableName === TABLES.sorted && at]);
  });
  const repeated = new Set(items).size < items.length;
  const impossible = answer.reasons?.some(({ code }) => code === 'ValidationError');
  return answer.name !== undefined && (repeated || impossible) ? { name: 'ValidationException' } : answer;
}

describeWithDynamoDbLocal('the in-memory tables behave like DynamoDB Local', (local) => {
  const memory = new InMemoryTables();
  const counts = { sequences: 0, operations: 0, refusals: {} as Record<string, number> };

  beforeAll(async () => {
    await local().createTable(TABLES.plain);
    await local().createTable(TABLES.sorted, 'at', INDEX);
    memory.createTable(TABLES.plain, 'id');
    memory.createTable(TABLES.sorted, 'id', 'at');
    memory.createIndex(TABLES.sorted, INDEX.name, ...INDEX.keyNames);
  });
  afterAll(() => {
    const refusals = Object.entries(counts.refusals).map(([name, count]) => `${count} ${name}`);
    process.stdout.write(
      `\nin-memory tables against DynamoDB Local: ${counts.operations} operations in ${counts.sequences} sequences, ${refusals.join(', ')}\n`,
    );
  });

  async function compare(request: Request): Promise<void> {
    const expected = asLocalAnswers(await answerOf(local().client as unknown as Service, request), request);
    counts.operations++;
    if (expected.name !== undefined) counts.refusals[expected.name] = (counts.refusals[expected.name] ?? 0) + 1;
    const answer = asLocalAnswers(await answerOf(memory, request), request);
    expect({ request, answer }).toEqual({ request, answer: expected });
  }

  const keys = ['a', 'b', 'c'].flatMap((id) => [
    { TableName: TABLES.plain, Key: { id: { S: id } } },
    ...['x', 'y'].map((at) => ({ TableName: TABLES.sorted, Key: { id: { S: id }, at: { S: at } } })),
  ]);

  /** Gives the sequence keys and tokens that none before it had. */
  function own({ kind, input }: Request, prefix: string): Request {
    const text = JSON.stringify(input).replace(/"(id|lane|:own|:lane)":\{"S":"|"(?=token-)/g, (found) => `${found}${prefix}`);
    return { kind, input: JSON.parse(text) };
  }

  test('by every answer and every item, in random sequences of requests', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(requests(TABLES), { minLength: 1, maxLength: 40, size: 'max' }), async (sequence) => {
        const prefix = `${++counts.sequences}-`;
        for (const request of sequence) await compare(own(request, prefix));
        for (const input of keys) await compare(own({ kind: 'GetItem', input }, prefix));
      }),
      { numRuns: SEQUENCES },
    );
  }, 240_000);
});
