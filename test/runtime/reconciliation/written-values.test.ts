import fc from 'fast-check';
import type { AmountRule, ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { DATE_FORMATS } from '../../../lib/reconciliation-rules/rules-schema';
import { rules, side } from '../../support/reconciliation/arbitrary';
import { csvOf, type Row, RULES, reconciled } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

const GOOD: Row = { reference: 'good', amount: '1', sign: 'C' };
const amounts = (change: Partial<AmountRule>): ReconciliationRules => ({ ...RULES, amount: { ...RULES.amount, ...change } });

/** Minor units of one row of the left side, or why it is bad. */
async function read(row: Partial<Row>, rules: ReconciliationRules): Promise<string> {
  const { badRows, totals } = await reconciled(csvOf([{ reference: 'a', amount: '0', ...row }, GOOD]), [GOOD], rules);
  return badRows[0]?.reason ?? String(BigInt(totals.left.byCurrency.EUR!) - 100n);
}

/** As a bank writes them: `1.234,50` beside `D` or `C`, and days as `21.11.2026`. */
function asBank(row: Row): Row {
  const isBelow = row.amount.startsWith('-');
  const [whole, cents] = row.amount.replace('-', '').split('.') as [string, string];
  const amount = `${whole.replace(/\B(?=(\d{3})+$)/g, '.')},${cents}`;
  return { ...row, amount, sign: isBelow ? 'D' : 'C', date: row.date!.split('-').reverse().join('.') };
}

test('how a side writes its values changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, rules, fc.integer({ min: 0, max: 3 }), async (left, right, given, digits) => {
      const larger = (rows: readonly Row[]): Row[] =>
        rows.map((row) => ({ ...row, amount: (Number(row.amount) * 10 ** digits * 11).toFixed(2) }));
      const written: ReconciliationRules = {
        ...given,
        amount: {
          ...given.amount,
          decimal: { left: '.', right: ',' },
          thousands: { left: ',', right: '.' },
          sign: { column: 'sign', negative: ['D'], positive: ['C'], side: 'right' },
        },
        date: { ...given.date!, formats: ['YYYY-MM-DD', 'DD.MM.YYYY'] },
      };
      const plain = await reconciled(larger(left), larger(right), given);
      expect(plain.badRows).toEqual([]);
      expect(JSON.stringify(await reconciled(larger(left), larger(right).map(asBank), written))).toBe(JSON.stringify(plain));
    }),
    { numRuns: Number(process.env.BREAKWATER_RECONCILIATION_RUNS ?? 6) },
  );
});

describe('numbers of another style', () => {
  test.each<[string, Partial<AmountRule>, string]>([
    ['1234,56', { decimal: ',' }, '123456'],
    ['-0,05', { decimal: ',' }, '-5'],
    ['12', { decimal: ',' }, '1200'],
    ['1.234.567,8', { decimal: ',', thousands: '.' }, '123456780'],
    ['1234567,8', { decimal: ',', thousands: '.' }, '123456780'],
    ['1,234.56', { thousands: ',' }, '123456'],
    ["1'234.56", { thousands: "'" }, '123456'],
    ['1’234.56', { thousands: "'" }, '123456'],
    ['1 234,56', { decimal: ',', thousands: ' ' }, '123456'],
    ['1\u202f234,56', { decimal: ',', thousands: ' ' }, '123456'],
    ['90.071.992.547.409.931,07', { decimal: ',', thousands: '.' }, '9007199254740993107'],
  ])('%s by %j is %s minor units', async (amount, style, minor) => {
    expect(await read({ amount }, amounts(style))).toBe(minor);
  });

  test.each<[string, Partial<AmountRule>, string]>([
    ['1.5', { decimal: ',' }, 'amount: is no number with "," before decimals and nothing between thousands'],
    ['1.23,4', { decimal: ',', thousands: '.' }, 'amount: is no number with "," before decimals and "." between thousands'],
    ['1.234.56', { decimal: ',', thousands: '.' }, 'amount: is no number with "," before decimals and "." between thousands'],
    ['1,2345', { thousands: ',' }, 'amount: is no number with "." before decimals and "," between thousands'],
    [',234', { thousands: ',' }, 'amount: is no number with "." before decimals and "," between thousands'],
    ['1,005', { decimal: ',' }, 'amount: has more decimals than EUR'],
  ])('%s by %j is a bad row', async (amount, style, reason) => {
    expect(await read({ amount }, amounts(style))).toBe(reason);
  });

  test('each side may have its own', async () => {
    const rules = amounts({ decimal: { left: ',', right: '.' }, thousands: { left: '.', right: ',' } });
    const report = await reconciled([{ reference: 'a', amount: '1.234,5' }], [{ reference: 'a', amount: '1,234.50' }], rules);
    expect(report.matched.pairs).toBe(1);
  });

  test('fields as well', async () => {
    const rules: ReconciliationRules = { ...RULES, fields: [{ column: 'rate', number: { decimal: { left: ',', right: '.' } } }] };
    const report = await reconciled([{ reference: 'a', amount: '1', rate: '1,50' }], [{ reference: 'a', amount: '1', rate: '1.5' }], rules);
    expect(report.matched.pairs).toBe(1);
  });
});

