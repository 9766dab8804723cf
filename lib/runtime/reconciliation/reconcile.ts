import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { businessDayOf } from './business-day';
import { comparePart } from './compare-part';
import type { PartReport, ReconciliationReport } from './contract';
import { mergeParts } from './merge-parts';
import { partition } from './partition';
import type { SideName } from './row-expressions';

export interface ReconcileRequest {
  readonly rules: ReconciliationRules;
  /** Paths of the sources on this machine. */
  readonly left: string;
  readonly right: string;
  /** Business date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Folder for the parts and for what does not fit into memory. */
  readonly folder: string;
  /** Bytes the comparison may hold. */
  readonly memoryBytes: number;
  readonly threads: number;
  /**
   * In how many parts, one after the other. It changes nothing but the memory that is needed.
   *
   * @default 1
   */
  readonly parts?: number;
  readonly progress?: (line: string) => void;
}

/**
 * Compares two sources by rules, on one machine: what a night's run does on many.
 *
 * @throws InputFault when a source is missing or empty, has too many bad rows, or differs in more than `limits.breaks`; nothing of it is a report
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconciliationReport> {
  const { rules, date, memoryBytes, threads, parts = 1, progress = () => undefined } = request;
  // A wrong date is told before an hour of reading.
  businessDayOf(date);
  const folder = await mkdtemp(path.join(request.folder, 'reconciliation-'));
  try {
    const read = async (side: SideName) => {
      const partitioned = await partition({ rules, side, file: request[side], parts, folder, memoryBytes, threads });
      progress(`${side}: ${partitioned.totals.rows} rows of ${request[side]}, ${partitioned.badRows.length} bad`);
      return partitioned;
    };
    const [left, right] = [await read('left'), await read('right')];
    const reports: PartReport[] = [];
    for (let part = 0; part < parts; part += 1) {
      const file = (name: string | undefined) => path.join(folder, name!);
      const files = { left: file(left.files[part]), right: file(right.files[part]) };
      const report = await comparePart({ rules, date, part, parts, ...files, folder, memoryBytes, threads });
      progress(`part ${part + 1} of ${parts}: ${report.breaks.length} breaks`);
      reports.push(report);
    }
    return mergeParts({ rules, left, right, parts: reports });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
