import { stat } from 'node:fs/promises';
import path from 'node:path';
import { joinLeftOver } from '../../../runtime/reconciliation/carried-rows';
import type { PartReport, ReconciliationReport } from '../../../runtime/reconciliation/contract';
import { Database } from '../../../runtime/reconciliation/database';
import { matchedSince } from '../../../runtime/reconciliation/left-over';
import { IncompleteRun } from '../../../runtime/reconciliation/proof';
import { type NightRun, RunKey, type SideName, type SnapshotFile } from '../contract';
import type { RunStore } from './run-store';
import { withScratch } from './scratch';
import { sideBySide } from './side-by-side';

const SIDES: readonly SideName[] = ['left', 'right'];
const DOWNLOADS_AT_A_TIME = 16;

export interface LeftByRun {
  readonly report: ReconciliationReport;
  readonly parts: readonly PartReport[];
  /** Names of the files of each side, in their order. */
  readonly names: Readonly<Record<SideName, readonly string[]>>;
}

/**
 * Makes one file a side of the rows that the parts of a run left over, and no later rule matched; their list is written last, once.
 *
 * @throws IncompleteRun when a file has other rows than the parts say
 */
export async function leaveCarried(
  run: NightRun,
  { report, parts, names }: LeftByRun,
  { store, memoryBytes }: { readonly store: RunStore; readonly memoryBytes: number },
): Promise<void> {
  if (await store.exists(RunKey.carried(run))) return;
  const files: Partial<Record<SideName, SnapshotFile>> = {};
  for (const side of SIDES) {
    const places = parts.filter(({ carried }) => (carried?.[side] ?? 0) > 0).map(({ part }) => part);
    if (places.length === 0) continue;
    const matched = matchedSince(report, parts, side, names[side]);
    const expected = parts.reduce((rows, { carried }) => rows + (carried?.[side] ?? 0), 0) - matched.length;
    if (expected === 0) continue;
    files[side] = await withScratch(async ({ folder }) => {
      const fileOf = (part: number): string => path.join(folder, `${part}.parquet`);
      await sideBySide(places, DOWNLOADS_AT_A_TIME, (part) => store.download(RunKey.carriedPart(run, side, part), fileOf(part)));
      const whole = path.join(folder, 'whole.parquet');
      const database = await Database.open({ memoryBytes, threads: 1, temporaryDirectory: folder });
      try {
        const { rows, without } = await joinLeftOver(database, places.map(fileOf), { file: whole, matched });
        if (rows !== expected || without !== matched.length)
          throw new IncompleteRun(
            `${side}: the parts left ${expected + matched.length} rows over, of which later rules matched ${matched.length}; but ${rows} would be carried forward, ${without} not`,
          );
      } finally {
        database.close();
      }
      const key = RunKey.carriedFile(run, side);
      await store.upload(key, whole);
      const { size: bytes } = await stat(whole);
      return { key, name: `carried from ${run.date}`, bytes, content: 'parquet', records: expected, carried: true } as const;
    });
  }
  await store.writeJsonOnce(RunKey.carried(run), files);
}
