import { carriesForward } from '../../../reconciliation-rules/per-side';
import type { ReconciliationRules } from '../../../reconciliation-rules/rules';
import { type CarriedFiles, type NightRun, RUNS_PREFIX, RunKey, type SideName } from '../contract';
import type { RunStore } from './run-store';

const NONE: CarriedFiles = {};

const SIDES: readonly SideName[] = ['left', 'right'];

export const carriesAny = (rules: ReconciliationRules): boolean => SIDES.some((side) => carriesForward(rules, side));

/**
 * What the run takes from an earlier night: what the last completed run of the last earlier date that has one left over, as things are when the run is planned. Decided once:
 * each attempt of the run takes the same.
 */
export async function takeCarried(run: NightRun, rules: ReconciliationRules, store: RunStore): Promise<CarriedFiles> {
  if (!carriesAny(rules)) return NONE;
  return (
    (await store.readJson<CarriedFiles>(RunKey.taken(run))) ??
    store.writeJsonOnce(RunKey.taken(run), ofSides(rules, await lastLeftOver(run.date, store)))
  );
}

/** A side that carries nothing any more delivers its open rows again. */
const ofSides = (rules: ReconciliationRules, files: CarriedFiles): CarriedFiles =>
  Object.fromEntries(SIDES.flatMap((side) => (files[side] !== undefined && carriesForward(rules, side) ? [[side, files[side]]] : [])));

async function lastLeftOver(date: string, store: RunStore): Promise<CarriedFiles> {
  const dates = (await store.folders(RUNS_PREFIX)).filter((one) => one < date).sort();
  for (const earlier of dates.reverse()) {
    const numbers = (await store.folders(`${RUNS_PREFIX}${earlier}/`)).map(Number).sort((a, b) => b - a);
    for (const number of numbers) {
      const one: NightRun = { date: earlier, run: number, attempt: 1 };
      // A night that was not to carry anything forward has left nothing.
      if (await store.exists(RunKey.completed(one))) return (await store.readJson<CarriedFiles>(RunKey.carried(one))) ?? NONE;
    }
  }
  return NONE;
}
