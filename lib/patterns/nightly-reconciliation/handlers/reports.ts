import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { breaksCsv } from '../../../runtime/reconciliation/breaks-csv';
import { writeBreaksParquet } from '../../../runtime/reconciliation/breaks-parquet';
import type { ReconciliationReport } from '../../../runtime/reconciliation/contract';
import type { PageContext } from '../../../runtime/reconciliation/page-context';
import { reportPage } from '../../../runtime/reconciliation/report-page';
import { ReportKey } from '../contract';
import type { RunStore } from './run-store';
import { withScratch } from './scratch';

/** Writes the reports of a date, over those of an earlier run of it. All but the page say what the report says and nothing else, so that the same report is the same bytes. */
export async function writeReports(
  report: ReconciliationReport,
  context: PageContext,
  { store, memoryBytes }: { readonly store: RunStore; readonly memoryBytes: number },
): Promise<void> {
  const { date } = report;
  const { minorUnits } = context;
  await withScratch(async ({ folder }) => {
    const parquet = path.join(folder, 'breaks.parquet');
    await writeBreaksParquet(report, { file: parquet, minorUnits, memoryBytes, temporaryDirectory: folder });
    await store.upload(ReportKey.parquet(date), parquet, 'application/vnd.apache.parquet');
    const csv = path.join(folder, 'breaks.csv');
    await pipeline(Readable.from(breaksCsv(report, minorUnits)), createWriteStream(csv));
    await store.upload(ReportKey.csv(date), csv, 'text/csv; charset=utf-8');
  });
  await store.writeJson(ReportKey.json(date), report);
  await store.writeText(ReportKey.page(date), await reportPage(report, context), 'text/html; charset=utf-8');
}
