import { deterministicId } from '../../../runtime/deterministic-id';
import type { ReconciliationReport } from '../../../runtime/reconciliation/contract';
import { figuresOf } from '../../../runtime/reconciliation/figures';
import type { RegisterCounts } from '../../../runtime/reconciliation/register-store';
import { NightEvent, type NightRun, type ReconciliationCompleted, ReportKey } from '../contract';

/** @param bucket name of the bucket, which also tells this reconciliation from one of the same name in another stack */
export function completedEvent(
  { date, run }: Pick<NightRun, 'date' | 'run'>,
  report: ReconciliationReport,
  { opened, closed, reopened }: Pick<RegisterCounts, 'opened' | 'closed' | 'reopened'>,
  bucket: string,
): ReconciliationCompleted {
  const { matched, breaks, classes, inTransit, badRows, rows } = figuresOf(report);
  const at = (key: string): string => `s3://${bucket}/${key}`;
  return {
    version: 1,
    eventId: deterministicId(NightEvent.COMPLETED, bucket, report.name, date, run),
    reconciliation: report.name,
    ...{ date, run, matched, breaks, classes, inTransit, badRows, rows, opened, closed, reopened },
    report: {
      json: at(ReportKey.json(date)),
      page: at(ReportKey.page(date)),
      csv: at(ReportKey.csv(date)),
      parquet: at(ReportKey.parquet(date)),
    },
  };
}
