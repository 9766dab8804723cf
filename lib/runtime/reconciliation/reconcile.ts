import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { businessDayOf } from './business-day';
import { comparePart } from './compare-part';
import type { PartitionedSide, PartReport, ReconciliationReport } from './contract';
import { joinParts } from './join-left-over';
import { rowsOf } from './left-over';
import { refuseTooManySoFar, refuseUnusable, sampleOf } from './limits';
import { mergeParts } from './merge-parts';
import { requireParts } from './part-files';
import { type PartitionRequest, partition } from './partition';
import type { SideName } from './row-expressions';

/** One file of a side. */
export type ReconcileSource = Pick<PartitionRequest, 'file' | 'name' | 'content' | 'mayBeEmpty' | 'isCarried'>;

export interface ReconcileRequest {
  readonly rules: ReconciliationRules;
  /** Path of each side on this machine; several when a side is in several files. */
  readonly left: string | ReadonlyArray<string | ReconcileSource>;
  readonly right: string | ReadonlyArray<string | ReconcileSource>;
  /** Business date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Folder for the parts and for what does not fit into memory. */
  readonly folder: string;
  /** Bytes the comparison may hold. */
  readonly memoryBytes: number;
  readonly threads: number;
  /**
   * In how many parts, one after the other, 1 to 1000. It changes nothing but the memory that is needed.
   *
   * @default 1
   */
  readonly parts?: number;
  /**
   * Whether breaks and rows in transit name each row behind them, not only the first.
   *
   * @default false
   */
  readonly eachRow?: boolean;
  /**
   * Paths to which rows of a side without counterpart are written, for the next date; none is written for a side that leaves none.
   *
   * @default - nothing is written
   */
  readonly leftOver?: Readonly<Partial<Record<SideName, string>>>;
  readonly progress?: (line: string) => void;
}

/**
 * Compares two sources by rules, on one machine: what a night's run does on many.
 *
 * @throws InputFault when a source is missing or empty, has too many bad rows, or differs in more than `limits.breaks`; nothing of it is a report
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconciliationReport> {
  const { rules, date, memoryBytes, threads, parts = 1, eachRow = false, leftOver = {}, progress = () => undefined } = request;
  // A wrong date is told before an hour of reading.
  businessDayOf(date);
  requireParts(parts);
  const folder = await mkdtemp(path.join(request.folder, 'reconciliation-'));
  try {
    const folderOf = (side: SideName, file: number): string => path.join(folder, side, String(file));
    const read = async (side: SideName): Promise<readonly PartitionedSide[]> => {
      const given = request[side];
      const files: PartitionedSide[] = [];
      for (const [index, one] of (typeof given === 'string' ? [given] : given).entries()) {
        const source = typeof one === 'string' ? { file: one } : one;
        const kind = { ...source, carries: leftOver[side] !== undefined };
        const partitioned = await partition({ ...kind, rules, side, parts, folder: folderOf(side, index), memoryBytes, threads });
        progress(`${side}: ${partitioned.totals.rows} rows of ${partitioned.file}, ${partitioned.badRows.length} bad`);
        files.push(partitioned);
      }
      refuseUnusable(rules, files);
      return files;
    };
    const [left, right] = [await read('left'), await read('right')];
    const reports: PartReport[] = [];
    let breaks = 0;
    let waiting = 0;
    const carrying = (['left', 'right'] as const).filter((side) => leftOver[side] !== undefined);
    const leftOverFile = (side: SideName, part: number): string => path.join(folder, `left-over-${side}-${part}.parquet`);
    for (let part = 0; part < parts; part += 1) {
      const of = (side: SideName, sources: readonly PartitionedSide[]): readonly string[] =>
        sources.map(({ files }, index) => path.join(folderOf(side, index), files[part]!));
      const files = { left: of('left', left), right: of('right', right) };
      const leaving = Object.fromEntries(carrying.map((side) => [side, leftOverFile(side, part)]));
      const common = { rules, date, part, parts, folder, memoryBytes, threads, eachRow };
      const report = await comparePart({ ...common, ...files, leftOver: leaving });
      progress(`part ${part + 1} of ${parts}: ${report.breaks.length} breaks`);
      reports.push(report);
      breaks += report.breaks.length;
      waiting += rowsOf(report.leftOver ?? []);
      refuseTooManySoFar(rules, { parts: part + 1, of: parts, breaks, leftOver: waiting }, sampleOf(report.breaks));
    }
    const report = mergeParts({ rules, left, right, parts: reports });
    for (const side of carrying) {
      const names = { left, right }[side].map(({ file }) => file);
      const filesOf = async (places: readonly number[]) => places.map((part) => leftOverFile(side, part));
      const whole = { report, parts: reports, side, names, filesOf, file: leftOver[side]! };
      await joinParts({ ...whole, memoryBytes, temporaryDirectory: folder });
    }
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
