import { UsageError } from '../usage-error';

const SECONDS = { s: 1, min: 60 } as const;

/** `20/s` or `30/min`, in messages a second. @throws {UsageError} for anything else */
export function rateOf(given: string): number {
  const [, count, unit] = /^(\d{1,6})(?:\/(s|min))?$/.exec(given) ?? [];
  const rate = Number(count) / SECONDS[(unit ?? 's') as keyof typeof SECONDS];
  if (!(rate > 0)) throw new UsageError(`--rate: must be a rate such as 20/s or 30/min, got ${JSON.stringify(given)}.`);
  return rate;
}

const TIME_UNITS = { min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90min`, `8h` or `2d`, in milliseconds. @throws {UsageError} for anything else */
export function timeOf(option: string, given: string): number {
  const [, count, unit] = /^(\d{1,4})(min|h|d)$/.exec(given) ?? [];
  const time = Number(count) * TIME_UNITS[unit as keyof typeof TIME_UNITS];
  if (!(time > 0)) throw new UsageError(`${option}: must be a time such as 90min, 8h or 2d, got ${JSON.stringify(given)}.`);
  return time;
}

/** @throws {UsageError} when the reason is missing */
export function reason(command: string, given: string | undefined): string {
  const text = given?.trim();
  if (!text) throw new UsageError(`parked ${command}: say why, with --because "…". It stands in the audit list.`);
  return text;
}
