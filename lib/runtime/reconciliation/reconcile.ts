import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { BreakFinder } from './breaks';
import { compareRows, openKeys } from './compare';
import type { Break, InTransit, ReconciliationReport, ReconciliationRules, SideTotals } from './contract';
import { Database } from './database';
import { InputFault } from './input-fault';
import { type LoadedSide, loadCsv } from './side';

export interface ReconcileRequest {
  readonly rules: ReconciliationRules;
  /** Paths of the sources on this machine. */
  readonly left: string;
  readonly right: string;
  /** Business date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Folder for what does not fit into memory. */
  readonly folder: string;
  /** Bytes the comparison may hold. */
  readonly memoryBytes: number;
  readonly threads: number;
  readonly progress?: (line: string) => void;
}

/** More than this is a wrong file. */
const USUAL_MOST_BREAKS = 1_000_000;

/**
 * Compares two sources by rules.
 *
 * @throws InputFault when a source is missing or empty, has too many bad rows, or differs in more than `limits.breaks`; nothing of it is a report
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconciliationReport> {
  const { rules, date, progress = () => undefined } = request;
  const businessDay = dayOf(date);
  const folder = await mkdtemp(path.join(request.folder, 'reconciliation-'));
  const { memoryBytes, threads } = request;
  try {
    const database = await Database.open({ memoryBytes, threads, temporaryDirectory: folder });
    try {
      const left = await loadCsv(database, { side: 'left', file: request.left, rules, folder });
      progress(`left: read ${request.left}`);
      const right = await loadCsv(database, { side: 'right', file: request.right, rules, folder });
      progress(`right: read ${request.right}`);
      const agreed = await compareRows(database, rules, left.fields);
      progress(`${agreed.pairs} pairs agree at first sight`);
      const finder = new BreakFinder(rules, businessDay, { left: left.recordOf, right: right.recordOf });
      const matched = { ...agreed };
      const breaks: Break[] = [];
      const inTransit: InTransit[] = [];
      for await (const key of openKeys(database, left.fields)) {
        const outcome = finder.decide(key);
        matched.pairs += outcome.pairs;
        matched.oneToMany += outcome.oneToMany;
        matched.manyToOne += outcome.manyToOne;
        breaks.push(...outcome.breaks);
        inTransit.push(...outcome.inTransit);
        refuseTooMany(rules, breaks);
      }
      return {
        version: 1,
        name: rules.name,
        date,
        matched,
        breaks,
        inTransit,
        badRows: [...left.badRows, ...right.badRows],
        totals: { left: await totalsOf(database, left), right: await totalsOf(database, right) },
      };
    } finally {
      database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function refuseTooMany(rules: ReconciliationRules, breaks: readonly Break[]): void {
  const most = rules.limits?.breaks ?? USUAL_MOST_BREAKS;
  if (breaks.length <= most) return;
  const sample = breaks.slice(0, 5).map((one) => `${one.key.join(' / ')}: ${one.class}`);
  throw new InputFault(
    `more than ${most} breaks, the most that limits.breaks allows: is one of the files a wrong one? ${sample.join('; ')}`,
  );
}

async function totalsOf(database: Database, { side, badRows }: LoadedSide): Promise<SideTotals> {
  const sums = await database.rows<{ readonly currency: string; readonly rows: bigint; readonly total: string }>(
    `SELECT currency, count(*) AS rows, sum(minor)::VARCHAR AS total FROM ${side}_rows GROUP BY currency ORDER BY currency`,
  );
  return {
    rows: sums.reduce((all, { rows }) => all + Number(rows), 0),
    badRows: badRows.length,
    byCurrency: Object.fromEntries(sums.map(({ currency, total }) => [currency, total])),
  };
}

function dayOf(date: string): number {
  const milliseconds = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (!Number.isFinite(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== date)
    throw new InputFault(`date: must be a day of the calendar as YYYY-MM-DD, given ${JSON.stringify(date)}`);
  return milliseconds / 86_400_000;
}
