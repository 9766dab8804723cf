import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import type { ReconciliationReport } from '../../../lib/runtime/reconciliation/contract';
import { reconcile } from '../../../lib/runtime/reconciliation/reconcile';

export interface Row {
  readonly reference: string;
  readonly amount: string;
  readonly currency?: string;
  readonly date?: string;
  readonly batch?: string;
  readonly account?: string;
  readonly note?: string;
  readonly rate?: string;
  readonly settled?: string;
  /** `D` or `C`, beside an amount without sign. */
  readonly sign?: string;
}

const COLUMNS = ['reference', 'amount', 'currency', 'date', 'batch', 'account', 'note', 'rate', 'settled', 'sign'] as const;

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

/** Rows of a CSV file, a CSV file as it stands, or a file of another name. */
export type Source = readonly Row[] | string | Buffer | { readonly name: string; readonly content: string | Buffer };

/** What a comparison may use in tests. */
export const LIMITS = { memoryBytes: 512 * 1024 * 1024, threads: 1 } as const;

/** Reconciles what two files hold. */
export function reconciled(left: Source, right: Source, rules: ReconciliationRules = RULES, parts?: number): Promise<ReconciliationReport> {
  return withFiles({ left, right }, (files, folder) =>
    reconcile({ rules, ...files, date: DAY, folder, ...LIMITS, ...(parts && { parts }) }),
  );
}

/** Reconciles sides of several files each, which are named `0-rows.csv`, `1-rows.csv` … unless they say otherwise. */
export async function reconciledFiles(
  sides: Readonly<Record<'left' | 'right', readonly Source[]>>,
  { rules = RULES, parts = 1 }: { readonly rules?: ReconciliationRules; readonly parts?: number } = {},
): Promise<ReconciliationReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reconciled-'));
  const write = (side: 'left' | 'right') => sides[side].map((source, index) => writeSource(path.join(folder, side), String(index), source));
  try {
    return await reconcile({ rules, left: write('left'), right: write('right'), date: DAY, folder, parts, ...LIMITS });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns path of the file */
export function writeSource(folder: string, prefix: string, source: Source): string {
  mkdirSync(folder, { recursive: true });
  const { name, content } = isNamed(source) ? source : { name: 'rows.csv', content: isContent(source) ? source : csvOf(source) };
  const file = path.join(folder, `${prefix}-${name}`);
  writeFileSync(file, content);
  return file;
}

/** Gives paths of two files that hold what is given, and their folder, which is removed afterwards. */
export async function withFiles<T>(
  sources: { readonly left: Source; readonly right: Source },
  use: (files: { readonly left: string; readonly right: string }, folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reconciled-'));
  try {
    return await use({ left: writeSource(folder, 'left', sources.left), right: writeSource(folder, 'right', sources.right) }, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const isContent = (source: Source): source is string | Buffer => typeof source === 'string' || Buffer.isBuffer(source);
const isNamed = (source: Source): source is Extract<Source, { readonly name: string }> => !isContent(source) && 'name' in source;

/** What broke, without ids and records: `class key amounts`. */
export function broken(report: ReconciliationReport): string[] {
  return report.breaks.map(
    ({ class: name, key, count, left, right }) =>
      `${name} ${key.join('/')} ${left?.amountMinor ?? '-'}|${right?.amountMinor ?? '-'}${count > 1 ? ` x${count}` : ''}`,
  );
}
