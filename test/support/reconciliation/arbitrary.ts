import fc from 'fast-check';
import type { LaterRule, ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import { type Row, RULES } from './files';

/** Few keys, amounts and days, so that rows meet often. */
export const row: fc.Arbitrary<Row> = fc.record({
  reference: fc.constantFrom('a', 'b', 'c', 'B1'),
  amount: fc.integer({ min: -3, max: 6 }).map((minor) => (minor / 100).toFixed(2)),
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
  date: fc.integer({ min: 17, max: 21 }).map((day) => `2026-11-${day}`),
  note: fc.constantFrom('x', 'x', 'y'),
  batch: fc.constantFrom('', '', '', 'B1'),
  account: fc.constantFrom('1', '1', '2'),
  rate: fc.constantFrom('1', '1.0', '1.01', '-1', ''),
  settled: fc.constantFrom('2026-11-20', '20.11.2026', '2026-11-22', ''),
});
export const side = fc.array(row, { minLength: 1, maxLength: 9 });
const tolerance = fc.record({ minor: fc.integer({ min: 0, max: 3 }), percent: fc.constantFrom('0', '10', '50') });
const laterRule: fc.Arbitrary<LaterRule> = fc.record(
  {
    name: fc.constantFrom('second', 'third', 'fourth'),
    key: fc.constantFrom([], [{ column: 'account' }], [{ column: 'note' }, { column: 'batch' }]),
    tolerance: fc.record({ minor: fc.integer({ min: 0, max: 4 }) }),
    toleranceDays: fc.integer({ min: 0, max: 3 }),
    fields: fc.constant([]),
  },
  { requiredKeys: ['name'] },
);
export const rules: fc.Arbitrary<ReconciliationRules> = fc
  .record({
    tolerance,
    days: fc.integer({ min: 0, max: 2 }),
    age: fc.integer({ min: 0, max: 3 }),
    grouped: fc.boolean(),
    noted: fc.boolean(),
    rated: fc.option(fc.record({ absolute: fc.constantFrom('0', '0.01'), percent: fc.constantFrom('0', '0.5', '300') })),
    settled: fc.option(fc.integer({ min: 0, max: 2 })),
    later: fc.option(fc.uniqueArray(laterRule, { minLength: 1, maxLength: 3, selector: ({ name }) => name })),
  })
  .map(({ tolerance, days, age, grouped, noted, rated, settled, later }) => ({
    ...RULES,
    amount: { ...RULES.amount, tolerance },
    date: { column: 'date', toleranceDays: days },
    timing: { minimumAgeDays: age },
    ...(grouped && { group: { batch: 'batch', account: 'account' } }),
    ...(later !== null && { later }),
    fields: [
      ...(noted ? [{ column: 'note' }] : []),
      ...(rated === null ? [] : [{ column: 'rate', number: { tolerance: rated } }]),
      ...(settled === null ? [] : [{ column: 'settled', date: { formats: ['YYYY-MM-DD', 'DD.MM.YYYY'], toleranceDays: settled } }]),
    ],
  }));
