import type { LaterRule, ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { matchLater } from '../../../lib/runtime/reconciliation/later-rules';
import type { Item } from '../../../lib/runtime/reconciliation/match-key';
import { broken, type Row, RULES, reconciled } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

const DATE = '2026-11-01';
const row = (reference: string, amount: string, more: Partial<Row> = {}): Row => ({ reference, amount, date: DATE, ...more });
const by = (...later: readonly LaterRule[]): ReconciliationRules => ({ ...RULES, later });
const matches = ({ later = [] }: Awaited<ReturnType<typeof reconciled>>): string[] =>
  later.map(({ rule, key, differenceMinor }) => `${rule} ${key.left.join('/')}-${key.right.join('/')} ${differenceMinor}`);

test('rows whose key the other side lacks match by other columns, and the report says by which rule', async () => {
  const report = await reconciled(
    [row('a', '10', { account: '7' }), row('b', '5', { account: '8' }), row('same', '1')],
    [row('x', '10', { account: '7' }), row('y', '5', { account: '9' }), row('same', '1')],
    by({ name: 'by_account', key: [{ column: 'account' }] }),
  );
  expect(report.matched.pairs).toBe(2);
  expect(report.later).toEqual([
    {
      rule: 'by_account',
      key: { left: ['a'], right: ['x'] },
      left: { record: 1, amountMinor: '1000', currency: 'EUR', date: DATE },
      right: { record: 1, amountMinor: '1000', currency: 'EUR', date: DATE },
      differenceMinor: '0',
      days: 0,
    },
  ]);
  expect(broken(report)).toEqual(['missing_right b 500|-', 'missing_left y -|500']);
});

test('earlier rules go first, and each has tolerances of its own', async () => {
  const [left, right] = [
    [row('a', '10'), row('b', '20', { date: '2026-11-03' })],
    [row('x', '10.04'), row('y', '20')],
  ];
  const cents: LaterRule = { name: 'cents', key: [], tolerance: { minor: 4 } };
  const days: LaterRule = { name: 'days', key: [], toleranceDays: 2 };
  expect(matches(await reconciled(left, right, by(cents, days)))).toEqual(['cents a-x 4', 'days b-y 0']);
  expect(matches(await reconciled(left, right, by({ ...days, tolerance: { minor: 4 } }, cents)))).toEqual(['days a-x 4', 'days b-y 0']);
  expect(matches(await reconciled(left, right, by({ name: 'exact', key: [] })))).toEqual([]);
});

test('the same key with a larger tolerance takes pairs that differ; what is over stays a duplicate', async () => {
  const report = await reconciled(
    [row('a', '10'), row('a', '50'), row('b', '1')],
    [row('a', '10.5'), row('b', '9')],
    by({ name: 'loose', tolerance: { minor: 50 } }),
  );
  expect(matches(report)).toEqual(['loose a-a 50']);
  expect(broken(report)).toEqual(['duplicate_left a 5000|-', 'amount b 100|900']);
});

test('a row whose counterpart went with a row of another key is missing on the other side', async () => {
  const report = await reconciled([row('a', '10'), row('b', '77')], [row('a', '77')], by({ name: 'amount', key: [] }));
  expect(matches(report)).toEqual(['amount b-a 0']);
  expect(broken(report)).toEqual(['missing_right a 1000|-']);
});

test('rows in transit are tried; those that find nothing stay in transit', async () => {
  const rules = { ...by({ name: 'amount', key: [] }), timing: { minimumAgeDays: 3 } };
  const young = { date: '2026-11-20' };
  const report = await reconciled([row('a', '10', young), row('b', '11', young)], [row('x', '10', young)], rules);
  expect([matches(report), report.inTransit.map(({ key }) => key)]).toEqual([['amount a-x 0'], [['b']]]);
});

test('fields count for a later rule unless it names others', async () => {
  const fields = [{ column: 'note' }, { column: 'rate', number: {} }];
  const sides = (rule: Partial<LaterRule>) =>
    reconciled([row('a', '1', { note: 'x', rate: '2' })], [row('b', '1', { note: 'y', rate: '2.0' })], {
      ...by({ name: 'later', key: [], ...rule }),
      fields,
    });
  expect(matches(await sides({}))).toEqual([]);
  expect(matches(await sides({ fields: ['rate'] }))).toEqual(['later a-b 0']);
  expect(matches(await sides({ fields: ['note'] }))).toEqual([]);
  expect(matches(await sides({ fields: [] }))).toEqual(['later a-b 0']);
});

test('an empty later key, another currency and a batch match nothing', async () => {
  const account = by({ name: 'by_account', key: [{ column: 'account' }] });
  expect(matches(await reconciled([row('a', '1')], [row('b', '1')], account))).toEqual([]);
  const currencies = [row('a', '1', { account: '1', currency: 'USD' })];
  expect(matches(await reconciled(currencies, [row('b', '1', { account: '1' })], account))).toEqual([]);
  const batches: ReconciliationRules = { ...by({ name: 'any', key: [] }), group: { batch: 'batch', account: 'account', side: 'left' } };
  const report = await reconciled([row('a', '1', { batch: 'B' }), row('c', '1', { batch: 'B' })], [row('z', '2')], batches);
  expect([matches(report), broken(report)]).toEqual([[], ['missing_right b/ 200|- x2', 'missing_left z/ -|200']]);
});

test('the proof accounts for rows of later rules, in any number of parts, to the byte', async () => {
  const many = (side: string, shift: number): Row[] =>
    Array.from({ length: 60 }, (_, index) => row(`${side}${index}`, String((index + shift) % 50), { account: String(index % 3) }));
  const rules = by({ name: 'by_account', key: [{ column: 'account' }] }, { name: 'amount', key: [], tolerance: { minor: 0 } });
  const whole = await reconciled(many('l', 0), many('r', 8), rules);
  expect(whole.later!.length).toBeGreaterThan(40);
  expect(new Set(whole.later!.map(({ rule }) => rule)).size).toBe(2);
  const { matched, inBreaks, compared } = whole.proof!.left;
  expect([matched.EUR!.rows, inBreaks.EUR!.rows, compared.EUR!.rows]).toEqual([whole.later!.length, 60 - whole.later!.length, 60]);
  expect(JSON.stringify(await reconciled(many('l', 0), many('r', 8), rules, 9))).toBe(JSON.stringify(whole));
});

test('more rows than may be left over are an error that says so', async () => {
  const rules = { ...by({ name: 'any', key: [] }), limits: { leftOver: 3 } };
  const rows = (side: string) => [1, 2].map((index) => row(`${side}${index}`, '1'));
  const message = /4 rows are left over for later rules( in \d+ of 50 parts)?, more than the 3 that limits.leftOver allows/;
  await expect(reconciled(rows('l'), rows('r'), rules)).rejects.toThrow(message);
  await expect(reconciled(rows('l'), rows('r'), rules, 50)).rejects.toThrow(message);
});

test('a later key that names too little is refused with rule, key, what is given and what is allowed', () => {
  const item = (place: number): Item => ({
    ...{ file: 0, row: place, count: 1, grouped: false, currency: 'EUR', minor: BigInt(place), day: 1, fields: [], laterKeys: ['7'] },
  });
  const keys = Array.from({ length: 1001 }, (_, index) => ({
    key: `k${index}`,
    hash: 1n,
    pairs: 0,
    left: [item(index)],
    right: [item(index)],
  }));
  const loose = by({ name: 'loose', key: [{ column: 'account' }], tolerance: { minor: 1 } });
  expect(() => matchLater(loose, keys)).toThrow(
    'later[0], loose: 1001 rows left and 1001 right of EUR may go together under its key "7": at most 1000000 pairs can be tried; give it more columns in key, or a smaller tolerance',
  );
  expect(matchLater(loose, keys.slice(1)).pairs).toHaveLength(1000);
  expect(matchLater(by({ name: 'exact', key: [] }), keys).pairs).toHaveLength(1001);
});
