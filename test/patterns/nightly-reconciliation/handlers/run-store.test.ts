import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { RunStore } from '../../../../lib/patterns/nightly-reconciliation/handlers/run-store';
import { InMemoryBuckets } from '../../../support/night/in-memory-bucket';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'run-store-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const world = () => {
  const buckets = new InMemoryBuckets();
  return { buckets, store: new RunStore('runs', buckets.client) };
};

test('an absent object is told from one that holds nothing', async () => {
  const { store } = world();
  expect(await store.readJson('a')).toBeUndefined();
  expect(await store.exists('a')).toBe(false);
  await store.writeJson('a', null);
  expect(await store.readJson('a')).toBeNull();
  expect(await store.exists('a')).toBe(true);
});

test('of several writers of one object all get what the first one wrote', async () => {
  const { store } = world();
  const answers = await Promise.all([1, 2, 3].map((value) => store.writeJsonOnce('once', { value })));
  expect(new Set(answers.map(({ value }) => value)).size).toBe(1);
  expect(await store.readJson('once')).toEqual(answers[0]);
  expect(await store.writeJsonOnce('once', { value: 4 })).toEqual(answers[0]);
});

test('a writer that is not yet done is no writer', async () => {
  const { buckets, store } = world();
  buckets.before((request) => {
    if (request.startsWith('PutObject')) throw Object.assign(new Error('busy'), { name: 'ConditionalRequestConflict' });
  });
  await expect(store.writeJsonOnce('once', 1)).rejects.toThrow('busy');
});

test.each([0, 1, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 20 * 1024 * 1024])('a file of %i bytes comes back as it went', async (size) => {
  const { buckets, store } = world();
  const [there, back] = [path.join(folder, 'there'), path.join(folder, 'back')];
  const bytes = Buffer.alloc(size, 'a line that has no round number of bytes\n');
  writeFileSync(there, bytes);
  await store.upload('file', there);
  await store.download('file', back);
  expect(readFileSync(back).equals(bytes)).toBe(true);
  expect(buckets.requests.filter((request) => request.startsWith('UploadPart'))).toHaveLength(
    size > 8 * 1024 * 1024 ? Math.ceil(size / (8 * 1024 * 1024)) : 0,
  );
});

test('an upload that is stopped between its pieces leaves nothing behind, and nothing half in place', async () => {
  const { buckets, store } = world();
  const file = path.join(folder, 'large');
  writeFileSync(file, Buffer.alloc(20 * 1024 * 1024));
  let pieces = 0;
  buckets.before((request) => {
    if (request.startsWith('UploadPart') && ++pieces === 2) throw new Error('lost');
  });
  await expect(store.upload('file', file)).rejects.toThrow('lost');
  expect(await store.exists('file')).toBe(false);
  expect(buckets.unfinishedUploads).toBe(0);
});

test('a download that ends early is no file', async () => {
  const short = { send: async () => ({ Body: Readable.from([Buffer.from('half')]), ContentLength: 8 }) };
  const store = new RunStore('runs', short as never);
  await expect(store.download('file', path.join(folder, 'short'))).rejects.toThrow('file: 4 bytes of 8 arrived');
  await expect(world().store.download('none', path.join(folder, 'none'))).rejects.toThrow('NoSuchKey');
});

test('a list of many pages has every object once, in order', async () => {
  const { buckets, store } = world();
  const keys = Array.from({ length: 25 }, (_, index) => `a/${String(index).padStart(2, '0')}`);
  for (const key of [...keys, 'b/1']) buckets.put('runs', key, key);
  const listed: string[] = [];
  for await (const { key, bytes } of store.list('a/')) {
    listed.push(key);
    expect(bytes).toBe(4);
  }
  expect(listed).toEqual(keys);
});
