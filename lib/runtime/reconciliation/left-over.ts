import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import { BreakFinder, type FileNames, type KeyOutcome, NOTHING, sidesOf } from './breaks';
import { businessDayOf } from './business-day';
import type { OriginOf, RowOrigin } from './carried-rows';
import type { OpenKey } from './compare';
import type { Break, InTransit, LaterMatch, PartReport, ReconciliationReport, RowEnds, WrittenItem, WrittenKey } from './contract';
import { Sums } from './control-totals';
import { type LeftOverKey, matchLater } from './later-rules';
import { refuseTooManyLeftOver } from './limits';
import { type Item, matchKey, type Tolerances, tolerancesOf } from './match-key';
import { CompletenessAccount } from './proof';
import { KEY_SEPARATOR, type SideName } from './row-expressions';

const SIDES = ['left', 'right'] as const;

/** What a part gives out for later rules. */
export class LeftOver {
  readonly keys: WrittenKey[] = [];
  readonly #rules: ReconciliationRules;
  readonly #originOf: OriginOf;
  readonly #tolerances: Tolerances;
  #rows = 0;

  constructor(rules: ReconciliationRules, originOf: OriginOf = () => undefined) {
    this.#rules = rules;
    this.#originOf = originOf;
    this.#tolerances = tolerancesOf(rules);
  }

  /**
   * Takes what the first rule leaves over of a key.
   *
   * @returns what it matches; undefined for a key with a batch, which no later rule tries
   * @throws InputFault above `limits.leftOver`
   */
  take({ key, hash, left, right }: OpenKey): KeyOutcome | undefined {
    if ([...left, ...right].some(({ grouped }) => grouped)) return undefined;
    const { agreed, differing, over } = matchKey(left, right, this.#tolerances);
    const rest = (side: SideName): readonly WrittenItem[] =>
      [...differing.map((pair) => pair[side]), ...over[side]].map((item) => writtenItem(item, this.#originOf(side, item)));
    const written: WrittenKey = { key, hash: String(hash), pairs: agreed.length, left: rest('left'), right: rest('right') };
    const rows = rowsOf([written]);
    if (rows > 0) this.keys.push(written);
    this.#rows += rows;
    refuseTooManyLeftOver(this.#rules, this.#rows);
    return { ...NOTHING, pairs: agreed.length, matched: sidesOf(agreed) };
  }
}

/** What later rules, and then nothing, made of the rows that the first rule left over in all parts. */
export interface SettledLeftOver {
  readonly matches: readonly LaterMatch[];
  readonly breaks: readonly Break[];
  readonly inTransit: readonly InTransit[];
  readonly ends: Readonly<Record<SideName, RowEnds>>;
}

/**
 * Tries what all parts left over by the later rules, and decides on the rest.
 *
 * @param files names of the files of each side, in order
 * @throws InputFault above `limits.leftOver`, or when a later rule has too many possible pairs
 */
export function settleLeftOver(rules: ReconciliationRules, parts: readonly PartReport[], files: FileNames): SettledLeftOver {
  const written = parts.flatMap(({ leftOver = [] }) => leftOver);
  refuseTooManyLeftOver(rules, rowsOf(written));
  const origins = new Map<string, RowOrigin>();
  for (const key of written)
    for (const side of SIDES) for (const item of key[side]) if (item.origin !== undefined) origins.set(placeKey(side, item), item.origin);
  const finder = new BreakFinder(rules, businessDayOf(parts[0]!.date), files, (side, place) => origins.get(placeKey(side, place)));
  const { pairs, keys } = matchLater(rules, written.map(readKey));
  const none = { compared: new Sums(), matched: new Sums() };
  const account = new CompletenessAccount({ left: none, right: { compared: new Sums(), matched: new Sums() } });
  const breaks: Break[] = [];
  const inTransit: InTransit[] = [];
  for (const key of keys) {
    const outcome = finder.decideRest(key);
    account.add(key, { ...outcome, matched: key.matched });
    breaks.push(...outcome.breaks);
    inTransit.push(...outcome.inTransit);
  }
  return { matches: pairs.map((pair) => finder.laterMatch(pair)), breaks, inTransit, ends: account.ends() };
}

/**
 * Rows of a side that parts have written for the next night, as the other side lacks their key, and that later rules have matched since.
 *
 * @param names of the side's files, in their order
 */
export function matchedSince(
  { date, later = [] }: Pick<ReconciliationReport, 'date' | 'later'>,
  parts: readonly PartReport[],
  side: SideName,
  names: readonly string[],
): readonly RowOrigin[] {
  const other = side === 'left' ? 'right' : 'left';
  const written = parts.flatMap(({ leftOver = [] }) => leftOver).filter((key) => key.pairs === 0 && key[other].length === 0);
  const alone = new Set(written.map(({ key }) => key));
  return later
    .filter(({ key }) => alone.has(key[side].join(KEY_SEPARATOR)))
    .map(({ [side]: { file = names[0]!, record, since = date } }) => ({ file, record, since }));
}

/** Of both sides. */
export const rowsOf = (keys: readonly WrittenKey[]): number => keys.reduce((rows, { left, right }) => rows + left.length + right.length, 0);

const placeKey = (side: SideName, { file, row }: Pick<Item, 'file' | 'row'>): string => `${side}/${file}/${row}`;

function writtenItem(
  { file, row, currency, minor, day, fields, laterKeys = [], eachRow }: Item,
  origin: RowOrigin | undefined,
): WrittenItem {
  return {
    ...{ file, row, currency, minor: String(minor), fields, laterKeys },
    ...(day !== undefined && { day }),
    ...(eachRow !== undefined && { eachRow: true }),
    ...(origin !== undefined && { origin }),
  };
}

function readItem({ minor: text, origin: _, eachRow, day, ...item }: WrittenItem): Item {
  const minor = BigInt(text);
  const { file, row, currency } = item;
  return { ...item, minor, day, count: 1, grouped: false, ...(eachRow && { eachRow: [{ file, row, currency, minor }] }) };
}

const readKey = ({ hash, left, right, ...key }: WrittenKey): LeftOverKey => ({
  ...key,
  hash: BigInt(hash),
  left: left.map(readItem),
  right: right.map(readItem),
});
