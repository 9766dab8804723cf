import { copyInPieces } from '../../../../lib/patterns/nightly-reconciliation/handlers/copy-in-pieces';
import { RunStore } from '../../../../lib/patterns/nightly-reconciliation/handlers/run-store';
import { copyFromBucket } from '../../../../lib/patterns/nightly-reconciliation/handlers/snapshot-s3';
import { InMemoryBuckets } from '../../../support/night/in-memory-bucket';
import { KilledAt } from '../../../support/night/killed';
import { LEFT, NIGHT_BUCKET, type SnapshotWorld, snapshotOnce, snapshotUntilDone, tickingClock } from '../../../support/night/snapshots';

const SOURCE = { kind: 's3', bucket: 'bank', prefix: 'statements/{date}/' } as const;
const FOLDER = 'statements/2026-11-20/';

function world(objects: Readonly<Record<string, string>>, source: SnapshotWorld['left'] = SOURCE) {
  const buckets = new InMemoryBuckets();
  for (const [key, text] of Object.entries(objects)) buckets.put('bank', key, text);
  return { buckets, s3: buckets.client, left: source };
}

/** What a list says, and what stands there. */
const contents = ({ buckets }: { readonly buckets: InMemoryBuckets }, files: readonly { key: string; name: string; bytes: number }[]) =>
  files.map(({ key, name, bytes }) => [name, bytes, buckets.text(NIGHT_BUCKET, key)]);

const MANY = Array.from({ length: 120 }, (_, index) => `${FOLDER}${index}.csv`);

test('copies what lies under the prefix of the date, in the order of the keys, and lists it with its sizes', async () => {
  const it = world({
    [`${FOLDER}b.csv.gz`]: 'bb',
    [`${FOLDER}`]: '',
    [`${FOLDER}a/`]: '',
    [`${FOLDER}a/ü 1+2.JSONL`]: 'aaa',
    [`${FOLDER}empty`]: '',
    'statements/2026-11-19/x.csv': 'yesterday',
  });
  const { answers, files } = await snapshotUntilDone(it);
  expect(answers).toEqual([{ next: 'done', waitSeconds: 0 }]);
  expect(contents(it, files)).toEqual([
    [`${FOLDER}a/ü 1+2.JSONL`, 3, 'aaa'],
    [`${FOLDER}b.csv.gz`, 2, 'bb'],
    [`${FOLDER}empty`, 0, ''],
  ]);
  expect(files.map(({ key }) => key)).toEqual([
    expect.stringMatching(/^runs\/2026-11-20\/1\/snapshot\/left\/[0-9a-f]{32}-_+1_2\.JSONL$/),
    expect.stringMatching(/-b\.csv\.gz$/),
    expect.stringMatching(/-empty$/),
  ]);
});

test('knows the date without dashes, and says how files are to be read', async () => {
  const it = world({ 'in/20261120.dat': '1' }, { ...SOURCE, prefix: 'in/{yyyymmdd}', content: 'csv' });
  expect((await snapshotUntilDone(it)).files).toMatchObject([{ name: 'in/20261120.dat', content: 'csv' }]);
});

test('no object is a failed run, whose reason is written down', async () => {
  const it = world({ [FOLDER]: '', 'statements/2026-11-19/x.csv': 'yesterday' });
  await expect(snapshotOnce(it)).rejects.toMatchObject({
    name: 'InputFault',
    message: `left: there is no object under s3://bank/${FOLDER}; a missing source is a failed run, not one without breaks`,
  });
  expect(JSON.parse(it.buckets.text(NIGHT_BUCKET, 'runs/2026-11-20/1/refusals/1.json')!)).toMatchObject({ step: 'Snapshot left' });
});

test('a snapshot that is whole stays as it is, whatever happens to the source', async () => {
  const it = world({ [`${FOLDER}a.csv`]: 'before' });
  const { files } = await snapshotUntilDone(it);
  it.buckets.put('bank', `${FOLDER}a.csv`, 'after');
  it.buckets.put('bank', `${FOLDER}b.csv`, 'more');
  const requests = it.buckets.requests.length;
  expect(await snapshotOnce(it)).toEqual({ next: 'done', waitSeconds: 0 });
  expect(it.buckets.requests.slice(requests)).toHaveLength(1);
  expect((await snapshotUntilDone(it)).files).toEqual(files);
  expect(contents(it, files)).toEqual([[`${FOLDER}a.csv`, 6, 'before']]);
});

