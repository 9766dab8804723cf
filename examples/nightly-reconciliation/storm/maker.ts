import type { Random } from '../../../lib/operate/storm/contract';
import { type Currency, decimal, FILES, type Row, type Side } from './rows';

/** A break as it is planted: what a report must say of it. */
export interface PlantedBreak {
  readonly class: string;
  readonly key: readonly string[];
  /** @default 1 */
  readonly count?: number;
  readonly left?: PlantedRows;
  readonly right?: PlantedRows;
  readonly difference?: bigint;
  readonly days?: number;
  readonly also?: readonly string[];
  readonly fields?: readonly string[];
}

/** Rows that a report shows as one. */
export interface PlantedRows {
  readonly rows: readonly Row[];
  /** Rows that say the same, of which it may be any. */
  readonly anyOf?: readonly Row[];
}

export interface PlantedTransit {
  readonly key: readonly string[];
  readonly shown: PlantedRows;
}

/** All rows of a key on one night, and what becomes of them. */
export interface Scene {
  readonly rows: readonly Row[];
  readonly pairs?: number;
  readonly oneToMany?: number;
  readonly manyToOne?: number;
  readonly breaks?: readonly PlantedBreak[];
  readonly inTransit?: readonly PlantedTransit[];
}

/** What becomes of a key from night to night. */
export interface Story {
  readonly now: Scene;
  /** When the break is settled by a row that arrives or is corrected. */
  readonly settled?: Scene;
  /** The second night, where it is a certain one. */
  readonly next?: Scene;
  /** The first night with the file of the right side that was restated. */
  readonly restated?: Scene;
}

/** Business days, as days since 1970-01-01. */
export interface Nights {
  readonly day: number;
  readonly nextDay: number;
}

export interface Case {
  readonly planted: string;
  /** How many in 200,000 rows a side. */
  readonly often: number;
  plant(maker: Maker, index: number): Story;
}

/** What the rows of one key share unless they say otherwise. */
export interface Entry {
  readonly key: readonly [id: string, account: string];
  readonly currency: Currency;
  readonly minor: bigint;
  readonly day: number;
  readonly iban: string;
  readonly purpose: string;
}

type Change = Partial<Omit<Entry, 'key'>> & Partial<Pick<Row, 'id' | 'account' | 'batch' | 'amount' | 'file'>>;

/** Days back that a value date may lie. */
const OLDEST = 200;
/** Rows without counterpart must be older than that, or of that age, to be missing: `timing.minimumAgeDays`. */
export const MINIMUM_AGE = 2;

const CURRENCIES: readonly Currency[] = ['EUR', 'EUR', 'EUR', 'USD', 'USD', 'JPY', 'KWD'];
const PURPOSES = [
  'Rent for June',
  'Invoice 4711 for order 12, second half',
  'Größe M für Zoë',
  'Refund of "Alpha", item 3',
  'Salary',
  'Donation for the lifeboats',
] as const;

/** Makes rows. Every key is its own, so that what is planted never meets anything else. */
export class Maker {
  readonly random: Random;
  readonly day: number;
  readonly nextDay: number;
  readonly #tag: string;
  #keys = 0;

  constructor(random: Random, { day, nextDay }: Nights, tag: string) {
    this.random = random;
    this.day = day;
    this.nextDay = nextDay;
    this.#tag = tag;
  }

  /** A key that no other row has. */
  key(kind = 'pay'): readonly [string, string] {
    this.#keys += 1;
    return [`${kind}-${this.#tag}-${String(this.#keys).padStart(7, '0')}`, `acc-${String(this.random.integer(1, 40)).padStart(3, '0')}`];
  }

  /** An entry old enough to be missing when it has no counterpart. */
  entry(given: Partial<Entry> = {}): Entry {
    const { random } = this;
    return {
      key: given.key ?? this.key(),
      currency: given.currency ?? random.pick(CURRENCIES),
      minor: given.minor ?? BigInt(random.integer(3_000, 9_999_999)) * (random.fraction() < 0.3 ? -1n : 1n),
      day: given.day ?? this.day - random.integer(MINIMUM_AGE, OLDEST),
      iban: given.iban ?? `ch93${random.integer(10_000_000, 99_999_999)}${random.integer(100_000_000, 999_999_999)}`,
      purpose: given.purpose ?? random.pick(PURPOSES),
    };
  }

  left(entry: Entry, change: Change = {}): Row {
    return this.#row('left', entry, change);
  }

  right(entry: Entry, change: Change = {}): Row {
    return this.#row('right', entry, change);
  }

  /** A row of either side. */
  on(side: Side, entry: Entry, change: Change = {}): Row {
    return this.#row(side, entry, change);
  }

  #row(side: Side, entry: Entry, change: Change): Row {
    const currency = change.currency ?? entry.currency;
    const minor = change.minor ?? entry.minor;
    return {
      side,
      // Case means nothing in a key.
      id: change.id ?? entry.key[0].toUpperCase(),
      account: change.account ?? entry.key[1],
      batch: change.batch ?? '',
      // The bank states what leaves the account with a minus, the ledger without.
      amount: change.amount ?? decimal(side === 'right' ? -minor : minor, currency),
      currency,
      minor,
      day: change.day ?? entry.day,
      iban: change.iban ?? entry.iban,
      purpose: change.purpose ?? entry.purpose,
      file: change.file ?? this.random.integer(0, FILES - 1),
      slot: this.random.fraction(),
    };
  }

  /** A row on each side that agree, and the scene of it. */
  pair(entry: Entry, left: Change = {}, right: Change = {}): Scene {
    return { rows: [this.left(entry, left), this.right(entry, right)], pairs: 1 };
  }
}

export const other = (side: Side): Side => (side === 'left' ? 'right' : 'left');

/** A pair that differs, and nothing else under its key. */
export function differing(
  key: readonly string[],
  left: Row,
  right: Row,
  found: Pick<PlantedBreak, 'class' | 'difference' | 'days' | 'also' | 'fields'>,
): Scene {
  return { rows: [left, right], breaks: [{ key, left: { rows: [left] }, right: { rows: [right] }, days: 0, ...found }] };
}
