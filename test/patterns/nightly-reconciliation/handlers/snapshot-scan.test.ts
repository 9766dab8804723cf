import { gunzipSync } from 'node:zlib';
import { type AttributeValue, CreateTableCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { SnapshotFile } from '../../../../lib/patterns/nightly-reconciliation/contract';
import { exportedLine, jsonOf, keyFrom } from '../../../../lib/patterns/nightly-reconciliation/handlers/exported-items';
import { ReadPace } from '../../../../lib/patterns/nightly-reconciliation/handlers/read-pace';
import { RunStore } from '../../../../lib/patterns/nightly-reconciliation/handlers/run-store';
import { scanTable } from '../../../../lib/patterns/nightly-reconciliation/handlers/snapshot-scan';
import type { Clock } from '../../../../lib/runtime/clock';
import { describeWithDynamoDbLocal } from '../../../support/dynamodb-local/dynamodb-local';
import { InMemoryBuckets } from '../../../support/night/in-memory-bucket';
import { KilledAt } from '../../../support/night/killed';
import { LEFT, NIGHT_BUCKET, snapshotOnce, snapshotUntilDone } from '../../../support/night/snapshots';

type Item = Record<string, AttributeValue>;

/** Stands still but for those who sleep. */
class Standing implements Clock {
  time = Date.parse('2026-11-21T01:00:00Z');
  now = () => this.time;
  random = Math.random;
  after = (milliseconds: number, callback: () => void) => {
    const until = this.time + milliseconds;
    setImmediate(() => {
      this.time = Math.max(this.time, until);
      callback();
    });
    return () => undefined;
  };
}

const PAGE = 3;
const UNITS = 10;

/** A table whose items fall on segments by their number, in pages of three. */
function scanned(count: number) {
  const requests: { segment: number; at: number; consistent?: boolean }[] = [];
  const clock = new Standing();
  const client = {
    send: async ({
      input,
    }: {
      readonly input: { Segment: number; TotalSegments: number; ExclusiveStartKey?: Item; ConsistentRead?: boolean };
    }) => {
      requests.push({ segment: input.Segment, at: clock.time, consistent: input.ConsistentRead });
      const all = Array.from({ length: count }, (_, index) => index).filter((index) => index % input.TotalSegments === input.Segment);
      const from = input.ExclusiveStartKey === undefined ? -1 : Number(input.ExclusiveStartKey.id!.N);
      const rest = all.filter((index) => index > from);
      const page = rest.slice(0, PAGE);
      return {
        Items: page.map((index) => ({ id: { N: String(index) }, text: { S: `item ${index}` } })),
        ...(rest.length > PAGE && { LastEvaluatedKey: { id: { N: String(page.at(-1)) } } }),
        ConsumedCapacity: { CapacityUnits: UNITS },
      };
    },
  } as unknown as DynamoDBClient;
  return { client, requests, clock };
}

const SCAN = { kind: 'scan', table: 'ledger', segments: 3, readUnits: 1_000 } as const;

function world(count: number, left: { kind: 'scan'; table: string; segments: number; readUnits: number } = SCAN) {
  const table = scanned(count);
  const buckets = new InMemoryBuckets();
  return { buckets, s3: buckets.client, dynamoDb: table.client, left, clock: table.clock, requests: table.requests };
}

/** Calls with files of two pages until it is done. */
async function scan(it: ReturnType<typeof world>, killed?: KilledAt): Promise<readonly SnapshotFile[] | { waitSeconds: number }> {
  const s3 = killed?.client(it.s3) ?? it.s3;
  const call = {
    ...{ request: LEFT, sources: { left: it.left, right: it.left }, store: new RunStore(NIGHT_BUCKET, s3), s3, clock: it.clock },
    ...{ dynamoDb: killed?.client(it.dynamoDb) ?? it.dynamoDb, telemetry: { logger: { warn: () => undefined } } as never },
    deadline: it.clock.now() + 50_000,
  };
  const progress = await scanTable(it.left, call, 2 * 100);
  return 'files' in progress ? progress.files : progress;
}

const linesOf = (buckets: InMemoryBuckets, files: readonly SnapshotFile[]) =>
  files.map(({ key }) =>
    gunzipSync(buckets.objects.get(`${NIGHT_BUCKET}/${key}`)!.bytes)
      .toString()
      .trimEnd()
      .split('\n'),
  );
const numbers = (buckets: InMemoryBuckets, files: readonly SnapshotFile[]) =>
  linesOf(buckets, files).flatMap((lines) => lines.map((line) => Number(JSON.parse(line).Item.id.N)));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

test('writes each item once as an export does, in the order of the segments, and says how many a file holds', async () => {
  const it = world(20);
  const { files } = await snapshotUntilDone(it);
  expect(files.map(({ name, content, records }) => [name, content, records])).toEqual([
    ['ledger/00000-00000.json.gz', 'dynamoDbJson', 7],
    ['ledger/00001-00000.json.gz', 'dynamoDbJson', 7],
    ['ledger/00002-00000.json.gz', 'dynamoDbJson', 6],
  ]);
  expect(linesOf(it.buckets, files)[0]![1]).toBe('{"Item":{"id":{"N":"3"},"text":{"S":"item 3"}}}');
  expect(sorted(numbers(it.buckets, files))).toEqual(upTo(20));
  expect(files.map(({ key, bytes }) => bytes === it.buckets.objects.get(`${NIGHT_BUCKET}/${key}`)!.bytes.length)).toEqual([
    true,
    true,
    true,
  ]);
  expect(it.requests.every(({ consistent }) => consistent)).toBe(true);
});

test('ends a file when it is large enough', async () => {
  const it = world(40);
  const files = (await scan(it)) as readonly SnapshotFile[];
  expect(files.map(({ records }) => records)).toEqual([6, 6, 2, 6, 6, 1, 6, 6, 1]);
  expect(sorted(numbers(it.buckets, files))).toEqual(upTo(40));
});

test('killed at any request, each item is in the snapshot once', async () => {
  let died = 0;
  for (const isSent of [false, true]) {
    for (let at = 1; ; at += 1) {
      const it = world(24, { ...SCAN, segments: 2 });
      const killed = new KilledAt(at, isSent);
      await scan(it, killed).catch(() => undefined);
      if (!killed.isReached) break;
      died += 1;
      const files = (await scan(it)) as readonly SnapshotFile[];
      expect(sorted(numbers(it.buckets, files))).toEqual(upTo(24));
    }
  }
  expect(died).toBeGreaterThan(30);
});

test('a killed call costs the pages of a file for each segment, not the table', async () => {
  const it = world(60, { ...SCAN, segments: 1 });
  await scan(it, new KilledAt(26, false)).catch(() => undefined);
  const before = it.requests.length;
  await scan(it);
  expect(before).toBeGreaterThan(8);
  expect(it.requests.length).toBeLessThanOrEqual(60 / PAGE + 2);
});

test('two calls at once come to one snapshot with each item once', async () => {
  const it = world(60);
  const first = await Promise.all([scan(it), scan(it)]);
  const files = first.find(Array.isArray) ?? (await scan(it));
  expect(sorted(numbers(it.buckets, files as readonly SnapshotFile[]))).toEqual(upTo(60));
  expect(await scan(it)).toEqual(files);
});

test.each([1, 2])(
  'a call that was taken for dead at its file %d, and wakes up, changes nothing of what another one wrote, and reads no further',
  async (nth) => {
    const it = world(60, { ...SCAN, segments: 1 });
    let wake = () => {};
    let begun = 0;
    it.buckets.before(async (request) => {
      if (!request.endsWith('.json.gz') || ++begun < nth) return;
      it.buckets.before(() => undefined);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    });
    const sleeping = scan(it);
    while (begun < nth) await new Promise((resolve) => setImmediate(resolve));
    const files = (await scan(it)) as readonly SnapshotFile[];
    const [stored, requests] = [linesOf(it.buckets, files), it.requests.length];
    const written = it.buckets.keys(NIGHT_BUCKET).length;
    wake();
    expect(await sleeping).toEqual({ waitSeconds: 1 });
    expect(linesOf(it.buckets, files)).toEqual(stored);
    expect(it.buckets.keys(NIGHT_BUCKET)).toHaveLength(written + 1);
    expect(it.requests).toHaveLength(requests);
  },
);

test('goes on with the segments it was begun with, though a deployment has changed them', async () => {
  const it = world(30, { ...SCAN, readUnits: 1 });
  expect(await scan(it)).toHaveProperty('waitSeconds');
  const changed = { ...it, left: { ...SCAN, segments: 7, readUnits: 1_000 } };
  const files = (await scan(changed)) as readonly SnapshotFile[];
  expect(sorted(numbers(it.buckets, files))).toEqual(upTo(30));
});

test('no more read units a second than allowed, over all segments and over calls', async () => {
  const it = world(90, { ...SCAN, segments: 3, readUnits: 2 });
  const start = it.clock.now();
  const waits: number[] = [];
  for (;;) {
    const progress = await scan(it);
    if (Array.isArray(progress)) break;
    const { waitSeconds } = progress as { waitSeconds: number };
    waits.push(waitSeconds);
    it.clock.time += waitSeconds * 1_000;
  }
  expect(waits.length).toBeGreaterThanOrEqual(2);
  expect(it.requests).toHaveLength(30);
  for (const [index, { at }] of it.requests.entries()) {
    // Until then all pages before it, but for the first, are paid for.
    expect((at - start) / 1_000).toBeGreaterThanOrEqual((index * UNITS) / 2 - 0.001);
  }
  expect((it.requests.at(-1)!.at - start) / 1_000).toBeLessThan(30 * (UNITS / 2) * 1.5);
});

test('a page that costs more than expected delays the next one by as much', async () => {
  const clock = new Standing();
  const pace = new ReadPace(100, clock);
  const start = clock.now();
  await pace.read(Number.POSITIVE_INFINITY, async () => ({ page: 1, units: 500 }));
  expect(pace.wait).toBe(5_000);
  expect(await pace.read(start + 5_000, async () => ({ page: 1, units: 1 }))).toBeUndefined();
  expect(clock.now()).toBe(start);
  expect(await pace.read(start + 5_001, async () => ({ page: 'second', units: 1 }))).toBe('second');
  expect(clock.now() - start).toBe(5_000);
});

test('no table, and a table without items, fail the run', async () => {
  await expect(snapshotOnce(world(0))).rejects.toMatchObject({
    name: 'InputFault',
    message: 'left: the table ledger holds no items; an empty source is a failed run, not one without breaks',
  });
  const dynamoDb = { send: () => Promise.reject(Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' })) };
  await expect(snapshotOnce({ ...world(1), dynamoDb: dynamoDb as never })).rejects.toMatchObject({
    name: 'InputFault',
    message: 'left: there is no table ledger',
  });
});

test('any key comes back from its checkpoint as it was, and bytes stand in a line as base64', () => {
  const part = fc.oneof(
    fc.string().map((S) => ({ S })),
    fc.integer().map((n) => ({ N: String(n) })),
    fc.uint8Array({ minLength: 1 }).map((bytes) => ({ B: bytes })),
  );
  fc.assert(
    fc.property(fc.tuple(part, part), ([pk, sk]) => {
      const back = keyFrom(JSON.parse(jsonOf({ pk, sk })));
      for (const [name, value] of Object.entries({ pk, sk })) {
        expect(back[name]).toEqual('B' in value ? { B: Buffer.from(value.B) } : value);
      }
    }),
  );
  expect(exportedLine({ a: { BS: [Buffer.from('x'), new Uint8Array([121])] }, b: { M: { c: { L: [{ B: Buffer.from('z') }] } } } })).toBe(
    '{"Item":{"a":{"BS":["eA==","eQ=="]},"b":{"M":{"c":{"L":[{"B":"eg=="}]}}}}}\n',
  );
});

describeWithDynamoDbLocal('the scan of a table in DynamoDB', (local) => {
  test('holds each item once, over pages and segments, with keys of bytes and numbers', async () => {
    await local().client.send(
      new CreateTableCommand({
        TableName: 'ledger',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'B' },
          { AttributeName: 'sk', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
    const filler = 'x'.repeat(200_000);
    for (let index = 0; index < 30; index += 1) {
      const Item = { pk: { B: Buffer.from([index % 7]) }, sk: { N: String(index) }, filler: { S: filler } };
      await local().client.send(new PutItemCommand({ TableName: 'ledger', Item }));
    }
    const buckets = new InMemoryBuckets();
    const left = { kind: 'scan', table: 'ledger', segments: 2, readUnits: 1_000_000 } as const;
    const { files } = await snapshotUntilDone({ s3: buckets.client, dynamoDb: local().client, left, clock: new Standing() });
    const found = linesOf(buckets, files).flatMap((lines) => lines.map((line) => JSON.parse(line).Item));
    expect(sorted(found.map(({ sk }) => Number(sk.N)))).toEqual(upTo(30));
    expect(found.every(({ pk, sk }) => Buffer.from(pk.B, 'base64')[0] === Number(sk.N) % 7)).toBe(true);
  }, 60_000);
});
