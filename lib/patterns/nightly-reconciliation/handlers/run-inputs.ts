import { carriesForward } from '../../../reconciliation-rules/per-side';
import type { ReconciliationRules } from '../../../reconciliation-rules/rules';
import { type CarriedFiles, type NightRun, RunKey, type SideName, type SnapshotFile } from '../contract';
import type { RunStore } from './run-store';

/** @throws Error when the snapshot of the side is not whole: an earlier step did not do its work */
export async function snapshotFiles(run: NightRun, side: SideName, store: Pick<RunStore, 'readJson'>): Promise<readonly SnapshotFile[]> {
  return required(store, RunKey.snapshotList(run, side));
}

/**
 * Files of a side that are compared: those of its snapshot, then what an earlier night left over.
 *
 * @throws Error when the snapshot of the side is not whole, or the run is not planned
 */
export async function sourceFiles(
  run: NightRun,
  side: SideName,
  rules: ReconciliationRules,
  store: Pick<RunStore, 'readJson'>,
): Promise<readonly SnapshotFile[]> {
  const files = await snapshotFiles(run, side, store);
  if (!carriesForward(rules, side)) return files;
  const { [side]: carried } = await required<CarriedFiles>(store, RunKey.taken(run));
  return carried === undefined ? files : [...files, carried];
}

/** The rules the run was begun with. @throws Error when it was not planned */
export async function rulesOf(run: NightRun, store: Pick<RunStore, 'readJson'>): Promise<ReconciliationRules> {
  return required(store, RunKey.rules(run));
}

/** @throws Error when it is not there */
export async function required<T>(store: Pick<RunStore, 'readJson'>, key: string): Promise<T> {
  const value = await store.readJson<T>(key);
  if (value === undefined) throw new Error(`${key} is missing: the step that writes it has not come to its end`);
  return value;
}
