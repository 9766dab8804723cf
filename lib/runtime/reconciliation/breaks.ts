import { createHash } from 'node:crypto';
import type { BreakClass, ReconciliationRules } from '../../reconciliation-rules/rules';
import type { OriginOf } from './carried-rows';
import type { OpenKey } from './compare';
import { fieldName } from './compared-fields';
import type { Break, InTransit, LaterMatch, ReportedRow } from './contract';
import type { LaterPair, LeftOverKey } from './later-rules';
import {
  agree,
  agreesInAmount,
  agreesInDay,
  compareItems,
  differingFields,
  type Item,
  type KeyMatch,
  matchKey,
  type Tolerances,
  tolerancesOf,
} from './match-key';
import { KEY_SEPARATOR, type SideName } from './row-expressions';

/** What one key came to. */
export interface KeyOutcome {
  readonly pairs: number;
  readonly oneToMany: number;
  readonly manyToOne: number;
  /** What agrees, on each side. */
  readonly matched: Readonly<Record<SideName, readonly Item[]>>;
  readonly breaks: readonly Break[];
  readonly inTransit: readonly InTransit[];
}

/** Names of the files of each side. */
export type FileNames = Readonly<Record<SideName, readonly string[]>>;

/** Decides on keys that do not simply agree. */
export class BreakFinder {
  readonly #rules: ReconciliationRules;
  readonly #businessDay: number;
  readonly #tolerances: Tolerances;
  readonly #files: FileNames;
  readonly #originOf: OriginOf;

  /** @param files names of the files of each side, in order */
  constructor(rules: ReconciliationRules, businessDay: number, files: FileNames = ONE_FILE, originOf: OriginOf = () => undefined) {
    this.#rules = rules;
    this.#originOf = originOf;
    this.#files = files;
    this.#businessDay = businessDay;
    this.#tolerances = tolerancesOf(rules);
  }

  decide({ key, left, right }: Pick<OpenKey, 'key' | 'left' | 'right'>): KeyOutcome {
    if (left.length === 0) return this.#oneSided(key, 'right', right);
    if (right.length === 0) return this.#oneSided(key, 'left', left);
    return left.some(({ grouped }) => grouped) || right.some(({ grouped }) => grouped)
      ? this.#groups(key, left, right)
      : this.#rows(key, left, right);
  }

  /** What no rule has matched under a key. Rows left over are duplicates where the key has pairs, or rows on both sides. */
  decideRest({ key, pairs, left, right }: LeftOverKey): KeyOutcome {
    if (pairs > 0 || (left.length > 0 && right.length > 0)) return this.#rows(key, left, right);
    if (left.length + right.length === 0) return NOTHING;
    return left.length === 0 ? this.#oneSided(key, 'right', right) : this.#oneSided(key, 'left', left);
  }

  laterMatch({ rule, left, right, keys }: LaterPair): LaterMatch {
    return {
      rule,
      key: { left: partsOf(keys.left), right: partsOf(keys.right) },
      left: this.#reported('left', left),
      right: this.#reported('right', right),
      differenceMinor: String(right.minor - left.minor),
      ...(left.day !== undefined && right.day !== undefined && { days: right.day - left.day }),
    };
  }

