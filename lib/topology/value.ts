import type { Count } from './graph';
import { Marks } from './marks';
import type { UnknownRecord } from './record';
import type { Scope } from './scope';

/** One thing a property can be. Conditions and mappings make more than one of it. */
export type Option =
  | { readonly kind: 'absent' }
  | { readonly kind: 'scalar'; readonly scalar: string | number | boolean | null }
  | { readonly kind: 'list'; readonly list: readonly unknown[]; readonly scope: Scope }
  | { readonly kind: 'map'; readonly map: UnknownRecord; readonly scope: Scope };

export const ABSENT: Option = { kind: 'absent' };
const MOST_OPTIONS = 256;
const MOST_ITEMS = 10_000;

/** A property with all it can be, resolved as far as templates allow and only where it is asked. */
export class Value {
  public static readonly absent = new Value([ABSENT]);

  public constructor(public readonly options: readonly Option[]) {}

  /** Not given in any branch. */
  public get isAbsent(): boolean {
    return this.options.every((option) => option.kind === 'absent');
  }

  /** Not given in some branch. */
  public get mayBeAbsent(): boolean {
    return this.options.some((option) => option.kind === 'absent');
  }

  public get(...path: readonly string[]): Value {
    let value: Value = this;
    for (const key of path) value = value.member(key);
    return value;
  }

  /** Elements of a list; a single element stands for a list of one, as CloudFormation has it in policies. */
  public items(): Value[] {
    const items: Value[] = [];
    for (const option of this.options) {
      if (option.kind === 'list') {
        for (const raw of option.list) {
          const item = option.scope.value(raw);
          if (item.isAbsent) continue;
          // A parameter of a list type inside a list spreads.
          if (item.options.every((one) => one.kind === 'list')) items.push(...item.items());
          else items.push(item);
          if (items.length >= MOST_ITEMS) return items;
        }
      } else if (option.kind !== 'absent') items.push(new Value([option]));
    }
    return items;
  }

  public entries(): Array<[string, Value]> {
    return this.options.flatMap((option) =>
      option.kind === 'map' ? Object.entries(option.map).map(([key, raw]): [string, Value] => [key, option.scope.value(raw)]) : [],
    );
  }

  /** Every text it can be, with marks. Numbers and booleans as CloudFormation writes them. */
  public texts(): string[] {
    return this.options.flatMap((option) => (option.kind === 'scalar' && option.scalar !== null ? [String(option.scalar)] : []));
  }

  /** The text, if it is the same in every branch. */
  public text(): string | undefined {
    const texts = this.texts();
    return texts.length === 1 ? texts[0] : undefined;
  }

  /** Worst of the numbers it can be; `whenAbsent` where it is not given, `unknown` where it can't be told. */
  public number(whenAbsent: Count, worst: 'largest' | 'smallest' = 'largest'): Count {
    return worstOf(
      this.options.map((option): Count => {
        if (option.kind === 'absent') return whenAbsent;
        if (option.kind !== 'scalar' || option.scalar === null || option.scalar === '' || typeof option.scalar === 'boolean')
          return 'unknown';
        const number = Number(option.scalar);
        return Number.isFinite(number) ? number : 'unknown';
      }),
      worst,
    );
  }

  /** Whether it is true in every branch. */
  public isTrue(): boolean {
    return (
      this.options.length > 0 && this.options.every((option) => option.kind === 'scalar' && /^(?:true|yes)$/i.test(String(option.scalar)))
    );
  }

  /** Whether it is false in some branch. */
  public mayBeFalse(): boolean {
    return this.options.some((option) => option.kind === 'scalar' && /^(?:false|no)$/i.test(String(option.scalar)));
  }

  /** Whether it can be the text in some branch. */
  public canBe(text: string): boolean {
    return this.texts().some((one) => one.toLowerCase() === text.toLowerCase());
  }

  /** The value without functions. Texts with branches become one marked text, so that a document inside stays one document. */
  public plain(marks: Marks, depth = 0): unknown {
    if (depth > 100) return null;
    const given = this.options.filter((option) => option.kind !== 'absent');
    const first = given[0];
    if (first === undefined) return undefined;
    if (first.kind === 'list') return this.items().map((item) => item.plain(marks, depth + 1));
    if (first.kind === 'map') {
      const result: Record<string, unknown> = Object.create(null);
      for (const [key, value] of this.entries()) {
        const plain = value.plain(marks, depth + 1);
        if (plain !== undefined) result[key] ??= plain;
      }
      return result;
    }
    return given.length > 1 ? marks.any(this.texts()) : first.scalar;
  }

  private member(key: string): Value {
    const options: Option[] = [];
    for (const option of this.options) {
      if (option.kind === 'map' && Object.hasOwn(option.map, key)) options.push(...option.scope.value(option.map[key]).options);
      else if (option.kind === 'scalar' && typeof option.scalar === 'string' && !Marks.isPlain(option.scalar)) options.push(option);
      else options.push(ABSENT);
    }
    return new Value(distinct(options));
  }
}

/** Options without repetition, and never more than can be looked at. */
export function distinct(options: readonly Option[]): readonly Option[] {
  if (options.length < 2) return options;
  const seen = new Set<unknown>();
  const result: Option[] = [];
  for (const option of options) {
    const key =
      option.kind === 'scalar'
        ? `${typeof option.scalar} ${option.scalar}`
        : option.kind === 'list'
          ? option.list
          : option.kind === 'map'
            ? option.map
            : option.kind;
    if (seen.has(key)) continue;
    seen.add(key);
    if (result.length < MOST_OPTIONS) result.push(option);
  }
  return result;
}

export function worstOf(counts: readonly Count[], worst: 'largest' | 'smallest'): Count {
  if (counts.includes('unknown')) return 'unknown';
  const numbers = counts.filter((count) => typeof count === 'number');
  if (worst === 'largest') return counts.includes('unlimited') ? 'unlimited' : Math.max(...numbers);
  return numbers.length > 0 ? Math.min(...numbers) : 'unlimited';
}
