import fc from 'fast-check';

/** Random requests on a few keys and attributes, so that they meet often: well-formed ones mostly. */

export interface Request {
  readonly kind: 'TransactWriteItems' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'GetItem' | 'Query';
  readonly input: object;
}

type Value =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { L: { N: string }[] }
  | { M: Record<string, { S: string } | { N: string }> };

const ATTRIBUTES = ['amount', 'note', 'flagged', 'extra'] as const;
const attribute = fc.constantFrom(...ATTRIBUTES);
const number = fc.constantFrom('0', '1', '2', '-3', '10', '0.1', '0.2', '12345678901234567890.5').map((N) => ({ N }));
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: number },
  { weight: 3, arbitrary: fc.constantFrom('', 'a', 'b', 'ä', 'COMPLETED').map((S) => ({ S })) },
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constantFrom<Value>({ L: [{ N: '1' }, { N: '1.0' }] }, { M: { a: { S: 'x' } } }),
  fc.constantFrom<Value>({ M: { a: { N: '1' }, b: { N: '2' } } }, { M: {} }),
);

/** A piece of an expression with the values it brings along. `$` stands where a value goes. */
interface Piece {
  readonly text: string;
  readonly values: readonly Value[];
}

const piece = (text: string, ...values: Value[]): Piece => ({ text, values });
const topLevel = fc.tuple(attribute, fc.boolean()).map(([own, placeholder]) => (placeholder ? `#${own}` : own));
const name = fc.oneof(
  { weight: 5, arbitrary: topLevel },
  { weight: 1, arbitrary: fc.tuple(topLevel, fc.constantFrom('a', '#b')).map(([own, within]) => `${own}.${within}`) },
);
const ordered: fc.Arbitrary<Value> = fc.oneof(
  number,
  fc.constantFrom('a', 'b', 'ä').map((S) => ({ S })),
);

const comparison = fc.oneof(
  fc
    .tuple(name, fc.constantFrom('<', '<=', '>', '>='), ordered)
    .map(([left, comparator, right]) => piece(`${left} ${comparator} $`, right)),
  fc.tuple(name, fc.constantFrom('=', '<>'), value).map(([left, comparator, right]) => piece(`${left} ${comparator} $`, right)),
  fc.tuple(name, fc.constantFrom('=', '<>', '<', '>='), name).map(([left, comparator, right]) => piece(`${left} ${comparator} ${right}`)),
  fc
    .tuple(ordered, fc.constantFrom('=', '<>', '<', '>='), name)
    .map(([left, comparator, right]) => piece(`$ ${comparator} ${right}`, left)),
);

const { condition } = fc.letrec<{ condition: Piece }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'condition' },
    fc
      .tuple(fc.constantFrom('attribute_exists', 'attribute_not_exists'), fc.oneof(name, fc.constant('id')))
      .map(([call, of]) => piece(`${call}(${of})`)),
    comparison,
    fc
      .tuple(tie('condition'), fc.constantFrom('AND', 'OR', 'and', 'Or'), tie('condition'), fc.boolean())
      .map(([left, operator, right, grouped]) =>
        piece(
          grouped ? `(${left.text}) ${operator} (${right.text})` : `${left.text} ${operator} ${right.text}`,
          ...left.values,
          ...right.values,
        ),
      ),
    fc.tuple(tie('condition'), fc.boolean()).map(([of, grouped]) => piece(grouped ? `NOT (${of.text})` : `NOT ${of.text}`, ...of.values)),
  ),
}));

const setValue = fc.oneof(
  { weight: 4, arbitrary: value.map((own) => piece('$', own)) },
  { weight: 4, arbitrary: fc.tuple(name, value).map(([of, otherwise]) => piece(`if_not_exists(${of}, $)`, otherwise)) },
  { weight: 1, arbitrary: name.map((own) => piece(own)) },
);
const addend = fc.oneof(
  { weight: 6, arbitrary: number.map((own) => piece('$', own)) },
  { weight: 4, arbitrary: fc.tuple(name, number).map(([of, otherwise]) => piece(`if_not_exists(${of}, $)`, otherwise)) },
  { weight: 1, arbitrary: name.map((own) => piece(own)) },
);
const assignment = fc.oneof(
  fc.tuple(name, setValue).map(([to, from]) => piece(`${to} = ${from.text}`, ...from.values)),
  fc
    .tuple(name, addend, fc.constantFrom('+', '-'), addend)
    .map(([to, left, operator, right]) => piece(`${to} = ${left.text} ${operator} ${right.text}`, ...left.values, ...right.values)),
);
const list = (element: fc.Arbitrary<Piece>, keyword: string) =>
  fc
    .array(element, { minLength: 1, maxLength: 2 })
    .map((pieces) => piece(`${keyword} ${pieces.map(({ text }) => text).join(', ')}`, ...pieces.flatMap(({ values }) => values)));
