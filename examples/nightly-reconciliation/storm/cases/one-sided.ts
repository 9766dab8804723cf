import { type Case, type Maker, MINIMUM_AGE, other, type PlantedBreak, type PlantedRows, type Scene } from '../maker';
import type { Currency, Row, Side } from '../rows';

/** Rows of one currency without counterpart. */
function missing(side: Side, key: readonly string[], rows: readonly Row[]): PlantedBreak {
  const sum = rows.reduce((all, { minor }) => all + minor, 0n);
  return {
    class: `missing_${other(side)}`,
    key,
    count: rows.length,
    [side]: { rows } satisfies PlantedRows,
    difference: side === 'left' ? -sum : sum,
  };
}

const lone = (side: Side, key: readonly string[], row: Row): Scene => ({ rows: [row], breaks: [missing(side, key, [row])] });

function missingOn(side: Side): Case[] {
  const old = (maker: Maker, day?: number): Scene & { readonly pair: Scene } => {
    const entry = maker.entry(day === undefined ? {} : { day });
    const row = maker.on(side, entry);
    return { ...lone(side, entry.key, row), pair: { rows: [row, maker.on(other(side), entry)], pairs: 1 } };
  };
  return [
    {
      planted: `rows only ${side}`,
      often: 300,
      plant: (maker) => {
        const { pair, ...now } = old(maker);
        return { now, settled: pair };
      },
    },
    {
      planted: `rows only ${side}, of exactly the minimum age`,
      often: 50,
      plant: (maker) => {
        const { pair, ...now } = old(maker, maker.day - MINIMUM_AGE);
        return { now, settled: pair };
      },
    },
    {
      planted: `several rows of one key only ${side}`,
      often: 40,
      plant: (maker, index) => {
        const entry = maker.entry();
        const rows = Array.from({ length: 2 + (index % 3) }, (_, at) =>
          maker.on(side, entry, { minor: entry.minor + BigInt(at), day: entry.day - at }),
        );
        return { now: { rows, breaks: [missing(side, entry.key, rows)] } };
      },
    },
    {
      planted: `rows of several currencies under one key only ${side}`,
      often: 20,
      plant: (maker) => {
        const entry = maker.entry();
        const rows = (['EUR', 'USD', 'KWD'] satisfies Currency[]).map((currency) => maker.on(side, entry, { currency }));
        return { now: { rows, breaks: rows.map((row) => missing(side, entry.key, [row])) } };
      },
    },
  ];
}

const waiting = (key: readonly string[], row: Row): Scene => ({ rows: [row], inTransit: [{ key, shown: { rows: [row] } }] });

function inTransitOn(side: Side): Case[] {
  return [
    {
      planted: `rows in transit ${side} whose counterpart arrives`,
      often: 150,
      plant: (maker, index) => {
        const entry = maker.entry({ day: maker.day - (index % MINIMUM_AGE) });
        const row = maker.on(side, entry);
        return { now: waiting(entry.key, row), next: { rows: [row, maker.on(other(side), entry)], pairs: 1 } };
      },
    },
    {
      planted: `rows in transit ${side} whose counterpart does not arrive`,
      often: 80,
      plant: (maker) => {
        const entry = maker.entry({ day: maker.day - MINIMUM_AGE + 1 });
        const row = maker.on(side, entry);
        return { now: waiting(entry.key, row), next: lone(side, entry.key, row) };
      },
    },
    {
      planted: `rows in transit ${side} with a value date to come`,
      often: 40,
      plant: (maker) => {
        const entry = maker.entry({ day: maker.nextDay });
        const row = maker.on(side, entry);
        return { now: waiting(entry.key, row), next: waiting(entry.key, row) };
      },
    },
    {
      planted: `a row in transit beside an old one under its key, only ${side}`,
      often: 30,
      plant: (maker) => {
        const entry = maker.entry();
        const [old, young] = [maker.on(side, entry), maker.on(side, entry, { day: maker.day })];
        const now: Scene = {
          rows: [old, young],
          breaks: [missing(side, entry.key, [old])],
          inTransit: [{ key: entry.key, shown: { rows: [young] } }],
        };
        return { now, next: { rows: [old, maker.on(other(side), entry)], pairs: 1 } };
      },
    },
  ];
}

export const ONE_SIDED: readonly Case[] = (['left', 'right'] as const).flatMap((side) => [...missingOn(side), ...inTransitOn(side)]);
