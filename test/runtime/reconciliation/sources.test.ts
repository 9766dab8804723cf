import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import { Database, text } from '../../../lib/runtime/reconciliation/database';
import { formatOf } from '../../../lib/runtime/reconciliation/source-format';
import { zstdFrames } from '../../../lib/runtime/reconciliation/zstd-frames';
import { csvOf, LIMITS, RULES, reconciled, type Source, withFiles } from '../../support/reconciliation/files';

jest.setTimeout(60_000);

const good = { reference: 'good', amount: '1' };
const object = (members: object): string =>
  JSON.stringify({ reference: 'a', amount: '1', currency: 'EUR', date: '2026-11-01', ...members });
const jsonLines = (...lines: readonly (string | Buffer)[]): Source => ({
  name: 'rows.jsonl',
  content: Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])),
});

test.each([
  ['ledger.csv', { content: 'csv' }],
  ['statement.TXT', { content: 'csv' }],
  ['camt', { content: 'csv' }],
  ['a.jsonl', { content: 'jsonLines' }],
  ['a.ndjson.gz', { content: 'jsonLines', compression: 'gzip' }],
  ['export.json.zst', { content: 'jsonLines', compression: 'zstd' }],
  ['a.CSV.GZ', { content: 'csv', compression: 'gzip' }],
  ['a.parquet', { content: 'parquet' }],
])('%s is read by its name', (name, format) => {
  expect(formatOf(name)).toEqual(format);
});

describe('JSON Lines', () => {
  test('columns are found by name, and null is an empty text', async () => {
    const rules = { ...RULES, fields: [{ column: 'note' }] };
    const left = jsonLines('{"note":null,"date":"2026-11-01","more":{"deep":[1,"}"]},"amount":"10.5","currency":"EUR","reference":"a"}');
    expect((await reconciled(left, [{ reference: 'a', amount: '10.50' }], rules)).matched.pairs).toBe(1);
  });

  test.each([
    ['90071992547409931.07', '9007199254740993107'],
    ['0.10', '10'],
    ['-0.00', '0'],
    ['1.5E3', '150000'],
    ['15e-1', '150'],
    ['-25E-2', '-25'],
    ['1.0E7', '1000000000'],
  ])('the number %s is taken by its text: %s minor units', async (number, minor) => {
    const line = object({ amount: 'X' }).replace('"X"', number);
    const { totals, badRows } = await reconciled(jsonLines(line), [good]);
    expect(badRows).toEqual([]);
    expect(totals.left.byCurrency).toEqual({ EUR: minor });
  });

  test.each<[string, string | Buffer, string]>([
    ['no JSON', '{"reference":', 'not JSON'],
    ['an array', '["a"]', 'not a JSON object'],
    ['a text', '"a"', 'not a JSON object'],
    ['nothing', ' ', 'an empty line'],
    ['a missing column', '{"reference":"a","currency":"EUR","date":"2026-11-01"}', 'has no "amount"'],
    ['an object as amount', object({ amount: { value: 1 } }), 'amount: is an object; a text, a number or null is needed'],
    ['an array as key', object({ reference: ['a'] }), 'reference: is an array; a text, a number or null is needed'],
    ['a column twice', object({}).replace('{', '{"amount":"2",'), 'has "amount" twice'],
    ['half a character', object({ reference: '\ud83d' }), 'reference: holds half a character'],
    ['bytes that are not UTF-8', Buffer.from(object({ reference: '\u00ff' }), 'latin1'), 'bytes that are not UTF-8'],
    ['an amount that is none', object({ amount: true }), 'amount: is no number'],
    ['a number with more decimals than the currency', object({ amount: 1.005 }), 'amount: has more decimals than EUR'],
    ['an absurd exponent', object({}).replace('"1"', '1e999'), 'amount: is no number'],
    ['a line without end', object({ note: 'x'.repeat(5_000_000) }), 'longer than 1048576 bytes'],
  ])('%s is a bad row, by record and line', async (_, line, reason) => {
    const { badRows, matched, breaks } = await reconciled(jsonLines(object({}), line, object({ reference: 'good' })), [good]);
    expect(badRows).toEqual([{ side: 'left', record: 2, line: 2, reason }]);
    expect(matched.pairs).toBe(1);
    expect(breaks.map(({ key, left }) => [key[0], left?.record])).toEqual([['a', 1]]);
  });

  test('texts hold quotes, line breaks, escapes and a byte order mark stands before them', async () => {
    const rules = { ...RULES, fields: [{ column: 'note' }] };
    const note = 'say "no",\nthen \\ leave\u00e9\t{}';
    const left: Source = {
      name: 'rows.ndjson',
      content: `\ufeff${object({ note })}\r\n${object({ note: 'x', reference: 'b' }).replace('note', 'n\\u006fte')}`,
    };
    const report = await reconciled(
      left,
      [
        { reference: 'a', amount: '1', note },
        { reference: 'b', amount: '1', note: 'x' },
      ],
      rules,
    );
    expect([report.badRows, report.matched.pairs]).toEqual([[], 2]);
  });

  test('no rows is a failed run', async () => {
    await expect(reconciled({ name: 'rows.jsonl', content: '' }, [good])).rejects.toThrow(/left: .*holds no rows/);
  });
});

