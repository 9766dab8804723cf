/** ISO 8601, without months and years, whose length the calendar decides: `PT30M`, `P1DT12H`, `P2W`. A day is 24 hours. */
export const DURATION_PATTERN = '^P(?=.)(\\d{1,4}W|(\\d{1,5}D)?(T(?=\\d)(\\d{1,6}H)?(\\d{1,7}M)?(\\d{1,9}S)?)?)$';

const SECONDS: Readonly<Record<string, number>> = { W: 604_800, D: 86_400, H: 3600, M: 60, S: 1 };

/** @param text as `DURATION_PATTERN` has it */
export function milliseconds(text: string): number {
  return [...text.matchAll(/(\d+)([WDHMS])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit!]! * 1000, 0);
}
