import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ReconciliationReport, ReconciliationRules } from '../../../lib/runtime/reconciliation/contract';
import { reconcile } from '../../../lib/runtime/reconciliation/reconcile';

export interface Row {
  readonly reference: string;
  readonly amount: string;
  readonly currency?: string;
  readonly date?: string;
  readonly batch?: string;
  readonly account?: string;
  readonly note?: string;
}

const COLUMNS = ['reference', 'amount', 'currency', 'date', 'batch', 'account', 'note'] as const;

export const DAY = '2026-11-21';

/** Keys, exact amounts and dates: what most tests change a little. */
export const RULES: ReconciliationRules = {
  version: 1,
  name: 'ledger',
  key: [{ column: 'reference' }],
  amount: { column: 'amount', currency: { column: 'currency' } },
  date: { column: 'date' },
  limits: { badRows: 1 },
};

export function csvOf(rows: readonly Row[], columns: readonly (typeof COLUMNS)[number][] = COLUMNS): string {
  const line = (row: Row): string =>
    columns.map((name) => field(row[name] ?? { currency: 'EUR', date: '2026-11-01' }[name as string] ?? '')).join(',');
  return `${[columns.join(','), ...rows.map(line)].join('\n')}\n`;
}

export function field(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Reconciles what two files hold; a text is a file as it stands. */
export async function reconciled(
  left: readonly Row[] | string | Buffer,
  right: readonly Row[] | string | Buffer,
  rules: ReconciliationRules = RULES,
): Promise<ReconciliationReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reconciled-'));
  try {
    const write = (name: string, content: readonly Row[] | string | Buffer): string => {
      const file = path.join(folder, name);
      writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : csvOf(content));
      return file;
    };
    return await reconcile({
      rules,
      left: write('left.csv', left),
      right: write('right.csv', right),
      date: DAY,
      folder,
      memoryBytes: 512 * 1024 * 1024,
      threads: 1,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What broke, without ids and records: `class key amounts`. */
export function broken(report: ReconciliationReport): string[] {
  return report.breaks.map(
    ({ class: name, key, count, left, right }) =>
      `${name} ${key.join('/')} ${left?.amountMinor ?? '-'}|${right?.amountMinor ?? '-'}${count > 1 ? ` x${count}` : ''}`,
  );
}
