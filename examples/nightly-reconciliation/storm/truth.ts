import { basename } from 'node:path';
import type { NightTruth, TrueBreak, TrueRow, TrueTotals, TrueTransit } from './night-truth';
import type { Fault, Side } from './rows';

export type { NightTruth, TrueBadRow, TrueBreak, TrueRow, TrueTotals, TrueTransit } from './night-truth';

/** A report, as far as it is judged: what `npx breakwater reconcile --json` writes, and a night's summary. */
export interface JudgedReport {
  readonly date: string;
  readonly matched: NightTruth['matched'];
  readonly breaks: readonly JudgedBreak[];
  readonly inTransit: ReadonlyArray<{
    readonly side: Side;
    readonly key: readonly string[];
    readonly row: JudgedRow;
    readonly ageDays: number;
  }>;
  readonly badRows: ReadonlyArray<{
    readonly side: Side;
    readonly file?: string;
    readonly record: number;
    readonly line: number;
    readonly reason: string;
  }>;
  readonly totals: Readonly<Record<Side, TrueTotals>>;
}

export interface JudgedRow {
  /** Name of the file, with or without a path. */
  readonly file?: string;
  readonly record: number;
  readonly rows?: number;
  readonly amountMinor: string;
  readonly currency: string;
  readonly date?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

export interface JudgedBreak extends Pick<TrueBreak, 'class' | 'key' | 'count' | 'differenceMinor' | 'days' | 'also' | 'fields'> {
  readonly id: string;
  readonly left?: JudgedRow;
  readonly right?: JudgedRow;
}

export interface Judgement {
  /** Findings of the report: breaks, rows in transit, bad rows, counts and sums. */
  readonly found: number;
  /** How many of them are true. */
  readonly right: number;
  /** What is true and the report does not say, in words. */
  readonly missed: readonly string[];
  /** What the report says and is not true. */
  readonly wrong: readonly string[];
  /** Share of the findings that are true, and of the truth that was found, 0 to 1. */
  readonly precision: number;
  readonly recall: number;
}

/** One thing that a report says or must say: equal texts mean the same, and it must stand at one of the places. */
interface Finding {
  readonly text: string;
  readonly places: readonly string[];
  /** What was planted. */
  readonly planted?: string;
}

/** Holds a report against the truth, finding by finding. */
export function judge(report: JudgedReport, truth: NightTruth): Judgement {
  const open = new Map<string, Finding[]>();
  const expected = truths(truth);
  for (const finding of expected) {
    const same = open.get(finding.text);
    if (same === undefined) open.set(finding.text, [finding]);
    else same.push(finding);
  }
  const wrong: string[] = [];
  let found = 0;
  for (const { text, places } of findings(report)) {
    found += 1;
    const same = open.get(text) ?? [];
    const index = same.findIndex((one) => places.every((place, at) => one.places[at]!.split(' ').includes(place)));
    if (index === -1) wrong.push(`${text} at ${places.join(', ')}`);
    else same.splice(index, 1);
  }
  const missed = [...open.values()]
    .flat()
    .map(({ text, places, planted }) => `${text} at ${places.join(', ')}${planted ? ` (${planted})` : ''}`);
  const right = found - wrong.length;
  return { found, right, missed, wrong, precision: right / found, recall: right / expected.length };
}

function truths({ date, breaks, inTransit, badRows, matched, totals }: NightTruth): Finding[] {
  return [
    ...breaks.map(
      (one): Finding => ({ text: breakText(one), places: placesOf(one, ({ places }) => places.join(' ')), planted: one.planted }),
    ),
    ...inTransit.map((one): Finding => ({ text: transitText(one), places: [one.row.places.join(' ')], planted: one.planted })),
    ...badRows.map(({ side, file, record, line, fault }) => ({
      text: `bad row ${side}: ${fault}, line ${line}`,
      places: [`${file}#${record}`],
    })),
    ...figures(date, matched, totals),
  ];
}

function findings({ date, breaks, inTransit, badRows, matched, totals }: JudgedReport): Finding[] {
  const ids = new Map<string, number>();
  for (const { id } of breaks) ids.set(id, (ids.get(id) ?? 0) + 1);
  return [
    ...breaks.map((one) => ({
      text: `${breakText(one)}${ids.get(one.id) === 1 ? '' : ` under the id ${one.id} of another`}`,
      places: placesOf(one, placeOf),
    })),
    ...inTransit.map((one) => ({ text: transitText(one), places: [placeOf(one.row)] })),
    ...badRows.map(({ side, line, reason, ...row }) => ({
      text: `bad row ${side}: ${faultOf(reason) ?? JSON.stringify(reason)}, line ${line}`,
      places: [placeOf(row)],
    })),
    ...figures(date, matched, totals),
  ];
}

function placesOf<T extends JudgedRow | TrueRow>(
  { left, right }: { readonly left?: T; readonly right?: T },
  of: (row: T) => string,
): string[] {
  return [...(left ? [of(left)] : []), ...(right ? [of(right)] : [])];
}

const placeOf = ({ file, record }: Pick<JudgedRow, 'file' | 'record'>): string => `${basename(file ?? '')}#${record}`;

function breakText(one: TrueBreak | JudgedBreak): string {
  const { class: name, key, count, left, right, differenceMinor, days, also = [], fields = [] } = one;
  const parts = [
    `break ${name} ${key.join(' / ')}`,
    `count ${count}`,
    `left ${rowText(left)}`,
    `right ${rowText(right)}`,
    `difference ${differenceMinor ?? 'none'}`,
    `days ${days ?? 'none'}`,
    `also ${also.join(' ') || 'nothing'}`,
    `fields ${fields.join(' ') || 'none'}`,
  ];
  return parts.join(', ');
}

const transitText = ({
  side,
  key,
  row,
  ageDays,
}: Pick<TrueTransit, 'side' | 'key' | 'ageDays'> & { readonly row: JudgedRow | TrueRow }): string =>
  `in transit ${side} ${key.join(' / ')}, ${rowText(row)}, ${ageDays} days old`;

function rowText(row: JudgedRow | TrueRow | undefined): string {
  if (row === undefined) return 'none';
  const { amountMinor, currency, date, rows = 1, fields = {} } = row;
  const said = Object.entries(fields).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [`${currency || 'several currencies'} ${amountMinor} of ${date}`, ...(rows === 1 ? [] : [`${rows} rows`]), ...said].join(' ');
}

/** One finding for each number, so that a wrong one stands for itself. */
function figures(date: string, matched: NightTruth['matched'], totals: NightTruth['totals']): Finding[] {
  const texts = [
    `business date ${date}`,
    ...(['pairs', 'oneToMany', 'manyToOne'] as const).map((name) => `matched ${name} ${matched[name]}`),
    ...(['left', 'right'] as const).flatMap((side) => {
      const { rows, badRows, byCurrency } = totals[side];
      return [
        `${side} ${rows} rows`,
        `${side} ${badRows} bad rows`,
        ...Object.entries(byCurrency).map(([currency, minor]) => `${side} ${currency} ${minor} minor units`),
      ];
    }),
  ];
  return texts.map((text) => ({ text, places: [] }));
}

/** What the reasons of bad rows say, CSV and JSON Lines. */
const REASONS: ReadonlyArray<readonly [Fault, RegExp]> = [
  ['columns', /^\d+ columns?, the header has \d+$|^has no "amount"$/],
  ['number', /^amount: is no number$/],
  ['decimals', /^amount: has more decimals than [A-Z]{3}$/],
  ['date', /^(booked|value_date): no date of the calendar/],
  ['encoding', /^bytes that are not UTF-8$/],
  ['quote', /\bquote\b|^not JSON$/],
  ['currency', /^amount: the currency ZZZ is not known/],
  ['key', /^the key is empty$/],
];

const faultOf = (reason: string): Fault | undefined => REASONS.find(([, pattern]) => pattern.test(reason))?.[0];
