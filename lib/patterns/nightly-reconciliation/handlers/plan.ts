import { InputFault } from '../../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../../reconciliation-rules/rules';
import { parseRules } from '../../../reconciliation-rules/rules-file';
import { MOST_PARTS } from '../../../runtime/reconciliation/part-files';
import { formatOf } from '../../../runtime/reconciliation/source-format';
import {
  type CarriedFiles,
  type CompareItem,
  type NightRun,
  type PlanAnswer,
  type ReadItem,
  type RulesPlace,
  RunKey,
  type SideName,
  type SnapshotFile,
} from '../contract';
import { takeCarried } from './carry-forward';
import { refusing } from './refusing';
import { snapshotFiles } from './run-inputs';
import type { RunStore } from './run-store';

export interface PlanDependencies {
  readonly store: RunStore;
  /** Reads the rules as they were published with the stack. */
  readonly readRules: () => Promise<string | undefined>;
  /** For errors. */
  readonly rulesPlace: RulesPlace;
  /** Bytes of both sides that one part may have. */
  readonly partBytes: number;
}

const SIDES: readonly SideName[] = ['left', 'right'];

/**
 * How much larger than its bytes a file is once it is read: rows of a ledger as text come to about five times their gzip or zstd, and to about four times their Parquet.
 * To count too much makes parts smaller, and costs no more than some requests.
 */
const GROWTH = { compressed: 6, parquet: 4 } as const;

/**
 * Decides how many parts a run has, with which rules, and what is to be read and compared. Decided once: another attempt of the run gets the same.
 *
 * @throws InputFault when the rules are wrong, or a side has no file
 */
export function createPlan(dependencies: PlanDependencies): (run: NightRun) => Promise<PlanAnswer> {
  return (run) => refusing(run, 'Plan', dependencies.store, () => plan(run, dependencies));
}

async function plan({ date, run: number, attempt }: NightRun, dependencies: PlanDependencies): Promise<PlanAnswer> {
  const { store, partBytes } = dependencies;
  const run: NightRun = { date, run: number, attempt };
  const rules = await keepRules(run, dependencies);
  const carried = await takeCarried(run, rules, store);
  const files = { left: await filesOf(run, 'left', carried, store), right: await filesOf(run, 'right', carried, store) };
  const known = await store.readJson<PlanAnswer>(RunKey.plan(run));
  const parts = known?.parts ?? partsOf([...files.left, ...files.right], partBytes);
  // Before the plan that names them, and again by each attempt, whose refusals lie under its own number.
  await store.writeJson(
    RunKey.reads(run),
    SIDES.flatMap((side) => files[side].map((_, file): ReadItem => ({ ...run, side, file, parts }))),
  );
  await store.writeJson(
    RunKey.comparisons(run),
    Array.from({ length: parts }, (_, part): CompareItem => ({ ...run, part, parts })),
  );
  return known ?? store.writeJsonOnce(RunKey.plan(run), { parts, reads: RunKey.reads(run), comparisons: RunKey.comparisons(run) });
}

async function keepRules(run: NightRun, { store, readRules, rulesPlace }: PlanDependencies): Promise<ReconciliationRules> {
  const kept = await store.readJson<ReconciliationRules>(RunKey.rules(run));
  if (kept !== undefined) return kept;
  const place = `s3://${rulesPlace.bucket}/${rulesPlace.key}`;
  const text = await readRules();
  if (text === undefined) throw new InputFault(`the rules are missing: ${place} is not there; deploy the stack again`);
  return store.writeJsonOnce(RunKey.rules(run), parseRules(`rules (${place})`, text));
}

async function filesOf(
  run: NightRun,
  side: SideName,
  { [side]: carried }: CarriedFiles,
  store: RunStore,
): Promise<readonly SnapshotFile[]> {
  const files = await snapshotFiles(run, side, store);
  if (files.length === 0) throw new InputFault(`${side}: has no file; a missing source is a failed run, not one without breaks`);
  return carried === undefined ? files : [...files, carried];
}

export function partsOf(files: readonly SnapshotFile[], partBytes: number): number {
  const bytes = files.reduce((sum, file) => sum + file.bytes * growthOf(file), 0);
  return Math.min(MOST_PARTS, Math.max(1, Math.ceil(bytes / partBytes)));
}

function growthOf({ name, content }: SnapshotFile): number {
  const format = formatOf(name);
  return format.compression !== undefined ? GROWTH.compressed : (content ?? format.content) === 'parquet' ? GROWTH.parquet : 1;
}
