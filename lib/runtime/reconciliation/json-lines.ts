import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { BadRecord } from './csv-scan';
import { jsonMembers, plainNumber, stringOf } from './json-members';

/** @returns texts of the columns of an object, or why it is no row */
export type TextsOf = (text: string, columns: readonly string[]) => readonly string[] | string;

export interface JsonLinesRead {
  /** Good ones and bad ones; record and line have the same number. */
  readonly records: number;
  readonly bad: ReadonlyArray<Pick<BadRecord, 'record' | 'line' | 'reason'>>;
}

const CHUNK_BYTES = 4 * 1024 * 1024;
const LONGEST_LINE_BYTES = 1024 * 1024;
const LF = 10;

/**
 * Writes the given columns of a JSON Lines file as CSV without a header, one record for each line; one of empty fields in place of a bad one.
 *
 * Numbers keep their text, as a reader that takes them for floating point would lose decimals.
 *
 * @see https://jsonlines.org
 */
export function jsonLinesToCsv(file: string, columns: readonly string[], target: string, textsOf: TextsOf): JsonLinesRead {
  const bad: { record: number; line: number; reason: string }[] = [];
  const empty = `${columns.map(() => '""').join(',')}\n`;
  const from = openSync(file, 'r');
  const to = openSync(target, 'w');
  let record = 0;
  try {
    let written = '';
    for (const line of linesOf(from)) {
      record += 1;
      const fields = fieldsOf(line, columns, textsOf);
      if (typeof fields === 'string') bad.push({ record, line: record, reason: fields });
      written += typeof fields === 'string' ? empty : `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\n`;
      if (written.length < CHUNK_BYTES) continue;
      writeSync(to, written);
      written = '';
    }
    writeSync(to, written);
  } finally {
    closeSync(from);
    closeSync(to);
  }
  return { records: record, bad };
}

/** Lines without their break; undefined for one that is too long to be held. */
function* linesOf(descriptor: number): Generator<Buffer | undefined> {
  let rest = Buffer.alloc(0);
  let isTooLong = false;
  let isStart = true;
  for (;;) {
    const buffer = Buffer.allocUnsafe(rest.length + CHUNK_BYTES);
    rest.copy(buffer);
    const read = readSync(descriptor, buffer, rest.length, CHUNK_BYTES, null);
    const end = rest.length + read;
    let position = isStart && buffer.subarray(0, Math.min(3, end)).equals(BYTE_ORDER_MARK) ? 3 : 0;
    isStart = false;
    for (let at = buffer.indexOf(LF, position); at !== -1 && at < end; at = buffer.indexOf(LF, position)) {
      yield isTooLong || at - position > LONGEST_LINE_BYTES ? undefined : buffer.subarray(position, at);
      isTooLong = false;
      position = at + 1;
    }
    rest = buffer.subarray(position, end);
    if (read === 0) {
      if (isTooLong || rest.length > 0) yield isTooLong || rest.length > LONGEST_LINE_BYTES ? undefined : rest;
      return;
    }
    if (rest.length > LONGEST_LINE_BYTES) isTooLong = true;
    if (isTooLong) rest = Buffer.alloc(0);
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** @returns texts of the columns, or why the line is no row */
function fieldsOf(line: Buffer | undefined, columns: readonly string[], textsOf: TextsOf): readonly string[] | string {
  if (line === undefined) return `longer than ${LONGEST_LINE_BYTES} bytes`;
  if (!isUtf8(line)) return 'bytes that are not UTF-8';
  const text = line.toString('utf8');
  if (text.trim() === '') return 'an empty line';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  const fields = textsOf(text, columns);
  if (typeof fields === 'string') return fields;
  const half = fields.findIndex((field) => /\p{Surrogate}/u.test(field));
  return half === -1 ? fields : `${columns[half]}: holds half a character`;
}

/** The members of an object by their names. */
export function objectTexts(text: string, columns: readonly string[]): readonly string[] | string {
  const members = jsonMembers(text);
  const fields: string[] = [];
  for (const column of columns) {
    const member = members.get(column);
    if (member === undefined) return `has no ${JSON.stringify(column)}`;
    if (member.isRepeated) return `has ${JSON.stringify(column)} twice`;
    if (/^[[{]/.test(member.json))
      return `${column}: is an ${member.json.startsWith('[') ? 'array' : 'object'}; a text, a number or null is needed`;
    fields.push(textOf(member.json));
  }
  return fields;
}

function textOf(json: string): string {
  if (json.startsWith('"')) return stringOf(json);
  return json === 'null' ? '' : plainNumber(json);
}
