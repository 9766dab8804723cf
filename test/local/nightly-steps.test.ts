import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type LocalEngine, startEngine } from '../../lib/operate/local';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from '../../lib/patterns/nightly-reconciliation/handlers/run-store';
import { describeWithDynamoDbLocal } from '../support/dynamodb-local/dynamodb-local';
import { NightWorld } from '../support/night/world';
import { DAY, type Row, RULES } from '../support/reconciliation/files';

jest.setTimeout(300_000);

const row = (index: number, amount = '1.00'): Row => ({ reference: `R${index}`, amount });

describeWithDynamoDbLocal('a night over DynamoDB', (local) => {
  test('opens, closes and reopens breaks, counts them once, and marks its date', async () => {
    const world = await NightWorld.create({ tables: local() });
    const many = Array.from({ length: 150 }, (_, index) => row(index));
    await world.night({ date: DAY, run: 1, attempt: 1 }, many, [row(0)]);
    const again = { date: DAY, run: 2, attempt: 1 };
    await world.begin(again, { left: many, right: many.slice(0, 100) });
    await world.go(again);
    await world.steps().finish(again);
    await world.night({ date: DAY, run: 3, attempt: 1 }, many, [row(0, '2.00'), ...many.slice(1, 99)]);
    expect(world.events.map(({ opened, closed, reopened }) => [opened, closed, reopened])).toEqual([
      [149, 0, 0],
      [0, 99, 0],
      [1, 0, 1],
    ]);
    expect(await world.register.open(RULES.name)).toHaveLength(52);
    expect(await world.nights.find(DAY)).toMatchObject({ run: 3, state: 'completed' });
  });
});

describe("a run's objects in the local engine", () => {
  let engine: LocalEngine;
  let folder: string;
  beforeAll(async () => {
    engine = await startEngine({ progress: () => {} });
    folder = mkdtempSync(path.join(tmpdir(), 'nightly-steps-'));
  });
  afterAll(async () => {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('are written once, in pieces, listed, and told from absent ones', async () => {
    const s3 = new S3Client({ ...RUN_STORE_CLIENT_CONFIG, ...engine.clientConfig, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'runs' }));
    const store = new RunStore('runs', s3);
    expect([await store.exists('none'), await store.readJson('none')]).toEqual([false, undefined]);
    const answers = await Promise.all([1, 2, 3].map((value) => store.writeJsonOnce('a/once', { value })));
    expect(await store.readJson('a/once')).toEqual(answers[0]);
    expect(new Set(answers.map(({ value }) => value)).size).toBe(1);
    const [there, back] = [path.join(folder, 'there'), path.join(folder, 'back')];
    for (const size of [0, 1_000, 20_000_000]) {
      writeFileSync(there, Buffer.alloc(size, 'a line that has no round number of bytes\n'));
      await store.upload('a/file', there, 'text/plain');
      await store.download('a/file', back);
      expect(readFileSync(back).equals(readFileSync(there))).toBe(true);
    }
    const listed: object[] = [];
    for await (const one of store.list('a/')) listed.push(one);
    expect(listed).toEqual([
      { key: 'a/file', bytes: 20_000_000 },
      { key: 'a/once', bytes: 11 },
    ]);
    await expect(store.download('none', back)).rejects.toMatchObject({ name: 'NoSuchKey' });
    s3.destroy();
  });
});
