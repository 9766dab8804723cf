import type { GeneratedFile, NightFiles } from './sides';

/** A night whose files must not be reconciled. */
export interface DamagedNight {
  readonly what: string;
  readonly date: string;
  readonly scheduledTime: string;
  readonly left: readonly GeneratedFile[];
  readonly right: readonly GeneratedFile[];
  /** What the reason must say. */
  readonly reason: RegExp;
}

/** Each a date of its own. The first is called for in the night in which the clocks of Zurich skip two o'clock: at three, for the day before. */
export function damagedNights({ left, right }: NightFiles): readonly DamagedNight[] {
  const ledger = left.slice(0, 1);
  const compressed = right.find(({ name }) => name.endsWith('.gz'))!;
  const plain = right.find(({ name }) => name.endsWith('.csv'))!;
  return [
    {
      what: 'a side without a file',
      date: '2026-03-28',
      scheduledTime: '2026-03-29T01:00:00Z',
      left: ledger,
      right: [],
      reason: /^right: .*(no|missing)/,
    },
    {
      what: 'an empty file',
      date: '2026-03-29',
      scheduledTime: '2026-03-30T00:00:00Z',
      left: ledger,
      right: [{ name: plain.name, content: Buffer.alloc(0) }],
      reason: new RegExp(plain.name),
    },
    {
      what: 'a truncated gzip',
      date: '2026-03-30',
      scheduledTime: '2026-03-31T00:00:00Z',
      left: ledger,
      right: [{ name: compressed.name, content: compressed.content.subarray(0, Math.floor(compressed.content.length / 2)) }],
      reason: new RegExp(compressed.name),
    },
  ];
}
