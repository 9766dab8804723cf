import {
  type CancellationReason,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';
import { MemoryDynamoDb } from '../../support/dynamodb-memory/memory-dynamodb';

/** What differs between two copies of a table if one of them does not behave as DynamoDB: names and numbers come from few, so that they meet. */
const key = fc.constantFrom('a', 'b', 'c').map((id) => ({ id: { S: id } }));
const number = fc.integer({ min: -2, max: 3 }).map((value) => ({ N: String(value) }));
const text = fc.constantFrom('x', 'y', 'xy').map((value) => ({ S: value }));
const set = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 }).map((values) => ({ SS: values }));
const list = fc.array(fc.oneof(number, text), { maxLength: 2 }).map((values) => ({ L: values }));
const attributes = fc
  .record({ n: number, m: number, t: text, s: set, l: list, p: fc.record({ q: number }).map((map) => ({ M: map })) }, { requiredKeys: [] })
  .map((item) => structuredClone(item));

interface Expression {
  readonly text: string;
  readonly values: Record<string, fc.Arbitrary<object>>;
}
const conditions: readonly Expression[] = [
  { text: 'attribute_not_exists(id)', values: {} },
  { text: 'attribute_exists(n) AND n < :n', values: { ':n': number } },
  { text: 'attribute_not_exists(id) OR n < :n OR (t = :t AND m = :m)', values: { ':n': number, ':t': text, ':m': number } },
  { text: 'NOT contains(s, :t)', values: { ':t': text } },
  { text: 'begins_with(t, :t) OR size(l) > :n', values: { ':t': text, ':n': number } },
  {
    text: 'n BETWEEN :n AND :m OR t IN (:t, :u)',
    values: { ':n': fc.constant({ N: '-1' }), ':m': fc.constant({ N: '1' }), ':t': text, ':u': text },
  },
  { text: 'n <> m', values: {} },
  { text: 't <> :t', values: { ':t': text } },
  { text: 's = :s AND p.q >= n', values: { ':s': set } },
  { text: 'l[0] = :n AND attribute_type(p, :type)', values: { ':n': number, ':type': fc.constantFrom({ S: 'M' }, { S: 'N' }) } },
];
const updates: readonly Expression[] = [
  { text: 'SET n = :n, t = :t', values: { ':n': number, ':t': text } },
  {
    text: 'SET n = if_not_exists(m, :n) + :m, l = list_append(if_not_exists(l, :l), :l)',
    values: { ':n': number, ':m': number, ':l': list },
  },
  { text: 'SET m = n, n = :n REMOVE t', values: { ':n': number } },
  { text: 'ADD n :n, s :s', values: { ':n': number, ':s': set } },
  { text: 'ADD m :n DELETE s :s', values: { ':n': number, ':s': set } },
  { text: 'SET p.q = :n REMOVE l[0]', values: { ':n': number } },
  { text: 'SET l[1] = :n', values: { ':n': number } },
];

const expressionOf = (choices: readonly Expression[]) =>
  fc
    .constantFrom(...choices)
    .chain(({ text: expression, values }) =>
      fc.record(values).map((chosen) => ({ expression, values: Object.keys(chosen).length === 0 ? undefined : { ...chosen } })),
    );
const returning = fc.constantFrom('ALL_OLD' as const, 'NONE' as const);
const conditional = fc.option(fc.tuple(expressionOf(conditions), returning), { nil: undefined, freq: 3 }).map(
  (chosen) =>
    chosen && {
      ConditionExpression: chosen[0].expression,
      ...(chosen[0].values && { ExpressionAttributeValues: chosen[0].values }),
      ReturnValuesOnConditionCheckFailure: chosen[1],
    },
);
const put = fc
  .tuple(key, attributes, conditional)
  .map(([Key, item, condition]) => ({ Put: { TableName: 'items', Item: { ...Key, ...item }, ...condition } }));
const remove = fc.tuple(key, conditional).map(([Key, condition]) => ({ Delete: { TableName: 'items', Key, ...condition } }));
const check = fc
  .tuple(
    key,
    conditional.filter((condition) => condition !== undefined),
  )
  .map(([Key, condition]) => ({ ConditionCheck: { TableName: 'items', Key, ...condition! } }));
