import { type Case, type Entry, type Maker, other, type PlantedBreak, type Scene, type Story } from '../maker';
import type { Currency, Row, Side } from '../rows';

interface BatchOptions {
  readonly size?: number;
  readonly currencies?: readonly Currency[];
}

/** Rows of a batch that sum to the entry's amount, the latest of them on its day. */
function batch(
  maker: Maker,
  side: Side,
  entry: Entry,
  { size = maker.random.integer(2, 6), currencies = [entry.currency] }: BatchOptions = {},
): Row[] {
  const [name, account] = entry.key;
  const share = entry.minor / BigInt(size);
  return Array.from({ length: size }, (_, index) =>
    maker.on(side, entry, {
      // Rows of a batch need no key of their own.
      id: index === 0 ? '' : maker.key('item')[0],
      batch: index % 2 === 0 ? name : ` ${name.toUpperCase()} `,
      account: index % 2 === 0 ? account : account.toUpperCase(),
      minor: index === 0 ? entry.minor - share * BigInt(size - 1) : share,
      day: entry.day - (index === size - 1 ? 0 : maker.random.integer(0, 9)),
      currency: currencies[index % currencies.length]!,
      iban: `ch00${index}`,
    }),
  );
}

/** A batch on one side and the row it is compared with on the other. */
function parties(maker: Maker, side: Side, entry: Entry, change: Parameters<Maker['on']>[2] = {}, options: BatchOptions = {}) {
  const rows = batch(maker, side, entry, options);
  const row = maker.on(other(side), entry, change);
  const sides = side === 'left' ? { left: { rows }, right: { rows: [row] } } : { left: { rows: [row] }, right: { rows } };
  return { rows: [...rows, row], batch: rows, row, sides };
}

function agreeing(maker: Maker, side: Side, entry: Entry, change: Parameters<Maker['on']>[2] = {}, options: BatchOptions = {}): Scene {
  const { rows } = parties(maker, side, entry, change, options);
  return { rows, ...(side === 'left' ? { manyToOne: 1 } : { oneToMany: 1 }) };
}

/** A batch whose row says something else: the amount and the day of it are more by so much. */
function mismatch(maker: Maker, side: Side, entry: Entry, more: { readonly minor?: bigint; readonly days?: number }): Story {
  const { minor = 0n, days = 0 } = more;
  const found = parties(maker, side, entry, { minor: entry.minor + minor, day: entry.day + days });
  const sign = side === 'left' ? 1 : -1;
  return {
    now: {
      rows: found.rows,
      breaks: [
        {
          ...{ class: 'group_mismatch', key: entry.key, count: found.batch.length, ...found.sides },
          ...{ difference: minor * BigInt(sign), days: days * sign || 0 },
        },
      ],
    },
    settled: agreeing(maker, side, entry),
  };
}

const entryOf = (maker: Maker, given: Partial<Entry> = {}): Entry => maker.entry({ key: maker.key('batch'), ...given });
/** Amounts of which 0.1 % is a whole number of minor units. */
const thousands = (maker: Maker): bigint => BigInt(maker.random.integer(20, 9_000));
const sum = (rows: readonly Row[]): bigint => rows.reduce((all, { minor }) => all + minor, 0n);

