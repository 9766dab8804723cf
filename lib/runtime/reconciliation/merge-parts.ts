import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { PartitionedSide, PartReport, ReconciliationReport, SideTotals } from './contract';
import { settleLeftOver } from './left-over';
import { badRowsOf, refuseTooMany, refuseUnusable } from './limits';
import { requireOneEngine } from './part-files';
import { checkCompleteness, proofOf } from './proof';
import { KEY_SEPARATOR } from './row-expressions';

export interface MergeRequest {
  readonly rules: ReconciliationRules;
  /** One for each file of the side, in the order in which they were compared. */
  readonly left: readonly PartitionedSide[];
  readonly right: readonly PartitionedSide[];
  /** One report for each part, in any order. */
  readonly parts: readonly PartReport[];
}

/**
 * Makes one report of those of all parts, in order of the keys: the same whatever the number of parts.
 *
 * @throws Error when a part is missing, there twice or of another run, or files were cut by different versions of the database
 * @throws IncompleteRun when the rows of the parts are not those of the sides
 * @throws InputFault when a side has no rows, or above `limits.breaks`, `limits.badRows` or `limits.leftOver`, or a later rule has too many possible pairs
 */
export function mergeParts({ rules, left, right, parts }: MergeRequest): ReconciliationReport {
  const ordered = [...parts].sort((a, b) => a.part - b.part);
  const files = [...left, ...right];
  const expected = left[0]?.files.length ?? 0;
  const first = ordered[0];
  const other = files.find((one) => one.files.length !== expected);
  if (other !== undefined)
    throw new Error(`merge: ${other.side} ${other.file} was cut into ${other.files.length} parts, ${left[0]?.file} into ${expected}`);
  if (first === undefined || left.length === 0 || right.length === 0 || ordered.length !== expected)
    throw new Error(
      `merge: left has ${left.length} files, right ${right.length}, cut into ${expected} parts, and there are ${ordered.length} reports of parts`,
    );
  requireOneEngine(files);
  for (const side of [left, right]) refuseUnusable(rules, side);
  for (const [index, { part, parts: of, name, date, leftOver }] of ordered.entries()) {
    if (part !== index || of !== expected) throw new Error(`merge: part ${index} of ${expected} is needed, given ${part} of ${of}`);
    if (name !== rules.name || date !== first.date)
      throw new Error(`merge: part ${part} is of ${name}, ${date}; the run is ${rules.name}, ${first.date}`);
    if ((leftOver === undefined) !== (rules.later === undefined))
      throw new Error(`merge: part ${part} was compared by rules ${leftOver ? 'with' : 'without'} later ones; the run's are others`);
  }
  const settled =
    rules.later && settleLeftOver(rules, ordered, { left: left.map(({ file }) => file), right: right.map(({ file }) => file) });
  const decided = settled === undefined ? ordered : [...ordered, settled];
  const breaks = inOrderOfKeys(decided.flatMap((one) => one.breaks));
  refuseTooMany(rules, breaks);
  const sum = (name: keyof PartReport['matched']): number => ordered.reduce((all, { matched }) => all + matched[name], 0);
  const read = (side: readonly PartitionedSide[]) => ({
    read: sumOf(side, (one) => one.read),
    bad: sumOf(side, (one) => one.badRows.length),
    carried: side.find(({ carried }) => carried),
  });
  const proof = proofOf(
    { left: read(left), right: read(right) },
    decided.map(({ ends }) => ends),
  );
  const report: ReconciliationReport = {
    version: 1,
    name: rules.name,
    date: first.date,
    matched: { pairs: sum('pairs') + (settled?.matches.length ?? 0), oneToMany: sum('oneToMany'), manyToOne: sum('manyToOne') },
    ...(settled && { later: settled.matches }),
    breaks,
    inTransit: inOrderOfKeys(decided.flatMap((one) => one.inTransit)),
    badRows: [...badRowsOf(left), ...badRowsOf(right)],
    totals: { left: totalsOf(left), right: totalsOf(right) },
    proof,
  };
  checkCompleteness(report, proof);
  return report;
}

const sumOf = (files: readonly PartitionedSide[], figure: (file: PartitionedSide) => number): number =>
  files.reduce((sum, file) => sum + figure(file), 0);

function totalsOf(files: readonly PartitionedSide[]): SideTotals {
  const byCurrency = new Map<string, bigint>();
  for (const { totals } of files)
    for (const [currency, minor] of Object.entries(totals.byCurrency))
      byCurrency.set(currency, (byCurrency.get(currency) ?? 0n) + BigInt(minor));
  return {
    rows: sumOf(files, ({ totals }) => totals.rows),
    badRows: sumOf(files, ({ totals }) => totals.badRows),
    byCurrency: Object.fromEntries(
      [...byCurrency].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minor]) => [currency, String(minor)]),
    ),
  };
}

/** All of a key is in one part, in an order of its own that stays. */
function inOrderOfKeys<T extends { readonly key: readonly string[] }>(entries: readonly T[]): T[] {
  return entries
    .map((entry) => ({ entry, key: entry.key.join(KEY_SEPARATOR) }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))
    .map(({ entry }) => entry);
}
