import { currencyOf, grouped } from '../../runtime/reconciliation/amounts';
import type { BreakFacts, RegisteredRow } from '../../runtime/reconciliation/register';
import { paint, type Terminal } from '../commands/terminal';
import type { Night } from './nights';

/** Which one is talked of. */
export function heading(terminal: Terminal, { path, reconciliation, stack, region }: Night): string {
  return `${paint(terminal, 'bold', path)} (${reconciliation}, stack ${stack}, ${region})\n`;
}

export const keyOf = (key: readonly string[]): string => key.join(' / ');

/** A side of a break; amounts in minor units, as only the rules know all currencies' decimals. */
export function sideOf(row: RegisteredRow | undefined): string {
  if (row === undefined) return '-';
  return `${row.currency} ${grouped(row.amountMinor)}${row.rows === undefined ? '' : ` in ${row.rows} rows`}`.trim();
}

/** Right less left, in minor units; empty where a side is missing. */
export function differenceOf(one: BreakFacts): string {
  if (one.differenceMinor === undefined || one.left === undefined || one.right === undefined) return '';
  return `${currencyOf(one)} ${grouped(one.differenceMinor)}`.trim();
}

/** `1 day`, `12 days`. */
export function days(count: number): string {
  return `${count} ${Math.abs(count) === 1 ? 'day' : 'days'}`;
}
