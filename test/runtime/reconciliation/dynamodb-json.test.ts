import { gzipSync } from 'node:zlib';
import { partition } from '../../../lib/runtime/reconciliation/partition';
import { LIMITS, RULES, withFiles } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

const item = (attributes: object): string =>
  JSON.stringify({ Item: { reference: { S: 'a' }, amount: { N: '1' }, currency: { S: 'EUR' }, date: { S: '2026-11-01' }, ...attributes } });

const read = (...lines: readonly string[]) =>
  withFiles({ left: { name: 'x.json.gz', content: gzipSync(lines.map((line) => `${line}\n`).join('')) }, right: [] }, ({ left }, folder) =>
    partition({ rules: RULES, side: 'left', file: left, content: 'dynamoDbJson', parts: 1, folder, ...LIMITS }),
  );

test('an item is read as the export of a table writes it', async () => {
  // The documented example's other types stand beside what is read.
  const others = {
    Authors: { SS: ['Author1', 'Author2'] },
    Id: { N: '103' },
    InPublication: { BOOL: false },
    Deep: { M: { amount: { N: '9' }, list: { L: [{ S: '}' }, { NULL: true }] } } },
    Bytes: { B: 'AQID' },
  };
  const { totals, badRows } = await read(item(others), item({ reference: { S: 'say "b", {c}' }, amount: { N: '12.30' } }));
  expect([badRows, totals]).toEqual([[], { rows: 2, badRows: 0, byCurrency: { EUR: '1330' } }]);
});

test.each([
  ['90071992547409931.07', '9007199254740993107'],
  ['0.1', '10'],
  ['-0', '0'],
  ['1.5E+3', '150000'],
  ['25E-2', '25'],
])('the number %s is taken by its text: %s minor units', async (number, minor) => {
  const { totals, badRows } = await read(item({ amount: { N: number } }));
  expect([badRows, totals.byCurrency]).toEqual([[], { EUR: minor }]);
});

test('NULL and an attribute that is not there are empty texts; true and false are texts', async () => {
  const rules = { ...RULES, key: [{ column: 'flag' }, { column: 'none' }, { column: 'nothing' }] };
  const side = (attributes: object) =>
    withFiles({ left: { name: 'x.json', content: `${item(attributes)}\n` }, right: [] }, ({ left }, folder) =>
      partition({ rules, side: 'left', file: left, content: 'dynamoDbJson', parts: 1, folder, ...LIMITS }),
    );
  expect((await side({ flag: { BOOL: true }, none: { NULL: true } })).badRows).toEqual([]);
  expect((await side({ none: { NULL: true } })).badRows).toMatchObject([{ reason: 'the key is empty' }]);
});

test.each([
  ['no export', '{"reference":{"S":"a"}}', 'has no "Item"; a full export in DynamoDB JSON is needed'],
  ['an item twice', '{"Item":{},"Item":{}}', 'has "Item" twice'],
  ['a text as item', '{"Item":"x"}', 'Item: is not a JSON object'],
  ['no JSON', '{"Item":', 'not JSON'],
  ['a list', item({ amount: { L: [] } }), 'amount: is a list; a text, a number, true, false or NULL is needed'],
  ['a set', item({ reference: { NS: ['1'] } }), 'reference: is a set; a text, a number, true, false or NULL is needed'],
  ['a type that is none', item({ amount: { X: '1' } }), 'amount: is of type "X"; a text, a number, true, false or NULL is needed'],
  ['a number that is not in quotes', item({ amount: { N: 1 } }), 'amount: is of type "N"; a text, a number, true, false or NULL is needed'],
  ['a bare value', item({ amount: '1' }), 'amount: is no attribute value; one member is needed, named by its type'],
  ['two types', item({ amount: { N: '1', S: '1' } }), 'amount: is no attribute value; one member is needed, named by its type'],
  ['an attribute twice', item({}).replace('"amount"', '"amount":{"N":"2"},"amount"'), 'has "amount" twice'],
  ['half a character', item({ reference: { S: '\ud83d' } }), 'reference: holds half a character'],
  ['no number', item({ amount: { N: 'NaN' } }), 'amount: is no number'],
  ['no amount', '{"Item":{"reference":{"S":"a"},"currency":{"S":"EUR"},"date":{"S":"2026-11-01"}}}', 'amount: is no number'],
])('%s is a bad row, by record and line', async (_, line, reason) => {
  const { badRows, totals } = await read(item({}), line, item({ reference: { S: 'b' } }));
  expect(badRows).toEqual([{ side: 'left', record: 2, line: 2, reason }]);
  expect(totals.rows).toBe(2);
});