  #rows(key: string, left: readonly Item[], right: readonly Item[]): KeyOutcome {
    const { agreed, differing, over } = matchKey(left, right, this.#tolerances);
    const breaks = differing.map((pair, index) => this.#difference(key, index, pair));
    for (const side of ['left', 'right'] as const) {
      const items = over[side];
      if (items.length > 0) breaks.push(this.#onOneSide(key, `duplicate_${side}`, side, items));
    }
    return { ...NOTHING, pairs: agreed.length, matched: sidesOf(agreed), breaks };
  }

  /** A group is compared with the one row, or the one group, of the other side. */
  #groups(key: string, left: readonly Item[], right: readonly Item[]): KeyOutcome {
    const [a, b] = [left[0]!, right[0]!];
    if (left.length === 1 && right.length === 1) {
      if (agree(a, b, this.#tolerances)) {
        const matched = { left, right };
        if (a.grouped === b.grouped) return { ...NOTHING, matched, pairs: 1 };
        return a.grouped ? { ...NOTHING, matched, manyToOne: 1 } : { ...NOTHING, matched, oneToMany: 1 };
      }
      return { ...NOTHING, breaks: [this.#between(key, 0, 'group_mismatch', a, b)] };
    }
    const { agreed, differing, over } = matchKey(left, right, this.#tolerances);
    const isSame = differing.length === 0 && over.left.length === 0 && over.right.length === 0;
    if (isSame && agreed.every((pair) => pair.left.grouped === pair.right.grouped))
      return { ...NOTHING, matched: { left, right }, pairs: agreed.length };
    const sum = { ...this.#between(key, 0, 'ambiguous', total(left), total(right)), count: left.length + right.length };
    return { ...NOTHING, breaks: [sum] };
  }

  #oneSided(key: string, side: SideName, items: readonly Item[]): KeyOutcome {
    const age = ({ day }: Item): number => this.#businessDay - (day ?? this.#businessDay);
    const least = this.#rules.timing?.minimumAgeDays ?? 0;
    const isYoung = (item: Item): boolean => item.day !== undefined && age(item) < least;
    const young = [...items].filter(isYoung).sort(compareItems);
    const old = items.filter((item) => !isYoung(item));
    const name = side === 'left' ? 'missing_right' : 'missing_left';
    // Sums of several currencies mean nothing, so each has a break of its own.
    const currencies = [...new Set(old.map(({ currency }) => currency))].sort();
    return {
      ...NOTHING,
      breaks: currencies.map((currency, index) =>
        this.#onOneSide(
          key,
          name,
          side,
          old.filter((item) => item.currency === currency),
          index,
        ),
      ),
      inTransit: young.map((item) => ({ side, key: partsOf(key), row: this.#reported(side, item), ageDays: age(item) })),
    };
  }

  #difference(key: string, index: number, { left, right }: { readonly left: Item; readonly right: Item }): Break {
    const fields = differingFields(left, right, this.#tolerances).map((position) => this.#fieldNames()[position]!);
    const faults = [
      ...(agreesInAmount(left, right, this.#tolerances) ? [] : (['amount'] as const)),
      ...(agreesInDay(left, right, this.#tolerances) ? [] : (['date'] as const)),
      ...(fields.length === 0 ? [] : (['field'] as const)),
    ];
    const also = [
      ...faults.slice(1).filter((fault) => fault !== 'field'),
      ...(faults[0] === 'field' || fields.length === 0 ? [] : ['field']),
    ];
    const onlyFields = faults[0] === 'field' ? fields : [];
    const found = this.#between(key, index, faults[0]!, left, right, onlyFields);
    return { ...found, ...(also.length > 0 && { also }), ...(fields.length > 0 && { fields }) };
  }

  #between(key: string, index: number, computed: BreakClass, left: Item, right: Item, fields: readonly string[] = []): Break {
    const difference = left.currency === right.currency && left.currency !== '' ? right.minor - left.minor : undefined;
    return {
      id: this.#id('pair', key, index),
      class: this.#named(computed, difference, fields),
      key: partsOf(key),
      count: Math.max(left.count, right.count),
      left: this.#reported('left', left),
      right: this.#reported('right', right),
      ...(difference !== undefined && { differenceMinor: String(difference) }),
      ...(left.day !== undefined && right.day !== undefined && { days: right.day - left.day }),
    };
  }

  #onOneSide(key: string, computed: BreakClass, side: SideName, items: readonly Item[], index = 0): Break {
    const difference = total(items).minor * (side === 'left' ? -1n : 1n);
    const count = items.reduce((rows, item) => rows + item.count, 0);
    return {
      id: this.#id(computed, key, index),
      class: this.#named(computed, difference),
      key: partsOf(key),
      count,
      [side]: this.#reported(side, total(items)),
      differenceMinor: String(difference),
    };
  }

  #reported(side: SideName, item: Item): ReportedRow {
    const names = this.#fieldNames();
    return {
      ...this.#place(side, item),
      ...(item.count > 1 && { rows: item.count }),
      amountMinor: String(item.minor),
      currency: item.currency,
      ...(item.day !== undefined && { date: new Date(item.day * MILLISECONDS_A_DAY).toISOString().slice(0, 10) }),
      ...(names.length > 0 &&
        !item.grouped && { fields: Object.fromEntries(names.map((name, index) => [name, item.fields[index] ?? ''])) }),
      ...(item.eachRow !== undefined && {
        eachRow: item.eachRow.map(({ currency, minor, ...place }) => ({
          ...this.#place(side, place),
          amountMinor: String(minor),
          currency,
        })),
      }),
    };
  }

  #place(side: SideName, { file, row }: Pick<Item, 'file' | 'row'>): Pick<ReportedRow, 'file' | 'record' | 'since'> {
    const origin = this.#originOf(side, { file, row });
    if (origin !== undefined) return origin;
    return { ...(this.#files[side].length > 1 && { file: this.#files[side][file]! }), record: row };
  }

  #fieldNames(): readonly string[] {
    return (this.#rules.fields ?? []).map(fieldName);
  }

  #named(computed: BreakClass, difference: bigint | undefined, differing: readonly string[] = []): string {
    const own = this.#rules.classes?.find(({ of, differenceMinor, fields }) => {
      if (!of.includes(computed)) return false;
      if (fields !== undefined && (differing.length === 0 || !differing.every((name) => fields.includes(name)))) return false;
      if (differenceMinor === undefined) return true;
      const { from, to } = differenceMinor;
      return (
        difference !== undefined && (from === undefined || difference >= BigInt(from)) && (to === undefined || difference <= BigInt(to))
      );
    });
    return own?.name ?? computed;
  }

  /** The same from night to night, whatever else is in the files. */
  #id(family: string, key: string, index: number): string {
    return createHash('sha256')
      .update(JSON.stringify([this.#rules.name, family, key, index]))
      .digest('hex')
      .slice(0, 16);
  }
}

const MILLISECONDS_A_DAY = 86_400_000;

const ONE_FILE: FileNames = { left: [''], right: [''] };

export const NOTHING: KeyOutcome = { pairs: 0, oneToMany: 0, manyToOne: 0, matched: { left: [], right: [] }, breaks: [], inTransit: [] };

export const sidesOf = (pairs: KeyMatch['agreed']): KeyOutcome['matched'] => ({
  left: pairs.map(({ left }) => left),
  right: pairs.map(({ right }) => right),
});

/** Several items as one: the sum, the latest date, the first record. */
function total(items: readonly Item[]): Item {
  const [first, ...others] = items as readonly [Item, ...Item[]];
  if (others.length === 0) return first;
  const days = items.flatMap(({ day }) => (day === undefined ? [] : [day]));
  const { file, row } = items.reduce((a, b) => (byPlace(b, a) < 0 ? b : a));
  return {
    file,
    row,
    count: items.reduce((sum, { count }) => sum + count, 0),
    grouped: true,
    currency: items.every(({ currency }) => currency === first.currency) ? first.currency : '',
    minor: items.reduce((sum, { minor }) => sum + minor, 0n),
    day: days.length === 0 ? undefined : Math.max(...days),
    fields: [],
    ...(first.eachRow !== undefined && { eachRow: items.flatMap(({ eachRow = [] }) => eachRow).sort(byPlace) }),
  };
}

const byPlace = (a: Pick<Item, 'file' | 'row'>, b: Pick<Item, 'file' | 'row'>): number => a.file - b.file || a.row - b.row;

const partsOf = (key: string): readonly string[] => key.split(KEY_SEPARATOR);