const update = fc.tuple(key, expressionOf(updates), conditional).map(([Key, { expression, values }, condition]) => {
  // One name, one value: where both expressions use it they use that of the condition.
  const all = { ...values, ...condition?.ExpressionAttributeValues };
  return {
    Update: {
      ...{ TableName: 'items', Key, UpdateExpression: expression, ...condition },
      ...(Object.keys(all).length > 0 && { ExpressionAttributeValues: all }),
    },
  };
});

/** DynamoDB refuses a transaction that names an item twice. DynamoDB Local lets some pass and applies them one after the other, so none is compared. */
function keyIn(write: TransactWriteItem): string {
  const { Put: putting, Update: updating, Delete: removing, ConditionCheck: checking } = write;
  return JSON.stringify((putting?.Item ?? updating?.Key ?? removing?.Key ?? checking?.Key)?.id);
}

type Operation =
  | { readonly single: TransactWriteItem }
  | { readonly together: readonly TransactWriteItem[]; readonly token?: string }
  | { readonly read: object };
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(put, update, remove).map((single) => ({ single: single as TransactWriteItem })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.uniqueArray(fc.oneof(put, update, remove, check), {
          minLength: 1,
          maxLength: 3,
          selector: (write) => keyIn(write as TransactWriteItem),
        }),
        fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
      )
      .map(([together, token]) => ({ together: together as TransactWriteItem[], token })),
  },
  { weight: 1, arbitrary: key.map((Key) => ({ read: { TableName: 'items', Key } })) },
);

describeWithDynamoDbLocal('the table in memory behaves as DynamoDB', (local) => {
  let round = 0;

  test('in random sequences of writes, conditions, transactions and repeated tokens', async () => {
    const met = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 12 }), async (operations) => {
        const name = `items-${++round}`;
        await local().createTable(name);
        const memory = new MemoryDynamoDb();
        memory.createTable(name);
        for (const one of operations) {
          const command = commandOf(renamed(one, name), round);
          const theirs = await outcome(() => local().client.send(command as never));
          const ours = await outcome(() => memory.send(command));
          expect({ operation: one, outcome: ours }).toEqual({ operation: one, outcome: theirs });
          met.set(theirs.name, (met.get(theirs.name) ?? 0) + 1);
        }
        const { Items = [] } = await local().client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
        expect(sorted(memory.items(name))).toEqual(sorted(Items));
      }),
      { numRuns: Number(process.env.RUNS ?? 60) },
    );
    // The sequences reached what they are there for.
    for (const name of ['done', 'ConditionalCheckFailedException', 'TransactionCanceledException', 'ValidationException']) {
      expect([name, met.get(name) ?? 0]).toEqual([name, expect.any(Number)]);
      expect(met.get(name) ?? 0).toBeGreaterThan(3);
    }
  }, 120_000);
});

function renamed(one: Operation, name: string): Operation {
  return JSON.parse(JSON.stringify(one).replaceAll('"TableName":"items"', `"TableName":"${name}"`));
}

function commandOf(one: Operation, round: number) {
  if ('read' in one) return new GetItemCommand({ ...(one.read as { TableName: string; Key: never }), ConsistentRead: true });
  if ('together' in one) {
    return new TransactWriteItemsCommand({
      TransactItems: [...one.together],
      ClientRequestToken: one.token === undefined ? undefined : `${round}-${one.token}`,
    });
  }
  const { Put: putting, Update: updating, Delete: removing } = one.single;
  if (putting !== undefined) return new PutItemCommand(putting);
  return updating === undefined ? new DeleteItemCommand(removing!) : new UpdateItemCommand(updating);
}

async function outcome(
  run: () => Promise<unknown>,
): Promise<{ readonly name: string; readonly item?: unknown; readonly reasons?: unknown }> {
  try {
    const { Item } = (await run()) as { Item?: object };
    return { name: 'done', ...(Item && { item: normal(Item) }) };
  } catch (error) {
    const { name, Item, CancellationReasons } = error as Error & { Item?: object; CancellationReasons?: CancellationReason[] };
    const reasons = CancellationReasons?.map(({ Code, Item: item }) => ({ Code, ...(item && { item: normal(item) }) }));
    return { name, ...(Item && { item: normal(Item) }), ...(reasons && { reasons }) };
  }
}

/** Sets come in any order. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, one) => (name === 'SS' ? [...one].sort() : one)));
}

function sorted(items: readonly object[]): unknown[] {
  return items.map(normal).sort((a, b) => JSON.stringify((a as { id: object }).id).localeCompare(JSON.stringify((b as { id: object }).id)));
}