test('the same run asked for again with a new attempt has the same snapshot; a new run has its own', async () => {
  const it = world({ [`${FOLDER}a.csv`]: 'before' });
  const { files } = await snapshotUntilDone(it);
  it.buckets.put('bank', `${FOLDER}a.csv`, 'restated');
  expect((await snapshotUntilDone(it, { ...LEFT, attempt: 2 })).files).toEqual(files);
  const again = await snapshotUntilDone(it, { ...LEFT, run: 2 });
  expect(contents(it, again.files)).toEqual([[`${FOLDER}a.csv`, 8, 'restated']]);
});

test.each([
  ['changes', (it: ReturnType<typeof world>) => it.buckets.put('bank', `${FOLDER}b.csv`, 'changed'), { 'b.csv': 'changed' }],
  ['goes', (it: ReturnType<typeof world>) => it.buckets.objects.delete(`bank/${FOLDER}b.csv`), { 'b.csv': undefined }],
] as const)(
  'an object that %s between the list and its copy is listed anew: the list names exactly what was copied',
  async (_, change, now) => {
    const before = { 'a.csv': 'a', 'b.csv': 'b', 'c.csv': 'c' };
    const it = world(Object.fromEntries(Object.entries(before).map(([name, text]) => [`${FOLDER}${name}`, text])));
    it.buckets.before((request) => {
      if (!request.endsWith('-b.csv')) return;
      it.buckets.before(() => undefined);
      change(it);
    });
    const { answers, files } = await snapshotUntilDone(it);
    expect(answers.map(({ next }) => next)).toEqual(['again', 'done']);
    const expected = Object.entries({ ...before, ...now }).filter(([, text]) => text !== undefined);
    expect(contents(it, files).map(([name, , text]) => [String(name).slice(FOLDER.length), text])).toEqual(expected);
  },
);

test('an object in an archive can not be copied: the run says which', async () => {
  const it = world({ [`${FOLDER}a.csv`]: 'a' });
  it.buckets.before((request) => {
    if (request.startsWith('CopyObject')) throw Object.assign(new Error('archived'), { name: 'InvalidObjectState' });
  });
  await expect(snapshotOnce(it)).rejects.toThrow(`s3://bank/${FOLDER}a.csv lies in an archive: restore it, then resume the run`);
});

test('what fails for the moment is thrown, after what was begun has ended', async () => {
  const it = world(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${FOLDER}${index}.csv`, 'x'])));
  it.buckets.before((request) => {
    if (request.endsWith('-3.csv')) throw Object.assign(new Error('busy'), { name: 'SlowDown' });
  });
  await expect(snapshotOnce(it)).rejects.toThrow('busy');
  it.buckets.before(() => undefined);
  expect((await snapshotUntilDone(it)).files).toHaveLength(30);
});

test('a call begins nothing more when its time is over, and the next one goes on', async () => {
  const it = {
    ...world(Object.fromEntries(MANY.map((name) => [name, name]))),
    clock: tickingClock(),
  };
  const { answers, files } = await snapshotUntilDone(it);
  expect(answers.length).toBeGreaterThan(2);
  expect(answers[0]).toEqual({ next: 'again', waitSeconds: 1 });
  expect(files).toHaveLength(120);
  const copies = it.buckets.requests.filter((request) => request.startsWith('CopyObject'));
  expect(copies).toHaveLength(120);
});

test('an object that changes after its copy, before all are copied, is copied anew', async () => {
  const it = { ...world(Object.fromEntries(MANY.map((name) => [name, 'old']))), clock: tickingClock() };
  expect(await snapshotOnce(it)).toMatchObject({ next: 'again' });
  const copied = it.buckets.requests.find((request) => request.startsWith('CopyObject'))!;
  const changed = MANY.find((name) => copied.endsWith(name.slice(FOLDER.length - 1).replace('/', '-')))!;
  it.buckets.put('bank', changed, 'new');
  const { files } = await snapshotUntilDone(it);
  expect(contents(it, files).filter(([, , text]) => text === 'new')).toEqual([[changed, 3, 'new']]);
  expect(files).toHaveLength(MANY.length);
});

test('killed at any request, it ends in the same list', async () => {
  const objects = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${FOLDER}${index}.csv`, `${index}`]));
  const { files } = await snapshotUntilDone(world(objects));
  let died = 0;
  for (const isSent of [false, true]) {
    for (let at = 1; ; at += 1) {
      const it = world(objects);
      const killed = new KilledAt(at, isSent);
      await snapshotOnce(it, killed).catch(() => undefined);
      if (!killed.isReached) break;
      died += 1;
      expect((await snapshotUntilDone(it)).files).toEqual(files);
    }
  }
  // Twelve copies, the lists of both sides, the list and whether it is there.
  expect(died).toBeGreaterThanOrEqual(30);
});

