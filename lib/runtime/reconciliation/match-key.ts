import type { AmountTolerance, ReconciliationRules } from '../../reconciliation-rules/rules';
import { type AgreeInField, agreeInField } from './compared-fields';

/** A row, or a group of rows, of one key. */
export interface Item {
  /** Place of the first of its rows: which file of its side, 0 for the first, and which record of that. */
  readonly file: number;
  readonly row: number;
  /** How many rows: one, or those of a group. */
  readonly count: number;
  readonly grouped: boolean;
  /** Empty for a group of several currencies. */
  readonly currency: string;
  readonly minor: bigint;
  /** Days since 1970-01-01. */
  readonly day: number | undefined;
  readonly fields: readonly string[];
  /** Its own, where items of several keys are tried together. */
  readonly key?: string;
  /** Its keys by later rules, in their order; empty where a rule has no columns of its own. */
  readonly laterKeys?: readonly string[];
  /** Each of its rows, in order; only where it was asked for. */
  readonly eachRow?: readonly ItemRow[];
}

export type ItemRow = Pick<Item, 'file' | 'row' | 'currency' | 'minor'>;

export interface Tolerances {
  readonly amount: AmountTolerance;
  readonly days: number;
  /** In the order of the rules' fields. */
  readonly fields: readonly AgreeInField[];
}

export const tolerancesOf = ({ amount, date, fields = [] }: ReconciliationRules): Tolerances => ({
  amount: amount.tolerance ?? {},
  days: date?.toleranceDays ?? 0,
  fields: fields.map(agreeInField),
});

/** What becomes of the items of one key that stand on both sides. */
export interface KeyMatch {
  readonly agreed: ReadonlyArray<{ readonly left: Item; readonly right: Item }>;
  readonly differing: ReadonlyArray<{ readonly left: Item; readonly right: Item }>;
  /** More on one side than on the other. */
  readonly over: { readonly left: readonly Item[]; readonly right: readonly Item[] };
}

const PERCENT = /^(\d+)(?:\.(\d+))?$/;

/** The largest difference that two amounts may have, by both tolerances; the same seen from either side. */
export function allowedDifference({ minor = 0, percent }: AmountTolerance, left: bigint, right: bigint): bigint {
  const fixed = BigInt(minor);
  if (percent === undefined) return fixed;
  const [, whole = '0', fraction = ''] = PERCENT.exec(percent) ?? [];
  const larger = magnitude(left) > magnitude(right) ? magnitude(left) : magnitude(right);
  const share = (larger * BigInt(whole + fraction)) / 10n ** BigInt(fraction.length + 2);
  return share > fixed ? share : fixed;
}

export function agree(left: Item, right: Item, tolerances: Tolerances): boolean {
  return (
    agreesInAmount(left, right, tolerances) && agreesInDay(left, right, tolerances) && differingFields(left, right, tolerances).length === 0
  );
}

/** Different currencies never agree. */
export function agreesInAmount(left: Item, right: Item, { amount }: Tolerances): boolean {
  if (left.currency !== right.currency || left.currency === '') return false;
  return magnitude(right.minor - left.minor) <= allowedDifference(amount, left.minor, right.minor);
}

export function agreesInDay(left: Item, right: Item, { days }: Tolerances): boolean {
  return left.day === undefined || right.day === undefined || Math.abs(right.day - left.day) <= days;
}

/** A group has no fields of its own. */
export function differingFields(left: Item, right: Item, { fields }: Tolerances): readonly number[] {
  if (left.grouped || right.grouped) return [];
  return fields.flatMap((isSame, index) => (isSame(left.fields[index]!, right.fields[index]!) ? [] : [index]));
}

/**
 * Pairs the items of one key: first those that are equal, then as many as can agree within tolerances, then the rest in order. The outcome does not depend on the
 * order of the rows, and mirrors when the sides are swapped.
 */
