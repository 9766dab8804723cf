import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const LongestFirst = require('./sequencer');

const cacheDirectory = mkdtempSync(path.join(tmpdir(), 'breakwater-sequencer-'));
afterAll(() => rmSync(cacheDirectory, { recursive: true, force: true }));

const sequenceOf = (names: readonly string[], time?: (name: string) => number): string[] => {
  const sequencer = new LongestFirst({ contexts: [], globalConfig: {} });
  if (time) sequencer.time = (test: { readonly path: string }) => time(path.relative(__dirname, test.path));
  const context = { config: { cacheDirectory, id: 'none' }, hasteFS: { getSize: (file: string) => file.length } };
  const sorted: Array<{ readonly path: string }> = sequencer.sort(names.map((name) => ({ path: path.join(__dirname, name), context })));
  return sorted.map((test) => path.relative(__dirname, test.path));
};

test('each file that is named as long is there', () => {
  expect(Object.keys(LongestFirst.SECONDS).filter((name) => !existsSync(path.join(__dirname, name)))).toEqual([]);
});

test('without durations a storm runs beside what computes, the longest first, and none is left out', () => {
  const short = ['a', 'b', 'c'].map((name) => `blocks/${name}.test.ts`);
  const names = [...short, ...Object.keys(LongestFirst.SECONDS)].sort();
  const sequence = sequenceOf(names);
  expect([...sequence].sort()).toEqual(names);
  expect(sequence[0]).toBe('local/storm-notification-fanout.test.ts');
  expect(sequence.slice(1, 5).filter((name) => name.startsWith('local/'))).toEqual([]);
  expect(sequence.filter((name) => name.startsWith('local/storm'))).toEqual([
    'local/storm-notification-fanout.test.ts',
    'local/storm.test.ts',
    'local/storm-nightly-reconciliation.test.ts',
    'local/storm-parking-desk.test.ts',
  ]);
});

test('durations of a run before are better known', () => {
  const names = ['local/storm.test.ts', 'blocks/a.test.ts', 'blocks/b.test.ts'];
  expect(sequenceOf(names, (name) => (name === 'blocks/b.test.ts' ? 9 : 1))[0]).toBe('blocks/b.test.ts');
});