describe('compressed files', () => {
  const rows = Array.from({ length: 2000 }, (_, index) => ({ reference: `r${index}`, amount: String(index) }));
  const packed = gzipSync(csvOf(rows));
  const named = (content: Buffer, name = 'rows.csv.gz'): Source => ({ name, content });

  test('gzip of CSV and of JSON Lines, in one member or several', async () => {
    expect((await reconciled(named(packed), rows)).matched.pairs).toBe(rows.length);
    expect((await reconciled(named(gzipSync(`${object({ reference: 'good' })}\n`), 'rows.jsonl.gz'), [good])).matched.pairs).toBe(1);
    const [header, ...lines] = csvOf(rows).split(/(?<=\n)/);
    const members = Buffer.concat([gzipSync(header! + lines.slice(0, 900).join('')), gzipSync(lines.slice(900).join(''))]);
    expect((await reconciled(named(members), rows)).matched.pairs).toBe(rows.length);
  });

  test.each([
    ['cut in its data', packed.subarray(0, packed.length >> 1), 'unexpected end of file'],
    ['cut in its checksum', packed.subarray(0, packed.length - 4), 'unexpected end of file'],
    ['cut in its second member', Buffer.concat([packed, packed.subarray(0, 9)]), 'unexpected end of file'],
    ['with zeros behind it', Buffer.concat([packed, Buffer.alloc(64)]), '64 bytes behind the compressed data'],
    [
      'with a wrong checksum',
      Buffer.concat([packed.subarray(0, -8), Buffer.from([1, 2, 3, 4]), packed.subarray(-4)]),
      'incorrect data check',
    ],
    ['that is none', Buffer.from(csvOf(rows)), 'incorrect header check'],
    ['without a byte', Buffer.alloc(0), 'unexpected end of file'],
  ])('gzip %s is a failed run, never a short file', async (_, content, fault) => {
    await expect(reconciled(named(content), rows)).rejects.toThrow(
      new RegExp(`left: .*rows.csv.gz: is cut short or damaged .*${fault}.*fetch it again`),
    );
  });

  /** `zlib` of Node 22.15 and later; DuckDB packs where this one can't. */
  const hasZstd = 'createZstdDecompress' in zlib;
  const zstd = () =>
    withFiles({ left: rows, right: rows }, async ({ left }, folder) => {
      const database = await Database.open({ ...LIMITS, temporaryDirectory: folder });
      try {
        const target = path.join(folder, 'rows.csv.zst');
        await database.run(`COPY (FROM read_csv(${text(left)}, all_varchar = true)) TO ${text(target)} (FORMAT csv, COMPRESSION zstd)`);
        return readFileSync(target);
      } finally {
        database.close();
      }
    });

  test('zstd is walked from frame to frame, and one that does not end there is no source', async () => {
    const one = await zstd();
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7]);
    const frames = (content: Buffer) =>
      withFiles({ left: named(content, 'rows.zst'), right: [] }, async ({ left }) => zstdFrames(left)?.map(({ from, to }) => to - from));
    expect(await frames(one)).toEqual([one.length]);
    expect(await frames(Buffer.concat([one, skippable, one]))).toEqual([one.length, one.length]);
    for (const cut of [1, 5, one.length >> 1, one.length - 3]) expect(await frames(one.subarray(0, one.length - cut))).toBeUndefined();
    expect(await frames(Buffer.concat([one, one.subarray(0, 4)]))).toBeUndefined();
    expect(await frames(Buffer.concat([one, Buffer.from('no frame')]))).toBeUndefined();
    expect(await frames(Buffer.alloc(0))).toBeUndefined();
  });

  test('zstd is read, or refused with what to do where Node.js has none', async () => {
    const content = await zstd();
    const report = reconciled(named(content, 'rows.csv.zst'), rows);
    if (hasZstd) expect((await report).matched.pairs).toBe(rows.length);
    else await expect(report).rejects.toThrow(/rows.csv.zst: zstd needs Node.js 22.15 or later, this is v.*zstd -d/);
  });
});

