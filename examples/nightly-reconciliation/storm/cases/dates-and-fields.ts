import { type Case, differing, type Maker, type Story } from '../maker';
import { dateOf, dayOf } from '../rows';

const SUNDAY = 3;
/** The Sunday of that week or, counted back, before it; 1970-01-01 was a Thursday. */
const sundayUntil = (day: number): number => day - ((((day - SUNDAY) % 7) + 7) % 7);

/** Days of a year on which clocks change, in Europe and in North America. */
export function clockChanges(year: number): readonly number[] {
  return [
    sundayUntil(dayOf(`${year}-03-31`)),
    sundayUntil(dayOf(`${year}-10-31`)),
    sundayUntil(dayOf(`${year}-03-14`)),
    sundayUntil(dayOf(`${year}-11-07`)),
  ];
}

const lastYear = (maker: Maker): number => Number(dateOf(maker.day).slice(0, 4)) - 1;

/** A pair whose dates are so many days apart. */
function apart(maker: Maker, day: number, days: number): Story {
  const entry = maker.entry({ day });
  const [left, right] = [maker.left(entry), maker.right(entry, { day: day + days })];
  if (Math.abs(days) <= 1) return { now: { rows: [left, right], pairs: 1 } };
  return { now: differing(entry.key, left, right, { class: 'date', difference: 0n, days }), settled: maker.pair(entry) };
}

const past = (maker: Maker): number => maker.day - maker.random.integer(20, 300);
const sign = (index: number): number => (index % 2 === 0 ? 1 : -1);

export const DATES_AND_FIELDS: readonly Case[] = [
  { planted: 'dates at the edge of the tolerance', often: 200, plant: (maker, index) => apart(maker, past(maker), sign(index)) },
  { planted: 'dates just over the tolerance', often: 100, plant: (maker, index) => apart(maker, past(maker), 2 * sign(index)) },
  { planted: 'dates far apart', often: 20, plant: (maker, index) => apart(maker, past(maker), maker.random.integer(3, 15) * sign(index)) },
  {
    planted: 'dates on both sides of a night on which clocks change',
    often: 80,
    plant: (maker, index) => {
      const day = clockChanges(lastYear(maker))[index % 4]!;
      // From the day before to the day itself, and from that to the next: an hour is missing, or there twice.
      return index % 8 < 4 ? apart(maker, day - 1, index % 3 === 0 ? 2 : 1) : apart(maker, day, index % 3 === 0 ? 2 : 1);
    },
  },
  {
    planted: 'an amount and a date that differ',
    often: 60,
    plant: (maker) => {
      const entry = maker.entry({ minor: 50_000n });
      const [left, right] = [maker.left(entry), maker.right(entry, { minor: 51_000n, day: entry.day - 3 })];
      const found = { class: 'amount', difference: 1_000n, days: -3, also: ['date'] } as const;
      return { now: differing(entry.key, left, right, found), settled: maker.pair(entry) };
    },
  },
  {
    planted: 'an amount, a date and a field that differ',
    often: 60,
    plant: (maker) => {
      const entry = maker.entry({ minor: -50_000n });
      const [left, right] = [maker.left(entry), maker.right(entry, { minor: -50_200n, day: entry.day - 2, purpose: 'Something else' })];
      const found = { class: 'bank_fee', difference: -200n, days: -2, also: ['date', 'field'], fields: ['purpose'] } as const;
      return { now: differing(entry.key, left, right, found), settled: maker.pair(entry) };
    },
  },
  {
    planted: 'a date and a field that differ',
    often: 60,
    plant: (maker) => {
      const entry = maker.entry();
      const [left, right] = [maker.left(entry), maker.right(entry, { day: entry.day - 30, iban: 'de00111122223333' })];
      const found = { class: 'date', difference: 0n, days: -30, also: ['field'], fields: ['iban'] } as const;
      return { now: differing(entry.key, left, right, found), settled: maker.pair(entry) };
    },
  },
  {
    planted: 'fields that differ',
    often: 120,
    plant: (maker, index) => {
      const entry = maker.entry();
      const change = [{ iban: 'de00111122223333' }, { purpose: 'Something else' }, { iban: 'de00111122223333', purpose: 'rent for june' }][
        index % 3
      ]!;
      const [left, right] = [maker.left(entry), maker.right(entry, change)];
      const found = { class: 'field', difference: 0n, fields: Object.keys(change) } as const;
      return { now: differing(entry.key, left, right, found), settled: maker.pair(entry) };
    },
  },
];
