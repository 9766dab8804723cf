import { Decimal } from 'decimal.js';

/** AWS bills a month as 730 hours. */
export const HOURS_A_MONTH = 730;
export const SECONDS_A_MONTH = HOURS_A_MONTH * 3600;
/** Seconds that each hour of the day has in a month. */
export const SECONDS_OF_A_DAYS_HOUR = SECONDS_A_MONTH / 24;
export const DAYS_A_MONTH = HOURS_A_MONTH / 24;

export const ZERO = new Decimal(0);
const GIGABYTE = 2 ** 30;

export function gigabytes(bytes: number): number {
  return bytes / GIGABYTE;
}

/** Units of a size that a service bills, at least one. */
export function chunks(bytes: number, size: number): number {
  return Math.max(1, Math.ceil(bytes / size));
}

let sixDigits: Intl.NumberFormat | undefined;

/** For a person: `1,234.5`, six significant digits at most. */
export function shown(amount: number): string {
  // Made when it is needed: it takes longer than all sums of a small stack.
  sixDigits ??= new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });
  return sixDigits.format(amount);
}
