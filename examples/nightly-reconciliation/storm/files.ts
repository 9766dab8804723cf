import { gzipSync } from 'node:zlib';
import type { TrueBadRow } from './night-truth';
import { dateOf, FILES, JSON_FILE, type Row, type Side } from './rows';

export interface GeneratedFile {
  /** For example `ledger-1.csv` or `bank-3.jsonl.gz`. */
  readonly name: string;
  readonly content: Buffer;
}

/** A file, and where its rows came to lie. */
export interface WrittenFile extends GeneratedFile {
  /** In their order: the first is record 1. */
  readonly rows: readonly Row[];
  readonly badRows: readonly TrueBadRow[];
}

type Column = 'id' | 'amount' | 'currency' | 'date' | 'iban' | 'purpose' | 'account' | 'batch' | 'clerk';

/** How a file writes what its rows say: no two write it alike. */
interface Hand {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly lineEnd: '\n' | '\r\n';
  /** Begins with a byte order mark. */
  readonly isMarked?: boolean;
  date(day: number): string;
  iban(iban: string): string;
  purpose(purpose: string): string;
}

const NAMES: Readonly<Record<Side, Readonly<Record<Column, string>>>> = {
  left: {
    ...{ id: 'payment_id', amount: 'amount', currency: 'currency', date: 'booked', iban: 'iban', purpose: 'purpose' },
    ...{ account: 'account', batch: 'batch_id', clerk: 'clerk' },
  },
  right: {
    ...{ id: 'reference', amount: 'amount', currency: 'currency', date: 'value_date', iban: 'counterparty', purpose: 'purpose' },
    ...{ account: 'account', batch: 'batch_id', clerk: 'entered_by' },
  },
};

const asItIs = (text: string): string => text;
const upper = (text: string): string => text.toUpperCase();
const inFours = (iban: string): string => upper(iban).replace(/(.{4})(?=.)/g, '$1 ');
const germanDate = (day: number): string => dateOf(day).split('-').reverse().join('.');

/** Files of a side in their order. */
const HANDS: Readonly<Record<Side, readonly Hand[]>> = {
  left: [
    {
      ...{ name: 'ledger-1.csv', lineEnd: '\n', date: dateOf, iban: upper, purpose: asItIs },
      columns: ['id', 'account', 'batch', 'date', 'amount', 'currency', 'iban', 'purpose', 'clerk'],
    },
    {
      ...{ name: 'ledger-2.csv', lineEnd: '\r\n', date: dateOf, iban: upper },
      purpose: (purpose) => purpose.replaceAll(' for ', '\r\nfor '),
      columns: ['clerk', 'currency', 'amount', 'purpose', 'id', 'batch', 'account', 'iban', 'date'],
    },
    {
      ...{ name: 'ledger-3.jsonl.gz', lineEnd: '\n', date: dateOf, iban: upper, purpose: asItIs },
      columns: ['id', 'account', 'batch', 'date', 'amount', 'currency', 'iban', 'purpose', 'clerk'],
    },
  ],
  right: [
    {
      ...{ name: 'bank-1.csv', lineEnd: '\n', date: germanDate, iban: inFours },
      purpose: (purpose) => purpose.replaceAll(' for ', '  for\n'),
      columns: ['date', 'id', 'purpose', 'iban', 'amount', 'currency', 'clerk', 'account', 'batch'],
    },
    {
      ...{ name: 'bank-2.csv', lineEnd: '\r\n', isMarked: true, date: dateOf, iban: asItIs },
      purpose: (purpose) => `${purpose} `,
      columns: ['batch', 'amount', 'iban', 'account', 'id', 'date', 'currency', 'purpose', 'clerk'],
    },
    {
      ...{ name: 'bank-3.jsonl.gz', lineEnd: '\n', date: dateOf, iban: inFours, purpose: asItIs },
      columns: ['purpose', 'amount', 'id', 'date', 'currency', 'batch', 'account', 'iban', 'clerk'],
    },
  ],
};

export const fileName = (side: Side, file: number): string => HANDS[side][file]!.name;

