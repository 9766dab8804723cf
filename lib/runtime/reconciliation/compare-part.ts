import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputFault } from '../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { BreakFinder } from './breaks';
import { businessDayOf } from './business-day';
import { compareRows, openKeys } from './compare';
import type { Break, InTransit, PartReport } from './contract';
import { Database, type DatabaseOptions, text } from './database';
import { refuseTooMany } from './limits';
import { CompletenessAccount } from './proof';

export interface ComparePartRequest extends Omit<DatabaseOptions, 'temporaryDirectory'> {
  /** Paths of the files. */
  readonly left: string;
  readonly right: string;
  readonly rules: ReconciliationRules;
  /** Business date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Which part the files are, 0 for the first. */
  readonly part: number;
  readonly parts: number;
  /** Folder for what does not fit into memory. */
  readonly folder: string;
}

/**
 * Compares one pair of files that `partition` wrote. The same files give the same report, however often and wherever they are compared.
 *
 * @throws InputFault when a file is missing, or the part alone differs in more than `limits.breaks`
 */
export async function comparePart(request: ComparePartRequest): Promise<PartReport> {
  const { rules, date, part, parts, left, right, memoryBytes, threads } = request;
  const businessDay = businessDayOf(date);
  for (const file of [left, right]) if (!existsSync(file)) throw new InputFault(`part ${part} of ${parts}: ${file}: no such file`);
  const temporaryDirectory = await mkdtemp(path.join(request.folder, 'comparison-'));
  try {
    const database = await Database.open({ memoryBytes, threads, temporaryDirectory });
    try {
      // Read once: to take a file apart costs more than each of the looks at its rows.
      const rows = { left: 'left_rows', right: 'right_rows' };
      for (const side of ['left', 'right'] as const)
        await database.run(`CREATE TABLE ${rows[side]} AS SELECT * EXCLUDE (fault) FROM read_parquet(${text(request[side])})`);
      const matched = { ...(await compareRows(database, rules, rows)) };
      const account = new CompletenessAccount();
      await account.countRows(database, rows);
      const finder = new BreakFinder(rules, businessDay);
      const breaks: Break[] = [];
      const inTransit: InTransit[] = [];
      for await (const key of openKeys(database, (rules.fields ?? []).length)) {
        const outcome = finder.decide(key);
        account.add(key, outcome);
        matched.pairs += outcome.pairs;
        matched.oneToMany += outcome.oneToMany;
        matched.manyToOne += outcome.manyToOne;
        breaks.push(...outcome.breaks);
        inTransit.push(...outcome.inTransit);
        refuseTooMany(rules, breaks);
      }
      return { version: 1, name: rules.name, date, part, parts, matched, breaks, inTransit, ends: account.ends() };
    } finally {
      database.close();
    }
  } finally {
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
}
