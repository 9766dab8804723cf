import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ReconciliationRules } from '../lib/reconciliation-rules/rules';
import { Database, text } from '../lib/runtime/reconciliation/database';

/** What both sides of every ratio may hold, less than what the functions let the engine have. */
export const MEMORY_BYTES = 1536 * 1024 * 1024;
export const THREADS = 2;
export const ROWS_A_PART = 2_500_000;
/** One of so many rows differs. */
export const ROWS_A_BREAK = 1000;

export const RULES: ReconciliationRules = {
  version: 1,
  name: 'bench',
  key: [{ column: 'reference' }],
  amount: { column: 'amount', currency: { column: 'currency' }, tolerance: { minor: 2 } },
  date: { column: 'date', toleranceDays: 2 },
};

async function withDatabase<T>(folder: string, use: (database: Database) => Promise<T>): Promise<T> {
  const temporaryDirectory = path.join(folder, 'temporary');
  mkdirSync(temporaryDirectory, { recursive: true });
  const database = await Database.open({ memoryBytes: MEMORY_BYTES, threads: THREADS, temporaryDirectory });
  try {
    return await use(database);
  } finally {
    database.close();
  }
}

export interface Sources {
  readonly left: string;
  readonly right: string;
}

/** Writes both files of so many rows. */
export async function sourcesIn(folder: string, rows: number): Promise<Sources> {
  mkdirSync(folder, { recursive: true });
  const sources = { left: path.join(folder, 'left.csv'), right: path.join(folder, 'right.csv') };
  await generate(sources, rows);
  return sources;
}

/** Both sides in orders of their own; every thousandth amount differs by more than the tolerance. */
async function generate(files: Sources, rows: number): Promise<void> {
  await withDatabase(path.dirname(files.left), async (database) => {
    const side = (cents: string, seed: number) => `SELECT 'TX' || lpad(i::VARCHAR, 12, '0') AS reference,
      (${cents} // 100)::VARCHAR || '.' || lpad((${cents} % 100)::VARCHAR, 2, '0') AS amount,
      ['EUR', 'USD', 'CHF'][1 + (hash(i, 1) % 3)::INTEGER] AS currency, DATE '2026-11-01' + (hash(i, 2) % 20)::INTEGER AS date
      FROM (SELECT (r * 7919 + ${seed}) % ${rows} AS i, hash(i) % 10000000 AS cents FROM range(${rows}) AS numbers(r))`;
    await database.run(`COPY (${side('cents', 0)}) TO ${text(files.left)} (FORMAT csv, HEADER)`);
    await database.run(
      `COPY (${side(`(cents + CASE WHEN i % ${ROWS_A_BREAK} = 0 THEN 3 ELSE 0 END)`, 4001)}) TO ${text(files.right)} (FORMAT csv, HEADER)`,
    );
  });
}

export const csv = (file: string): string =>
  `(SELECT reference AS k, currency, amount::DECIMAL(18, 2) * 100 AS minor, date AS day
    FROM read_csv(${text(file)}, columns = {'reference': 'VARCHAR', 'amount': 'VARCHAR', 'currency': 'VARCHAR', 'date': 'DATE'}))`;
export const parquet = (files: readonly string[]): string =>
  `(SELECT k, currency, minor, day FROM read_parquet([${files.map(text).join(', ')}]))`;

/** @returns how many rows differ */
export function bareJoin(folder: string, left: string, right: string): Promise<number> {
  return withDatabase(folder, async (database) => {
    const [found] = await database.rows<{ readonly differing: bigint }>(`SELECT count(*) AS differing
      FROM ${left} AS l FULL JOIN ${right} AS r USING (k)
      WHERE l.currency IS DISTINCT FROM r.currency OR l.minor IS NULL OR r.minor IS NULL OR abs(l.minor - r.minor) > 2 OR abs(l.day - r.day) > 2`);
    return Number(found!.differing);
  });
}
