import type { Construct } from 'constructs';
import { refuse } from '../../blocks/rule';

/** Options of {@link BusinessCalendar.mondayToFriday}. */
export interface WeekdayCalendarOptions {
  /**
   * Days that are no business days although they fall on a Monday to Friday, as `YYYY-MM-DD`, at most 150.
   *
   * @default - none
   */
  readonly holidays?: string[];
}

/** Which days are business days. On any other day nothing is reconciled: its rows belong to the next business day. */
export class BusinessCalendar {
  /** Every day of the year. */
  public static everyDay(): BusinessCalendar {
    return new BusinessCalendar([0, 1, 2, 3, 4, 5, 6], []);
  }

  /** Mondays to Fridays that are no holidays. */
  public static mondayToFriday(options: WeekdayCalendarOptions = {}): BusinessCalendar {
    return new BusinessCalendar([1, 2, 3, 4, 5], options.holidays ?? []);
  }

  /** @internal */
  public readonly _weekdays: readonly number[];
  /** @internal */
  public readonly _holidays: readonly string[];

  private constructor(weekdays: readonly number[], holidays: readonly string[]) {
    this._weekdays = weekdays;
    this._holidays = [...new Set(holidays)].sort();
  }

  /** @internal */
  public _check(scope: Construct): void {
    const remedy = 'Change holidays of BusinessCalendar.mondayToFriday().';
    const wrong = this._holidays.find((day) => !isDay(day));
    if (wrong !== undefined) {
      refuse(scope, { rule: 'a holiday is a day of the calendar', allowed: 'YYYY-MM-DD', given: JSON.stringify(wrong), remedy });
    }
    if (this._holidays.length > MOST_HOLIDAYS) {
      refuse(scope, {
        rule: 'holidays must fit the environment of a function, which Lambda limits to 4 KB in all',
        allowed: `at most ${MOST_HOLIDAYS}`,
        given: String(this._holidays.length),
        remedy: 'Leave out those that are past.',
      });
    }
  }
}

/** At 13 bytes each, half of the environment. */
const MOST_HOLIDAYS = 150;

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}
