import { PutItemCommand, ScanCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { ParkedReason } from '../../../lib/blocks/contract';
import { type EventIdentity, guardPut, openCheck, parkedPut, readObstacle } from '../../../lib/runtime/idempotency/record';
import { tablesInMemory } from '../../support/in-memory-table/tables';
import { NOW } from '../worker/worker-bench';

const TABLE = { tableName: 'idempotency', retentionSeconds: 100 };
const EVENT: EventIdentity = { key: 'stripe#evt_1', payloadHash: 'hash' };
const PARKED = { parkedAt: '2026-05-01T12:00:00.000Z', reason: ParkedReason.BUDGET_SPENT };
const SECONDS = NOW / 1000;

/** Tables that hold at most one record, and what a write makes of it: the record it wrote, or the obstacle it met. */
function held() {
  const { client, createTable } = tablesInMemory();
  void createTable('idempotency');
  const attempt = async (write: () => Promise<unknown>, event: EventIdentity) => {
    try {
      await write();
      return 'open';
    } catch (error) {
      const { Item, CancellationReasons } = error as { Item?: never; CancellationReasons?: { Item?: never }[] };
      return readObstacle((Item ?? CancellationReasons?.[0]?.Item)!, event);
    }
  };
  return {
    guard: (event: EventIdentity, now = NOW) => attempt(() => client.send(new PutItemCommand(guardPut(TABLE, event, now))), event),
    park: (event: EventIdentity, now = NOW) => attempt(() => client.send(new PutItemCommand(parkedPut(TABLE, event, PARKED, now))), event),
    check: (event: EventIdentity, now = NOW) =>
      attempt(
        () => client.send(new TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: openCheck(TABLE, event, now) }] })),
        event,
      ),
    items: async () => (await client.send(new ScanCommand({ TableName: 'idempotency' }))).Items,
  };
}

const OTHER = { ...EVENT, payloadHash: 'other' };
const redrivenAt = (parkedAt: string) => ({ ...EVENT, parkedAt });

test('an event that nobody has seen is open, and closed once it is done', async () => {
  const table = held();
  expect(await table.check(EVENT)).toBe('open');
  expect(await table.items()).toEqual([]);
  expect(await table.guard(EVENT)).toBe('open');
  expect(await table.items()).toEqual([
    { id: { S: 'stripe#evt_1' }, status: { S: 'COMPLETED' }, validation: { S: 'hash' }, expiration: { N: String(SECONDS + 100) } },
  ]);
  for (const write of [table.guard, table.park, table.check]) {
    expect(await write(EVENT)).toEqual({ kind: 'duplicate' });
    expect(await write(OTHER)).toEqual({ kind: 'conflict' });
    expect(await write(redrivenAt(PARKED.parkedAt))).toEqual({ kind: 'duplicate' });
  }
});

test('a record stands to the end of its last second, and no longer', async () => {
  const table = held();
  await table.guard(EVENT, NOW + 999);
  for (const write of [table.check, table.park, table.guard]) expect(await write(OTHER, NOW + 100_999)).toEqual({ kind: 'conflict' });
  expect(await table.check(OTHER, NOW + 101_000)).toBe('open');
  expect(await table.guard(OTHER, NOW + 101_000)).toBe('open');
});

test('a parked event is closed but for the copy that was redriven from there', async () => {
  const table = held();
  expect(await table.park(EVENT)).toBe('open');
  expect(await table.items()).toEqual([
    {
      id: { S: 'stripe#evt_1' },
      status: { S: 'PARKED' },
      validation: { S: 'hash' },
      expiration: { N: String(SECONDS + 100) },
      parked_at: { S: PARKED.parkedAt },
      parked_reason: { S: 'budget_spent' },
    },
  ]);
  for (const write of [table.guard, table.park, table.check]) {
    expect(await write(EVENT)).toEqual({ kind: 'parked', ...PARKED, conflicting: false });
    expect(await write(OTHER)).toEqual({ kind: 'parked', ...PARKED, conflicting: true });
    expect(await write(redrivenAt('2026-05-01T11:00:00.000Z'))).toEqual({ kind: 'parked', ...PARKED, conflicting: false });
  }
  expect(await table.check(redrivenAt(PARKED.parkedAt))).toBe('open');
  expect(await table.guard(redrivenAt(PARKED.parkedAt))).toBe('open');
  expect(await table.guard(redrivenAt(PARKED.parkedAt))).toEqual({ kind: 'duplicate' });
});

test.each<[string, object, object]>([
  [
    'parked without a reason',
    { parked_at: { S: 'then' }, status: { S: 'PARKED' } },
    { kind: 'parked', parkedAt: 'then', reason: 'permanent' },
  ],
  ['parked at no time', { status: { S: 'PARKED' } }, { kind: 'duplicate' }],
  ['done, and parked before', { parked_at: { S: 'then' }, status: { S: 'COMPLETED' } }, { kind: 'duplicate' }],
])('a record that says %s is read as %j', (_name, parts, obstacle) => {
  expect(readObstacle({ validation: { S: 'hash' }, ...parts }, EVENT)).toMatchObject(obstacle);
});

test('a record without a hash is of another payload, and one without anything too', () => {
  expect(readObstacle({ status: { S: 'COMPLETED' } }, EVENT)).toEqual({ kind: 'conflict' });
  expect(readObstacle({}, EVENT)).toEqual({ kind: 'conflict' });
});