function groupsOn(side: Side): Case[] {
  return [
    { planted: `batches ${side} that agree with a row`, often: 200, plant: (maker) => ({ now: agreeing(maker, side, entryOf(maker)) }) },
    {
      planted: `a batch of one row ${side} that agrees`,
      often: 20,
      plant: (maker) => ({ now: agreeing(maker, side, entryOf(maker), {}, { size: 1 }) }),
    },
    {
      planted: `batches ${side} at the edge of the tolerance of their sum, a day apart`,
      often: 60,
      plant: (maker) => {
        const share = thousands(maker);
        const entry = entryOf(maker, { minor: share * 1_000n });
        return { now: agreeing(maker, side, entry, { minor: entry.minor - share, day: entry.day - 1 }) };
      },
    },
    {
      planted: `batches ${side} just over the tolerance of their sum`,
      often: 60,
      plant: (maker) => {
        const share = thousands(maker);
        return mismatch(maker, side, entryOf(maker, { minor: share * 1_000n }), { minor: -share - 1n });
      },
    },
    {
      planted: `batches ${side} whose row is two days off`,
      often: 30,
      plant: (maker) => mismatch(maker, side, entryOf(maker), { days: -2 }),
    },
    {
      planted: `batches ${side} of several currencies`,
      often: 30,
      plant: (maker) => {
        const entry = entryOf(maker, { currency: 'EUR' });
        const found = parties(maker, side, entry, {}, { size: 3, currencies: ['EUR', 'USD'] });
        return {
          now: { rows: found.rows, breaks: [{ class: 'group_mismatch', key: entry.key, count: 3, ...found.sides, days: 0 }] },
          settled: agreeing(maker, side, entry),
        };
      },
    },
    {
      planted: `batches only ${side}`,
      often: 60,
      plant: (maker) => {
        const entry = entryOf(maker);
        const { batch: rows, row } = parties(maker, side, entry);
        const found: PlantedBreak = {
          ...{ class: `missing_${other(side)}`, key: entry.key, count: rows.length, [side]: { rows } },
          difference: side === 'left' ? -entry.minor : entry.minor,
        };
        return {
          now: { rows, breaks: [found] },
          settled: { rows: [...rows, row], ...(side === 'left' ? { manyToOne: 1 } : { oneToMany: 1 }) },
        };
      },
    },
    {
      planted: `batches only ${side} that are in transit`,
      often: 30,
      plant: (maker) => {
        const entry = entryOf(maker, { day: maker.day });
        const { batch: rows, row } = parties(maker, side, entry);
        return {
          now: { rows, inTransit: [{ key: entry.key, shown: { rows } }] },
          next: { rows: [...rows, row], ...(side === 'left' ? { manyToOne: 1 } : { oneToMany: 1 }) },
        };
      },
    },
    {
      planted: `a batch ${side} whose row has another account`,
      often: 20,
      plant: (maker) => {
        const entry = entryOf(maker);
        const strange = `${entry.key[1]}-x`;
        const { batch: rows, row } = parties(maker, side, entry, { account: strange });
        const [here, there] = side === 'left' ? [-1n, 1n] : [1n, -1n];
        return {
          now: {
            rows: [...rows, row],
            breaks: [
              {
                ...{ class: `missing_${other(side)}`, key: entry.key, count: rows.length, [side]: { rows } },
                difference: here * entry.minor,
              },
              {
                ...{ class: `missing_${side}`, key: [entry.key[0], strange], [other(side)]: { rows: [row] } },
                difference: there * entry.minor,
              },
            ],
          },
        };
      },
    },
    {
      planted: `a batch ${side} that meets two rows`,
      often: 30,
      plant: (maker) => {
        const entry = entryOf(maker);
        const { batch: rows, row } = parties(maker, side, entry);
        const again = maker.on(other(side), entry);
        const sides = { [side]: { rows }, [other(side)]: { rows: [row, again] } };
        // The batch and both rows.
        const found = {
          class: 'ambiguous',
          key: entry.key,
          count: 3,
          ...sides,
          difference: side === 'left' ? entry.minor : -entry.minor,
          days: 0,
        };
        return { now: { rows: [...rows, row, again], breaks: [found] } };
      },
    },
    {
      planted: `a batch ${side} beside a row of its name`,
      often: 20,
      plant: (maker) => {
        const entry = entryOf(maker);
        const { batch: rows, row } = parties(maker, side, entry);
        const namesake = maker.on(side, entry);
        const all = [...rows, namesake];
        const sides = { [side]: { rows: all }, [other(side)]: { rows: [row] } };
        const difference = side === 'left' ? entry.minor - sum(all) : sum(all) - entry.minor;
        return { now: { rows: [...all, row], breaks: [{ class: 'ambiguous', key: entry.key, count: 3, ...sides, difference, days: 0 }] } };
      },
    },
  ];
}

export const GROUPS: readonly Case[] = [
  ...(['left', 'right'] as const).flatMap(groupsOn),
  {
    planted: 'a batch on each side that agree',
    often: 30,
    plant: (maker) => {
      const entry = entryOf(maker);
      return { now: { rows: [...batch(maker, 'left', entry), ...batch(maker, 'right', entry)], pairs: 1 } };
    },
  },
];