export function matchKey(left: readonly Item[], right: readonly Item[], tolerances: Tolerances): KeyMatch {
  const sortedLeft = [...left].sort(compareItems);
  const sortedRight = [...right].sort(compareItems);
  const equal = takeEqual(sortedLeft, sortedRight);
  // The side that is first in the order of its values goes first, whichever name it has.
  const isSwapped = compareLists(equal.left, equal.right) > 0;
  const [first, second] = isSwapped ? [equal.right, equal.left] : [equal.left, equal.right];
  const partner = mostPairs(first, second, (a, b) => (isSwapped ? agree(b, a, tolerances) : agree(a, b, tolerances)));
  const within = first.flatMap((item, index) => (partner[index] === undefined ? [] : [[item, second[partner[index]!]!] as const]));
  const takenSecond = new Set(partner.filter((index) => index !== undefined));
  const restFirst = first.filter((_, index) => partner[index] === undefined);
  const restSecond = second.filter((_, index) => !takenSecond.has(index));
  const pairs = Math.min(restFirst.length, restSecond.length);
  const sided = ([a, b]: readonly [Item, Item]) => (isSwapped ? { left: b, right: a } : { left: a, right: b });
  const over = [restFirst.slice(pairs), restSecond.slice(pairs)] as const;
  return {
    agreed: [...equal.pairs, ...within.map(sided)],
    differing: restFirst.slice(0, pairs).map((item, index) => sided([item, restSecond[index]!])),
    over: isSwapped ? { left: over[1], right: over[0] } : { left: over[0], right: over[1] },
  };
}

/** Order by value, not by place in the file. */
export function compareItems(a: Item, b: Item): number {
  return (
    compare(a.currency, b.currency) ||
    compare(a.minor, b.minor) ||
    compare(a.day ?? 0, b.day ?? 0) ||
    compareTexts(a.fields, b.fields) ||
    compare(a.count, b.count) ||
    compare(a.key ?? '', b.key ?? '') ||
    compareTexts(a.laterKeys ?? [], b.laterKeys ?? []) ||
    compare(a.file, b.file) ||
    compare(a.row, b.row)
  );
}

function sameValues(a: Item, b: Item): boolean {
  return (
    a.currency === b.currency &&
    a.minor === b.minor &&
    a.day === b.day &&
    a.grouped === b.grouped &&
    a.count === b.count &&
    compareTexts(a.fields, b.fields) === 0
  );
}

function takeEqual(left: readonly Item[], right: readonly Item[]) {
  const pairs: { readonly left: Item; readonly right: Item }[] = [];
  const restRight = [...right];
  const restLeft = left.filter((item) => {
    const index = item.currency === '' ? -1 : restRight.findIndex((one) => sameValues(item, one));
    if (index === -1) return true;
    pairs.push({ left: item, right: restRight.splice(index, 1)[0]! });
    return false;
  });
  return { pairs, left: restLeft, right: restRight };
}

const NOWHERE = { file: 0, row: 0 } as const;

function compareLists(a: readonly Item[], b: readonly Item[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareItems({ ...a[index]!, ...NOWHERE }, { ...b[index]!, ...NOWHERE });
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * A maximum matching by augmenting paths (Kuhn): no order of trying leaves a pair out that could be had. Rows under one key are few.
 *
 * @returns for each of the first its partner among the second
 */
function mostPairs(first: readonly Item[], second: readonly Item[], fits: (a: Item, b: Item) => boolean): (number | undefined)[] {
  const takenBy = new Map<number, number>();
  const edges = first.map((a) => second.flatMap((b, index) => (fits(a, b) ? [index] : [])));
  const find = (from: number, seen: Set<number>): boolean => {
    for (const to of edges[from]!) {
      if (seen.has(to)) continue;
      seen.add(to);
      const former = takenBy.get(to);
      if (former === undefined || find(former, seen)) {
        takenBy.set(to, from);
        return true;
      }
    }
    return false;
  };
  for (let index = 0; index < first.length; index += 1) find(index, new Set());
  const partners: (number | undefined)[] = first.map(() => undefined);
  for (const [to, from] of takenBy) partners[from] = to;
  return partners;
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

function compare<T extends string | number | bigint>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  for (const [index, value] of a.entries()) {
    const order = compare(value, b[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
