import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { comparePart } from '../lib/runtime/reconciliation/compare-part';
import type { PartReport, ReconciliationReport } from '../lib/runtime/reconciliation/contract';
import { mergeParts } from '../lib/runtime/reconciliation/merge-parts';
import { partition } from '../lib/runtime/reconciliation/partition';
import { dataDiff } from './data-diff';
import { type Ratio, report } from './measure';
import { costLines } from './reconciliation-cost';
import { withinMemory } from './reconciliation-memory';
import {
  bareJoin,
  csv,
  MEMORY_BYTES,
  parquet,
  ROWS_A_BREAK,
  ROWS_A_PART,
  RULES,
  type Sources,
  sourcesIn,
  THREADS,
} from './reconciliation-sources';

const MOST_OF_JOIN = 1.3;
const MOST_WITH_PARTITIONING = 3;
/** A row among more of them takes at most so much longer. */
const MOST_GROWTH = 1.5;
const ROWS_OF_GROWTH = [1_000_000, 2_500_000, 5_000_000];
/** What `data-diff` gets through in a minute or two. */
const ROWS_OF_DATA_DIFF = 500_000;
const MOST_OF_DATA_DIFF = 0.2;

/**
 * Two CSV files of `rows` rows of which one in a thousand differs, by our path in parts against one bare full outer join of the same engine: of the same Parquet files
 * for compare and merge, of the same CSV files with partitioning included. Ratios are of processor time, which other work on the machine inflates on both sides alike; the
 * elapsed time stands beside.
 */
