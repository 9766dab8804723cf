import type { Break, CompletenessProof, ReconciliationReport } from '../../../lib/runtime/reconciliation/contract';
import type { RunFigures } from '../../../lib/runtime/reconciliation/figures';
import { updateRegister } from '../../../lib/runtime/reconciliation/register';

const DATE = '2026-11-21';
/** Texts that a source may hold, each as bad as texts can be. */
export const HOSTILE = [
  '<script>document.title="taken"</script>',
  '"><img src=x onerror=alert(1)>',
  "'; DROP TABLE breaks; --",
  '=HYPERLINK("https://example.com","pay here")',
  '\u202eevil\u0000 \u200b',
  'Ünïcödé ﷽ العربية 注文処理',
  'x'.repeat(5000),
] as const;

/** A report with every kind of thing in it, some of it of more digits than a number has. */
export function hostileReport(): ReconciliationReport {
  const breaks = [
    ...HOSTILE.map(
      (text, index): Break => ({
        ...{ id: index.toString(16).padStart(16, '0'), class: 'amount', key: [text, 'CH93 0076 2011 6238 5295 7'], count: 1 },
        left: {
          record: index + 1,
          amountMinor: String(10 ** index),
          currency: 'EUR',
          date: `2026-1${index % 2}-0${index + 1}`,
          fields: { note: text },
        },
        right: { record: index + 9, amountMinor: '90071992547409931007', currency: 'EUR', date: '2026-11-20' },
        ...{ differenceMinor: String(90071992547409931007n - 10n ** BigInt(index)), days: 18, also: ['date'], fields: ['note'] },
      }),
    ),
    ...Array.from(
      { length: 30 },
      (_, index): Break => ({
        ...{
          id: `a${index.toString(16).padStart(15, '0')}`,
          class: index % 3 === 0 ? 'duplicate_left' : 'missing_right',
          key: [`INV-${index}`],
          count: index % 3 === 0 ? 2 : 1,
        },
        left: {
          record: index + 50,
          ...(index % 3 === 0 && { rows: 2 }),
          amountMinor: String(index * 977),
          currency: index % 2 === 0 ? 'JPY' : 'EUR',
          date: '2026-11-19',
        },
        differenceMinor: String(-index * 977),
      }),
    ),
    {
      ...{ id: 'f'.repeat(16), class: 'group_mismatch', key: ['B1', 'a'], count: 3 },
      left: { record: 3, rows: 3, amountMinor: '300', currency: '' },
      right: { record: 4, amountMinor: '300', currency: 'USD' },
    },
  ];
  return {
    ...{ version: 1, name: 'ledger-vs-bank', date: DATE, matched: { pairs: 1_234_567, oneToMany: 12, manyToOne: 3 }, breaks },
    inTransit: Array.from({ length: 40 }, (_, index) => ({
      ...{ side: index % 2 === 0 ? ('left' as const) : ('right' as const), key: [HOSTILE[index % HOSTILE.length]!], ageDays: index % 3 },
      row: { record: index + 1, amountMinor: '-12345', currency: 'KWD', date: DATE },
    })),
    badRows: HOSTILE.map((reason, index) => ({ side: 'right' as const, record: index + 1, line: index + 2, reason })),
    totals: {
      left: { rows: 1_234_700, badRows: 0, byCurrency: { EUR: '98765432101', JPY: '5', KWD: '-493800' } },
      right: { rows: 1_234_650, badRows: HOSTILE.length, byCurrency: { EUR: '630503947831869517049', KWD: '-493800' } },
    },
    proof: proof(),
  };
}

/** As large as sums get. */
function proof(): CompletenessProof {
  const totals = (rows: number) => ({
    EUR: { rows, minor: String(BigInt(rows) * 90071992547409931n), hash: String(BigInt(rows) * 18446744073709551615n) },
    KWD: { rows: 40, minor: '-493800', hash: '1' },
  });
  const side = (bad: number) => ({
    ...{ read: 1_234_660 + bad, bad },
    ...{ compared: totals(1_234_620), matched: totals(1_234_582), inBreaks: totals(38), inTransit: { KWD: totals(1).KWD } },
  });
  return { left: side(0), right: side(HOSTILE.length) };
}

/** The last runs, and a register in which breaks are old, restated, closed and annotated. */
export function contextOf(report: ReconciliationReport) {
  const runs = Array.from(
    { length: 29 },
    (_, index): RunFigures => ({
      ...{
        date: new Date(Date.parse(DATE) - (29 - index) * 86_400_000).toISOString().slice(0, 10),
        rows: { left: 1_234_000 + index, right: 1_234_000 },
      },
      ...{ matched: 1_233_900, breaks: (index * 7) % 41, inTransit: 20 + (index % 9), badRows: index % 4, classes: {} },
    }),
  );
  const former = report.breaks.slice(0, 9).map((one) => ({ ...one, count: 7 }));
  const gone: Break = { ...report.breaks[1]!, id: 'e'.repeat(16) };
  const known = updateRegister([], { name: report.name, date: '2026-10-02', breaks: [...former, gone] }).map(({ after }) => ({
    ...after,
    owner: HOSTILE[0],
    note: HOSTILE[1],
  }));
  return { runs, register: updateRegister(known, report).map(({ after }) => after) };
}
