import { Duration, type TimeZone } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { refuse, requireKnownSeconds, requireWithin } from '../../blocks/rule';
import { BusinessCalendar } from './business-calendar';
import type { CalendarSettings } from './contract';

/** A time of day on the clock of a time zone. */
export interface TimeOfDay {
  /** 0 to 23. */
  readonly hour: number;
  /**
   * 0 to 59.
   *
   * @default 0
   */
  readonly minute?: number;
}

/** Options of {@link BusinessSchedule.daily}. */
export interface DailyScheduleOptions extends TimeOfDay {
  /** Whose clock is meant, and where business days begin and end. */
  readonly timeZone: TimeZone;
  /**
   * Which days are business days. The scheduler calls every day; on a day that is none, the last business day has its run already and nothing happens.
   *
   * @default BusinessCalendar.everyDay()
   */
  readonly calendar?: BusinessCalendar;
  /**
   * When a business day ends. A run is for the last business day that has ended when it is due.
   *
   * @default - midnight
   */
  readonly cutOff?: TimeOfDay;
  /**
   * By how much the start may be later, so that not everything runs at the full hour; up to 4 hours, whole minutes.
   *
   * @default - not at all
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
   */
  readonly flexibleWindow?: Duration;
}

/**
 * When a reconciliation runs, and for which business day.
 *
 * **Daylight saving.** EventBridge Scheduler leaves a call out on the day whose clocks skip its time, and calls once on the day that has it twice. So that no night is left
 * out, a second schedule calls on those days of the week and months, later by what the clocks skip; on all other nights that call finds the run started and does nothing.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export class BusinessSchedule {
  /** Every day at a time of day. */
  public static daily(options: DailyScheduleOptions): BusinessSchedule {
    return new BusinessSchedule(options);
  }

  /** @internal */
  public readonly _zone: string;
  /** @internal */
  public readonly _flexibleWindow?: Duration;
  private readonly time: TimeOfDay;
  private readonly cutOff?: TimeOfDay;
  private readonly calendar: BusinessCalendar;

  private constructor(options: DailyScheduleOptions) {
    this._zone = options.timeZone.timezoneName;
    this._flexibleWindow = options.flexibleWindow;
    this.time = options;
    this.cutOff = options.cutOff;
    this.calendar = options.calendar ?? BusinessCalendar.everyDay();
  }

  /**
   * Minutes after local midnight.
   *
   * @internal
   */
  public get _minuteOfDay(): number {
    return minutesOf(this.time);
  }

  /** @internal */
  public get _flexibleMinutes(): number {
    return this._flexibleWindow?.toMinutes() ?? 0;
  }

  /** @internal */
  public get _settings(): CalendarSettings {
    return {
      timeZone: this._zone,
      cutOffMinutes: (this.cutOff && minutesOf(this.cutOff)) || MINUTES_A_DAY,
      weekdays: this.calendar._weekdays,
      holidays: this.calendar._holidays,
    };
  }

  /** @internal */
  public _check(scope: Construct): void {
    checkTime(scope, 'the schedule', this.time);
    if (this.cutOff) checkTime(scope, 'the end of a business day', this.cutOff);
    this.calendar._check(scope);
    if (!isZone(this._zone)) {
      refuse(scope, {
        rule: 'the time zone of a schedule is one of the IANA database',
        allowed: 'for example TimeZone.EUROPE_ZURICH',
        given: `'${this._zone}'`,
        remedy: 'Use one of the constants of TimeZone.',
      });
    }
    if (!this._flexibleWindow) return;
    const minutes = requireKnownSeconds(scope, 'the flexible window of a schedule', this._flexibleWindow) / 60;
    requireWithin(scope, 'flexible window of a schedule in minutes', minutes, [1, MOST_FLEXIBLE.toMinutes()], 'Change flexibleWindow.');
  }
}

export const MINUTES_A_DAY = 1440;
/** EventBridge Scheduler takes up to a day, but then a night could be over before its run begins. */
const MOST_FLEXIBLE = Duration.hours(4);

function minutesOf({ hour, minute = 0 }: TimeOfDay): number {
  return hour * 60 + minute;
}

function checkTime(scope: Construct, of: string, { hour, minute }: TimeOfDay) {
  requireWithin(scope, `hour of ${of}`, hour, [0, 23], 'Change hour.');
  requireWithin(scope, `minute of ${of}`, minute, [0, 59], 'Change minute.');
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
