import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CompareItem, type NightRun, type ReadItem, RunKey } from '../../../../lib/patterns/nightly-reconciliation/contract';
import { engineLimits } from '../../../../lib/patterns/nightly-reconciliation/handlers/engine-limits';
import { withScratch } from '../../../../lib/patterns/nightly-reconciliation/handlers/scratch';
import type { ReconciliationRules } from '../../../../lib/reconciliation-rules/rules';
import { BUCKET, NightWorld, type SideFiles } from '../../../support/night/world';
import { csvOf, DAY, type Row, RULES } from '../../../support/reconciliation/files';

jest.setTimeout(60_000);

const RUN: NightRun = { date: DAY, run: 1, attempt: 3 };
const rows = (count: number): Row[] => Array.from({ length: count }, (_, index) => ({ reference: `R${index}`, amount: '1.00' }));
const file = (name: string, body: string | Buffer) => [{ name, body }];
/** So many of a hundred rows are bad. */
const withBad = (bad: number): string =>
  csvOf(rows(100)).replaceAll(/^R(\d+),1.00/gm, (line, index) => (Number(index) < bad ? `R${index},x` : line));

interface Refused {
  readonly left: SideFiles;
  readonly right?: SideFiles;
  readonly limits?: { readonly badRows?: number; readonly breaks?: number };
  readonly step: string;
  readonly reason: RegExp;
}

