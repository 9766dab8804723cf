import type { ParkedBody } from '../../blocks/parking-contract';
import { showableLine } from '../../markup/showable';
import { indented } from './json-text';

const MOST_LINES = 60;
const MOST_CHARACTERS = 8_000;
const MOST_BINARY_BYTES = 256;
const BYTES_A_LINE = 16;

/** Bytes of a body. */
export function bytesOf({ encoding, data }: ParkedBody): Buffer {
  return Buffer.from(data, encoding);
}

/** A body as lines for a person: JSON indented, binary as hexadecimal digits, controls made harmless. */
export function bodyLines(body: ParkedBody, whole: boolean): readonly string[] {
  const lines = body.encoding === 'base64' ? hexLines(bytesOf(body), whole) : textLines(body.data, whole);
  return lines.map((line) => `  ${line}`);
}

function textLines(data: string, whole: boolean): string[] {
  const all = indented(data) ?? data;
  const text = whole ? all : all.slice(0, MOST_CHARACTERS);
  const lines = text.split(/\r?\n/).map((line) => showableLine(line.replaceAll('\t', '  ')));
  const shown = whole ? lines : lines.slice(0, MOST_LINES);
  return shown.length === lines.length && text.length === all.length ? shown : [...shown, '… (--full shows all)'];
}

function hexLines(bytes: Buffer, whole: boolean): string[] {
  const shown = whole ? bytes : bytes.subarray(0, MOST_BINARY_BYTES);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += BYTES_A_LINE) {
    const part = shown.subarray(at, at + BYTES_A_LINE);
    const hex = part
      .toString('hex')
      .replace(/../g, '$& ')
      .padEnd(BYTES_A_LINE * 3);
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex} ${part.toString('latin1').replace(/[^ -~]/g, '.')}`);
  }
  return shown.length === bytes.length ? lines : [...lines, `… ${bytes.length} bytes in all (--full shows them)`];
}
