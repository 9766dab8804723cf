import { InputFault } from '../../reconciliation-rules/input-fault';

const MILLISECONDS_A_DAY = 86_400_000;

/**
 * @returns days since 1970-01-01
 * @throws InputFault for anything but a day of the calendar as `YYYY-MM-DD`
 */
export function businessDayOf(date: string): number {
  const milliseconds = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (!Number.isFinite(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== date)
    throw new InputFault(`date: must be a day of the calendar as YYYY-MM-DD, given ${JSON.stringify(date)}`);
  return milliseconds / MILLISECONDS_A_DAY;
}
