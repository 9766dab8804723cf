import type { Break, ReconciliationReport } from '../runtime/reconciliation/contract';

const SHOWN = 20;

/** The report for a person; every row of it is in `--json`. */
export function describe(report: ReconciliationReport): string {
  const { matched, breaks, inTransit, badRows, totals } = report;
  const classes = new Map<string, number>();
  for (const one of breaks) classes.set(one.class, (classes.get(one.class) ?? 0) + 1);
  const sums = (side: 'left' | 'right'): string =>
    Object.entries(totals[side].byCurrency)
      .map(([currency, minor]) => `${currency} ${minor}`)
      .join(', ');
  return [
    `${report.name}, ${report.date}`,
    ...(['left', 'right'] as const).map(
      (side) => `  ${side.padEnd(10)} ${totals[side].rows} rows, ${totals[side].badRows} bad; minor units ${sums(side) || 'none'}`,
    ),
    `  matched    ${matched.pairs} pairs, ${matched.oneToMany} one to many, ${matched.manyToOne} many to one`,
    `  in transit ${inTransit.length}`,
    `  breaks     ${breaks.length}${breaks.length > 0 ? `: ${[...classes].map(([name, count]) => `${name} ${count}`).join(', ')}` : ''}`,
    ...some(breaks.map(line), 'breaks'),
    ...some(
      badRows.map((bad) => `bad row    ${bad.side} ${placeOf(bad)}, line ${bad.line}: ${bad.reason}`),
      'bad rows',
    ),
  ].join('\n');
}

function line({ id, class: name, key, count, left, right, differenceMinor, days }: Break): string {
  const amounts = [left, right]
    .map((row) => (row === undefined ? '-' : `${row.currency} ${row.amountMinor} (${placeOf(row)})`))
    .join(' | ');
  const more = [
    differenceMinor !== undefined && left !== undefined && right !== undefined && `difference ${differenceMinor}`,
    days !== undefined && days !== 0 && `${days} days`,
    count > 1 && `${count} rows`,
  ].filter((part) => part !== false);
  return `${id} ${name.padEnd(15)} ${key.join(' / ')}: ${amounts}${more.length > 0 ? `; ${more.join(', ')}` : ''}`;
}

export const placeOf = ({ file, record }: { readonly file?: string; readonly record: number }): string =>
  `${file === undefined ? '' : `${file} `}record ${record}`;

/** The first of them, and how many there are beside. */
export function some(lines: readonly string[], name: string): string[] {
  if (lines.length === 0) return [];
  return ['', ...lines.slice(0, SHOWN), ...(lines.length > SHOWN ? [`... and ${lines.length - SHOWN} more ${name}; --json has all`] : [])];
}