describe('Parquet', () => {
  /** A file of what a query gives. */
  const parquet = (query: string): Promise<Source> =>
    withFiles({ left: [], right: [] }, async (_, folder) => {
      const database = await Database.open({ ...LIMITS, temporaryDirectory: folder });
      try {
        const target = path.join(folder, 'rows.parquet');
        await database.run(`COPY (${query}) TO ${text(target)} (FORMAT parquet)`);
        return { name: 'rows.parquet', content: readFileSync(target) };
      } finally {
        database.close();
      }
    });
  const day = `DATE '2026-11-01' AS date`;

  test.each([
    ['DECIMAL(20, 2)', '90071992547409931.07', '9007199254740993107'],
    ['DECIMAL(9, 1)', '-10.5', '-1050'],
    ['BIGINT', '9007199254740993', '900719925474099300'],
    ['DOUBLE', '0.1', '10'],
    ['VARCHAR', "'10.50'", '1050'],
  ])('an amount of type %s keeps every digit', async (type, amount, minor) => {
    const left = await parquet(`SELECT ${day}, 'EUR' AS currency, ${amount}::${type} AS amount, 'a' AS reference`);
    const { badRows, totals } = await reconciled(left, [good]);
    expect([badRows, totals.left.byCurrency]).toEqual([[], { EUR: minor }]);
  });

  test('typed dates, and time stamps at midnight, are days whatever format the rules ask of texts', async () => {
    const rules = { ...RULES, date: { column: 'date', formats: ['DD.MM.YYYY'] } };
    const right = [{ ...good, date: '01.11.2026' }];
    for (const date of [day, `TIMESTAMP '2026-11-01 00:00:00' AS date`]) {
      const left = await parquet(`SELECT 'good' AS reference, 1 AS amount, 'EUR' AS currency, ${date}`);
      expect((await reconciled(left, right, rules)).matched.pairs).toBe(1);
    }
    const late = await parquet(`SELECT 'good' AS reference, 1 AS amount, 'EUR' AS currency, TIMESTAMP '2026-11-01 00:00:01' AS date`);
    expect((await reconciled(late, right, rules)).badRows).toMatchObject([{ record: 1, reason: expect.stringContaining('no date') }]);
  });

  test('bad rows are told by record, and NULL is an empty text', async () => {
    const left = await parquet(
      `SELECT * FROM (VALUES ('a', 1.00), (NULL, 2.00), ('c', NULL), ('d', 1.00)) AS rows(reference, amount), (SELECT 'EUR' AS currency, ${day})`,
    );
    const report = await reconciled(left, [{ reference: 'a', amount: '1' }]);
    expect(report.badRows.map(({ record, reason }) => [record, reason])).toEqual([
      [2, 'the key is empty'],
      [3, 'amount: is no number'],
    ]);
    expect(report.breaks.map(({ left: row }) => row?.record)).toEqual([4]);
  });

  test('a missing column, a type without exact text, no rows, and a file that is cut short are failed runs', async () => {
    const left = (more: string) => parquet(`SELECT 'a' AS reference, 'EUR' AS currency, ${day}${more}`);
    await expect(reconciled(await left(''), [good])).rejects.toThrow('has no column "amount"; it has reference, currency, date');
    await expect(reconciled(await left(', [1] AS amount'), [good])).rejects.toThrow(
      /column "amount" is of type INTEGER\[\], which has no exact text/,
    );
    await expect(
      reconciled(await parquet(`SELECT 'a' AS reference, 1 AS amount, 'EUR' AS currency, ${day} WHERE false`), [good]),
    ).rejects.toThrow('holds no rows');
    const { content } = (await left(', 1 AS amount')) as { readonly content: Buffer };
    await expect(reconciled({ name: 'rows.parquet', content: content.subarray(0, content.length - 20) }, [good])).rejects.toThrow(
      'is no Parquet file, or cut short',
    );
  });
});
