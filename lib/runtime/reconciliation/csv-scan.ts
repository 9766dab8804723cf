import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { InputFault } from '../../reconciliation-rules/input-fault';

/** A record that can't be read, and where it lies. */
export interface BadRecord {
  /** 1 for the first after the header. */
  readonly record: number;
  /** Line on which it begins, 1 for the header's. */
  readonly line: number;
  readonly reason: string;
  /** Bytes of the file from `from` on, up to `to`. */
  readonly from: number;
  readonly to: number;
}

export interface CsvScan {
  readonly columns: readonly string[];
  /** Byte at which the first record begins. */
  readonly dataFrom: number;
  readonly bytes: number;
  /** Good ones and bad ones. */
  readonly records: number;
  readonly bad: readonly BadRecord[];
  /** Records that go on over several lines, in order: what a line number is computed from. */
  readonly longRecords: ReadonlyArray<{ readonly record: number; readonly furtherLines: number }>;
}

const CHUNK_BYTES = 4 * 1024 * 1024;
/** No field of a statement is longer: a quote that is still open after so much was never closed, and the lines behind it are records of their own. */
const LONGEST_RECORD_BYTES = 1024 * 1024;

const LF = 10;
const CR = 13;
const QUOTE = 34;

/**
 * Finds every record of a CSV file that is not as RFC 4180 has it, in one pass and constant memory: column count, quotes, bytes that are not UTF-8. Lines end with LF
 * or CRLF, quoted fields may hold them.
 *
 * An open quote makes one bad record of its line, not of the rest of the file.
 *
 * @param named what errors call the file
 * @throws InputFault for a file without a header, or whose header can't be read
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function scanCsv(file: string, named = file, delimiter = ','): CsvScan {
  const descriptor = openSync(file, 'r');
  try {
    return new Scanner(descriptor, delimiter.charCodeAt(0), named).scan();
  } finally {
    closeSync(descriptor);
  }
}

type Fault = string | undefined;

interface Ended {
  /** Position in the buffer after the record's line break. */
  readonly next: number;
  readonly lines: number;
  readonly fields: number;
  readonly fault: Fault;
}

class Scanner {
  readonly #descriptor: number;
  readonly #delimiter: number;
  readonly #file: string;
  #buffer: Buffer = Buffer.alloc(0);
  /** Offset in the file of the buffer's first byte. */
  #offset = 0;
  #atEnd = false;
  /** Whether the whole buffer is UTF-8; otherwise each record is looked at. */
  #isText = true;

  constructor(descriptor: number, delimiter: number, file: string) {
    this.#descriptor = descriptor;
    this.#delimiter = delimiter;
    this.#file = file;
  }