describe('a column that says debit or credit', () => {
  const sign = { column: 'sign', negative: ['D', 'dbit '], positive: ['C', 'CRDT'] } as const;

  test.each([
    ['5', 'D', '-500'],
    ['5', ' crdt', '500'],
    ['+5', 'DBIT', '-500'],
    ['-0.00', 'D', '0'],
    ['90071992547409931.07', 'D', '-9007199254740993107'],
    ['5', '', 'amount: its sign  is in neither list of amount.sign'],
    ['5', 'X', 'amount: its sign X is in neither list of amount.sign'],
    ['-5', 'D', 'amount: has a sign of its own beside that of sign'],
    ['x', 'D', 'amount: is no number'],
  ])('%s %p is %s', async (amount, side, expected) => {
    expect(await read({ amount, sign: side }, amounts({ sign }))).toBe(expected);
  });

  test('turns the other way for the side that is negated', async () => {
    const { totals } = await reconciled([{ reference: 'a', amount: '5', sign: 'D' }], [GOOD], amounts({ sign, negated: 'left' }));
    expect([totals.left.byCurrency, totals.right.byCurrency]).toEqual([{ EUR: '500' }, { EUR: '100' }]);
  });

  test('one side may have it alone', async () => {
    const rules = amounts({ sign: { ...sign, side: 'right' } });
    const right = 'reference,amount,currency,date,sign\na,5,EUR,2026-11-01,D\n';
    const report = await reconciled('reference,amount,currency,date\na,-5,EUR,2026-11-01\n', right, rules);
    expect([report.badRows, report.matched.pairs]).toEqual([[], 1]);
  });
});

describe('dates', () => {
  const WRITTEN: Readonly<Record<(typeof DATE_FORMATS)[number], string>> = {
    'YYYY-MM-DD': '2026-03-09',
    'YYYY/MM/DD': '2026/03/09',
    'DD.MM.YYYY': '09.03.2026',
    'DD/MM/YYYY': '09/03/2026',
    'DD-MM-YYYY': '09-03-2026',
    'MM/DD/YYYY': '03/09/2026',
    'MM-DD-YYYY': '03-09-2026',
    'DD MMM YYYY': '09 mar 2026',
    'DD-MMM-YYYY': '09-Mar-2026',
    YYYYMMDD: '20260309',
    DDMMYYYY: '09032026',
    'DD.MM.YY': '09.03.26',
    'DD/MM/YY': '09/03/26',
    'MM/DD/YY': '03/09/26',
    YYMMDD: '260309',
    'YYYY-MM-DDTHH:mm:ss': '2026-03-09T23:59:59.123+02:00',
  };
  const dayBy = async (format: string, date: string): Promise<string> => {
    const rules: ReconciliationRules = { ...RULES, date: { column: { left: 'date', right: 'settled' }, formats: [format] } };
    const right = 'reference,amount,currency,settled\nz,1,EUR,x\ny,1,EUR,x\n';
    const { badRows, breaks, inTransit } = await reconciled(csvOf([{ reference: 'a', amount: '1', date }]), right, rules);
    return badRows.find(({ side }) => side === 'left')?.reason ?? (breaks[0]?.left ?? inTransit[0]!.row).date!;
  };

  test.each(DATE_FORMATS)('%s is read', async (format) => {
    expect(await dayBy(format, WRITTEN[format])).toBe('2026-03-09');
  });

  test.each([
    ['YYMMDD', '690101', '2069-01-01'],
    ['DD.MM.YY', '31.12.99', '2099-12-31'],
    ['YYYY-MM-DDTHH:mm:ss', '2026-03-09 00:00', '2026-03-09'],
  ])('%s %s is %s', async (format, text, day) => {
    expect(await dayBy(format, text)).toBe(day);
  });

  test.each([
    ['YYYY/MM/DD', '2026/13/01'],
    ['DD-MMM-YYYY', '09-Foo-2026'],
    ['DDMMYYYY', '30022026'],
    ['DD.MM.YY', '31.11.26'],
    ['YYMMDD', '260230'],
    ['YYYY-MM-DDTHH:mm:ss', '2026-02-30T00:00:00'],
    ['YYYY-MM-DDTHH:mm:ss', '2026-02-03T24:00:00'],
    ['YYYY-MM-DDTHH:mm:ss', '2026-02-03'],
  ])('%s %s is a bad row', async (format, text) => {
    expect(await dayBy(format, text)).toBe('date: no date of the calendar in the format asked for');
  });
});
