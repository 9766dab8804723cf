import { Decimal } from 'decimal.js';
import type { KindCost, LoadReport } from '../report';

/** For a person: two decimals, or as many as two figures that count need. */
export function dollars(amount: string): string {
  const value = new Decimal(amount);
  if (value.isZero()) return '$0';
  if (value.abs().lt('0.01')) return `$${value.toSignificantDigits(2).toFixed()}`;
  return `$${value.toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ',')}`;
}

export function events(load: LoadReport): string {
  return new Decimal(load.events).toFixed(0).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** What stands above the column of a load. */
export function headOf(load: LoadReport): string {
  return load.title ?? events(load);
}

/** `43 % requests, 16 % compute`: what one event's price is made of, the largest first; parts below one percent are left out. */
export function parts(kinds: readonly KindCost[]): string {
  return [...kinds]
    .sort((a, b) => b.shareOfEvent - a.shareOfEvent)
    .filter(({ shareOfEvent }) => shareOfEvent >= 0.01)
    .map(({ kind, shareOfEvent }) => `${Math.round(shareOfEvent * 100)} % ${kind}`)
    .join(', ');
}

/** Rows of text as columns, numbers to the right. */
export function columns(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)), []);
  return rows.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)))
      .join('  ')
      .trimEnd(),
  );
}
