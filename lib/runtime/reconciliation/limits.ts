import { InputFault } from '../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { BadRow, Break, PartitionedSide } from './contract';

/** More than this is a wrong file. The report of so many took 1.1 GB of memory; the function that writes it has five times as much. */
const USUAL_MOST_BREAKS = 100_000;

/** @throws InputFault with a sample above `limits.breaks` */
export function refuseTooMany(rules: ReconciliationRules, breaks: readonly Break[]): void {
  const most = rules.limits?.breaks ?? USUAL_MOST_BREAKS;
  if (breaks.length <= most) return;
  const sample = breaks.slice(0, 5).map((one) => `${one.key.join(' / ')}: ${one.class}`);
  throw new InputFault(
    `more than ${most} breaks, the most that limits.breaks allows: is one of the files a wrong one? ${sample.join('; ')}`,
  );
}

const USUAL_BAD_SHARE = 0.05;

/**
 * Looks at a whole side, of one file or several.
 *
 * @throws InputFault when it has no records, or above the share of bad rows that `limits.badRows` allows
 */
export function refuseUnusable(rules: ReconciliationRules, files: readonly PartitionedSide[]): void {
  const records = files.reduce((all, { read }) => all + read, 0);
  // What an earlier night left over is no delivery.
  const delivered = files.filter(({ carried }) => carried === undefined);
  const badRows = badRowsOf(files);
  const side = files[0]?.side ?? 'a side';
  if (delivered.every(({ read }) => read === 0))
    throw new InputFault(`${side}: ${delivered.length} files hold no rows; an empty source is a failed run, not one without breaks`);
  const most = rules.limits?.badRows ?? USUAL_BAD_SHARE;
  if (badRows.length <= most * records) return;
  const sample = badRows
    .slice(0, 5)
    .map(({ file, record, line, reason }) => `${file === undefined ? '' : `${file} `}record ${record}, line ${line}: ${reason}`);
  throw new InputFault(
    `${side}: ${badRows.length} of ${records} rows are bad, more than the share of ${most} that limits.badRows allows. ${sample.join('; ')}`,
  );
}

/** Bad rows of a side; each names its file when there are several. */
export function badRowsOf(files: readonly PartitionedSide[]): readonly BadRow[] {
  if (files.length === 1) return files[0]!.badRows;
  return files.flatMap(({ file, badRows }) => badRows.map(({ side, ...where }) => ({ side, file, ...where })));
}
