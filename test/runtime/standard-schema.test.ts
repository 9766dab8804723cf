import { SchemaError } from '../../lib/runtime';
import { type StandardIssue, type StandardSchema, validate } from '../../lib/runtime/standard-schema';

const refusing = (...issues: StandardIssue[]): StandardSchema<unknown> => ({
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) },
});

test('an event is what its schema makes of it, also one that answers later', async () => {
  const schema: StandardSchema<number> = {
    '~standard': { version: 1, vendor: 'test', validate: async (value) => ({ value: Number(value) }) },
  };
  await expect(validate(schema, '5')).resolves.toBe(5);
});

test.each<[string, StandardIssue[], string]>([
  ['a field', [{ message: 'is no number', path: ['lines', 0, { key: 'amount' }] }], 'lines.0.amount: is no number'],
  ['the event itself', [{ message: 'is no object' }], 'the event itself: is no object'],
  ['an empty path', [{ message: 'is no object', path: [] }], 'the event itself: is no object'],
  [
    'two fields',
    [
      { message: 'is missing', path: ['a'] },
      { message: 'is missing', path: [Symbol('b')] },
    ],
    'a: is missing; Symbol(b): is missing',
  ],
  ['five fields', [1, 2, 3, 4, 5].map((at) => ({ message: 'm', path: [at] })), '1: m; 2: m; 3: m; 4: m; 5: m'],
  [
    'more fields than anybody reads',
    [1, 2, 3, 4, 5, 6, 7].map((at) => ({ message: 'm', path: [at] })),
    '1: m; 2: m; 3: m; 4: m; 5: m; and 2 more',
  ],
])('a refusal names %s', async (_name, issues, text) => {
  await expect(validate(refusing(...issues), {})).rejects.toThrow(new SchemaError(`the event was refused by its schema: ${text}`));
});
