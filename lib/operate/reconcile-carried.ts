import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputFault } from '../reconciliation-rules/input-fault';
import { carriesForward } from '../reconciliation-rules/per-side';
import type { ReconciliationRules } from '../reconciliation-rules/rules';
import type { ReconcileSource } from '../runtime/reconciliation/reconcile';

type SideName = 'left' | 'right';

const SIDES: readonly SideName[] = ['left', 'right'];
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** What a date takes from earlier ones, and where it leaves rows for later ones. */
export interface Carried {
  readonly taken: Readonly<Record<SideName, readonly ReconcileSource[]>>;
  readonly leftOver: Readonly<Partial<Record<SideName, string>>>;
  /** Puts what was left over into the place of what an earlier run of the date left: all of it, or nothing. */
  readonly keep: () => Promise<void>;
  /** Removes what a run leaves behind that did not come to its end. */
  readonly clear: () => Promise<void>;
}

/**
 * Rows that are kept from date to date in a folder: one folder a date below it, in it a file for each side that left rows over. A date takes those of the last earlier date
 * that has one, and leaves its own when it has come to its end; a date that is run again does the same again.
 *
 * @param folder is made when it is not there
 * @throws InputFault when the rules carry nothing forward
 */
export async function carriedIn(folder: string, date: string, rules: ReconciliationRules, rulesFile: string): Promise<Carried> {
  const carrying = SIDES.filter((side) => carriesForward(rules, side));
  if (carrying.length === 0)
    throw new InputFault(
      `--carried: needs timing.carryForward in ${rulesFile}: true, or { "left": true } or { "right": true }; given none`,
    );
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new InputFault(`--carried: ${error.message}`);
  });
  const earlier = (await readdir(folder)).filter((name) => DATE.test(name) && name < date).sort();
  const last = earlier.at(-1);
  const fileOf = (side: SideName): ReconcileSource[] => {
    const file = last === undefined ? '' : path.join(folder, last, `${side}.parquet`);
    if (!carrying.includes(side) || !existsSync(file)) return [];
    return [{ file, name: `carried from ${last}`, content: 'parquet', isCarried: true }];
  };
  const scratch = await mkdtemp(path.join(folder, '.partial-'));
  return {
    taken: { left: fileOf('left'), right: fileOf('right') },
    leftOver: Object.fromEntries(carrying.map((side) => [side, path.join(scratch, `${side}.parquet`)])),
    keep: async () => {
      const own = path.join(folder, date);
      await rm(own, { recursive: true, force: true });
      await rename(scratch, own);
    },
    clear: () => rm(scratch, { recursive: true, force: true }),
  };
}
