import { UsageError } from '../usage-error';

/** @throws {UsageError} naming the option, what is allowed and what was given */
export function wholeNumber(option: string, given: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`${option}: must be a whole number from ${least} to ${most}, got ${JSON.stringify(given)}.`);
  return value;
}
