import fc from 'fast-check';
import { decimalText, grouped } from '../../../lib/runtime/reconciliation/amounts';
import { breaksCsv } from '../../../lib/runtime/reconciliation/breaks-csv';
import type { Break } from '../../../lib/runtime/reconciliation/contract';
import { difference } from '../../support/reconciliation/register';

const FIELD = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;

/** Reads by RFC 4180 alone. */
function parsed(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (let at = 0; at < csv.length; ) {
    FIELD.lastIndex = at;
    const [whole, quoted, plain] = FIELD.exec(csv)!;
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    at += whole.length;
    if (csv[at] === ',') at += 1;
    else {
      expect(csv.slice(at, at + 2)).toBe('\r\n');
      at += 2;
      rows.push([]);
    }
  }
  return rows.slice(0, -1);
}

function records(breaks: readonly Break[], minorUnits?: Readonly<Record<string, number>>): Record<string, string>[] {
  const [names, ...rows] = parsed([...breaksCsv({ breaks }, minorUnits)].join(''));
  return rows.map((row) => {
    expect(row).toHaveLength(names!.length);
    return Object.fromEntries(row.map((value, index) => [names![index], value]));
  });
}

test('a break is a line with both sides, its amounts in minor units and as decimals', () => {
  expect(records([{ ...difference('a', -1050), also: ['date'], fields: ['note', 'text'] }])).toEqual([
    {
      ...{ id: 'a'.repeat(16), class: 'amount', key_1: 'a', count: '1' },
      ...{
        left_record: '1',
        left_rows: '1',
        left_amount: '10.00',
        left_amount_minor: '1000',
        left_currency: 'EUR',
        left_date: '2026-11-01',
      },
      ...{
        right_record: '2',
        right_rows: '1',
        right_amount: '-0.50',
        right_amount_minor: '-50',
        right_currency: 'EUR',
        right_date: '2026-11-01',
      },
      ...{ difference: '-10.50', difference_minor: '-1050', days: '0', also: 'date', fields: 'note text' },
    },
  ]);
});

test('a side that is missing is empty, and keys have as many columns as the longest', () => {
  const { right: _, ...missing } = difference('a');
  const [first, second] = records([missing, { ...difference('b'), key: ['b', 'account'] }]);
  expect(first).toMatchObject({ key_1: 'a', key_2: '', right_record: '', right_amount: '', right_currency: '' });
  expect(second).toMatchObject({ key_1: 'b', key_2: 'account' });
});

test('an amount of a currency that is not known stands in minor units alone, unless the rules know it', () => {
  const one: Break = { ...difference('a'), left: { record: 1, amountMinor: '12345', currency: 'XBT' } };
  expect(records([one])[0]).toMatchObject({ left_amount: '', left_amount_minor: '12345' });
  expect(records([one], { XBT: 4 })[0]).toMatchObject({ left_amount: '1.2345' });
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\uFF1D1'])('%j is no formula in a spreadsheet', (text) => {
  const one: Break = {
    ...difference('a'),
    class: text,
    key: [text],
    fields: [text],
    left: { record: 1, amountMinor: '1', currency: text },
  };
  const [line] = records([one]);
  expect(line).toMatchObject({ class: `'${text}`, key_1: `'${text}`, fields: `'${text}`, left_currency: `'${text}` });
});

test('a negative amount stays a number', () => {
  expect([...breaksCsv({ breaks: [difference('a', -1)] })][1]).toContain(',-0.01,-1,0,');
});

test('any text comes back as it was, or behind an apostrophe', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', '=', "'", 'é', ' ') }), { minLength: 1 }), (key) => {
      const [line] = records([{ ...difference('a'), key }]);
      for (const [index, text] of key.entries()) {
        const found = line![`key_${index + 1}`]!;
        expect(found === text || found === `'${text}`).toBe(true);
        expect(found).not.toMatch(/^[=+\-@\t\r\n]/);
      }
    }),
  );
});

test.each([
  ['0', 2, '0.00'],
  ['-5', 2, '-0.05'],
  ['1234567', 2, '12,345.67'],
  ['-1234', 0, '-1,234'],
  ['90071992547409931007', 3, '90,071,992,547,409,931.007'],
])('%s minor units of %i decimals are %s to a person', (minor, digits, shown) => {
  expect(grouped(decimalText(minor, digits))).toBe(shown);
});
