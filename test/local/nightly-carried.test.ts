import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type LocalEngine, startEngine } from '../../lib/operate/local';
import { type NightRun, RunKey } from '../../lib/patterns/nightly-reconciliation/contract';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from '../../lib/patterns/nightly-reconciliation/handlers/run-store';
import type { ReconciliationRules } from '../../lib/reconciliation-rules/rules';
import { InMemoryBuckets, type StoredObject } from '../support/night/in-memory-bucket';
import { BUCKET, NightWorld } from '../support/night/world';
import { csvOf, DAY, type Row, RULES } from '../support/reconciliation/files';

jest.setTimeout(300_000);

const FIRST: NightRun = { date: DAY, run: 1, attempt: 1 };
const SECOND: NightRun = { date: '2026-11-22', run: 1, attempt: 1 };
const ROWS = 3_000;
const rules: ReconciliationRules = {
  ...RULES,
  timing: { minimumAgeDays: 5, carryForward: { left: true } },
  later: [{ name: 'by_account', key: [{ column: 'account' }], toleranceDays: 1 }],
};

/** Each tenth row of the ledger comes to the bank a night later, each hundredth under another key, each thousandth never. */
const kindOf = (index: number): 'now' | 'later' | 'otherwise' | 'never' =>
  index % 1000 === 0 ? 'never' : index % 100 === 0 ? 'otherwise' : index % 10 === 0 ? 'later' : 'now';
const indices = Array.from({ length: ROWS }, (_, index) => index);
const row = (index: number): Row => ({ reference: `R${index}`, amount: `${index % 97}.00`, date: DAY, account: String(index) });
const counted = (...kinds: readonly string[]): number => indices.filter((index) => kinds.includes(kindOf(index))).length;

/** Buckets of which the runs' one is that of the engine; in memory stands what was put there, for the test to look at. */
function bucketsOn(s3: S3Client): InMemoryBuckets {
  const buckets = new InMemoryBuckets();
  const memory = buckets.client;
  const known = new Map<string, StoredObject>();
  const remember = (): StoredObject[] =>
    [...buckets.objects].flatMap(([place, object]) => {
      if (known.get(place) === object) return [];
      known.set(place, object);
      return place.startsWith(`${BUCKET}/`) ? [object] : [];
    });
  const send = async (command: PutObjectCommand): Promise<object> => {
    if (command.input.Bucket !== BUCKET) return memory.send(command);
    // What the test itself put.
    for (const object of remember()) {
      const Key = [...buckets.objects].find(([, one]) => one === object)![0].slice(BUCKET.length + 1);
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: object.bytes }));
    }
    const answer = await s3.send(command);
    if (command instanceof PutObjectCommand) {
      buckets.put(BUCKET, command.input.Key!, command.input.Body as string | Buffer);
      remember();
    }
    return answer;
  };
  return Object.assign(buckets, { client: { send } as never });
}

let engine: LocalEngine;
beforeAll(async () => {
  engine = await startEngine({ progress: () => {} });
});
afterAll(() => engine?.stop());

test('what one night leaves over matches on the next, by either rule, in the buckets of the local engine', async () => {
  const s3 = new S3Client({ ...RUN_STORE_CLIENT_CONFIG, ...engine.clientConfig, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const world = await NightWorld.create({ rules, partBytes: 50_000, buckets: bucketsOn(s3) });
  const bank = (kind: string): Row[] => indices.filter((index) => kindOf(index) === kind).map(row);
  const first = await world.night(FIRST, indices.map(row), bank('now'));
  expect([first.breaks, first.matched.pairs, first.inTransit.length]).toEqual([[], counted('now'), counted('later', 'otherwise', 'never')]);
  expect((await new RunStore(BUCKET, s3).readJson<{ parts: number }>(RunKey.plan(FIRST)))!.parts).toBeGreaterThan(1);
  const own: Row = { reference: 'second', amount: '1.00', date: SECOND.date, account: 'x' };
  const renamed = bank('otherwise').map((one) => ({ ...one, reference: `B${one.reference}` }));
  const second = await world.night(SECOND, [own], [{ name: 'bank.csv', body: csvOf([own, ...bank('later'), ...renamed]) }]);
  expect(second.breaks).toEqual([]);
  expect(second.matched.pairs).toBe(1 + counted('later', 'otherwise'));
  expect(second.later!.map(({ key }) => key.left[0]).sort()).toEqual(
    indices
      .filter((one) => kindOf(one) === 'otherwise')
      .map((one) => `r${one}`)
      .sort(),
  );
  expect(second.inTransit.map(({ key, row: { since } }) => [key[0], since])).toEqual(
    indices
      .filter((one) => kindOf(one) === 'never')
      .map((one) => [`r${one}`, DAY])
      .sort(),
  );
  expect(second.proof!.left.carried).toEqual({ file: `carried from ${DAY}`, read: counted('later', 'otherwise', 'never') });
  s3.destroy();
});
