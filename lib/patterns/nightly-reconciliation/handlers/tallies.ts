import type { ReconciliationRules } from '../../../reconciliation-rules/rules';
import type { PartReport } from '../../../runtime/reconciliation/contract';
import { rowsOf } from '../../../runtime/reconciliation/left-over';
import { hasTooManyBreaks, refuseTooManySoFar, sampleOf } from '../../../runtime/reconciliation/limits';
import { type CompareItem, RunKey } from '../contract';
import type { RunStore } from './run-store';

/**
 * Notes what a part came to where the others see it. A part without breaks, and with nothing for later rules, notes nothing: of nearly equal sides most are so.
 *
 * @returns whether there was something to note
 */
export async function tally(item: CompareItem, { breaks, leftOver = [] }: PartReport, store: RunStore): Promise<boolean> {
  const counts = { breaks: breaks.length, leftOver: rowsOf(leftOver) };
  if (counts.breaks + counts.leftOver === 0) return false;
  await store.writeJson(RunKey.tally(item, item.part, counts), sampleOf(breaks));
  return true;
}

const TALLY = /\/(\d+)-(\d+)-(\d+)\.json$/;

/**
 * Stops a run whose parts together are above its limits, as far as they have noted it: parts that are compared at the same time come to their end first.
 *
 * @throws InputFault with a sample above `limits.breaks` or `limits.leftOver`
 */
export async function refuseBeyondLimits(item: CompareItem, rules: ReconciliationRules, store: RunStore): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(RunKey.tallies(item))) keys.push(key);
  const counts = keys.map((key) => TALLY.exec(key)!.slice(1).map(Number) as [part: number, breaks: number, leftOver: number]);
  const sum = (place: 1 | 2): number => counts.reduce((all, one) => all + one[place], 0);
  const soFar = { parts: counts.length, of: item.parts, breaks: sum(1), leftOver: sum(2) };
  const [broken] = keys.filter((_, index) => counts[index]![1] > 0);
  const sample =
    broken === undefined || !hasTooManyBreaks(rules, soFar.breaks) ? [] : ((await store.readJson<readonly string[]>(broken)) ?? []);
  refuseTooManySoFar(rules, soFar, sample);
}
