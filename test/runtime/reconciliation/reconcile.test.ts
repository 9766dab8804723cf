import type { ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { broken, csvOf, RULES, reconciled } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

test('rows of one key that agree are a pair, whatever their order, case and outer white space', async () => {
  const report = await reconciled(
    [
      { reference: ' Ab1', amount: '10.5' },
      { reference: 'c2', amount: '3' },
    ],
    [
      { reference: 'C2 ', amount: '3.00' },
      { reference: 'aB1', amount: '10.50' },
    ],
  );
  expect(report.matched).toEqual({ pairs: 2, oneToMany: 0, manyToOne: 0 });
  expect(report.breaks).toEqual([]);
  expect(report.totals.left).toEqual({ rows: 2, badRows: 0, byCurrency: { EUR: '1350' } });
});

test('other text is compared as it stands', async () => {
  const rules: ReconciliationRules = { ...RULES, fields: [{ column: 'note' }] };
  const report = await reconciled([{ reference: 'a', amount: '1', note: 'Rent' }], [{ reference: 'a', amount: '1', note: 'rent' }], rules);
  expect(report.breaks).toMatchObject([{ class: 'field', fields: ['note'] }]);
  const { breaks } = await reconciled(
    [{ reference: 'a', amount: '1', note: ' Rent  paid' }],
    [{ reference: 'a', amount: '1', note: 'rent paid' }],
    { ...rules, fields: [{ column: 'note', normalise: ['trim', 'lowerCase', 'collapseSpaces'] }] },
  );
  expect(breaks).toEqual([]);
});

describe('amounts', () => {
  test.each([
    ['EUR', '10.5', '1050'],
    ['EUR', '-0.05', '-5'],
    ['EUR', '-0.00', '0'],
    ['EUR', '00.50', '50'],
    ['EUR', '+3', '300'],
    ['KWD', '1.234', '1234'],
    ['JPY', '100', '100'],
    ['EUR', '90071992547409931.07', '9007199254740993107'],
  ])('%s %s is %s minor units', async (currency, amount, minor) => {
    const rows = [{ reference: 'a', amount, currency }];
    const { totals, badRows } = await reconciled(rows, rows);
    expect(badRows).toEqual([]);
    expect(totals.left.byCurrency).toEqual({ [currency]: minor });
  });

  test.each([
    ['EUR', '1.005', 'amount: has more decimals than EUR'],
    ['JPY', '1.0', 'amount: has more decimals than JPY'],
    ['JPY', '1.00', 'amount: has more decimals than JPY'],
    ['EUR', '1e3', 'amount: is no number'],
    ['EUR', '1.50 x', 'amount: is no number'],
    ['EUR', '1,000', 'amount: is no number'],
    ['EUR', '', 'amount: is no number'],
    ['EUR', '--1', 'amount: is no number'],
    ['EUR', '9'.repeat(30), 'amount: has too many digits'],
    ['ZZZ', '1', 'amount: the currency ZZZ is not known; name its decimals in minorUnits'],
  ])('%s %s is a bad row', async (currency, amount, reason) => {
    const good = { reference: 'good', amount: '1' };
    const { badRows, totals, matched } = await reconciled([{ reference: 'bad', amount, currency }, good], [good]);
    expect(badRows).toEqual([{ side: 'left', record: 1, line: 2, reason }]);
    expect({ rows: totals.left.rows, pairs: matched.pairs }).toEqual({ rows: 1, pairs: 1 });
  });

  test('a tolerance includes its edge', async () => {
    const pair = (difference: number, tolerance: object) =>
      reconciled([{ reference: 'a', amount: '200.00' }], [{ reference: 'a', amount: String((20_000 - difference) / 100) }], {
        ...RULES,
        amount: { ...RULES.amount, tolerance },
      }).then((report) => report.matched.pairs);
    expect(await pair(5, { minor: 5 })).toBe(1);
    expect(await pair(6, { minor: 5 })).toBe(0);
    expect(await pair(100, { percent: '0.5' })).toBe(1);
    expect(await pair(101, { percent: '0.5' })).toBe(0);
    expect(await pair(101, { percent: '0.5', minor: 101 })).toBe(1);
  });

  test('different currencies never agree', async () => {
    const rules = { ...RULES, amount: { ...RULES.amount, tolerance: { minor: 1_000_000 } } };
    const report = await reconciled(
      [{ reference: 'a', amount: '1', currency: 'EUR' }],
      [{ reference: 'a', amount: '1', currency: 'USD' }],
      rules,
    );
    expect(report.breaks).toMatchObject([{ class: 'amount', left: { currency: 'EUR' }, right: { currency: 'USD' } }]);
    expect(report.breaks[0]!.differenceMinor).toBeUndefined();
  });

  test('a side may state amounts with the other sign, or in minor units', async () => {
    const negated = { ...RULES, amount: { ...RULES.amount, negated: 'right' as const } };
    expect((await reconciled([{ reference: 'a', amount: '5' }], [{ reference: 'a', amount: '-5' }], negated)).matched.pairs).toBe(1);
    const minor = { ...RULES, amount: { ...RULES.amount, inMinorUnits: true } };
    expect((await reconciled([{ reference: 'a', amount: '5' }], [{ reference: 'a', amount: '5' }], minor)).totals.left.byCurrency).toEqual({
      EUR: '5',
    });
  });
});

test('a pair that differs in amount and date is one break of class amount which says so', async () => {
  const { breaks } = await reconciled(
    [{ reference: 'a', amount: '10', date: '2026-11-01' }],
    [{ reference: 'a', amount: '11', date: '2026-11-03' }],
  );
  expect(breaks).toMatchObject([{ class: 'amount', also: ['date'], differenceMinor: '100', days: 2 }]);
});

test('dates may differ by the tolerance, over the end of a month and of daylight saving', async () => {
  const rules = { ...RULES, date: { column: 'date', toleranceDays: 2 } };
  const pairs = async (left: string, right: string) =>
    (await reconciled([{ reference: 'a', amount: '1', date: left }], [{ reference: 'a', amount: '1', date: right }], rules)).matched.pairs;
  expect(await pairs('2026-10-24', '2026-10-26')).toBe(1);
  expect(await pairs('2026-02-28', '2026-03-02')).toBe(1);
  expect(await pairs('2026-02-28', '2026-03-03')).toBe(0);
});

test.each([
  '2026-02-30',
  '2026-2-3',
  '',
  '20260203',
  'yesterday',
  '2026/02/03',
  '-026-02-03',
  '+026-02-03',
  '2026-02- 3',
  '2026-0a-03',
  '02026-02-03',
  'infinity',
])('%p is no date', async (date) => {
  const good = { reference: 'good', amount: '1' };
  const csv = `reference,amount,currency,date\nbad,1,EUR,${date}\ngood,1,EUR,2026-11-01\n`;
  expect((await reconciled(csv, [good])).badRows).toEqual([
    { side: 'left', record: 1, line: 2, reason: 'date: no date of the calendar in the format asked for' },
  ]);
});

describe('keys', () => {
  test('rows that agree pair first, then the rest, and what is left over is one duplicate with a count', async () => {
    const report = await reconciled(
      [
        { reference: 'a', amount: '9' },
        { reference: 'a', amount: '1' },
        { reference: 'a', amount: '2' },
        { reference: 'a', amount: '3' },
      ],
      [
        { reference: 'a', amount: '4' },
        { reference: 'a', amount: '9' },
      ],
    );
    expect(report.matched.pairs).toBe(1);
    expect(broken(report)).toEqual(['amount a 100|400', 'duplicate_left a 500|- x2']);
  });

  test('a key on one side only is missing on the other', async () => {
    const report = await reconciled([{ reference: 'a', amount: '1' }], [{ reference: 'b', amount: '2' }]);
    expect(broken(report)).toEqual(['missing_right a 100|-', 'missing_left b -|200']);
  });

  test('a row without counterpart younger than the minimum age is in transit', async () => {
    const rules = { ...RULES, timing: { minimumAgeDays: 3 } };
    const report = await reconciled(
      [
        { reference: 'young', amount: '1', date: '2026-11-19' },
        { reference: 'old', amount: '1', date: '2026-11-18' },
      ],
      [{ reference: 'x', amount: '1', date: '2026-11-22' }],
      rules,
    );
    expect(report.inTransit.map(({ side, key, ageDays }) => [side, key[0], ageDays])).toEqual([
      ['right', 'x', -1],
      ['left', 'young', 2],
    ]);
    expect(broken(report)).toEqual(['missing_right old 100|-']);
  });

  test('a break keeps its id from night to night, whatever else is in the files', async () => {
    const [first] = (await reconciled([{ reference: 'a', amount: '1' }], [{ reference: 'a', amount: '2' }])).breaks;
    const second = await reconciled(
      [
        { reference: 'z', amount: '7' },
        { reference: 'a', amount: '1' },
      ],
      [{ reference: 'a', amount: '3' }],
    );
    expect(second.breaks.find(({ key }) => key[0] === 'a')?.id).toBe(first?.id);
  });
});

describe('batches', () => {
  const rules: ReconciliationRules = { ...RULES, group: { batch: 'batch', account: 'account' } };
  const batch = (amount: string, more: object = {}) => ({ reference: 'row', amount, batch: 'B1', account: 'x', ...more });
  const one = (amount: string, more: object = {}) => ({ reference: 'B1', amount, account: 'x', ...more });

  test('many rows agree with one by their exact sum and latest date', async () => {
    const left = [batch('1', { date: '2026-11-01' }), batch('2', { date: '2026-11-05' })];
    const right = [one('3', { date: '2026-11-05' })];
    expect((await reconciled(left, right, rules)).matched).toEqual({ pairs: 0, oneToMany: 0, manyToOne: 1 });
    expect((await reconciled(right, left, rules)).matched).toEqual({ pairs: 0, oneToMany: 1, manyToOne: 0 });
  });

  test('the tolerance applies to the sum once', async () => {
    const tolerant = { ...rules, amount: { ...rules.amount, tolerance: { minor: 2 } } };
    expect((await reconciled([batch('1'), batch('1')], [one('2.02')], tolerant)).matched.manyToOne).toBe(1);
    expect(broken(await reconciled([batch('1'), batch('1')], [one('2.03')], tolerant))).toEqual(['group_mismatch b1/x 200|203 x2']);
  });

  test('mixed currencies, and another account, do not agree', async () => {
    expect(broken(await reconciled([batch('1'), batch('1', { currency: 'USD' })], [one('2')], rules))).toEqual([
      'group_mismatch b1/x 200|200 x2',
    ]);
    expect(broken(await reconciled([batch('1')], [one('1', { account: 'y' })], rules))).toEqual([
      'missing_right b1/x 100|-',
      'missing_left b1/y -|100',
    ]);
  });

  test('without a counterpart it is one missing break with the count of the batch', async () => {
    expect(broken(await reconciled([batch('1'), batch('1')], [{ reference: 'z', amount: '1', account: 'x' }], rules))).toEqual([
      'missing_right b1/x 200|- x2',
      'missing_left z/x -|100',
    ]);
  });

  test('two rows for one batch are ambiguous', async () => {
    expect((await reconciled([batch('1'), batch('1')], [one('2'), one('2')], rules)).breaks).toMatchObject([
      { class: 'ambiguous', count: 3 },
    ]);
  });
});

test('a class of ones own names what its conditions fit, and nothing else', async () => {
  const rules: ReconciliationRules = { ...RULES, classes: [{ name: 'fee', of: ['amount'], differenceMinor: { from: -50, to: -1 } }] };
  const classes = async (right: string) =>
    (await reconciled([{ reference: 'a', amount: '10' }], [{ reference: 'a', amount: right }], rules)).breaks.map((one) => one.class);
  expect(await classes('9.50')).toEqual(['fee']);
  expect(await classes('9.49')).toEqual(['amount']);
});

describe('what is no night to report on', () => {
  const rows = [{ reference: 'a', amount: '1' }];

  test('no rows, a missing column, a column twice', async () => {
    await expect(reconciled('reference,amount,currency,date\n', rows)).rejects.toThrow('holds no rows');
    await expect(reconciled('reference,amount,date\na,1,2026-11-01\n', rows)).rejects.toThrow('has no column "currency"');
    await expect(reconciled('reference,amount,amount,currency,date\na,1,1,EUR,2026-11-01\n', rows)).rejects.toThrow(
      'has the column "amount" twice',
    );
  });

  test('more bad rows than the share allowed, with a sample', async () => {
    const csv = `${csvOf(rows)}b,x,EUR,2026-11-01,,,,,,\n`;
    await expect(reconciled(csv, rows, { ...RULES, limits: { badRows: 0.4 } })).rejects.toThrow(
      /1 of 2 rows are bad.*record 2, line 3: amount: is no number/,
    );
    expect((await reconciled(csv, rows, { ...RULES, limits: { badRows: 0.5 } })).badRows).toHaveLength(1);
  });

  test('more breaks than allowed: a wrong file', async () => {
    const many = Array.from({ length: 11 }, (_, index) => ({ reference: `r${index}`, amount: '1' }));
    await expect(reconciled(many, rows, { ...RULES, limits: { breaks: 10 } })).rejects.toThrow('more than 10 breaks');
  });
});

test('bad rows are told by record and line, behind fields that hold line breaks and records that can not be read', async () => {
  const csv = [
    'reference,amount,currency,date,note',
    'a,1,EUR,2026-11-01,"two',
    'lines"',
    'short,1',
    'b,x,EUR,2026-11-01,',
    'c,2,EUR,2026-11-01,',
  ].join('\r\n');
  const report = await reconciled(csv, [{ reference: 'c', amount: '3' }]);
  expect(report.badRows).toEqual([
    { side: 'left', record: 2, line: 4, reason: '2 columns, the header has 5' },
    { side: 'left', record: 3, line: 5, reason: 'amount: is no number' },
  ]);
  expect(report.breaks.find(({ key }) => key[0] === 'c')?.left?.record).toBe(4);
});
