import { InMemoryBuckets } from '../../../support/night/in-memory-bucket';
import { NIGHT_BUCKET, snapshotOnce, snapshotUntilDone } from '../../../support/night/snapshots';

const PREFIX = 'runs/2026-11-20/1/snapshot/left/';

test('lists what the function wrote under its prefix, and nothing else of the run', async () => {
  const buckets = new InMemoryBuckets();
  for (const key of [`${PREFIX}b.csv`, `${PREFIX}a/1.csv`, 'runs/2026-11-20/1/snapshot/right/x.csv', 'runs/2026-11-20/1/rules.json'])
    buckets.put(NIGHT_BUCKET, key, 'x;y');
  buckets.put(NIGHT_BUCKET, `${PREFIX}a/`, '');
  const { answers, files } = await snapshotUntilDone({ s3: buckets.client, left: { kind: 'handler', content: 'csv' } });
  expect(answers).toHaveLength(1);
  expect(files).toEqual([
    { key: `${PREFIX}a/1.csv`, name: 'a/1.csv', bytes: 3, content: 'csv' },
    { key: `${PREFIX}b.csv`, name: 'b.csv', bytes: 3, content: 'csv' },
  ]);
});

test('a function that wrote nothing fails the run', async () => {
  const it = { s3: new InMemoryBuckets().client, left: { kind: 'handler' } as const };
  await expect(snapshotOnce(it)).rejects.toMatchObject({
    name: 'InputFault',
    message: expect.stringContaining(`left: the source's function wrote no file under s3://night/${PREFIX};`),
  });
});
