import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { ReconciliationRules } from '../../../reconciliation-rules/rules';
import { putEvent } from '../../../runtime/put-event';
import type { PartitionedSide, PartReport, ReconciliationReport } from '../../../runtime/reconciliation/contract';
import { figuresOf } from '../../../runtime/reconciliation/figures';
import { mergeParts } from '../../../runtime/reconciliation/merge-parts';
import { type RegisterStore, RunSuperseded } from '../../../runtime/reconciliation/register-store';
import { sideBySide } from '../../../runtime/side-by-side';
import type { Telemetry } from '../../../runtime/telemetry';
import {
  NIGHT_EVENT_SOURCE,
  NightEvent,
  NightMetric,
  type NightRun,
  type PlanAnswer,
  type ReconciliationCompleted,
  RunKey,
  type SideName,
} from '../contract';
import { carriesAny } from './carry-forward';
import { completedEvent } from './completed-event';
import { leaveCarried } from './leave-carried';
import type { Night, Nights } from './nights';
import { refusing } from './refusing';
import { writeReports } from './reports';
import { required, rulesOf, sourceFiles } from './run-inputs';
import type { RunStore } from './run-store';

export interface FinishDependencies {
  readonly store: RunStore;
  readonly register: RegisterStore;
  readonly nights: Pick<Nights, 'find' | 'isLast' | 'completed'>;
  readonly eventBridge: Pick<EventBridgeClient, 'send'>;
  readonly telemetry: Pick<Telemetry, 'count' | 'logger' | 'metrics'>;
  /** What DuckDB may hold. */
  readonly memoryBytes: number;
}

/** Runs whose figures are on the page, this one among them. */
const RUNS_SHOWN = 30;
const READS_AT_A_TIME = 16;

/**
 * Makes the report of a run from its parts, proves it complete, brings the register up to it, and tells what it came to.
 *
 * It may be killed at any request and repeated, also by another attempt, and ends the same:
 *
 * 1. The report is written once, and later steps read what stands.
 *    What is left over for the next night is joined from the parts, under keys of the run, and its list written once.
 * 2. The ids of what was open before are written once, then the register is changed; what was changed is counted in the transactions that change it. So the numbers are the
 *    run's, whichever of its calls made which change.
 * 3. The reports are written over those of an earlier run of the date.
 * 4. The event is written once, with those numbers, then put: copies of it are the same and have one id.
 * 5. Metrics are published, then the date is marked completed. What finds it marked does nothing.
 *
 * A run in whose place a later one of its date was begun changes nothing; nor does it from then on when that happens meanwhile, as it can when its execution was stopped but
 * this function goes on. Register and figures are written on the condition that there is none, reports on the condition that they are what they were before it was asked.
 *
 * @throws InputFault when a side has no rows, or above `limits.breaks` or `limits.badRows` of the rules
 * @throws IncompleteRun when the rows of the parts are not those of the sources
 */
export function createFinish(dependencies: FinishDependencies): (run: NightRun) => Promise<void> {
  return ({ date, run: number, attempt }) => {
    const run: NightRun = { date, run: number, attempt };
    return refusing(run, 'Finish', dependencies.store, () => finish(run, dependencies));
  };
}

async function finish(run: NightRun, dependencies: FinishDependencies): Promise<void> {
  const { nights, eventBridge, telemetry } = dependencies;
  const event = await unlessSuperseded(run, dependencies);
  if (event === undefined) return;
  await putEvent(NIGHT_EVENT_SOURCE, NightEvent.COMPLETED, event, eventBridge);
  measure(event, telemetry);
  await nights.completed(run);
}

/** @returns undefined when there is nothing to tell: it was told, or a later run was begun */
async function unlessSuperseded(run: NightRun, dependencies: FinishDependencies): Promise<ReconciliationCompleted | undefined> {
  const { store, telemetry } = dependencies;
  try {
    const night = await requireLast(run, dependencies);
    if (night?.run === run.run && night.state === 'completed') return undefined;
    return (await store.readJson<ReconciliationCompleted>(RunKey.completed(run))) ?? (await settle(run, dependencies));
  } catch (error) {
    if (!(error instanceof RunSuperseded)) throw error;
    telemetry.logger.warn('a later run of the date was begun: this one changes nothing more', { ...run });
    return undefined;
  }
}

