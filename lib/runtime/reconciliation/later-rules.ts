import { InputFault } from '../../reconciliation-rules/input-fault';
import type { LaterRule, ReconciliationRules } from '../../reconciliation-rules/rules';
import { agreeInField, fieldName } from './compared-fields';
import { type Item, matchKey, type Tolerances, tolerancesOf } from './match-key';

/** Rows of one key that the first rule has matched with none. */
export interface LeftOverKey {
  readonly key: string;
  /** The engine's own, for control totals. */
  readonly hash: bigint;
  /** Pairs of the first rule under the key. */
  readonly pairs: number;
  readonly left: readonly Item[];
  readonly right: readonly Item[];
}

/** What later rules made of a key. */
export interface SettledKey extends LeftOverKey {
  readonly matched: { readonly left: readonly Item[]; readonly right: readonly Item[] };
}

export interface LaterPair {
  readonly rule: string;
  readonly left: Item;
  readonly right: Item;
  readonly keys: { readonly left: string; readonly right: string };
}

/** To look at so many takes seconds; all of a later key that names too little, hours. */
const MOST_POSSIBLE_PAIRS = 1_000_000;

/**
 * Tries what the first rule left over by each later rule in turn. The outcome depends on no order, neither of rows, of files nor of parts, and mirrors when the sides are swapped:
 * among rows of the same values those of the lowest key go first.
 *
 * @throws InputFault when under one key of a later rule, one currency, and one amount and day where those are exact, more than a million pairs are possible
 */
export function matchLater(
  rules: ReconciliationRules,
  keys: readonly LeftOverKey[],
): { readonly pairs: readonly LaterPair[]; readonly keys: readonly SettledKey[] } {
  const states = [...keys].sort((a, b) => compareTexts(a.key, b.key)).map(stateOf);
  const owner = new Map<Item, State>();
  for (const state of states) for (const side of SIDES) for (const item of state[side]) owner.set(item, state);
  const pairs: LaterPair[] = [];
  for (const [index, rule] of (rules.later ?? []).entries()) {
    const tolerances = laterTolerances(rules, rule);
    for (const [name, { left, right }] of bucketsOf(states, rule, index, tolerances)) {
      if (left.length === 0 || right.length === 0) continue;
      refuseTooMany(index, rule, name, left.length, right.length);
      for (const pair of matchKey(left, right, tolerances).agreed) {
        const of = { left: owner.get(pair.left)!, right: owner.get(pair.right)! };
        for (const side of SIDES) {
          of[side][side].delete(pair[side]);
          of[side].matched[side].push(pair[side]);
        }
        // Then what the key has over has had its counterpart under it.
        if (of.left === of.right) of.left.pairs += 1;
        pairs.push({ rule: rule.name, ...pair, keys: { left: of.left.key, right: of.right.key } });
      }
    }
  }
  const place = new Map((rules.later ?? []).map(({ name }, index) => [name, index]));
  return {
    pairs: pairs.sort((a, b) => place.get(a.rule)! - place.get(b.rule)! || byKeyThenPlace(a, b)),
    keys: states.map(({ left, right, ...state }) => ({ ...state, left: [...left], right: [...right] })),
  };
}

const SIDES = ['left', 'right'] as const;

interface State {
  readonly key: string;
  readonly hash: bigint;
  pairs: number;
  readonly left: Set<Item>;
  readonly right: Set<Item>;
  readonly matched: { readonly left: Item[]; readonly right: Item[] };
}

function stateOf({ key, left, right, ...known }: LeftOverKey): State {
  // By the key rows of the same values are told apart, whatever part they come from.
  const keyed = (items: readonly Item[]): Set<Item> => new Set(items.map((item) => ({ ...item, key })));
  return { ...known, key, left: keyed(left), right: keyed(right), matched: { left: [], right: [] } };
}

function laterTolerances(rules: ReconciliationRules, { tolerance, toleranceDays, fields }: LaterRule): Tolerances {
  const first = tolerancesOf(rules);
  const isCompared = (name: string): boolean => fields?.includes(name) ?? true;
  return {
    amount: tolerance ?? first.amount,
    days: toleranceDays ?? first.days,
    fields: (rules.fields ?? []).map((field) => (isCompared(fieldName(field)) ? agreeInField(field) : () => true)),
  };
}

type Bucket = Readonly<Record<(typeof SIDES)[number], Item[]>>;

/** Rows that may go together by a rule; those in other buckets can't. */
function bucketsOf(states: readonly State[], rule: LaterRule, index: number, { amount, days }: Tolerances): ReadonlyMap<string, Bucket> {
  const isExact = (amount.minor ?? 0) === 0 && !/[1-9]/.test(amount.percent ?? '');
  const buckets = new Map<string, Bucket>();
  for (const state of states)
    for (const side of SIDES)
      for (const item of state[side]) {
        const key = rule.key === undefined ? state.key : rule.key.length === 0 ? ANY : item.laterKeys![index]!;
        // As for the first rule, a key of empty columns says nothing.
        if (key === '') continue;
        const name = JSON.stringify([key, item.currency, isExact ? String(item.minor) : '', days === 0 ? (item.day ?? '') : '']);
        const bucket = buckets.get(name) ?? { left: [], right: [] };
        bucket[side].push(item);
        buckets.set(name, bucket);
      }
  return buckets;
}

const ANY = 'any';

function refuseTooMany(index: number, { name, key }: LaterRule, bucket: string, left: number, right: number): void {
  if (left * right <= MOST_POSSIBLE_PAIRS) return;
  const [text, currency] = JSON.parse(bucket) as [string, string];
  const under = key?.length === 0 ? 'without a key' : `under its key ${JSON.stringify(text)}`;
  throw new InputFault(
    `later[${index}], ${name}: ${left} rows left and ${right} right of ${currency} may go together ${under}: at most ${MOST_POSSIBLE_PAIRS} pairs can be tried; give it more columns in key, or a smaller tolerance`,
  );
}

const byKeyThenPlace = (a: LaterPair, b: LaterPair): number =>
  compareTexts(a.keys.left, b.keys.left) ||
  compareTexts(a.keys.right, b.keys.right) ||
  a.left.file - b.left.file ||
  a.left.row - b.left.row;

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
