import { type Case, type Maker, other, type Scene } from '../maker';
import { decimal, FAULTS, type Fault, type Row, type Side } from '../rows';

const NUMBERS = ['12,50', '', 'twelve', '--1', '1.2.3', '0x10', '1 000.00'] as const;
const DATES = ['2026-02-30', '31.04.2026', '2025-02-29', '2026-13-01', '', 'yesterday', '2026-1-5'] as const;

/** A row that is none, for one reason. Faults of the file's own form come with its writing. */
export function badRow(maker: Maker, side: Side, fault: Fault, entry = maker.entry()): Row {
  const { random } = maker;
  // Its line must be one.
  const row = { ...maker.on(side, { ...entry, purpose: 'Salary' }), fault };
  switch (fault) {
    case 'number':
      return { ...row, amount: random.pick(NUMBERS) };
    case 'decimals':
      return { ...row, amount: `${decimal(entry.minor, entry.currency)}${entry.currency === 'JPY' ? '.0' : '5'}` };
    case 'date':
      return { ...row, dateText: random.pick(DATES) };
    case 'currency':
      return { ...row, currency: 'ZZZ' };
    case 'key':
      return { ...row, id: random.pick(['', '   ']) };
    default:
      return row;
  }
}

/** Rows beside all others, as many of each fault. */
export function badRows(maker: Maker, side: Side, count: number): Scene {
  return { rows: Array.from({ length: count }, (_, index) => badRow(maker, side, FAULTS[index % FAULTS.length]!)) };
}

export const BAD_COUNTERPARTS: readonly Case[] = (['left', 'right'] as const).map((side) => ({
  planted: `rows ${side} whose counterpart is a bad row`,
  often: 60,
  plant: (maker, index) => {
    const entry = maker.entry();
    const row = maker.on(side, entry);
    const bad = badRow(maker, other(side), FAULTS.filter((fault) => fault !== 'key')[index % (FAULTS.length - 1)]!, entry);
    const missing = {
      ...{ class: `missing_${other(side)}`, key: entry.key, [side]: { rows: [row] } },
      difference: side === 'left' ? -entry.minor : entry.minor,
    };
    return { now: { rows: [row, bad], breaks: [missing] }, settled: { rows: [row, maker.on(other(side), entry)], pairs: 1 } };
  },
}));