const update = fc
  .uniqueArray(
    fc.oneof(
      { weight: 3, arbitrary: list(assignment, 'SET') },
      list(
        name.map((own) => piece(own)),
        'REMOVE',
      ),
      list(
        fc
          .tuple(topLevel, fc.oneof({ weight: 9, arbitrary: number as fc.Arbitrary<Value> }, value))
          .map(([to, own]) => piece(`${to} $`, own)),
        'ADD',
      ),
    ),
    { minLength: 1, maxLength: 2, selector: ({ text }) => text.slice(0, 3) },
  )
  .map((pieces) => piece(pieces.map(({ text }) => text).join(' '), ...pieces.flatMap(({ values }) => values)));

interface Expressions {
  readonly condition?: Piece;
  readonly update?: Piece;
  /** Named and not used, which the service refuses. */
  readonly superfluous: boolean;
}

function parameters({ condition: when, update: changes, superfluous }: Expressions) {
  const values: Record<string, Value> = {};
  const write = (of: Piece) => {
    let next = 0;
    return of.text.replace(/\$/g, () => {
      const placeholder = `:v${Object.keys(values).length}`;
      values[placeholder] = of.values[next++]!;
      return placeholder;
    });
  };
  const ConditionExpression = when && write(when);
  const UpdateExpression = changes && write(changes);
  const used = `${ConditionExpression} ${UpdateExpression}`.match(/#\w+/g) ?? [];
  const names = Object.fromEntries(used.map((placeholder) => [placeholder, placeholder.slice(1)]));
  if (superfluous && when !== undefined) names['#superfluous'] = 'amount';
  return {
    ...(ConditionExpression !== undefined && { ConditionExpression }),
    ...(UpdateExpression !== undefined && { UpdateExpression }),
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

const rarely = fc.integer({ min: 0, max: 29 }).map((drawn) => drawn === 17);
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary });
const guarded = fc.record({ condition: fc.oneof(fc.constant(undefined), condition), superfluous: rarely });

/** An index of the table with a sort key. */
export const INDEX = { name: 'byLane', keyNames: ['lane', 'place'] };

const lane = fc.constantFrom('l1', 'l2').map((S) => ({ S }));
const place = fc.constantFrom('p1', 'p2', 'ä').map((S) => ({ S }));

/** Requests on two tables, one of them with a sort key and an index. */
export function requests(tables: { readonly plain: string; readonly sorted: string }): fc.Arbitrary<Request> {
  const id = fc.constantFrom('a', 'b', 'c').map((S) => ({ S }));
  const at = fc.constantFrom('x', 'y').map((S) => ({ S }));
  const key: fc.Arbitrary<{ TableName: string; Key: Record<string, Value> }> = fc.oneof(
    { weight: 24, arbitrary: id.map((own) => ({ TableName: tables.plain, Key: { id: own } })) },
    { weight: 9, arbitrary: fc.tuple(id, at).map(([own, sort]) => ({ TableName: tables.sorted, Key: { id: own, at: sort } })) },
    { weight: 1, arbitrary: fc.tuple(id, at).map(([own, sort]) => ({ TableName: tables.plain, Key: { id: own, at: sort } })) },
  );
  const attributes = fc.dictionary(attribute, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true });
  const onFailure = fc.constantFrom({}, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  const indexed = fc.oneof(fc.constant({}), fc.record({ lane, place }), fc.record({ lane }));
  const put = fc.tuple(key, attributes, indexed, guarded, onFailure).map(([{ TableName, Key }, own, keys, expressions, failure]) => ({
    TableName,
    Item: { ...own, ...keys, ...Key },
    ...parameters(expressions),
    ...failure,
  }));
  const change = fc
    .tuple(key, update, guarded, onFailure)
    .map(([of, changes, expressions, failure]) => ({ ...of, ...parameters({ ...expressions, update: changes }), ...failure }));
  const remove = fc.tuple(key, guarded, onFailure).map(([of, expressions, failure]) => ({ ...of, ...parameters(expressions), ...failure }));
  const check = fc
    .tuple(key, condition, onFailure)
    .map(([of, when, failure]) => ({ ...of, ...parameters({ condition: when, superfluous: false }), ...failure }));
  const element = fc.oneof(
    { weight: 3, arbitrary: put.map((Put) => ({ Put })) },
    { weight: 3, arbitrary: change.map((Update) => ({ Update })) },
    remove.map((Delete) => ({ Delete })),
    check.map((ConditionCheck) => ({ ConditionCheck })),
  );
  const elements = fc.array(element, { minLength: 1, maxLength: 4 });
  const token = fc.constantFrom('token-1', 'token-2', 'token-3');
  const transact = fc.oneof(
    { weight: 8, arbitrary: fc.record({ TransactItems: elements }) },
    { weight: 1, arbitrary: fc.record({ TransactItems: elements, ClientRequestToken: token }) },
    { weight: 2, arbitrary: fc.record({ TransactItems: fc.constant(SIMPLE_ELEMENTS), ClientRequestToken: token }) },
  );
  const returning = (...wanted: string[]) => seldom(fc.record({ ReturnValues: fc.constantFrom(...wanted) }));
  const move = fc.tuple(key, lane, place).map(([of, to, at]) => ({
    ...of,
    UpdateExpression: 'SET lane = :lane, place = :place',
    ExpressionAttributeValues: { ':lane': to, ':place': at },
  }));
  const leave = key.map((of) => ({ ...of, UpdateExpression: 'REMOVE place' }));
  const bySort = (partition: string, own: fc.Arbitrary<Value>, sort: string, other: fc.Arbitrary<Value>) =>
    fc.tuple(own, fc.constantFrom('', '=', '<', '<=', '>', '>='), other).map(([first, comparator, second]) =>
      comparator === ''
        ? { KeyConditionExpression: `${partition} = :own`, ExpressionAttributeValues: { ':own': first } }
        : {
            KeyConditionExpression: `#own = :own AND #other ${comparator} :other`,
            ExpressionAttributeNames: { '#own': partition, '#other': sort },
            ExpressionAttributeValues: { ':own': first, ':other': second },
          },
    );
  const query = fc
    .tuple(
      fc.oneof(
        bySort('lane', lane, 'place', place).map((keys) => ({ IndexName: INDEX.name, ...keys })),
        bySort('id', id, 'at', at),
      ),
      fc.constantFrom({}, { Limit: 1 }, { Limit: 2 }),
      fc.constantFrom({}, { ScanIndexForward: false }, { ConsistentRead: true }),
    )
    .map(([keys, limit, how]) => ({ TableName: tables.sorted, ...keys, ...limit, ...how }));
  const request = (kind: Request['kind'], ...inputs: fc.Arbitrary<object | undefined>[]) =>
    fc.tuple(...inputs).map((parts): Request => ({ kind, input: Object.assign({}, ...parts) }));
  return fc.oneof(
    { weight: 5, arbitrary: request('TransactWriteItems', transact) },
    { weight: 3, arbitrary: request('PutItem', put, returning('ALL_OLD', 'NONE')) },
    { weight: 3, arbitrary: request('UpdateItem', change, returning('ALL_OLD', 'ALL_NEW')) },
    { weight: 1, arbitrary: request('DeleteItem', remove, returning('ALL_OLD', 'NONE')) },
    { weight: 1, arbitrary: request('GetItem', key, fc.constant({ ConsistentRead: true })) },
    { weight: 1, arbitrary: request('UpdateItem', fc.oneof(move, leave)) },
    { weight: 2, arbitrary: request('Query', query) },
  );
}

/** The same each time, so that a token comes again with the same parameters. */
const SIMPLE_ELEMENTS = [
  {
    Update: {
      TableName: 'plain',
      Key: { id: { S: 'a' } },
      UpdateExpression: 'ADD amount :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  },
];
