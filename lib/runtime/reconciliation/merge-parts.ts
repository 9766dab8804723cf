import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { PartitionedSide, PartReport, ReconciliationReport } from './contract';
import { refuseTooMany } from './limits';
import { checkCompleteness, proofOf } from './proof';
import { KEY_SEPARATOR } from './row-expressions';

export interface MergeRequest {
  readonly rules: ReconciliationRules;
  readonly left: PartitionedSide;
  readonly right: PartitionedSide;
  /** One report for each part, in any order. */
  readonly parts: readonly PartReport[];
}

/**
 * Makes one report of those of all parts, in order of the keys: the same whatever the number of parts.
 *
 * @throws Error when a part is missing, there twice or of another run
 * @throws IncompleteRun when the rows of the parts are not those of the sides
 * @throws InputFault above `limits.breaks`
 */
export function mergeParts({ rules, left, right, parts }: MergeRequest): ReconciliationReport {
  const ordered = [...parts].sort((a, b) => a.part - b.part);
  const expected = left.files.length;
  const first = ordered[0];
  if (first === undefined || right.files.length !== expected || ordered.length !== expected)
    throw new Error(`merge: left has ${expected} files, right ${right.files.length}, and there are ${ordered.length} reports of parts`);
  for (const [index, { part, parts: of, name, date }] of ordered.entries()) {
    if (part !== index || of !== expected) throw new Error(`merge: part ${index} of ${expected} is needed, given ${part} of ${of}`);
    if (name !== rules.name || date !== first.date)
      throw new Error(`merge: part ${part} is of ${name}, ${date}; the run is ${rules.name}, ${first.date}`);
  }
  const breaks = inOrderOfKeys(ordered.flatMap((part) => part.breaks));
  refuseTooMany(rules, breaks);
  const sum = (name: keyof PartReport['matched']): number => ordered.reduce((all, { matched }) => all + matched[name], 0);
  const read = (side: PartitionedSide) => ({ read: side.read, bad: side.badRows.length });
  const proof = proofOf(
    { left: read(left), right: read(right) },
    ordered.map(({ ends }) => ends),
  );
  const report: ReconciliationReport = {
    version: 1,
    name: rules.name,
    date: first.date,
    matched: { pairs: sum('pairs'), oneToMany: sum('oneToMany'), manyToOne: sum('manyToOne') },
    breaks,
    inTransit: inOrderOfKeys(ordered.flatMap((part) => part.inTransit)),
    badRows: [...left.badRows, ...right.badRows],
    totals: { left: left.totals, right: right.totals },
    proof,
  };
  checkCompleteness(report, proof);
  return report;
}

/** All of a key is in one part, in an order of its own that stays. */
function inOrderOfKeys<T extends { readonly key: readonly string[] }>(entries: readonly T[]): T[] {
  return entries
    .map((entry) => ({ entry, key: entry.key.join(KEY_SEPARATOR) }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))
    .map(({ entry }) => entry);
}