const CASES: Readonly<Record<string, Refused>> = {
  'a side without a file': { left: [], step: 'Plan', reason: /^left: has no file/ },
  'a file of no bytes': { left: file('a.csv', ''), step: 'Read', reason: /^left: a\.csv: is empty/ },
  'a file of a header alone': { left: file('a.csv', csvOf([])), step: 'Read', reason: /^left: a\.csv: holds no rows/ },
  'files of an export that hold nothing at all': {
    left: ['a', 'b'].map((name) => ({ name: `${name}.csv`, body: csvOf([]), mayBeEmpty: true })),
    ...{ step: 'Finish', reason: /^left: 2 files hold no rows/ },
  },
  'a gzip that is cut short': {
    left: file('a.csv.gz', gzipSync(csvOf(rows(500))).subarray(0, -20)),
    ...{ step: 'Read', reason: /^left: a\.csv\.gz: is cut short or damaged \(gzip/ },
  },
  'fewer records than were written': {
    left: [{ name: 'a.csv', body: csvOf(rows(9)), records: 10 }],
    ...{ step: 'Read', reason: /^left: a\.csv: holds 9 records, but 10 were written/ },
  },
  'too many bad rows in the only file': {
    left: file('a.csv', withBad(2)),
    limits: { badRows: 0.01 },
    ...{ step: 'Read', reason: /^left: 2 of 100 rows are bad, more than the share of 0\.01.*record 1, line 2: amount: is no number/ },
  },
  'too many bad rows over several files': {
    left: [...file('a.csv', withBad(4)), ...file('b.csv', withBad(0))],
    right: file('a.csv', csvOf(rows(200))),
    limits: { badRows: 0.01 },
    ...{ step: 'Finish', reason: /^left: 4 of 200 rows are bad.*a\.csv record 1, line 2/ },
  },
  'a wrong file: more breaks than are allowed, in one part': {
    left: file('a.csv', csvOf(rows(100).map((row) => ({ ...row, amount: '2.00' })))),
    limits: { breaks: 10 },
    ...{ step: 'Compare', reason: /^more than 10 breaks.*is one of the files a wrong one\? r\d+: amount/ },
  },
  'a wrong file: more breaks than are allowed, over all parts': {
    left: file('a.csv', csvOf(rows(100).map((row) => ({ ...row, amount: '2.00' })))),
    limits: { breaks: 60 },
    ...{ step: 'Compare', reason: /^more than 60 breaks in \d+ of \d+ parts, .*is one of the files a wrong one\? r\d+: amount/ },
  },
};

test.each(Object.entries(CASES))('%s is refused with its reason, and changes nothing', async (_, { left, right, limits, step, reason }) => {
  const world = await NightWorld.create({ rules: { ...RULES, limits }, partBytes: 2_000 });
  await world.begin(RUN, { left, right: right ?? rows(100) });
  const before = await world.items();
  await expect(world.go(RUN)).rejects.toMatchObject({ name: 'InputFault', message: expect.stringMatching(reason) });
  expect(world.refusal(RUN)).toEqual({ step, reason: expect.stringMatching(reason) });
  expect([await world.items(), world.events, world.metrics]).toEqual([before, [], []]);
  expect(world.buckets.keys(BUCKET, 'reports/')).toEqual([]);
  // Nobody goes on where it stopped: a repetition is refused again.
  await expect(world.go(RUN)).rejects.toMatchObject({ name: 'InputFault', message: expect.stringMatching(reason) });
});

describe('parts that together have too many breaks', () => {
  const wrong = { left: file('a.csv', csvOf(rows(100).map((row) => ({ ...row, amount: '2.00' })))), right: rows(100) };
  const later = [{ name: 'by_account', key: [{ column: 'account' }] }];

  test.each<[string, Partial<ReconciliationRules>, RegExp]>([
    ['breaks', { limits: { breaks: 40 } }, /^more than 40 breaks in \d of \d+ parts/],
    [
      'rows for later rules',
      { limits: { leftOver: 80 }, later },
      /^\d+ rows are left over for later rules in \d of \d+ parts, more than the 80 that/,
    ],
  ])('stop the run: no further part is fetched, whatever its %s', async (_, more, reason) => {
    const world = await NightWorld.create({ rules: { ...RULES, ...more }, partBytes: 1_000 });
    await world.begin(RUN, wrong);
    const { plan, read, compare } = world.steps();
    const { parts } = await plan(RUN);
    for (const item of world.json<ReadItem[]>(RunKey.reads(RUN))) await read(item);
    const items = world.json<CompareItem[]>(RunKey.comparisons(RUN));
    const ended: string[] = [];
    for (const item of items)
      await compare(item).then(
        () => ended.push('compared'),
        (error: Error) => ended.push(reason.test(error.message) ? 'refused' : error.message),
      );
    const compared = ended.indexOf('refused');
    expect(compared).toBeGreaterThan(1);
    expect(compared).toBeLessThan(parts - 1);
    expect(new Set(ended.slice(compared))).toEqual(new Set(['refused']));
    const fetched = items.filter(({ part }) => world.buckets.requests.includes(`GetObject ${BUCKET}/${RunKey.part(RUN, 'left', 0, part)}`));
    expect(fetched).toHaveLength(compared + 1);
  });

  test('as many as are allowed stop nothing', async () => {
    const world = await NightWorld.create({ rules: { ...RULES, limits: { breaks: 100 } }, partBytes: 1_000 });
    await world.begin(RUN, wrong);
    await world.go(RUN);
    expect(world.report(RUN).breaks).toHaveLength(100);
  });
});

test('bad rows up to the share that is allowed are listed, and are no breaks', async () => {
  const world = await NightWorld.create({ rules: { ...RULES, limits: { badRows: 0.02 } } });
  const report = await world.night(RUN, file('a.csv', withBad(2)), rows(100));
  expect(report.badRows.map(({ side, record, line }) => [side, record, line])).toEqual([
    ['left', 1, 2],
    ['left', 2, 3],
  ]);
  expect(report.breaks.map((one) => one.class)).toEqual(['missing_left', 'missing_left']);
  expect(world.events[0]).toMatchObject({ badRows: 2, matched: 98 });
});

test.each([
  ['no JSON', /^rules \(s3:\/\/assets\/rules\.json\): not valid JSON/],
  ['{"version":1}', /^rules .*: name/],
])('rules that are wrong are refused when the run is planned: %s', async (text, reason) => {
  const world = await NightWorld.create();
  world.rules(text);
  await expect(world.night(RUN, rows(1), rows(1))).rejects.toMatchObject({ name: 'InputFault', message: expect.stringMatching(reason) });
  expect(world.refusal(RUN)).toMatchObject({ step: 'Plan' });
});

test('rules that are not there are refused', async () => {
  const world = await NightWorld.create();
  world.buckets.objects.delete('assets/rules.json');
  await expect(world.night(RUN, rows(1), rows(1))).rejects.toThrow('the rules are missing: s3://assets/rules.json is not there');
});

test('a step that begins before the one it needs has ended is no fault of a source', async () => {
  const world = await NightWorld.create();
  await world.begin(RUN, { left: rows(9), right: rows(9) });
  const { plan, read, compare, finish } = world.steps();
  await plan(RUN);
  const [reads, comparisons] = [world.json<ReadItem[]>(RunKey.reads(RUN)), world.json<CompareItem[]>(RunKey.comparisons(RUN))];
  await read(reads[0]!);
  await expect(compare(comparisons[0]!)).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(finish(RUN)).rejects.toThrow(/parts\/right\/00000\.json is missing: the step that writes it has not come to its end/);
  expect(world.buckets.keys(BUCKET, 'runs/').filter((key) => key.includes('refusals'))).toEqual([]);
});

describe('the disk of the function', () => {
  test('is asked before a file is fetched that does not fit', async () => {
    const world = await NightWorld.create();
    await world.begin(RUN, { left: [{ name: 'a.csv', body: csvOf(rows(9)), bytes: 1e18 }], right: rows(9) });
    await expect(world.go(RUN)).rejects.toMatchObject({
      name: 'InputFault',
      message: expect.stringMatching(
        /^left: a\.csv: does not fit: 1000000000000000000 bytes.* has \d+ bytes free; give the function more ephemeral storage/,
      ),
    });
    expect(world.buckets.requests).not.toContain(`GetObject ${BUCKET}/${RunKey.snapshot(RUN, 'left')}0`);
  });

  test.each([
    ['Node', Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })],
    ['the engine', new Error('IO Error: Could not write file "x": No space left on device')],
  ])('that fills while a file is read is told with the sizes, as %s says it', async (_, fault) => {
    const world = await NightWorld.create();
    await world.begin(RUN, { left: rows(9), right: rows(9) });
    world.buckets.before((request) => {
      if (request === `GetObject ${BUCKET}/${RunKey.snapshot(RUN, 'left')}0`) throw fault;
    });
    await expect(world.go(RUN)).rejects.toMatchObject({
      name: 'InputFault',
      message: expect.stringMatching(/^left: left\.csv: ran out of space while it was read: \d+ bytes/),
    });
  });

  test('holds nothing of a piece of work when that has ended, nor what a dead process left', async () => {
    const parent = mkdtempSync(path.join(tmpdir(), 'disk-'));
    try {
      const leave = (pid: number) => mkdirSync(path.join(parent, `breakwater-night-${pid}-left`, 'parts'), { recursive: true });
      leave(process.pid);
      leave(999_999_999);
      leave(process.ppid);
      mkdirSync(path.join(parent, 'not-ours'));
      await expect(
        withScratch(async ({ folder, freeBytes }) => {
          expect(freeBytes).toBeGreaterThan(0);
          // One that is at work in this process stays.
          await withScratch(async () => expect(existsSync(folder)).toBe(true), parent);
          throw new Error('of the work');
        }, parent),
      ).rejects.toThrow('of the work');
      expect(readdirSync(parent)).toEqual([`breakwater-night-${process.ppid}-left`, 'not-ours']);
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });
});

test('the engine gets what memory Node leaves it, and a thread for each processor', () => {
  const MIB = 1024 * 1024;
  expect(engineLimits(512)).toEqual({ memoryBytes: 128 * MIB, threads: 1 });
  expect(engineLimits(1769)).toEqual({ memoryBytes: Math.floor(1769 * 0.75 * MIB), threads: 1 });
  expect(engineLimits(1000)).toEqual({ memoryBytes: 616 * MIB, threads: 1 });
  expect(engineLimits(3538)).toMatchObject({ threads: 2 });
  expect(engineLimits(10_240)).toMatchObject({ threads: 6 });
});