/** Writes one file of a side. */
export function writeFile(side: Side, file: number, rows: readonly Row[]): WrittenFile {
  const hand = HANDS[side][file]!;
  const ordered = inOrder(rows.filter((row) => row.file === file));
  const isJson = file === JSON_FILE;
  const content = new Content();
  const badRows: TrueBadRow[] = [];
  let line = 1;
  if (!isJson) {
    content.add(`${hand.isMarked ? '\ufeff' : ''}${hand.columns.map((column) => NAMES[side][column]).join(',')}${hand.lineEnd}`);
    line += 1;
  }
  for (const [index, row] of ordered.entries()) {
    const record = index + 1;
    const text = `${isJson ? jsonOf(hand, row, record) : csvOf(hand, row, record)}${hand.lineEnd}`;
    if (row.fault === 'encoding') content.addLatin1(text);
    else content.add(text);
    if (row.fault !== undefined) badRows.push({ side, file: hand.name, record, line, fault: row.fault });
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line += 1;
  }
  const bytes = content.bytes();
  return { name: hand.name, content: isJson ? gzipSync(bytes, { level: 1 }) : bytes, rows: ordered, badRows };
}

/** By slot. Slots are spread evenly, so that nearly each row has a place of its own, and sorting costs no more than looking at each. */
function inOrder(rows: readonly Row[]): Row[] {
  const places: Row[][] = Array.from({ length: rows.length }, () => []);
  for (const row of rows) places[Math.floor(row.slot * rows.length)]!.push(row);
  return places.flatMap((place) => place.sort((a, b) => a.slot - b.slot));
}

/** All files of a side. */
export const writeFiles = (side: Side, rows: readonly Row[]): WrittenFile[] =>
  Array.from({ length: FILES }, (_, file) => writeFile(side, file, rows));

/** Text, some of it in an encoding that it should not have. */
class Content {
  readonly #parts: Buffer[] = [];
  #text: string[] = [];

  add(text: string): void {
    this.#text.push(text);
  }

  addLatin1(text: string): void {
    this.#flush();
    this.#parts.push(Buffer.from(text, 'latin1'));
  }

  bytes(): Buffer {
    this.#flush();
    return Buffer.concat(this.#parts);
  }

  #flush(): void {
    this.#parts.push(Buffer.from(this.#text.join('')));
    this.#text = [];
  }
}

const BROKEN_QUOTES = ['never closed', 'closed too early', 'in the middle'] as const;
const LATIN = 'Gebühr';

function textOf(hand: Hand, row: Row, column: Column): string {
  switch (column) {
    case 'date':
      return row.dateText ?? hand.date(row.day);
    case 'iban':
      return hand.iban(row.iban);
    case 'purpose':
      return row.fault === 'encoding' ? LATIN : hand.purpose(row.purpose);
    case 'clerk':
      return row.slot < 0.5 ? 'mk' : '';
    default:
      return row[column];
  }
}

function csvOf(hand: Hand, row: Row, record: number): string {
  const fields = hand.columns.map((column) => quoted(textOf(hand, row, column), row.fault === undefined && record % 7 === 0));
  if (row.fault === 'columns') return record % 2 === 0 ? fields.slice(1).join(',') : `${fields.join(',')},one,too many`;
  if (row.fault === 'quote') {
    const kind = BROKEN_QUOTES[record % BROKEN_QUOTES.length]!;
    const at = hand.columns.indexOf('purpose');
    fields[at] = { 'never closed': '"Never closed', 'closed too early': '"Closed" too early', 'in the middle': 'In "the" middle' }[kind];
  }
  return fields.join(',');
}

/** No quoted text is empty: a quote that was never closed before it would take its two quotes for one within. */
const quoted = (text: string, isAlways: boolean): string =>
  /[",\r\n]/.test(text) || (isAlways && text !== '') ? `"${text.replaceAll('"', '""')}"` : text;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function jsonOf(hand: Hand, row: Row, record: number): string {
  const columns = row.fault === 'columns' ? hand.columns.filter((column) => column !== 'amount') : hand.columns;
  const members = columns.map((column) => {
    const value = textOf(hand, row, column);
    // An exponent has its meaning only in a number.
    const isNumber = column === 'amount' && NUMBER.test(value) && (record % 2 === 0 || /e/i.test(value));
    return `${JSON.stringify(NAMES[row.side][column])}:${isNumber ? value : JSON.stringify(value)}`;
  });
  const text = `{${members.join(',')}}`;
  return row.fault === 'quote' ? text.replace('":', ':') : text;
}
