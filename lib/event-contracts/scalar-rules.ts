import type { Incompatibility } from './comparison';
import type { Conjunction } from './conjunction';
import type { NumberKeyword, SchemaView } from './schema-view';
import { shown } from './wording';

type Fault = (was: string, is: string) => Incompatibility;

const NUMBER_FORMATS = ['int32', 'int64', 'float', 'double'];

/** A bound that must be as narrow as before. */
export function faultOfBound(
  next: Conjunction,
  previous: Pick<SchemaView, 'numbers'>,
  keyword: NumberKeyword,
  fault: Fault,
  given?: number,
): readonly Incompatibility[] {
  const was = previous.numbers[keyword];
  if (was === undefined) return [];
  const lower = keyword.startsWith('min');
  const is = given ?? (lower ? next.least(keyword) : next.most(keyword));
  if (is !== undefined && (lower ? is >= was : is <= was)) return [];
  return [fault(`${keyword} ${was}`, is === undefined || !Number.isFinite(is) ? `no ${keyword}` : `${keyword} ${is}`)];
}

export function faultsOfStrings(next: Conjunction, previous: SchemaView, fault: Fault): readonly Incompatibility[] {
  const { pattern, format } = previous;
  return [
    ...faultOfBound(next, previous, 'minLength', fault),
    ...faultOfBound(next, previous, 'maxLength', fault),
    ...faultOfWord(next, 'pattern', pattern, fault),
    ...faultOfWord(next, 'format', format && NUMBER_FORMATS.includes(format) ? undefined : format, fault),
  ];
}

/** What can't be compared but by its text. */
function faultOfWord(next: Conjunction, keyword: 'pattern' | 'format', was: string | undefined, fault: Fault): readonly Incompatibility[] {
  if (was === undefined || next.views.some((view) => view[keyword] === was)) return [];
  const is = next.views.map((view) => view[keyword]).find((one) => one !== undefined);
  return [fault(`${keyword} ${was}`, is === undefined ? `no ${keyword}` : `${keyword} ${is}`)];
}

export function faultsOfNumbers(next: Conjunction, previous: SchemaView, fault: Fault): readonly Incompatibility[] {
  const { numbers, format } = previous;
  const [lower, upper] = [bound(next, 1), bound(next, -1)];
  const found: Incompatibility[] = [];
  const check = (keyword: NumberKeyword, holds: boolean, is: Bound) => {
    if (!holds) found.push(fault(`${keyword} ${numbers[keyword]}`, is === undefined ? 'not bounded' : `bounded by ${is.value}`));
  };
  if (numbers.minimum !== undefined) check('minimum', lower !== undefined && lower.value >= numbers.minimum, lower);
  if (numbers.maximum !== undefined) check('maximum', upper !== undefined && upper.value <= numbers.maximum, upper);
  if (numbers.exclusiveMinimum !== undefined)
    check('exclusiveMinimum', lower !== undefined && isBeyond(lower.value - numbers.exclusiveMinimum, lower.exclusive), lower);
  if (numbers.exclusiveMaximum !== undefined)
    check('exclusiveMaximum', upper !== undefined && isBeyond(numbers.exclusiveMaximum - upper.value, upper.exclusive), upper);
  if (numbers.multipleOf !== undefined && !isMultiple(next, numbers.multipleOf)) {
    const is = next.views.map((view) => view.numbers.multipleOf).filter((one) => one !== undefined);
    found.push(fault(`multipleOf ${numbers.multipleOf}`, is.length === 0 ? 'no multipleOf' : `multipleOf ${is.map(shown).join(' and ')}`));
  }
  return [...found, ...faultOfWord(next, 'format', format && NUMBER_FORMATS.includes(format) ? format : undefined, fault)];
}

type Bound = { readonly value: number; readonly exclusive: boolean } | undefined;

function isBeyond(distance: number, exclusive: boolean): boolean {
  return distance > 0 || (distance === 0 && exclusive);
}

/** @param sign 1 for the lower bound, -1 for the upper */
function bound(next: Conjunction, sign: 1 | -1): Bound {
  const [inclusive, exclusive] =
    sign === 1 ? [next.least('minimum'), next.least('exclusiveMinimum')] : [next.most('maximum'), next.most('exclusiveMaximum')];
  const all: Bound[] = [
    inclusive === undefined ? undefined : { value: inclusive, exclusive: false },
    exclusive === undefined ? undefined : { value: exclusive, exclusive: true },
  ];
  const [one, other] = all.filter((given) => given !== undefined);
  if (one === undefined) return undefined;
  const narrower = other === undefined || sign * (one.value - other.value) > 0 ? one : other;
  if (next.kinds.has('fraction')) return narrower;
  // Of whole numbers, the next one that is within.
  const whole = sign * (Math.floor(sign * narrower.value) + (narrower.exclusive || !Number.isInteger(narrower.value) ? 1 : 0));
  return Number.isSafeInteger(whole) ? { value: whole, exclusive: false } : narrower;
}

/** Quotients are exact between the safe integers only. */
function isMultiple(next: Conjunction, of: number): boolean {
  const factors = next.views.map(({ numbers }) => numbers.multipleOf).filter((one) => one !== undefined);
  if (factors.includes(of)) return true;
  const [lower, upper] = [bound(next, 1), bound(next, -1)];
  const safe =
    lower !== undefined &&
    upper !== undefined &&
    Number.isSafeInteger(Math.trunc(lower.value)) &&
    Number.isSafeInteger(Math.trunc(upper.value));
  const whole = next.kinds.has('fraction') ? factors : [...factors, 1];
  return safe && Number.isSafeInteger(of) && whole.some((factor) => Number.isSafeInteger(factor) && factor % of === 0);
}
