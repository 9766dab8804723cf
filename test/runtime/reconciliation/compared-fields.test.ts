import type { ComparedField, ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { agreeInField, fieldsAgree } from '../../../lib/runtime/reconciliation/compared-fields';
import { Database } from '../../../lib/runtime/reconciliation/database';
import { csvOf, LIMITS, type Row, RULES, reconciled } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

const row = (more: Partial<Row>): Row => ({ reference: 'a', amount: '1', ...more });
const by = (...fields: readonly ComparedField[]): ReconciliationRules => ({ ...RULES, fields });

/** Pairs of one row a side; with a second row under the key, they are not decided at first sight. */
async function pairs(left: Partial<Row>, right: Partial<Row>, rules: ReconciliationRules): Promise<number> {
  const alone = await reconciled([row(left)], [row(right)], rules);
  const other = row({ amount: '99' });
  const among = await reconciled([row(left), other], [other, row(right)], rules);
  expect(among.matched.pairs).toBe(alone.matched.pairs + 1);
  return alone.matched.pairs;
}

describe('numbers', () => {
  const rate = (tolerance?: object): ReconciliationRules => by({ column: 'rate', number: { ...(tolerance && { tolerance }) } });

  test.each<[string, string, object | undefined, number]>([
    ['1.50', '1.5', undefined, 1],
    ['-0.0', '0', undefined, 1],
    ['+007', '7.000', undefined, 1],
    ['1.5', '1.51', undefined, 0],
    ['1.5', '1.51', { absolute: '0.01' }, 1],
    ['1.5', '1.510000000001', { absolute: '0.01' }, 0],
    ['-1.5', '-1.51', { absolute: '0.01' }, 1],
    ['-1', '1', { absolute: '1.9' }, 0],
    ['200', '199', { percent: '0.5' }, 1],
    ['200', '198.999999', { percent: '0.5' }, 0],
    ['200', '198', { percent: '0.5', absolute: '2' }, 1],
    ['999999999999999', '0', { percent: '100' }, 1],
    ['', '', { absolute: '5' }, 1],
    ['', '0', { absolute: '5' }, 0],
  ])('%s and %s within %j: %i pairs', async (left, right, tolerance, expected) => {
    expect(await pairs({ rate: left }, { rate: right }, rate(tolerance))).toBe(expected);
  });

  test.each(['x', '1,5', '1.', '1e3', '1'.repeat(16), `0.${'1'.repeat(13)}`])('%s is a bad row', async (text) => {
    const { badRows } = await reconciled(csvOf([row({ rate: text }), row({ rate: '1' })]), [row({ rate: '1' })], rate());
    expect(badRows).toEqual([
      { side: 'left', record: 1, line: 2, reason: 'rate: no number of at most 15 digits before and 12 behind the decimal point' },
    ]);
  });

  test('the report shows the number, and what differs is a break of class field', async () => {
    const { breaks } = await reconciled([row({ rate: '1.250' })], [row({ rate: '1.3' })], rate({ absolute: '0.01' }));
    expect(breaks).toMatchObject([
      { class: 'field', fields: ['rate'], left: { fields: { rate: '1.25' } }, right: { fields: { rate: '1.3' } } },
    ]);
  });
});

describe('dates', () => {
  const settled = (toleranceDays?: number): ReconciliationRules =>
    by({ column: 'settled', date: { formats: ['YYYY-MM-DD', 'DD.MM.YYYY'], ...(toleranceDays !== undefined && { toleranceDays }) } });

  test.each<[string, string, number | undefined, number]>([
    ['2026-11-03', ' 03.11.2026', undefined, 1],
    ['2026-10-24', '2026-10-26', 2, 1],
    ['2026-10-24', '2026-10-27', 2, 0],
    ['', '', 2, 1],
    ['', '2026-10-27', 2, 0],
  ])('%s and %s within %s days: %i pairs', async (left, right, days, expected) => {
    expect(await pairs({ settled: left }, { settled: right }, settled(days))).toBe(expected);
  });

  test('a day that no calendar has is a bad row', async () => {
    const { badRows } = await reconciled([row({ settled: '2026-02-30' }), row({})], [row({})], settled());
    expect(badRows).toMatchObject([{ record: 1, reason: 'settled: no date of the calendar in the format asked for' }]);
  });
});

test('a class of ones own is for breaks in which nothing but its fields differs', async () => {
  const rules: ReconciliationRules = {
    ...by({ column: 'rate', number: {} }, { column: 'note' }),
    classes: [{ name: 'rate_off', of: ['field'], fields: ['rate'] }],
  };
  const classes = async (right: Partial<Row>): Promise<readonly string[]> =>
    (await reconciled([row({ rate: '1', note: 'x' })], [row(right)], rules)).breaks.map((one) => one.class);
  expect(await classes({ rate: '2', note: 'x' })).toEqual(['rate_off']);
  expect(await classes({ rate: '2', note: 'y' })).toEqual(['field']);
  expect(await classes({ rate: '2', note: 'x', amount: '5' })).toEqual(['amount']);
});

test('the database decides as the code does, at the largest numbers as well', async () => {
  const database = await Database.open({ ...LIMITS, temporaryDirectory: '/tmp' });
  const values = [
    '0',
    '0.000000000001',
    '-0.000000000001',
    '999999999999999.999999999999',
    '-999999999999999.999999999999',
    '3',
    '2.97',
    '',
  ];
  const fields: readonly ComparedField[] = [
    { column: 'x', number: { tolerance: { absolute: '0.000000000002' } } },
    { column: 'x', number: { tolerance: { percent: '1' } } },
    { column: 'x', number: { tolerance: { percent: '999.999999', absolute: '1' } } },
  ];
  try {
    for (const field of fields)
      for (const left of values)
        for (const right of values) {
          const [found] = await database.rows<{ readonly same: boolean }>(
            `SELECT ${fieldsAgree(field, `'${left}'`, `'${right}'`)} AS same`,
          );
          expect({ left, right, same: found!.same }).toEqual({ left, right, same: agreeInField(field)(left, right) });
        }
  } finally {
    database.close();
  }
});
