import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { checkExpressions } from '../../../lib/runtime/transaction/expression-check';
import { reservedWords } from '../../../lib/runtime/transaction/reserved-words';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';

/** Texts near the grammar: mostly right, sometimes with a wrong piece in the place of a right one. */
const { condition, update } = fc.letrec<Record<string, string>>((tie) => {
  const spoilt = (right: fc.Arbitrary<string>, ...wrong: string[]) =>
    wrong.length === 0 ? right : fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });
  const name = spoilt(fc.constantFrom('a', 'b', 'list', 'c_1', '#n', '#m'), 'name', 'Value', '1a', '_a', '#', 'NOT', 'a b', '#undefined');
  const path = fc
    .tuple(
      name,
      fc.array(
        fc.oneof(
          name.map((step) => `.${step}`),
          spoilt(fc.constantFrom('[0]', '[12]'), '[a]', '[', '[-1]'),
        ),
        { maxLength: 2, size: 'small' },
      ),
    )
    .map(([first, rest]) => first + rest.join(''));
  const value = spoilt(fc.constantFrom(':number', ':text', ':set', ':list'), ':undefined', ':', "'x'", '1');
  const size = fc.tuple(spoilt(fc.constant('size'), 'SIZE', 'length'), path).map(([fn, operand]) => `${fn}(${operand})`);
  const operand = fc.oneof(
    { weight: 5, arbitrary: path },
    { weight: 5, arbitrary: value },
    { weight: 1, arbitrary: size },
    { weight: 1, arbitrary: path.map((text) => `(${text})`) },
  );
  const comparator = spoilt(fc.constantFrom('=', '<>', '<', '<=', '>', '>='), '==', '!=', '');
  const words = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(' '));
  const word = (text: string, ...wrong: string[]) => spoilt(fc.constantFrom(text, text.toLowerCase()), ...wrong);
  return {
    name,
    simple: fc.oneof(
      words(operand, comparator, operand),
      words(operand, word('BETWEEN', 'IN'), operand, word('AND', ','), operand),
      fc.tuple(operand, fc.array(operand, { minLength: 1, maxLength: 3 })).map(([left, list]) => `${left} IN (${list.join(', ')})`),
      fc
        .tuple(
          spoilt(fc.constantFrom('attribute_exists', 'attribute_not_exists'), 'exists', 'size', 'ATTRIBUTE_EXISTS'),
          spoilt(path, ':text', ''),
        )
        .map(([fn, of]) => `${fn}(${of})`),
      fc
        .tuple(spoilt(fc.constantFrom('begins_with', 'contains'), 'ends_with', 'attribute_exists'), operand, spoilt(value, 'a, b'))
        .map(([fn, of, what]) => `${fn}(${of}, ${what})`),
    ),
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('simple'),
      words(fc.constant('NOT'), tie('condition')),
      tie('condition').map((text) => `(${text})`),
      words(tie('condition'), word('AND', 'XOR', '&&'), tie('condition')),
      words(tie('condition'), word('OR', '||'), tie('condition')),
    ),
    sum: fc.oneof(
      { weight: 3, arbitrary: operand },
      words(operand, spoilt(fc.constantFrom('+', '-'), '*', '||'), operand),
      words(operand, fc.constant('+'), operand).map((text) => `(${text})`),
      fc
        .tuple(spoilt(fc.constantFrom('if_not_exists', 'list_append'), 'coalesce', 'size'), path, operand)
        .map(([fn, of, other]) => `${fn}(${of}, ${other})`),
    ),
    clause: fc.oneof(
      words(
        word('SET', 'PUT'),
        fc.array(words(path, spoilt(fc.constant('='), '+=', ''), tie('sum')), { minLength: 1, maxLength: 3 }).map((all) => all.join(', ')),
      ),
      words(
        word('REMOVE'),
        fc.array(path, { minLength: 1, maxLength: 3 }).map((all) => all.join(', ')),
      ),
      words(word('ADD'), words(path, spoilt(value, 'a'))),
      words(word('DELETE'), words(path, spoilt(value, 'a', '= :set'))),
    ),
    update: fc.array(tie('clause'), { minLength: 1, maxLength: 2 }).map((all) => all.join(' ')),
  };
});