/** @throws RunSuperseded */
async function requireLast({ date, run }: NightRun, { nights }: FinishDependencies): Promise<Night | undefined> {
  const night = await nights.find(date);
  if (night !== undefined && night.run > run) throw new RunSuperseded(`run ${night.run} of ${date} was begun after run ${run}`);
  return night;
}

async function settle(run: NightRun, dependencies: FinishDependencies): Promise<ReconciliationCompleted> {
  const { store, register, nights, memoryBytes } = dependencies;
  const rules = await rulesOf(run, store);
  const report =
    (await store.readJson<ReconciliationReport>(RunKey.report(run))) ??
    (await store.writeJsonOnce(RunKey.report(run), await merged(run, rules, store)));
  if (carriesAny(rules)) {
    const namesOf = async (side: SideName): Promise<readonly string[]> =>
      (await sourceFiles(run, side, rules, store)).map(({ name }) => name);
    const names = { left: await namesOf('left'), right: await namesOf('right') };
    await leaveCarried(run, { report, parts: await comparisonsOf(run, store), names }, { store, memoryBytes });
  }
  const openBefore =
    (await store.readJson<readonly string[]>(RunKey.openBefore(run))) ??
    (await store.writeJsonOnce(
      RunKey.openBefore(run),
      (await register.open(report.name)).map(({ id }) => id),
    ));
  const changes = `${report.name}#${run.date}#${run.run}`;
  const isLast = nights.isLast(run);
  await register.apply(report, changes, isLast);
  await register.recordRun(report.name, figuresOf(report), isLast);
  const entries = await register.entries([...new Set([...openBefore, ...report.breaks.map(({ id }) => id)])]);
  const context = {
    register: entries.filter(({ state, closed }) => state === 'open' || closed === report.date),
    runs: await register.runs(report.name, RUNS_SHOWN),
    minorUnits: rules.minorUnits,
  };
  const stillLast = async (): Promise<void> => void (await requireLast(run, dependencies));
  await writeReports(report, context, { store, memoryBytes, requireLast: stillLast });
  await stillLast();
  return store.writeJsonOnce(RunKey.completed(run), completedEvent(run, report, await register.changesOf(changes), store.bucket));
}

async function merged(run: NightRun, rules: ReconciliationRules, store: RunStore): Promise<ReconciliationReport> {
  const partitioned = async (side: SideName): Promise<readonly PartitionedSide[]> =>
    all(
      store,
      (await sourceFiles(run, side, rules, store)).map((_, file) => RunKey.partition(run, side, file)),
    );
  return mergeParts({
    rules,
    left: await partitioned('left'),
    right: await partitioned('right'),
    parts: await comparisonsOf(run, store),
  });
}

async function comparisonsOf(run: NightRun, store: RunStore): Promise<readonly PartReport[]> {
  const { parts } = await required<PlanAnswer>(store, RunKey.plan(run));
  return all<PartReport>(
    store,
    Array.from({ length: parts }, (_, part) => RunKey.comparison(run, part)),
  );
}

/** In the order of the keys. */
async function all<T>(store: RunStore, keys: readonly string[]): Promise<readonly T[]> {
  const found = new Map<string, T>();
  await sideBySide(keys, READS_AT_A_TIME, async (key) => void found.set(key, await required<T>(store, key)));
  return keys.map((key) => found.get(key)!);
}

/** At least once: who marks the date first and then dies would have told nobody of its breaks. */
function measure({ breaks, inTransit, badRows, rows }: ReconciliationCompleted, { count, metrics }: FinishDependencies['telemetry']): void {
  count(NightMetric.COMPLETED);
  count(NightMetric.BREAKS, undefined, breaks);
  count(NightMetric.IN_TRANSIT, undefined, inTransit);
  count(NightMetric.BAD_ROWS, undefined, badRows);
  count(NightMetric.ROWS, undefined, rows.left + rows.right);
  metrics.publishStoredMetrics();
}