  scan(): CsvScan {
    this.#fill(0);
    const start = this.#buffer[0] === 0xef && this.#buffer[1] === 0xbb && this.#buffer[2] === 0xbf ? 3 : 0;
    if (this.#buffer.length === start) throw new InputFault(`${this.#file}: is empty; a header line is needed`);
    const header = this.#record(start);
    const text = this.#buffer.subarray(start, header.next);
    if (header.fault !== undefined) throw new InputFault(`${this.#file}: header: ${header.fault}`);
    if (!isUtf8(text)) throw new InputFault(`${this.#file}: header: bytes that are not UTF-8`);
    const columns = fieldsOf(text.toString('utf8'), String.fromCharCode(this.#delimiter));
    const bad: BadRecord[] = [];
    const longRecords: { record: number; furtherLines: number }[] = [];
    const dataFrom = header.next;
    let position = header.next;
    let record = 0;
    let line = 1 + header.lines;
    for (;;) {
      if (position >= this.#buffer.length) {
        if (this.#atEnd) break;
        position = this.#fill(position);
        continue;
      }
      const plain = this.#plain(position, columns.length);
      record += plain.records;
      line += plain.records;
      position = plain.next;
      if (position >= this.#buffer.length) continue;
      const ended = this.#record(position);
      if (ended.next === INCOMPLETE) {
        position = this.#fill(position);
        continue;
      }
      record += 1;
      const fault = ended.fault ?? this.#faultOf(position, ended, columns.length);
      if (fault !== undefined) bad.push({ record, line, reason: fault, from: this.#offset + position, to: this.#offset + ended.next });
      if (ended.lines > 1) longRecords.push({ record, furtherLines: ended.lines - 1 });
      line += ended.lines;
      position = ended.next;
    }
    return { columns, dataFrom, bytes: this.#offset + this.#buffer.length, records: record, bad, longRecords };
  }

  #faultOf(from: number, { next, fields }: Ended, columns: number): Fault {
    if (fields !== columns) return `${fields} ${fields === 1 ? 'column' : 'columns'}, the header has ${columns}`;
    return this.#isText || isUtf8(this.#buffer.subarray(from, next)) ? undefined : 'bytes that are not UTF-8';
  }

  /** Reads on; what lies before `position` is dropped. @returns where `position` is now */
  #fill(position: number): number {
    const rest = this.#buffer.subarray(position);
    const next = Buffer.allocUnsafe(rest.length + CHUNK_BYTES);
    rest.copy(next);
    const read = readSync(this.#descriptor, next, rest.length, CHUNK_BYTES, null);
    this.#atEnd = read === 0;
    this.#offset += position;
    this.#buffer = next.subarray(0, rest.length + read);
    this.#isText = isUtf8(this.#buffer);
    return 0;
  }

  /** Passes over good records without quotes, which most are, from `start` up to `next`: a loop of so little costs a third. */
  #plain(start: number, columns: number): { readonly next: number; readonly records: number } {
    if (!this.#isText) return { next: start, records: 0 };
    const buffer = this.#buffer;
    const delimiter = this.#delimiter;
    const end = buffer.length;
    const highest = Math.max(delimiter, QUOTE, LF);
    let next = start;
    let records = 0;
    let fields = 1;
    for (let at = start; at < end; at += 1) {
      const byte = buffer[at]!;
      if (byte > highest) continue;
      if (byte === delimiter) fields += 1;
      else if (byte === QUOTE) break;
      else if (byte === LF) {
        if (fields !== columns) break;
        records += 1;
        fields = 1;
        next = at + 1;
      }
    }
    return { next, records };
  }

  /** The record that begins at `start`; `next` is {@link INCOMPLETE} when the buffer ends before it does. */
  #record(start: number): Ended {
    const buffer = this.#buffer;
    const delimiter = this.#delimiter;
    const end = buffer.length;
    let fields = 1;
    let position = start;
    let fieldStart = start;
    while (position < end) {
      const byte = buffer[position]!;
      if (byte === delimiter) {
        fields += 1;
        position += 1;
        fieldStart = position;
      } else if (byte === LF) {
        return { next: position + 1, lines: 1, fields, fault: undefined };
      } else if (byte === QUOTE) {
        return position === fieldStart
          ? this.#quoted(start, position, fields)
          : this.#broken(start, 'a quote inside a field that has none around it');
      } else {
        position += 1;
      }
    }
    return this.#atEnd ? { next: end, lines: 1, fields, fault: undefined } : TO_BE_CONTINUED;
  }

  /** Goes on with a record whose first quoted field begins at `position`. */
  #quoted(start: number, position: number, fieldsBefore: number): Ended {
    const buffer = this.#buffer;
    const end = buffer.length;
    let fields = fieldsBefore;
    let lines = 1;
    let isQuoted = true;
    let at = position + 1;
    let fieldStart = position;
    while (at < end) {
      const byte = buffer[at]!;
      if (isQuoted) {
        if (byte === QUOTE) {
          if (buffer[at + 1] === QUOTE) at += 1;
          else if (at + 1 === end && !this.#atEnd) return TO_BE_CONTINUED;
          else isQuoted = false;
        } else if (byte === LF) {
          lines += 1;
          if (at - start > LONGEST_RECORD_BYTES) return this.#broken(start, 'a quote that is never closed');
        }
        at += 1;
        if (!isQuoted && at < end) {
          const following = buffer[at]!;
          const isEnd =
            following === this.#delimiter || following === LF || (following === CR && (at + 1 === end || buffer[at + 1] === LF));
          if (!isEnd) return this.#broken(start, 'text after a closing quote');
        }
      } else if (byte === this.#delimiter) {
        fields += 1;
        at += 1;
        fieldStart = at;
        if (buffer[at] === QUOTE && at < end) {
          isQuoted = true;
          at += 1;
        }
      } else if (byte === LF) {
        return { next: at + 1, lines, fields, fault: undefined };
      } else if (byte === QUOTE && at !== fieldStart) {
        return this.#broken(start, 'a quote inside a field that has none around it');
      } else {
        at += 1;
      }
    }
    if (!this.#atEnd)
      return end - start > LONGEST_RECORD_BYTES && isQuoted ? this.#broken(start, 'a quote that is never closed') : TO_BE_CONTINUED;
    return isQuoted ? this.#broken(start, 'a quote that is never closed') : { next: end, lines, fields, fault: undefined };
  }

  /** One line that is no record. */
  #broken(start: number, fault: string): Ended {
    const lineEnd = this.#buffer.indexOf(LF, start);
    if (lineEnd === -1 && !this.#atEnd) return TO_BE_CONTINUED;
    return { next: lineEnd === -1 ? this.#buffer.length : lineEnd + 1, lines: 1, fields: 0, fault };
  }
}

const INCOMPLETE = -1;
const TO_BE_CONTINUED: Ended = { next: INCOMPLETE, lines: 0, fields: 0, fault: undefined };

/** Fields of one record that is known to be well formed. */
export function fieldsOf(record: string, delimiter: string): string[] {
  const text = record.replace(/\r?\n$/, '');
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let end = at + 1;
      while (text[end] !== '"' || text[end + 1] === '"') end += text[end] === '"' ? 2 : 1;
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const end = text.indexOf(delimiter, at);
      fields.push(text.slice(at, end === -1 ? undefined : end));
      at = end === -1 ? text.length : end;
    }
    if (at >= text.length) return fields;
    at += 1;
    if (at === text.length) return [...fields, ''];
  }
}