export async function reconciliationWithinTargets(rows = 10_000_000): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-bench-'));
  try {
    const sources = await sourcesIn(folder, rows);
    console.log(
      `        ${rows} rows a side, CSV of ${megabytes(statSync(sources.left).size)} MB; load before ${loadavg()
        .map((one) => one.toFixed(1))
        .join(' ')}`,
    );
    const joinCsv = await measured('bare join, CSV', () => bareJoin(folder, csv(sources.left), csv(sources.right)));
    const { parts, files, partitioned, compared } = await ourPath(sources, path.join(folder, 'parts'), rows);
    const joinParquet = await measured('bare join, Parquet', () => bareJoin(folder, parquet(files.left), parquet(files.right)));

    const expected = requireBreaks(compared.value, rows);
    const differing = joinParquet.value;
    if (differing !== expected || joinCsv.value !== expected)
      throw new Error(`the bare joins find ${joinCsv.value} and ${differing} of ${expected}`);
    const results = [
      report(
        ratio(
          `compare and merge of ${parts} parts`,
          'one bare full outer join of the same Parquet files',
          MOST_OF_JOIN,
          compared,
          joinParquet,
        ),
      ),
      report(
        ratio(
          `partition, compare and merge of ${parts} parts`,
          'one bare full outer join of the same CSV files',
          MOST_WITH_PARTITIONING,
          together(partitioned, compared),
          joinCsv,
        ),
      ),
      withinMemory(path.join(folder, 'memory')),
      await growthWithinTarget(folder, rows, together(partitioned, compared)),
      await fasterThanDataDiff(folder),
    ];
    const aMillion = (milliseconds: number): number => milliseconds / 1000 / (rows / 1e6);
    for (const line of costLines(ROWS_A_PART, { read: aMillion(partitioned.milliseconds), compare: aMillion(compared.milliseconds) }))
      console.log(line);
    return results.every(Boolean);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Partition, compare and merge, one part after the other, as functions of a night do it beside each other. */
async function ourPath(sources: Sources, cut: string, rows: number) {
  const parts = Math.max(1, Math.ceil(rows / ROWS_A_PART));
  const common = { rules: RULES, parts, folder: cut, memoryBytes: MEMORY_BYTES, threads: THREADS };
  const partitioned = await measured('partition both sides', async () => ({
    left: await partition({ ...common, side: 'left', file: sources.left }),
    right: await partition({ ...common, side: 'right', file: sources.right }),
  }));
  const { left, right } = partitioned.value;
  const files = { left: left.files.map((name) => path.join(cut, name)), right: right.files.map((name) => path.join(cut, name)) };
  const compared = await measured('compare and merge', async () => {
    const reports: PartReport[] = [];
    for (let part = 0; part < parts; part += 1)
      reports.push(await comparePart({ ...common, date: '2026-11-21', part, left: [files.left[part]!], right: [files.right[part]!] }));
    return mergeParts({ rules: RULES, left: [left], right: [right], parts: reports });
  });
  return { parts, files, partitioned, compared };
}

/** @returns how many breaks there are, as many as were generated */
function requireBreaks({ matched, breaks }: ReconciliationReport, rows: number): number {
  const expected = Math.ceil(rows / ROWS_A_BREAK);
  if (breaks.length !== expected || matched.pairs !== rows - expected)
    throw new Error(`${breaks.length} breaks and ${matched.pairs} pairs, ${expected} and ${rows - expected} were generated`);
  return expected;
}

async function growthWithinTarget(folder: string, rows: number, whole: Spent): Promise<boolean> {
  const results: boolean[] = [];
  for (const fewer of ROWS_OF_GROWTH.filter((one) => one < rows)) {
    const few = path.join(folder, `growth-${fewer}`);
    const { partitioned, compared } = await ourPath(await sourcesIn(few, fewer), path.join(few, 'parts'), fewer);
    rmSync(few, { recursive: true });
    const names = [`a million rows among ${rows}`, `a million rows among ${fewer}`] as const;
    results.push(report(ratio(...names, MOST_GROWTH, shareOf(whole, 1e6 / rows), shareOf(together(partitioned, compared), 1e6 / fewer))));
  }
  return results.every(Boolean);
}

/** Ours reads CSV files; what `data-diff` needs to load them before is not counted. It has no tolerance, so it lists what differs at all: the same rows here. */
async function fasterThanDataDiff(folder: string): Promise<boolean> {
  const work = path.join(folder, 'data-diff');
  const sources = await sourcesIn(work, ROWS_OF_DATA_DIFF);
  const theirs = dataDiff(sources, work, path.join(tmpdir(), 'cdk-breakwater-data-diff'));
  if (typeof theirs === 'string') {
    console.log(`        data-diff is left out: ${theirs}`);
    return true;
  }
  const { partitioned, compared } = await ourPath(sources, path.join(work, 'parts'), ROWS_OF_DATA_DIFF);
  const expected = requireBreaks(compared.value, ROWS_OF_DATA_DIFF);
  if (theirs.rows !== 2 * expected) throw new Error(`data-diff lists ${theirs.rows} rows, ${2 * expected} differ`);
  const ours = together(partitioned, compared);
  console.log(
    `        data-diff over ${ROWS_OF_DATA_DIFF} rows a side: ${theirs.hashSeconds.toFixed(1)} s (processor ${theirs.hashProcessorSeconds.toFixed(1)} s) between two databases; ${theirs.joinSeconds.toFixed(1)} s when both tables are in one, which joins them there`,
  );
  return report(
    ratio(
      `partition, compare and merge of ${ROWS_OF_DATA_DIFF} rows a side`,
      'data-diff between two DuckDB databases',
      MOST_OF_DATA_DIFF,
      ours,
      { milliseconds: theirs.hashSeconds * 1000, processor: theirs.hashProcessorSeconds * 1000 },
    ),
  );
}

interface Spent {
  readonly milliseconds: number;
  /** Milliseconds of processors, in this process with all its threads. */
  readonly processor: number;
}

interface Measured<T> extends Spent {
  readonly value: T;
}

const together = (a: Spent, b: Spent): Spent => ({ milliseconds: a.milliseconds + b.milliseconds, processor: a.processor + b.processor });
const shareOf = ({ milliseconds, processor }: Spent, share: number): Spent => ({
  milliseconds: milliseconds * share,
  processor: processor * share,
});

/** Once: at this size a run outweighs what disturbs it. Prints processor time beside, which other work on the machine inflates less, and the most memory it held. */
async function measured<T>(name: string, subject: () => Promise<T>): Promise<Measured<T>> {
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const before = process.cpuUsage();
  const start = performance.now();
  try {
    const value = await subject();
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    most = Math.max(most, process.memoryUsage.rss());
    console.log(
      `        ${name.padEnd(22)} ${(milliseconds / 1000).toFixed(1).padStart(7)} s, processor ${((user + system) / 1e6).toFixed(1).padStart(7)} s, resident at most ${megabytes(most)} MB, load ${loadavg()[0]!.toFixed(1)}`,
    );
    return { value, milliseconds, processor: (user + system) / 1000 };
  } finally {
    clearInterval(watch);
  }
}

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

/** Of processor time; says what the elapsed time comes to. */
function ratio(name: string, baseline: string, target: number, own: Spent, other: Spent): Ratio {
  console.log(`        elapsed, ${name}: ${(own.milliseconds / other.milliseconds).toFixed(3)} of ${baseline}`);
  return {
    name,
    baseline,
    target,
    milliseconds: own.processor,
    baselineMilliseconds: other.processor,
    ratio: own.processor / other.processor,
  };
}

/** `node dist/bench/reconciliation.js [rows]` */
if (require.main === module) {
  reconciliationWithinTargets(process.argv[2] === undefined ? undefined : Number(process.argv[2])).then(
    (met) => {
      process.exitCode = met ? 0 : 1;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
