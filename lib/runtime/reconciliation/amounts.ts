import type { ReportedRow } from './contract';

/**
 * An exact amount as decimal text: `-1234567.89`.
 *
 * @param minor minor units, as decimal text
 * @param digits decimals of the currency
 */
export function decimalText(minor: string, digits: number): string {
  const isNegative = minor.startsWith('-');
  const padded = (isNegative ? minor.slice(1) : minor).padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  return `${isNegative ? '-' : ''}${whole}${digits === 0 ? '' : `.${padded.slice(-digits)}`}`;
}

/** A decimal text with its thousands apart, as a person reads it. */
export function grouped(decimal: string): string {
  const [whole, fraction] = decimal.split('.') as [string, string?];
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** Currency of the difference of a break; empty when it stands for several. */
export function currencyOf({
  left,
  right,
}: {
  readonly left?: Pick<ReportedRow, 'currency'>;
  readonly right?: Pick<ReportedRow, 'currency'>;
}): string {
  if (left === undefined || right === undefined) return (left ?? right)?.currency ?? '';
  return left.currency === right.currency ? left.currency : '';
}
