import { reportedName, sideOf } from '../../reconciliation-rules/per-side';
import type { ComparedField, NumberTolerance } from '../../reconciliation-rules/rules';
import { text } from './database';
import { dayOf } from './date-texts';
import { describeStyle, plainNumber } from './number-texts';
import type { SideName } from './row-expressions';

const MILLISECONDS_A_DAY = 86_400_000;
const MOST_DIGITS_BEFORE = 15;
const MOST_DECIMALS = 12;
/** Holds them; times a percentage of nine digits they still fit 128 bits. */
const NUMBER = `DECIMAL(${MOST_DIGITS_BEFORE + MOST_DECIMALS}, ${MOST_DECIMALS})`;
const NUMBER_SHAPE = `[+-]?0*[0-9]{1,${MOST_DIGITS_BEFORE}}([.][0-9]{1,${MOST_DECIMALS}}0*)?`;

/**
 * SQL of the text by which a field is compared, NULL for one that is none of its kind. Numbers and days have one text each, so that those which are equal are seen to be.
 *
 * @param sql of the text after `normalise`, without outer white space where it is a number or a day
 */
export function comparedText({ number, date }: ComparedField, side: SideName, sql: string, isTypedDate: boolean): string {
  if (date !== undefined) return `CASE WHEN ${sql} = '' THEN '' ELSE (${dayOf(sql, date.formats, isTypedDate)})::VARCHAR END`;
  if (number === undefined) return sql;
  const plain = plainNumber(sql, number, side);
  return `CASE WHEN ${sql} = '' THEN '' WHEN regexp_full_match(${plain}, '${NUMBER_SHAPE}')
    THEN rtrim(rtrim(TRY_CAST(${plain} AS ${NUMBER})::VARCHAR, '0'), '.') END`;
}

/** SQL of why a field is none of its kind. */
export function faultOfField({ column, number }: ComparedField, side: SideName): string {
  const kind =
    number === undefined
      ? 'no date of the calendar in the format asked for'
      : `no number${describeStyle(number, side)} of at most ${MOST_DIGITS_BEFORE} digits before and ${MOST_DECIMALS} behind the decimal point`;
  return text(`${sideOf(column, side)}: ${kind}`);
}

/** Whether a field may be no value of its kind. */
export const isJudged = ({ number, date }: ComparedField): boolean => number !== undefined || date !== undefined;

/** SQL that is true where two fields agree, within their tolerance. */
export function fieldsAgree({ number, date }: ComparedField, left: string, right: string): string {
  const equal = `${left} = ${right}`;
  if (date !== undefined && (date.toleranceDays ?? 0) > 0)
    return `(${equal} OR coalesce(abs(TRY_CAST(${left} AS DATE) - TRY_CAST(${right} AS DATE)) <= ${date.toleranceDays}, false))`;
  if (number?.tolerance === undefined) return equal;
  const value = (sql: string): string => `replace(TRY_CAST(${sql} AS ${NUMBER})::VARCHAR, '.', '')::HUGEINT`;
  const { fixed, percent, percentDigits } = exact(number.tolerance);
  const share = `(greatest(abs(${value(left)}), abs(${value(right)})) * ${percent}::HUGEINT) // ${10n ** BigInt(percentDigits + 2)}::HUGEINT`;
  return `(${equal} OR coalesce(abs(${value(left)} - ${value(right)}) <= greatest(${fixed}::HUGEINT, ${share}), false))`;
}

/** Whether two values of one field agree: the same as {@link fieldsAgree} says. */
export type AgreeInField = (left: string, right: string) => boolean;

export function agreeInField({ number, date }: ComparedField): AgreeInField {
  if (date !== undefined) {
    const most = (date.toleranceDays ?? 0) * MILLISECONDS_A_DAY;
    return (left, right) => left === right || Math.abs(Date.parse(left) - Date.parse(right)) <= most;
  }
  if (number?.tolerance === undefined) return (left, right) => left === right;
  const { fixed, percent, percentDigits } = exact(number.tolerance);
  return (left, right) => {
    if (left === right) return true;
    if (left === '' || right === '') return false;
    const [a, b] = [scaled(left), scaled(right)];
    const larger = magnitude(a) > magnitude(b) ? magnitude(a) : magnitude(b);
    const share = (larger * percent) / 10n ** BigInt(percentDigits + 2);
    return magnitude(a - b) <= (share > fixed ? share : fixed);
  };
}

/** What reports call a field. */
export const fieldName = ({ column }: ComparedField): string => reportedName(column);

function exact({ absolute = '0', percent = '0' }: NumberTolerance) {
  const [whole, fraction = ''] = percent.split('.');
  return { fixed: scaled(absolute), percent: BigInt(whole + fraction), percentDigits: fraction.length };
}

/** A decimal text as a whole number. */
function scaled(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(MOST_DECIMALS, '0'));
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
