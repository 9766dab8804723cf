import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { BadRecord } from './csv-scan';
import { jsonMembers } from './json-members';

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
export function jsonLinesToCsv(file: string, columns: readonly string[], target: string): JsonLinesRead {
  const bad: { record: number; line: number; reason: string }[] = [];
  const empty = `${columns.map(() => '""').join(',')}\n`;
  const from = openSync(file, 'r');
  const to = openSync(target, 'w');
  let record = 0;
  try {
    let written = '';
    for (const line of linesOf(from)) {
      record += 1;
      const fields = fieldsOf(line, columns);
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
function fieldsOf(line: Buffer | undefined, columns: readonly string[]): readonly string[] | string {
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
  const members = jsonMembers(text);
  const fields: string[] = [];
  for (const column of columns) {
    const member = members.get(column);
    if (member === undefined) return `has no ${JSON.stringify(column)}`;
    if (member.isRepeated) return `has ${JSON.stringify(column)} twice`;
    if (/^[[{]/.test(member.json))
      return `${column}: is an ${member.json.startsWith('[') ? 'array' : 'object'}; a text, a number or null is needed`;
    const field = textOf(member.json);
    if (/\p{Surrogate}/u.test(field)) return `${column}: holds half a character`;
    fields.push(field);
  }
  return fields;
}

function textOf(json: string): string {
  if (json.startsWith('"')) return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
  return json === 'null' ? '' : plainNumber(json);
}

/** No amount has more digits than that; a larger exponent stays as it stands and is judged as text. */
const LARGEST_EXPONENT = 40;

/** The number without an exponent, exactly: `1.5E7`, as Java writes a large double, is `15000000`. */
function plainNumber(json: string): string {
  const [, sign, whole, fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(json) ?? [];
  if (sign === undefined || Math.abs(Number(exponent)) > LARGEST_EXPONENT) return json;
  const digits = `${whole}${fraction}`;
  const point = whole!.length + Number(exponent);
  const padded = point <= 0 ? `${'0'.repeat(1 - point)}${digits}` : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const decimals = padded.slice(at).replace(/0+$/, '');
  return `${sign}${padded.slice(0, at)}${decimals === '' ? '' : `.${decimals}`}`;
}
