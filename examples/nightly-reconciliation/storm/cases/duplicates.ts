import { type Case, differing, type Maker, other, type PlantedBreak, type Scene } from '../maker';
import type { Row, Side } from '../rows';

/** Rows of a side that are too many: any of those that say the same. */
function over(side: Side, key: readonly string[], extra: readonly Row[], anyOf: readonly Row[] = extra): PlantedBreak {
  const sum = extra.reduce((all, { minor }) => all + minor, 0n);
  return {
    class: `duplicate_${side}`,
    key,
    count: extra.length,
    [side]: { rows: extra, anyOf },
    difference: side === 'left' ? -sum : sum,
  };
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** So many equal rows on one side, and fewer on the other. */
function equalRows(maker: Maker, side: Side, many: number, few: number): Scene {
  const entry = maker.entry();
  const more = times(many, () => maker.on(side, entry));
  const less = times(few, () => maker.on(other(side), entry));
  return {
    rows: [...more, ...less],
    pairs: few,
    ...(many > few && { breaks: [over(side, entry.key, more.slice(few), more)] }),
  };
}

export const DUPLICATES: readonly Case[] = [
  ...(['left', 'right'] as const).flatMap((side): Case[] => [
    {
      planted: `one to four rows too many ${side}`,
      often: 120,
      plant: (maker, index) => ({ now: equalRows(maker, side, 2 + (index % 4), 1) }),
    },
    {
      planted: `equal rows on both sides, more of them ${side}`,
      often: 40,
      plant: (maker, index) => ({ now: equalRows(maker, side, 4 + (index % 2), 2 + (index % 2)) }),
    },
    {
      planted: `a pair that differs, and a row too many ${side}`,
      often: 40,
      plant: (maker) => {
        const entry = maker.entry({ minor: 100_000n });
        const alone = maker.on(other(side), entry);
        const near = maker.on(side, entry, { minor: 500_000n });
        const far = maker.on(side, entry, { minor: 900_000n });
        const [left, right] = side === 'right' ? [alone, near] : [near, alone];
        const pair: PlantedBreak = {
          ...{ class: 'amount', key: entry.key, left: { rows: [left] }, right: { rows: [right] } },
          ...{ difference: right.minor - left.minor, days: 0 },
        };
        return { now: { rows: [alone, near, far], breaks: [pair, over(side, entry.key, [far])] } };
      },
    },
  ]),
  {
    planted: 'equal rows, as many on both sides',
    often: 60,
    plant: (maker, index) => ({ now: equalRows(maker, 'left', 2 + (index % 3), 2 + (index % 3)) }),
  },
  {
    planted: 'two pairs of one key, one at the edge of the percentage and one just over it',
    often: 60,
    plant: (maker) => {
      const entry = maker.entry();
      const [near, far] = [1_000_000n, 5_000_000n].map((minor) => maker.left(entry, { minor })) as [Row, Row];
      const [edge, over] = [999_000n, 4_994_999n].map((minor) => maker.right(entry, { minor })) as [Row, Row];
      const found = differing(entry.key, far, over, { class: 'amount', difference: -5_001n });
      return { now: { rows: [near, far, edge, over], pairs: 1, breaks: found.breaks! } };
    },
  },
  {
    planted: 'rows of one key that all agree only if the right ones are paired',
    often: 60,
    plant: (maker) => {
      const entry = maker.entry({ minor: 1_000n });
      const at = (minor: bigint, days: number) => ({ minor, day: entry.day + days });
      // The first on the left fits both on the right; the second only the one that the first meets first.
      const lefts = [at(1_000n, 0), at(1_001n, 2)].map((change) => maker.left(entry, change));
      const rights = [at(1_001n, 1), at(1_002n, -1)].map((change) => maker.right(entry, change));
      return { now: { rows: [...lefts, ...rights], pairs: 2 } };
    },
  },
];
