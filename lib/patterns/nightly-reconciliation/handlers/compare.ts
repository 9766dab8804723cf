import path from 'node:path';
import { carriesForward } from '../../../reconciliation-rules/per-side';
import type { ReconciliationRules } from '../../../reconciliation-rules/rules';
import { comparePart } from '../../../runtime/reconciliation/compare-part';
import type { PartReport } from '../../../runtime/reconciliation/contract';
import type { DatabaseOptions } from '../../../runtime/reconciliation/database';
import { sideBySide } from '../../../runtime/side-by-side';
import { type CompareItem, RunKey, type SideName } from '../contract';
import { refusing } from './refusing';
import { rulesOf, sourceFiles } from './run-inputs';
import type { RunStore } from './run-store';
import { withScratch } from './scratch';
import { refuseBeyondLimits, tally } from './tallies';

export interface CompareDependencies extends Pick<DatabaseOptions, 'memoryBytes' | 'threads'> {
  readonly store: RunStore;
}

const SIDES: readonly SideName[] = ['left', 'right'];
const DOWNLOADS_AT_A_TIME = 16;

/**
 * Compares one part of both sides, of all their files. Done once: a repetition does nothing.
 *
 * @throws InputFault when the part alone, or together with those that were compared so far, differs in more than `limits.breaks` of the rules, or leaves more than `limits.leftOver` over
 */
export function createCompare({ store, ...limits }: CompareDependencies): (item: CompareItem) => Promise<void> {
  return (item) =>
    refusing(item, 'Compare', store, async () => {
      if (await store.exists(RunKey.comparison(item, item.part))) return;
      const rules = await rulesOf(item, store);
      await refuseBeyondLimits(item, rules, store);
      const report = await withScratch(({ folder }) => compare(item, rules, folder, { store, ...limits }));
      if (await tally(item, report, store)) await refuseBeyondLimits(item, rules, store);
      await store.writeJsonOnce(RunKey.comparison(item, item.part), report);
    });
}

async function compare(
  item: CompareItem,
  rules: ReconciliationRules,
  folder: string,
  { store, memoryBytes, threads }: CompareDependencies,
): Promise<PartReport> {
  const { date, part, parts } = item;
  const fetched = async (side: SideName): Promise<readonly string[]> => {
    const places = (await sourceFiles(item, side, rules, store)).map((_, place) => place);
    const fileOf = (place: number): string => path.join(folder, `${side}-${place}.parquet`);
    await sideBySide(places, DOWNLOADS_AT_A_TIME, (place) => store.download(RunKey.part(item, side, place, part), fileOf(place)));
    return places.map(fileOf);
  };
  const leftOver = Object.fromEntries(
    SIDES.flatMap((side) => (carriesForward(rules, side) ? [[side, path.join(folder, `left-over-${side}.parquet`)]] : [])),
  ) as Partial<Record<SideName, string>>;
  const report = await comparePart({
    rules,
    date,
    part,
    parts,
    left: await fetched('left'),
    right: await fetched('right'),
    folder,
    memoryBytes,
    threads,
    leftOver,
  });
  for (const side of SIDES)
    if ((report.carried?.[side] ?? 0) > 0) await store.upload(RunKey.carriedPart(item, side, part), leftOver[side]!);
  return report;
}
