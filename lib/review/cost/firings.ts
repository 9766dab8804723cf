import { DAYS_A_MONTH, HOURS_A_MONTH } from './amounts';

const MINUTES: Readonly<Record<string, number>> = { minute: 1, minutes: 1, hour: 60, hours: 60, day: 1440, days: 1440 };

/** Firings a month of `rate(…)`, and of the cron expressions whose fields are numbers, lists, steps, ranges or stars. */
export function firingsOf(expression: string): number | undefined {
  const rate = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(expression);
  if (rate) return (HOURS_A_MONTH * 60) / (Number(rate[1]) * MINUTES[rate[2]!]!);
  const cron = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) \S+\)$/.exec(expression);
  if (!cron) return expression.startsWith('at(') ? 1 / 12 : undefined;
  const [minutes, hours, days, months, weekdays] = [
    choices(cron[1]!, 60),
    choices(cron[2]!, 24),
    choices(cron[3]!, DAYS_A_MONTH),
    choices(cron[4]!, 12),
    choices(cron[5]!, 7),
  ];
  if ([minutes, hours, days, months, weekdays].includes(undefined)) return undefined;
  return minutes! * hours! * DAYS_A_MONTH * (days! / DAYS_A_MONTH) * (months! / 12) * (weekdays! / 7);
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function choices(field: string, all: number): number | undefined {
  if (field === '*' || field === '?') return all;
  let sum = 0;
  for (const part of field.split(',')) {
    const step = /^(?:\*|(\d+))\/(\d+)$/.exec(part);
    const range = /^(\w+)-(\w+)$/.exec(part);
    if (step) sum += Math.ceil((all - Number(step[1] ?? 0)) / Number(step[2]));
    else if (range) sum += placeOf(range[2]!) - placeOf(range[1]!) + 1;
    else if (/^(?:\d+|[A-Z]{3})$/.test(part)) sum += 1;
    else return undefined;
  }
  return Number.isFinite(sum) && sum > 0 ? sum : undefined;
}

function placeOf(text: string): number {
  const weekday = WEEKDAYS.indexOf(text);
  return weekday >= 0 ? weekday + 1 : Number(text);
}
