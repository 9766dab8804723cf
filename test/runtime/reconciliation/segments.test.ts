import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Database } from '../../../lib/runtime/reconciliation/database';
import { openSegments } from '../../../lib/runtime/reconciliation/segments';

const folder = mkdtempSync(path.join(tmpdir(), 'segments-'));
let database: Database;

beforeAll(async () => {
  database = await Database.open({ memoryBytes: 256 * 1024 * 1024, threads: 1, temporaryDirectory: folder });
});

beforeEach(async () => {
  for (const table of ['differing', 'left_open', 'right_open']) await database.run(`DROP TABLE IF EXISTS ${table}`);
});

afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const row = (minor: string, currency = "'EUR'"): string =>
  `(SELECT 1 AS n, 7::BIGINT AS h, ${currency} AS currency, ${minor} AS minor, NULL::DATE AS day)`;

const PLAIN = { fields: [], hasGroups: false };

test('equal segments are counted on both sides', async () => {
  const { equalRows, counts } = await openSegments(database, { left: row('5::BIGINT'), right: row('5::BIGINT') }, PLAIN);

  expect(equalRows).toBe(1);
  expect(counts.right.matched.written()).toEqual({ EUR: { rows: 1, minor: '5', hash: '7' } });
});

test.each([
  ['amount', row('6::BIGINT')],
  ['currency', row('5::BIGINT', "'USD'")],
])('rows of one key with another %s make a segment that differs', async (_, right) => {
  const { equalRows, counts } = await openSegments(database, { left: row('5::BIGINT'), right }, PLAIN);

  expect(equalRows).toBe(0);
  expect(counts.left.compared.total().rows).toBe(1);
  expect(counts.left.matched.total().rows).toBe(0);
});

test('a row that stands on one side only differs, as one that stands there twice', async () => {
  const twice = `(FROM ${row('5::BIGINT')} UNION ALL FROM ${row('5::BIGINT')})`;
  const { equalRows, counts } = await openSegments(database, { left: row('5::BIGINT'), right: twice }, PLAIN);

  expect(equalRows).toBe(0);
  expect(counts.right.compared.total().rows).toBe(2);
});

test('rows that change between being compared and being counted are a fault', async () => {
  await database.run('CREATE SEQUENCE amounts START 5');
  const right = row("nextval('amounts')");

  await expect(openSegments(database, { left: row('5::BIGINT'), right }, PLAIN)).rejects.toThrow(
    /equal hold \{"EUR":\{"rows":1,"minor":"5".* on the left side, .*"minor":"7"/,
  );
});