const NAMES = { '#n': 'name', '#m': 'other' };
const VALUES: Record<string, AttributeValue> = { ':number': { N: '1' }, ':text': { S: 'x' }, ':set': { SS: ['x'] }, ':list': { L: [] } };

function usedIn<V>(definitions: Record<string, V>, text: string): Record<string, V> | undefined {
  const used = Object.entries(definitions).filter(([placeholder]) => new RegExp(`${placeholder}(?![A-Za-z0-9_])`).test(text));
  return used.length === 0 ? undefined : Object.fromEntries(used);
}

/** What the check does not look for: types of operands, a few matters of style, and what only the item shows. */
const LEFT_TO_DYNAMODB = new RegExp(
  [
    'Incorrect operand type for operator or function',
    'incorrect data type',
    'requires same data type for lower and upper bounds',
    'BETWEEN operator requires upper bound to be greater',
    'redundant parentheses',
    'first operand must be distinct',
    'Two document paths conflict',
    'document path provided in the update expression is invalid for update',
    'refers to an attribute that does not exist in the item',
  ].join('|'),
);
const RUNS = 300;

describeWithDynamoDbLocal('expressions as DynamoDB reads them', (local) => {
  beforeAll(() => local().createTable('items'));

  async function compare(texts: { readonly ConditionExpression?: string; readonly UpdateExpression?: string }) {
    const text = Object.values(texts).join(' ');
    const operation = {
      Key: { id: { S: 'absent' } },
      ...texts,
      ExpressionAttributeNames: usedIn(NAMES, text),
      ExpressionAttributeValues: usedIn(VALUES, text),
    };
    let ours: string | undefined;
    try {
      checkExpressions(operation);
    } catch (error) {
      ours = (error as Error).message;
    }
    const theirs = await local()
      .client.send(new UpdateItemCommand({ TableName: 'items', ...operation }))
      .then(
        () => undefined,
        (error: Error) => (error.name === 'ValidationException' ? error.message : undefined),
      );
    return { ours, theirs };
  }

  test.each([
    ['ConditionExpression', condition],
    ['UpdateExpression', update],
  ] as const)(
    'what the check refuses in a %s is what DynamoDB refuses',
    async (kind, texts) => {
      const counts = { refused: 0, accepted: 0 };
      await fc.assert(
        fc.asyncProperty(texts!, async (text) => {
          const { ours, theirs } = await compare({ [kind]: text });
          counts[ours === undefined ? 'accepted' : 'refused']++;
          if (ours !== undefined) expect({ text, ours, theirs }).toMatchObject({ theirs: expect.any(String) });
          else if (theirs !== undefined) expect({ text, theirs }).toMatchObject({ theirs: expect.stringMatching(LEFT_TO_DYNAMODB) });
        }),
        { numRuns: RUNS },
      );
      // Both sides of the comparison were reached.
      expect(Math.min(counts.refused, counts.accepted)).toBeGreaterThan(RUNS / 10);
    },
    120_000,
  );

  test('every reserved word is one for DynamoDB too', async () => {
    const words = [...reservedWords()].filter(
      (word) => !['add', 'and', 'between', 'delete', 'in', 'not', 'or', 'remove', 'set'].includes(word),
    );
    expect(words.length).toBeGreaterThan(500);
    for (const chunk of Array.from({ length: 12 }, (_, index) => words.filter((_word, at) => at % 12 === index))) {
      const found = await Promise.all(
        chunk.map(async (word) => ({ word, ...(await compare({ ConditionExpression: `attribute_exists(${word})` })) })),
      );
      expect(found.filter(({ ours, theirs }) => !ours?.includes('reserved word') || !theirs?.includes('reserved keyword'))).toEqual([]);
    }
  }, 60_000);
});
