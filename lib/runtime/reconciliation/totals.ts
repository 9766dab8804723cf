import type { SideTotals } from './contract';
import { type Database, text } from './database';

/** Rows and sums by currency of files of comparable rows. */
export async function totalsOf(database: Database, files: readonly string[]): Promise<Omit<SideTotals, 'badRows'>> {
  const sums = await database.rows<{ readonly currency: string; readonly rows: bigint; readonly total: string }>(
    `SELECT currency, count(*) AS rows, sum(minor)::VARCHAR AS total FROM read_parquet([${files.map(text).join(', ')}])
      GROUP BY currency ORDER BY currency`,
  );
  return {
    rows: sums.reduce((all, { rows }) => all + Number(rows), 0),
    byCurrency: Object.fromEntries(sums.map(({ currency, total }) => [currency, total])),
  };
}
