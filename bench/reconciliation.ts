import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { ReconciliationRules } from '../lib/reconciliation-rules/rules';
import { comparePart } from '../lib/runtime/reconciliation/compare-part';
import type { PartReport, ReconciliationReport } from '../lib/runtime/reconciliation/contract';
import { Database, text } from '../lib/runtime/reconciliation/database';
import { mergeParts } from '../lib/runtime/reconciliation/merge-parts';
import { partition } from '../lib/runtime/reconciliation/partition';
import { dataDiff } from './data-diff';
import { type Ratio, report } from './measure';
import { costLines } from './reconciliation-cost';

/** What a function of 2 GB leaves the engine beside Node.js. */
const MEMORY_BYTES = 1536 * 1024 * 1024;
const THREADS = 2;
/** What a function has. */
const FUNCTION_BYTES = 2 * 1024 * 1024 * 1024;
const ROWS_A_PART = 2_500_000;
/** One of so many rows differs. */
const ROWS_A_BREAK = 1000;
const MOST_OF_JOIN = 1.3;
const MOST_WITH_PARTITIONING = 3;
/** Ten times the rows take at most so much more than ten times as long. */
const MOST_GROWTH = 1.5;
const ROWS_OF_GROWTH = 1_000_000;
/** What `data-diff` gets through in a minute or two. */
const ROWS_OF_DATA_DIFF = 500_000;
const MOST_OF_DATA_DIFF = 0.2;

const RULES: ReconciliationRules = {
  version: 1,
  name: 'bench',
  key: [{ column: 'reference' }],
  amount: { column: 'amount', currency: { column: 'currency' }, tolerance: { minor: 2 } },
  date: { column: 'date', toleranceDays: 2 },
};

/**
 * Two CSV files of `rows` rows of which one in a thousand differs, by our path in parts against one bare full outer join of the same engine: of the same Parquet files
 * for compare and merge, of the same CSV files with partitioning included.
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
          { milliseconds: partitioned.milliseconds + compared.milliseconds },
          joinCsv,
        ),
      ),
      withinMemory(compared.resident),
      await growthWithinTarget(folder, rows, partitioned.milliseconds + compared.milliseconds),
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

function withinMemory(resident: number): boolean {
  const isWithin = resident < FUNCTION_BYTES;
  console.log(
    `${isWithin ? 'met   ' : 'MISSED'}  a part of ${ROWS_A_PART} rows a side: resident at most ${megabytes(resident)} MB, this process included (target ${megabytes(FUNCTION_BYTES)})`,
  );
  return isWithin;
}

async function growthWithinTarget(folder: string, rows: number, milliseconds: number): Promise<boolean> {
  if (rows <= ROWS_OF_GROWTH) return true;
  const sources = await sourcesIn(path.join(folder, 'growth'), ROWS_OF_GROWTH);
  const { partitioned, compared } = await ourPath(sources, path.join(folder, 'growth/parts'), ROWS_OF_GROWTH);
  const few = partitioned.milliseconds + compared.milliseconds;
  return report(
    ratio(
      `a row of ${rows}`,
      `a row of ${ROWS_OF_GROWTH}`,
      MOST_GROWTH,
      { milliseconds: milliseconds / (rows / ROWS_OF_GROWTH) },
      { milliseconds: few },
    ),
  );
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
  const ours = partitioned.milliseconds + compared.milliseconds;
  console.log(
    `        data-diff over ${ROWS_OF_DATA_DIFF} rows a side: ${theirs.hashSeconds.toFixed(1)} s (processor ${theirs.hashProcessorSeconds.toFixed(1)} s) between two databases; ${theirs.joinSeconds.toFixed(1)} s when both tables are in one, which joins them there`,
  );
  return report(
    ratio(
      `partition, compare and merge of ${ROWS_OF_DATA_DIFF} rows a side`,
      'data-diff between two DuckDB databases',
      MOST_OF_DATA_DIFF,
      { milliseconds: ours },
      { milliseconds: theirs.hashSeconds * 1000 },
    ),
  );
}

interface Measured<T> {
  readonly value: T;
  readonly milliseconds: number;
  /** Most bytes the process held. */
  readonly resident: number;
}

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
    return { value, milliseconds, resident: most };
  } finally {
    clearInterval(watch);
  }
}

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

const ratio = (
  name: string,
  baseline: string,
  target: number,
  { milliseconds }: { readonly milliseconds: number },
  { milliseconds: baselineMilliseconds }: { readonly milliseconds: number },
): Ratio => ({ name, baseline, target, milliseconds, baselineMilliseconds, ratio: milliseconds / baselineMilliseconds });

async function withDatabase<T>(folder: string, use: (database: Database) => Promise<T>): Promise<T> {
  const temporaryDirectory = path.join(folder, 'temporary');
  mkdirSync(temporaryDirectory, { recursive: true });
  const database = await Database.open({ memoryBytes: MEMORY_BYTES, threads: THREADS, temporaryDirectory });
  try {
    return await use(database);
  } finally {
    database.close();
  }
}

interface Sources {
  readonly left: string;
  readonly right: string;
}

async function sourcesIn(folder: string, rows: number): Promise<Sources> {
  mkdirSync(folder, { recursive: true });
  const sources = { left: path.join(folder, 'left.csv'), right: path.join(folder, 'right.csv') };
  await generate(sources, rows);
  return sources;
}

/** Both sides in orders of their own; every thousandth amount differs by more than the tolerance. */
async function generate(files: Sources, rows: number): Promise<void> {
  await withDatabase(path.dirname(files.left), async (database) => {
    const side = (cents: string, seed: number) => `SELECT 'TX' || lpad(i::VARCHAR, 12, '0') AS reference,
      (${cents} // 100)::VARCHAR || '.' || lpad((${cents} % 100)::VARCHAR, 2, '0') AS amount,
      ['EUR', 'USD', 'CHF'][1 + (hash(i, 1) % 3)::INTEGER] AS currency, DATE '2026-11-01' + (hash(i, 2) % 20)::INTEGER AS date
      FROM (SELECT (r * 7919 + ${seed}) % ${rows} AS i, hash(i) % 10000000 AS cents FROM range(${rows}) AS numbers(r))`;
    await database.run(`COPY (${side('cents', 0)}) TO ${text(files.left)} (FORMAT csv, HEADER)`);
    await database.run(
      `COPY (${side(`(cents + CASE WHEN i % ${ROWS_A_BREAK} = 0 THEN 3 ELSE 0 END)`, 4001)}) TO ${text(files.right)} (FORMAT csv, HEADER)`,
    );
  });
}

const csv = (file: string): string =>
  `(SELECT reference AS k, currency, amount::DECIMAL(18, 2) * 100 AS minor, date AS day
    FROM read_csv(${text(file)}, columns = {'reference': 'VARCHAR', 'amount': 'VARCHAR', 'currency': 'VARCHAR', 'date': 'DATE'}))`;
const parquet = (files: readonly string[]): string => `(SELECT k, currency, minor, day FROM read_parquet([${files.map(text).join(', ')}]))`;

/** @returns how many rows differ */
function bareJoin(folder: string, left: string, right: string): Promise<number> {
  return withDatabase(folder, async (database) => {
    const [found] = await database.rows<{ readonly differing: bigint }>(`SELECT count(*) AS differing
      FROM ${left} AS l FULL JOIN ${right} AS r USING (k)
      WHERE l.currency IS DISTINCT FROM r.currency OR l.minor IS NULL OR r.minor IS NULL OR abs(l.minor - r.minor) > 2 OR abs(l.day - r.day) > 2`);
    return Number(found!.differing);
  });
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
