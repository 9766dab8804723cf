import type { Break, LaterMatch, ReconciliationReport } from '../runtime/reconciliation/contract';

const SHOWN = 20;

/** The report for a person; every row of it is in `--json`. */
export function describe(report: ReconciliationReport): string {
  const { matched, later = [], breaks, inTransit, badRows, totals } = report;
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
    ...(later.length > 0 ? [`  of these   ${laterCounts(later)} by later rules`] : []),
    `  in transit ${inTransit.length}`,
    `  breaks     ${breaks.length}${breaks.length > 0 ? `: ${[...classes].map(([name, count]) => `${name} ${count}`).join(', ')}` : ''}`,
    ...some(breaks.map(line), 'breaks'),
    ...some(later.map(laterLine), 'matches by later rules'),
    ...some(
      badRows.map((bad) => `bad row    ${bad.side} ${placeOf(bad)}, line ${bad.line}: ${bad.reason}`),
      'bad rows',
    ),
  ].join('\n');
}

function laterCounts(later: readonly LaterMatch[]): string {
  const counts = new Map<string, number>();
  for (const { rule } of later) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, count]) => `${rule} ${count}`).join(', ');
}

function laterLine({ rule, key, left, right, differenceMinor, days = 0 }: LaterMatch): string {
  const amounts = [left, right].map((row) => `${row.currency} ${row.amountMinor} (${placeOf(row)})`).join(' | ');
  const differs = [differenceMinor !== '0' && `; difference ${differenceMinor}`, days !== 0 && `; ${days} days`].filter(Boolean).join('');
  return `matched by ${rule} ${key.left.join(' / ')} with ${key.right.join(' / ')}: ${amounts}${differs}`;
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
