export type Side = 'left' | 'right';

/** Decimals of the currencies that occur. */
export const DIGITS = { EUR: 2, USD: 2, JPY: 0, KWD: 3 } as const;
export type Currency = keyof typeof DIGITS;

/** Why a row can't be read or judged. */
export const FAULTS = ['columns', 'number', 'decimals', 'date', 'encoding', 'quote', 'currency', 'key'] as const;
export type Fault = (typeof FAULTS)[number];

/** What a row says. How it says it is its file's: order of columns, form of dates, line ends. */
export interface Row {
  readonly side: Side;
  /** As they stand in the file, white space and all. */
  readonly id: string;
  readonly account: string;
  readonly batch: string;
  readonly amount: string;
  readonly currency: string;
  /** The amount as it is compared: in minor units, and with the ledger's sign. */
  readonly minor: bigint;
  /** Days since 1970-01-01. */
  readonly day: number;
  /** In lower case without spaces; a file may write it otherwise. */
  readonly iban: string;
  /** With single spaces; a file may put line breaks in their place. */
  readonly purpose: string;
  /** Which of the side's files it is in, 0 for the first. */
  readonly file: number;
  /** Its place in the file, in [0, 1): in ascending order. */
  readonly slot: number;
  /** Set for a row that is no row. */
  readonly fault?: Fault;
  /** Stands in place of the date. */
  readonly dateText?: string;
}

/** Files a side has, and which of them is JSON Lines. */
export const FILES = 3;
export const JSON_FILE = 2;

const MILLISECONDS_A_DAY = 86_400_000;

export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / MILLISECONDS_A_DAY;

/** Few days have many rows. */
const dates = new Map<number, string>();

export function dateOf(day: number): string {
  const known = dates.get(day);
  if (known !== undefined) return known;
  const date = new Date(day * MILLISECONDS_A_DAY).toISOString().slice(0, 10);
  dates.set(day, date);
  return date;
}

/** Minor units as a decimal text with all decimals of the currency. */
export function decimal(minor: bigint, currency: Currency): string {
  const digits = DIGITS[currency];
  const padded = String(minor < 0n ? -minor : minor).padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  return `${minor < 0n ? '-' : ''}${whole}${digits === 0 ? '' : `.${padded.slice(-digits)}`}`;
}
