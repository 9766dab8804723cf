import { InputFault } from '../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { BadRow, Break, PartitionedSide } from './contract';

/** More than this is a wrong file. The report of so many took 1.1 GB of memory; the function that writes it has five times as much. */
const USUAL_MOST_BREAKS = 100_000;

/** @throws InputFault with a sample above `limits.breaks` */
export function refuseTooMany(rules: ReconciliationRules, breaks: readonly Break[]): void {
  if (hasTooManyBreaks(rules, breaks.length)) throw tooMany(rules, '', sampleOf(breaks));
}

export const hasTooManyBreaks = (rules: ReconciliationRules, breaks: number): boolean => breaks > mostBreaks(rules);

/** What the parts that were compared so far came to. */
export interface PartsSoFar {
  readonly parts: number;
  readonly of: number;
  readonly breaks: number;
  /** Rows for later rules. */
  readonly leftOver: number;
}

/**
 * Sees to it that a run stops when its parts together are above a limit, and not only when all of them are compared.
 *
 * @param sample as `sampleOf` makes it
 * @throws InputFault above `limits.breaks` or `limits.leftOver`
 */
export function refuseTooManySoFar(
  rules: ReconciliationRules,
  { parts, of, breaks, leftOver }: PartsSoFar,
  sample: readonly string[],
): void {
  const where = of === 1 ? '' : ` in ${parts} of ${of} parts`;
  if (hasTooManyBreaks(rules, breaks)) throw tooMany(rules, where, sample);
  refuseTooManyLeftOver(rules, leftOver, where);
}

/** Of both sides; they are held in memory when a run is merged. So many, all of which matched, took 0.9 GB and 16 s of one processor. */
const USUAL_MOST_LEFT_OVER = 200_000;

/** @throws InputFault above `limits.leftOver` */
export function refuseTooManyLeftOver({ limits }: ReconciliationRules, rows: number, where = ''): void {
  const most = limits?.leftOver ?? USUAL_MOST_LEFT_OVER;
  if (rows > most)
    throw new InputFault(
      `${rows} rows are left over for later rules${where}, more than the ${most} that limits.leftOver allows: is one of the files a wrong one?`,
    );
}

/** What people see of too many breaks. */
export const sampleOf = (breaks: readonly Break[]): readonly string[] =>
  breaks.slice(0, 5).map((one) => `${one.key.join(' / ')}: ${one.class}`);

const mostBreaks = ({ limits }: ReconciliationRules): number => limits?.breaks ?? USUAL_MOST_BREAKS;

const tooMany = (rules: ReconciliationRules, where: string, sample: readonly string[]): InputFault =>
  new InputFault(
    `more than ${mostBreaks(rules)} breaks${where}, the most that limits.breaks allows: is one of the files a wrong one? ${sample.join('; ')}`,
  );

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