test('of two calls at once both come to the one list', async () => {
  const it = world({ [`${FOLDER}a.csv`]: 'a' });
  expect(await Promise.all([snapshotOnce(it), snapshotOnce(it)])).toEqual(Array(2).fill({ next: 'done', waitSeconds: 0 }));
  expect((await snapshotUntilDone(it)).files).toHaveLength(1);
});

describe('a large object', () => {
  const SIZES = { largestCopy: 5, piece: 3 };
  const TEXT = '0123456789abcdefg';
  const call = (it: ReturnType<typeof world>, now: () => number, killed?: KilledAt) => {
    const s3 = killed?.client(it.s3) ?? it.s3;
    return copyFromBucket(
      SOURCE,
      {
        ...{ request: LEFT, deadline: 1, s3, store: new RunStore(NIGHT_BUCKET, s3), sources: { left: SOURCE, right: SOURCE } },
        ...{ dynamoDb: undefined as never, telemetry: { logger: { warn: () => undefined } } as never },
        clock: { now, after: () => () => undefined, random: () => 0 },
      },
      SIZES,
    );
  };
  const whole = (it: ReturnType<typeof world>) => it.buckets.keys(NIGHT_BUCKET).map((key) => it.buckets.text(NIGHT_BUCKET, key));

  test('is copied in pieces, the last one shorter', async () => {
    const it = world({ [`${FOLDER}a.csv`]: TEXT });
    expect(await call(it, () => 0)).toMatchObject({ files: [{ bytes: 17 }] });
    expect(whole(it)).toEqual([TEXT]);
    expect(it.buckets.requests.filter((request) => request.startsWith('UploadPartCopy'))).toHaveLength(6);
  });

  test('goes on in the next call with the pieces that are missing', async () => {
    const it = world({ [`${FOLDER}a.csv`]: TEXT });
    let calls = 0;
    const progress = [];
    // Two looks at the clock a piece's turn allow for one piece or two a call.
    do progress.push(await call(it, () => (++calls % 4 === 0 ? 2 : 0)));
    while ('waitSeconds' in progress.at(-1)! && progress.length < 20);
    expect(progress.length).toBeGreaterThan(2);
    expect(whole(it)).toEqual([TEXT]);
    expect(it.buckets.requests.filter((request) => request.startsWith('UploadPartCopy'))).toHaveLength(6);
    expect(it.buckets.unfinishedUploads).toBe(0);
  });

  test('killed at any request, it is whole in the end', async () => {
    for (const isSent of [false, true]) {
      for (let at = 1; ; at += 1) {
        const it = world({ [`${FOLDER}a.csv`]: TEXT });
        const killed = new KilledAt(at, isSent);
        await call(it, () => 0, killed).catch(() => undefined);
        if (!killed.isReached) break;
        await call(it, () => 0);
        expect(whole(it)).toEqual([TEXT]);
        expect(it.buckets.unfinishedUploads).toBe(0);
      }
    }
  });

  test('that changes between two pieces is begun anew, and nothing is left of the other', async () => {
    const it = world({ [`${FOLDER}a.csv`]: TEXT });
    let pieces = 0;
    it.buckets.before((request) => {
      if (request.startsWith('UploadPartCopy') && ++pieces === 3) it.buckets.put('bank', `${FOLDER}a.csv`, TEXT.toUpperCase());
    });
    expect(await call(it, () => 0)).toEqual({ waitSeconds: 1 });
    expect(it.buckets.unfinishedUploads).toBe(0);
    expect(await call(it, () => 0)).toMatchObject({ files: [{ bytes: 17 }] });
    expect(whole(it)).toEqual([TEXT.toUpperCase()]);
  });

  test('of five terabytes has no more than 10,000 pieces', async () => {
    const ranges: string[] = [];
    const send = async ({ input }: { readonly input: { readonly CopySourceRange?: string } }) => {
      if (input.CopySourceRange !== undefined) ranges.push(input.CopySourceRange);
      return { UploadId: 'u', CopyPartResult: { ETag: 'e' } };
    };
    const bytes = 5 * 2 ** 40;
    const plan = { source: { bucket: 'bank', key: 'a', etag: 'e', bytes }, target: { bucket: 'night', key: 'a' } };
    await copyInPieces(plan, 256 * 2 ** 20, { s3: { send } as never, isOver: () => false });
    expect(ranges).toHaveLength(10_000);
    expect(ranges.at(-1)).toMatch(new RegExp(`-${bytes - 1}$`));
  });
});
