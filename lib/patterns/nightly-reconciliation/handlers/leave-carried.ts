import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { PartReport, ReconciliationReport } from '../../../runtime/reconciliation/contract';
import { joinParts } from '../../../runtime/reconciliation/join-left-over';
import { sideBySide } from '../../../runtime/side-by-side';
import { type NightRun, RunKey, type SideName, type SnapshotFile } from '../contract';
import type { RunStore } from './run-store';
import { withScratch } from './scratch';

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
    const left = await withScratch(async ({ folder }) => {
      const filesOf = async (places: readonly number[]): Promise<readonly string[]> => {
        const fileOf = (part: number): string => path.join(folder, `${part}.parquet`);
        await sideBySide(places, DOWNLOADS_AT_A_TIME, (part) => store.download(RunKey.carriedPart(run, side, part), fileOf(part)));
        return places.map(fileOf);
      };
      const file = path.join(folder, 'whole.parquet');
      const whole = { report, parts, side, names: names[side], filesOf, file };
      const records = await joinParts({ ...whole, memoryBytes, temporaryDirectory: folder });
      if (records === 0) return undefined;
      const key = RunKey.carriedFile(run, side);
      await store.upload(key, file);
      const { size: bytes } = await stat(file);
      return { key, name: `carried from ${run.date}`, bytes, content: 'parquet', records, carried: true } as const;
    });
    if (left !== undefined) files[side] = left;
  }
  await store.writeJsonOnce(RunKey.carried(run), files);
}
