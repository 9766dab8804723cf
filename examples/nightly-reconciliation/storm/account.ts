import type { RegisterMoves } from './register-checks';

/** What one run came to. */
export interface RunAccount {
  readonly what: string;
  readonly date: string;
  readonly run: number;
  readonly attempt: number;
  readonly rows: { readonly left: number; readonly right: number };
  /** By class: how many were found, and how many there are. */
  readonly classes: Readonly<Record<string, { readonly found: number; readonly true: number }>>;
  readonly inTransit: number;
  readonly badRows: number;
  readonly precision: number;
  readonly recall: number;
  readonly register: RegisterMoves;
  /** From the call of the start function to the end of the last attempt. */
  readonly seconds: number;
}

/** A run that had to fail. */
export interface RefusedRun {
  readonly what: string;
  readonly date: string;
  readonly status: string;
  readonly reason: string;
  readonly seconds: number;
}

export interface NightAccount {
  readonly runs: readonly RunAccount[];
  readonly refused: readonly RefusedRun[];
  /** Checks of what is no run of its own, in words, and whether each is so. */
  readonly claims: ReadonlyArray<{ readonly claim: string; readonly holds: boolean }>;
  readonly parts: number;
  readonly events: { readonly copies: number; readonly distinct: number };
  readonly seconds: Readonly<Record<string, number>>;
}

const number = (value: number): string => value.toLocaleString('en-US');
const total = (run: RunAccount, of: 'found' | 'true'): number => Object.values(run.classes).reduce((sum, each) => sum + each[of], 0);

/** The account as a person reads it. */
export function describeNights({ runs, refused, claims, parts, events, seconds }: NightAccount): string {
  const classes = [...new Set(runs.flatMap((run) => Object.keys(run.classes)))].sort();
  return [
    table(
      [
        '',
        'date',
        'run',
        'attempts',
        'rows left',
        'right',
        'breaks',
        'in transit',
        'bad rows',
        'precision',
        'recall',
        'opened',
        'closed',
        'reopened',
        's',
      ],
      runs.map((run) => [
        run.what,
        run.date,
        String(run.run),
        String(run.attempt),
        number(run.rows.left),
        number(run.rows.right),
        number(total(run, 'found')),
        number(run.inTransit),
        number(run.badRows),
        run.precision.toFixed(4),
        run.recall.toFixed(4),
        number(run.register.opened),
        number(run.register.closed),
        number(run.register.reopened),
        run.seconds.toFixed(1),
      ]),
    ),
    '',
    'breaks by class, found of true',
    table(
      ['', ...runs.map(({ what }) => what)],
      classes.map((name) => [
        name,
        ...runs.map(({ classes: { [name]: each } }) => (each === undefined ? '-' : `${number(each.found)} of ${number(each.true)}`)),
      ]),
    ),
    '',
    'runs that had to fail',
    ...refused.map(
      ({ what, date, status, reason, seconds: took }) => `  ${what}, ${date}: ${status} after ${took.toFixed(1)} s: ${reason}`,
    ),
    '',
    ...claims.map(({ claim, holds }) => `${holds ? 'yes' : 'NO '}  ${claim}`),
    '',
    `${number(parts)} parts; ${events.copies} events on the bus, ${events.distinct} without their copies`,
    `seconds: ${Object.entries(seconds)
      .map(([step, took]) => `${step} ${took.toFixed(1)}`)
      .join(', ')}`,
  ].join('\n');
}

/** Columns under their names: the first to the left, numbers to the right. */
function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].map((text) => `  ${text}`).join('\n');
}
