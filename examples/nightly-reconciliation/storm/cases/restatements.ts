import { type Case, differing } from '../maker';
import type { Row } from '../rows';

/** File of the right side that is restated. */
export const RESTATED_FILE = 0;

const inFile = { file: RESTATED_FILE } as const;

export const RESTATEMENTS: readonly Case[] = [
  {
    planted: 'an amount that the restated file corrects, some of them for one night only',
    often: 60,
    plant: (maker, index) => {
      const entry = maker.entry({ minor: 70_000n });
      const left = maker.left(entry);
      const right = maker.right(entry, { ...inFile, minor: 90_000n });
      const corrected: Row = { ...maker.right(entry, inFile), slot: right.slot };
      const now = differing(entry.key, left, right, { class: 'amount', difference: 20_000n });
      const restated = { rows: [left, corrected], pairs: 1 };
      return { now, restated, next: index % 2 === 0 ? now : restated };
    },
  },
  {
    planted: 'a row that only the restated file has',
    often: 60,
    plant: (maker) => {
      const entry = maker.entry();
      const left = maker.left(entry);
      const restated = { rows: [left, maker.right(entry, inFile)], pairs: 1 };
      const missing = { class: 'missing_right', key: entry.key, left: { rows: [left] }, difference: -entry.minor };
      return { now: { rows: [left], breaks: [missing] }, restated, next: restated };
    },
  },
  {
    planted: 'a row that the restated file has no more',
    often: 30,
    plant: (maker) => {
      const entry = maker.entry();
      const left = maker.left(entry);
      const missing = { class: 'missing_right', key: entry.key, left: { rows: [left] }, difference: -entry.minor };
      const without = { rows: [left], breaks: [missing] };
      return { now: { rows: [left, maker.right(entry, inFile)], pairs: 1 }, restated: without, next: without };
    },
  },
];
