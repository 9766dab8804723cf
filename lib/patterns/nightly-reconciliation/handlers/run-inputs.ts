import type { ReconciliationRules } from '../../../reconciliation-rules/rules';
import { type NightRun, RunKey, type SideName, type SnapshotFile } from '../contract';
import type { RunStore } from './run-store';

/** @throws Error when the snapshot of the side is not whole: an earlier step did not do its work */
export async function snapshotFiles(run: NightRun, side: SideName, store: Pick<RunStore, 'readJson'>): Promise<readonly SnapshotFile[]> {
  return required(store, RunKey.snapshotList(run, side));
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
