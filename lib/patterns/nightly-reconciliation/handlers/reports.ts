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

/**
 * Writes the reports of a date, over those of an earlier run of it and never over those of a later one. All but the page say what the report says and nothing else, so that the
 * same report is the same bytes.
 *
 * @throws what `requireLast` does when a later run of the date was begun
 */
export async function writeReports(
  report: ReconciliationReport,
  context: PageContext,
  {
    store,
    memoryBytes,
    requireLast,
  }: { readonly store: RunStore; readonly memoryBytes: number; readonly requireLast: () => Promise<void> },
): Promise<void> {
  const { date } = report;
  const { minorUnits } = context;
  await withScratch(async ({ folder }) => {
    const parquet = path.join(folder, 'breaks.parquet');
    await writeBreaksParquet(report, { file: parquet, minorUnits, memoryBytes, temporaryDirectory: folder });
    const upload = (key: string, file: string, contentType: string): Promise<void> =>
      store.writeOver(key, requireLast, (condition) => store.upload(key, file, contentType, condition));
    await upload(ReportKey.parquet(date), parquet, 'application/vnd.apache.parquet');
    const csv = path.join(folder, 'breaks.csv');
    await pipeline(Readable.from(breaksCsv(report, minorUnits)), createWriteStream(csv));
    await upload(ReportKey.csv(date), csv, 'text/csv; charset=utf-8');
  });
  const [json, page, html] = [ReportKey.json(date), ReportKey.page(date), await reportPage(report, context)];
  await store.writeOver(json, requireLast, (condition) => store.writeJson(json, report, condition));
  await store.writeOver(page, requireLast, (condition) => store.writeText(page, html, 'text/html; charset=utf-8', condition));
}
