import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { fieldsOf, scanCsv } from '../../../lib/runtime/reconciliation/csv-scan';

const folder = mkdtempSync(path.join(tmpdir(), 'scan-'));
afterAll(() => rmSync(folder, { recursive: true }));

function scanned(content: string | Buffer) {
  const file = path.join(folder, 'file.csv');
  writeFileSync(file, content);
  return scanCsv(file);
}

const faults = (content: string | Buffer) => scanned(content).bad.map(({ record, line, reason }) => `${record} ${line} ${reason}`);

test('a well-formed file has no bad record, with LF, CRLF or both, quoted commas, quotes and line breaks', () => {
  const { bad, records, columns, longRecords } = scanned('a,b\r\n1,"x, ""y"""\n"2","line\r\nbreak"\r\n3,');
  expect({ bad, records, columns }).toEqual({ bad: [], records: 3, columns: ['a', 'b'] });
  expect(longRecords).toEqual([{ record: 2, furtherLines: 1 }]);
});

test('a record of another width is named with its record and its line, and those behind it are read', () => {
  expect(faults('a,b\n1,"x\ny"\n2\n3,4,5\n6,7\n\n8,9\n')).toEqual([
    '2 4 1 column, the header has 2',
    '3 5 3 columns, the header has 2',
    '5 7 1 column, the header has 2',
  ]);
});

test('bytes that are not UTF-8 make one bad record', () => {
  expect(faults(Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xe9]), Buffer.from('\n2,é\n')]))).toEqual([
    '1 2 bytes that are not UTF-8',
  ]);
});

test('a quote that is never closed costs its own line and no other', () => {
  expect(faults('a,b\n1,"x\n2,y\n3,z\n')).toEqual(['1 2 a quote that is never closed']);
});

test('a quote in the middle of a field and text behind a closing quote are refused', () => {
  expect(faults('a,b\n1,x"y"\n2,"x"y\n3,"x"\n')).toEqual([
    '1 2 a quote inside a field that has none around it',
    '2 3 text after a closing quote',
  ]);
});

test('a byte order mark belongs to no column', () => {
  expect(scanned('\uFEFFa,b\n1,2\n').columns).toEqual(['a', 'b']);
});

test('a record over the border of two portions is one record', () => {
  const wide = `"${'x'.repeat(700_000)}\n${'y'.repeat(300_000)}"`;
  const { records, bad, longRecords } = scanned(`a,b\n${Array.from({ length: 12 }, (_, index) => `${index},${wide}`).join('\n')}\n`);
  expect({ records, bad, long: longRecords.length }).toEqual({ records: 12, bad: [], long: 12 });
});

test('an empty file is refused', () => {
  expect(() => scanned('')).toThrow('is empty; a header line is needed');
});

const cell = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('', '"', '""', ',', '\n', '\r\n', 'é\n"', ' x '));
const rows = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 12 });
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

test('whatever stands in quoted fields, every record is found where it lies', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), (table, ending) => {
      const text = `a,b,c${ending}${table.map((one) => one.map(quoted).join(',')).join(ending)}${ending}`;
      const { records, bad, longRecords } = scanned(text);
      expect({ records, bad }).toEqual({ records: table.length, bad: [] });
      const lines = table.map((one) => one.map((value) => value.split('\n').length - 1).reduce((a, b) => a + b, 0));
      expect(longRecords).toEqual(lines.flatMap((furtherLines, index) => (furtherLines > 0 ? [{ record: index + 1, furtherLines }] : [])));
    }),
  );
});

test('the fields of a record are what was written into it', () => {
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (values) => {
      expect(fieldsOf(`${values.map(quoted).join(',')}\n`, ',')).toEqual(values);
    }),
  );
});
