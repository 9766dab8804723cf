import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputFault } from '../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { BreakFinder } from './breaks';
import { businessDayOf } from './business-day';
import { originsOfOpen, writeLeftOver } from './carried-rows';
import { compareRows, openKeys } from './compare';
import type { Break, InTransit, PartReport } from './contract';
import { Database, type DatabaseOptions, text } from './database';
import { LeftOver } from './left-over';
import { refuseTooMany } from './limits';
import { minorTypeOf, originsOf, type PartOrigin, PLACE, requireParts } from './part-files';
import { CompletenessAccount, IncompleteRun } from './proof';
import type { SideName } from './row-expressions';

export interface ComparePartRequest extends Omit<DatabaseOptions, 'temporaryDirectory'> {
  /** Paths of the part's files of a side, one for each file of the side, in their order. */
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly rules: ReconciliationRules;
  /** Business date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Which part they are, 0 for the first. */
  readonly part: number;
  readonly parts: number;
  /** Folder for what does not fit into memory. */
  readonly folder: string;
  /**
   * Whether breaks and rows in transit name each row behind them, not only the first.
   *
   * @default false
   */
  readonly eachRow?: boolean;
  /**
   * Paths to which rows of a side without counterpart are written, for the next night; the files of that side must have been cut with `carries`.
   *
   * @default - nothing is written
   */
  readonly leftOver?: Readonly<Partial<Record<SideName, string>>>;
}

/**
 * Compares the files of one part that `partition` wrote. The same files give the same report, however often and wherever they are compared; another order of a side's
 * files changes nothing but the places it names.
 *
 * @throws InputFault when a file is missing, or the part alone differs in more than `limits.breaks`, or leaves more than `limits.leftOver` over
 * @throws Error when the files were cut by different versions of the database
 */
export async function comparePart(request: ComparePartRequest): Promise<PartReport> {
  const { rules, date, part, parts, memoryBytes, threads, eachRow = false, leftOver = {} } = request;
  const businessDay = businessDayOf(date);
  requireParts(parts);
  for (const side of SIDES) requireFiles(`part ${part} of ${parts}`, side, request[side]);
  const temporaryDirectory = await mkdtemp(path.join(request.folder, 'comparison-'));
  try {
    const database = await Database.open({ memoryBytes, threads, temporaryDirectory });
    try {
      const origins = await originsOf(database, { left: request.left, right: request.right });
      const minorType = await minorTypeOf(database, [...request.left, ...request.right]);
      const rowsOf = (files: readonly string[]): string =>
        `(SELECT ${PLACE} AS n, minor::${minorType} AS minor, * EXCLUDE (fault, n, minor) FROM read_parquet([${files.map(text).join(', ')}], union_by_name = true))`;
      const sources = { left: rowsOf(request.left), right: rowsOf(request.right) };
      const { matched: agreed, ...counted } = await compareRows(database, rules, sources, eachRow);
      const matched = { ...agreed };
      const account = new CompletenessAccount(counted);
      const names = { left: origins.left.map(nameOf), right: origins.right.map(nameOf) };
      const carrying = SIDES.filter((side) => leftOver[side] !== undefined);
      const originOf = await originsOfOpen(database, carrying);
      const finder = new BreakFinder(rules, businessDay, names, originOf);
      const alone = { left: 0, right: 0 };
      const breaks: Break[] = [];
      const inTransit: InTransit[] = [];
      const forLater = rules.later === undefined ? undefined : new LeftOver(rules, originOf);
      for await (const key of openKeys(database, rules, eachRow)) {
        const outcome = forLater?.take(key) ?? finder.decide(key);
        account.add(key, outcome);
        for (const side of SIDES)
          if (key[otherOf(side)].length === 0) alone[side] += key[side].reduce((rows, { count }) => rows + count, 0);
        matched.pairs += outcome.pairs;
        matched.oneToMany += outcome.oneToMany;
        matched.manyToOne += outcome.manyToOne;
        breaks.push(...outcome.breaks);
        inTransit.push(...outcome.inTransit);
        refuseTooMany(rules, breaks);
      }
      const report = {
        ...({ version: 1, name: rules.name, date, part, parts, matched, breaks, inTransit, ends: account.ends() } as const),
        ...(forLater && { leftOver: forLater.keys }),
      };
      if (carrying.length === 0) return report;
      for (const side of carrying) {
        const written = await writeLeftOver(database, leftOver[side]!, { rules, side, date, names: names[side] });
        if (written !== alone[side])
          throw new IncompleteRun(
            `part ${part} of ${parts}: ${side}: ${alone[side]} rows have no counterpart, but ${written} would be carried forward`,
          );
      }
      const carried = (side: SideName): number => (carrying.includes(side) ? alone[side] : 0);
      return { ...report, carried: { left: carried('left'), right: carried('right') } };
    } finally {
      database.close();
    }
  } finally {
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
}

const SIDES = ['left', 'right'] as const;
const otherOf = (side: SideName): SideName => (side === 'left' ? 'right' : 'left');
const nameOf = ({ source }: PartOrigin): string => source;

function requireFiles(part: string, side: 'left' | 'right', files: readonly string[]): void {
  if (files.length === 0) throw new InputFault(`${part}: ${side} has no files`);
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new InputFault(`${part}: ${missing}: no such file`);
}
