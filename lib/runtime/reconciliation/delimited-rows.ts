import { closeSync, mkdtempSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { InputFault } from '../../reconciliation-rules/input-fault';
import { type CsvScan, scanCsv } from './csv-scan';
import { text } from './database';
import { itemTexts } from './dynamodb-json';
import { jsonLinesToCsv, objectTexts, type TextsOf } from './json-lines';
import type { SourceFile, SourceRows } from './source-rows';

/** @throws InputFault when the header can't be read, or lacks a column or has it twice */
export async function csvRows({ file, named, columns, folder }: SourceFile): Promise<SourceRows> {
  const scan = scanCsv(file, named);
  const positions = columns.map((name) => position(scan, name, named));
  const readable = scan.bad.length === 0 ? file : withoutBad(file, scan, newFile(folder));
  const relation = csvRelation(readable, {
    hasHeader: true,
    width: scan.columns.length,
    positions,
    isParallel: scan.longRecords.length === 0,
  });
  return { relation, isNumbered: false, typedDates: NONE, records: scan.records, bad: scan.bad, lineOf: linesBehind(scan) };
}

export const jsonLinesRows = (source: SourceFile): Promise<SourceRows> => linesOf(source, objectTexts);

/** Items of a table as DynamoDB exports them. */
export const dynamoDbRows = (source: SourceFile): Promise<SourceRows> => linesOf(source, itemTexts);

async function linesOf({ file, columns, folder }: SourceFile, textsOf: TextsOf): Promise<SourceRows> {
  const copy = newFile(folder);
  const { records, bad } = jsonLinesToCsv(file, columns, copy, textsOf);
  const relation = csvRelation(copy, { hasHeader: false, width: columns.length, positions: [...columns.keys()], isParallel: false });
  return { relation, isNumbered: false, typedDates: NONE, records, bad, lineOf: (record) => record };
}

const NONE: ReadonlySet<string> = new Set();

/** The scan lets a record be at most so long before it takes its quote for one that was never closed. */
const LONGEST_LINE_BYTES = 8 * 1024 * 1024;

function csvRelation(
  file: string,
  {
    hasHeader,
    width,
    positions,
    isParallel,
  }: { readonly hasHeader: boolean; readonly width: number; readonly positions: readonly number[]; readonly isParallel: boolean },
): string {
  const columns = Array.from({ length: width }, (_, index) => `'v${index}': 'VARCHAR'`).join(', ');
  return `(SELECT ${positions.map((at, index) => `coalesce(v${at}, '') AS c${index}`).join(', ')}
    FROM read_csv(${text(file)}, header = ${hasHeader}, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {${columns}},
      strict_mode = false, max_line_size = ${LONGEST_LINE_BYTES}, parallel = ${isParallel}))`;
}

const newFile = (folder: string): string => path.join(mkdtempSync(path.join(folder, 'readable-')), 'rows.csv');

function position({ columns }: CsvScan, name: string, file: string): number {
  const index = columns.indexOf(name);
  if (index === -1) throw new InputFault(`${file}: has no column ${JSON.stringify(name)}; it has ${columns.join(', ')}`);
  if (columns.indexOf(name, index + 1) !== -1) throw new InputFault(`${file}: has the column ${JSON.stringify(name)} twice`);
  return index;
}

/** A copy of the file with a record of empty fields in place of each range that can't be read. */
function withoutBad(file: string, { columns, bad, bytes }: CsvScan, copy: string): string {
  const empty = `${columns.map(() => '""').join(',')}\n`;
  const from = openSync(file, 'r');
  const to = openSync(copy, 'w');
  try {
    const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);
    let start = 0;
    for (const range of [...bad, { from: bytes, to: bytes }]) {
      for (let at = start; at < range.from; ) {
        const read = readSync(from, buffer, 0, Math.min(buffer.length, range.from - at), at);
        writeSync(to, buffer, 0, read);
        at += read;
      }
      if (range.from < bytes) writeSync(to, empty);
      start = range.to;
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
  return copy;
}

function linesBehind({ longRecords }: CsvScan): (record: number) => number {
  const further: number[] = [];
  for (const { furtherLines } of longRecords) further.push((further.at(-1) ?? 0) + furtherLines);
  const records = longRecords.map(({ record }) => record);
  return (record) => 1 + record + (further[countBelow(records, record) - 1] ?? 0);
}

/** How many of the ascending numbers are below a bound. */
function countBelow(ascending: readonly number[], bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
