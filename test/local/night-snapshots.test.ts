import { gunzipSync } from 'node:zlib';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type LocalEngine, startEngine } from '../../lib/operate/local';
import type { SnapshotFile } from '../../lib/patterns/nightly-reconciliation/contract';
import { RunStore } from '../../lib/patterns/nightly-reconciliation/handlers/run-store';
import { copyFromBucket } from '../../lib/patterns/nightly-reconciliation/handlers/snapshot-s3';
import { systemClock } from '../../lib/runtime/clock';
import { LEFT, NIGHT_BUCKET, snapshotOnce, snapshotUntilDone } from '../support/night/snapshots';

jest.setTimeout(120_000);

let engine: LocalEngine;
let s3: S3Client;
let dynamoDb: DynamoDBClient;

beforeAll(async () => {
  engine = await startEngine({ progress: () => {} });
  s3 = new S3Client({ ...engine.clientConfig, forcePathStyle: true });
  dynamoDb = new DynamoDBClient(engine.clientConfig);
  for (const Bucket of [NIGHT_BUCKET, 'bank']) await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  s3?.destroy();
  dynamoDb?.destroy();
  await engine?.stop();
});

const put = (Key: string, Body: string | Buffer) => s3.send(new PutObjectCommand({ Bucket: 'bank', Key, Body }));
const bytesOf = async ({ key: Key }: SnapshotFile) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: NIGHT_BUCKET, Key }));
  return Buffer.from(await Body!.transformToByteArray());
};

test('objects are copied by their keys as S3 takes them, on the condition of their ETag, and stay as they were', async () => {
  const names = ['a b+c.csv', 'z%20.csv', 'ü/é.csv'];
  for (const name of names) await put(`in/2026-11-20/${name}`, name);
  await put('in/2026-11-20/', Buffer.alloc(0));
  const world = { s3, left: { kind: 's3', bucket: 'bank', prefix: 'in/{date}/' } as const };
  const { files } = await snapshotUntilDone(world);
  expect(files.map(({ name }) => name)).toEqual(names.map((name) => `in/2026-11-20/${name}`));
  await put('in/2026-11-20/a b+c.csv', 'restated');
  expect(await snapshotOnce(world)).toEqual({ next: 'done', waitSeconds: 0 });
  for (const [index, file] of files.entries()) expect((await bytesOf(file)).toString()).toBe(names[index]);
});

test('a large object goes in pieces over several calls, and changes in between begin it anew', async () => {
  // Pieces but the last have 5 MiB at least.
  const piece = 5 * 1024 * 1024;
  const bytes = Buffer.alloc(2 * piece + 17, 'abcdefg');
  await put('large/20261120.csv', bytes);
  const source = { kind: 's3', bucket: 'bank', prefix: 'large/{yyyymmdd}' } as const;
  const request = { ...LEFT, run: 2 };
  let looks = 0;
  const call = (deadlineAtLook: number) =>
    copyFromBucket(
      source,
      {
        ...{ request, deadline: 1, s3, dynamoDb, store: new RunStore(NIGHT_BUCKET, s3), sources: { left: source, right: source } },
        telemetry: { logger: { warn: () => undefined } } as never,
        clock: { ...systemClock, now: () => (++looks >= deadlineAtLook ? 1 : 0) },
      },
      { largestCopy: piece, piece },
    );
  expect(await call(3)).toEqual({ waitSeconds: 1 });
  looks = 0;
  const progress = await call(100);
  expect(progress).toMatchObject({ files: [{ name: 'large/20261120.csv', bytes: bytes.length }] });
  expect((await bytesOf((progress as { files: SnapshotFile[] }).files[0]!)).equals(bytes)).toBe(true);
  await put('large/20261120.csv', Buffer.alloc(piece + 1, 'x'));
  looks = 0;
  expect(await call(100)).toMatchObject({ files: [{ bytes: piece + 1 }] });
});

test('a table is scanned in segments into files as exports have them', async () => {
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  for (let index = 0; index < 40; index += 1)
    await dynamoDb.send(new PutItemCommand({ TableName: 'ledger', Item: { id: { S: `e-${index}` }, cents: { N: String(index) } } }));
  const left = { kind: 'scan', table: 'ledger', segments: 4, readUnits: 10_000 } as const;
  const { files } = await snapshotUntilDone({ s3, dynamoDb, left, clock: systemClock }, { ...LEFT, run: 3 });
  const lines = (await Promise.all(files.map(bytesOf))).flatMap((bytes) => gunzipSync(bytes).toString().trimEnd().split('\n'));
  expect(lines.map((line) => Number(JSON.parse(line).Item.cents.N)).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  expect(files.reduce((sum, { records }) => sum + records!, 0)).toBe(40);
});
