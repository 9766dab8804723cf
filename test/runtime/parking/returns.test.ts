import type { SQSRecord } from 'aws-lambda';
import { ParkedAttribute } from '../../../lib/blocks/contract';
import type { ParkedState } from '../../../lib/blocks/parking-contract';
import { groupKey, indexPartition, jobKey, type MessageItem, messageKey } from '../../../lib/runtime/parking/items';
import { envelope, NOW } from '../worker/worker-bench';
import { IntakeBench, moved, parked } from './intake-bench';

const KEY = 'stripe#evt_1';
const later = new Date(NOW + 60_000).toISOString();
const former = (id: string) => ({ [ParkedAttribute.FORMER]: { dataType: 'String' as const, stringValue: id } });

/** A message that a job has sent, with the counts that go with it. */
async function sent(bench: IntakeBench, state: ParkedState = 'sent'): Promise<MessageItem> {
  await bench.run(parked({ body: envelope({}), key: KEY }));
  const { id, group } = bench.message();
  const changes = { state, job: 'j-1', groupState: indexPartition(group, state), ...(state === 'sent' && { sentAs: 'm-sent' }) };
  bench.change(messageKey(id), changes);
  bench.change(groupKey(group), { counts: { ...bench.group().counts, parked: 0, [state]: 1 } });
  const counts = { total: 1, sent: 1, done: 0, returned: 0, discarded: 0, handedOver: state === 'handed_over' ? 1 : 0, taken: 0 };
  bench.change(jobKey('j-1'), { id: 'j-1', kind: 'redrive', group, counts, sameFingerprint: 0 });
  return bench.message();
}

const of = (bench: IntakeBench, id: string) => bench.messages.find((message) => message.id === id)!;
const newest = (bench: IntakeBench, id: string) => bench.messages.find((message) => message.id !== id)!;

test.each(['sending', 'sent', 'handed_over'] as const)(
  'a message that was %s and comes back is linked to its former life',
  async (state) => {
    const bench = new IntakeBench();
    const before = await sent(bench, state);
    const record = parked({ body: envelope({}), key: KEY, parkedAt: later, messageAttributes: former(before.id) });
    expect(await bench.run(record)).toEqual([]);
    expect(await bench.run(record)).toEqual([]);
    const now = newest(bench, before.id);
    expect(now).toMatchObject({ state: 'parked', former: before.id, acceptedAt: before.acceptedAt });
    expect(of(bench, before.id)).toMatchObject({ state: 'returned', later: now.id });
    const zero = { sending: 0, sent: 0, done: 0, discarded: 0, handed_over: 0 };
    expect(bench.group().counts).toEqual({ ...zero, parked: 1, returned: 1 });
    expect(bench.jobs).toMatchObject([{ sameFingerprint: 1, counts: { returned: 1, handedOver: 0, sent: 1 } }]);
    const [item] = bench.tables.items('parking').filter(({ pk }) => pk!.S === `message#${before.id}`);
    expect(item!.groupState!.S).toBe(`${before.group}#returned`);
  },
);

test('what comes back for another cause moves the counts of both groups, and is no reason to stop', async () => {
  const bench = new IntakeBench();
  const before = await sent(bench);
  await bench.run(
    parked({ body: envelope({}), key: KEY, parkedAt: later, messageAttributes: former(before.id), error: new Error('another') }),
  );
  expect(
    bench.groups.map(({ errorMessage, counts: { sent, returned, parked: waiting } }) => [errorMessage, sent, returned, waiting]).sort(),
  ).toEqual([
    ['another', 0, 0, 1],
    ['no such account', 0, 1, 0],
  ]);
  expect(bench.jobs).toMatchObject([{ sameFingerprint: 0, counts: { returned: 1 } }]);
});

describe('without a mark of its former life', () => {
  const cases: [string, SQSRecord, boolean][] = [
    ['parked anew', parked({ body: envelope({}), key: KEY, parkedAt: later }), true],
    ['moved by the queue, under the id it was sent as', moved({ body: envelope({}), messageId: 'm-sent' }), true],
    ['moved by the queue, under another id', moved({ body: envelope({}), messageId: 'm-other' }), false],
    ['a copy that was parked beside it', parked({ body: envelope({}, { correlationId: 'other' }), key: KEY }), false],
  ];
  test.each(cases)('a message that is %s', async (_how, record, returns) => {
    const bench = new IntakeBench();
    const before = await sent(bench);
    expect(await bench.run(record)).toEqual([]);
    expect(of(bench, before.id).state).toBe(returns ? 'returned' : 'sent');
    expect(newest(bench, before.id).former).toBe(returns ? before.id : undefined);
  });
});

test.each(['done', 'discarded', 'returned', 'parked'] as const)('a former life that is %s stays so', async (state) => {
  const bench = new IntakeBench();
  const before = await sent(bench, state);
  const { counts } = bench.group();
  await bench.run(parked({ body: envelope({}), key: KEY, parkedAt: later, messageAttributes: former(before.id) }));
  expect(of(bench, before.id)).toEqual(before);
  expect(newest(bench, before.id).former).toBe(before.id);
  expect(bench.group().counts).toEqual({ ...counts, parked: counts.parked + 1 });
  expect(bench.jobs).toMatchObject([{ counts: { returned: 0 } }]);
});

test('copies that the queue moved of one redrive are one return', async () => {
  const bench = new IntakeBench();
  const before = await sent(bench);
  const copy = (messageId: string) => moved({ body: envelope({}), messageId, messageAttributes: former(before.id) });
  await bench.run(copy('m-1'), copy('m-2'));
  await bench.run(copy('m-3'));
  expect(bench.messages).toHaveLength(2);
});

test('a life after the next one is linked to that', async () => {
  const bench = new IntakeBench();
  const first = await sent(bench);
  await bench.run(parked({ body: envelope({}), key: KEY, parkedAt: later, messageAttributes: former(first.id) }));
  const second = newest(bench, first.id);
  bench.change(messageKey(second.id), { state: 'sent', job: 'j-1' });
  const last = new Date(NOW + 120_000).toISOString();
  await bench.run(parked({ body: envelope({}), key: KEY, parkedAt: last, messageAttributes: former(second.id) }));
  const third = bench.messages.find(({ parkedAt }) => parkedAt === last)!;
  expect([of(bench, first.id).later, of(bench, second.id).later, third.former]).toEqual([second.id, third.id, second.id]);
});

test('a message whose job and group are gone comes back all the same', async () => {
  const bench = new IntakeBench();
  const before = await sent(bench);
  bench.tables.answer({ constructor: { name: 'DeleteItemCommand' }, input: { TableName: 'parking', Key: jobKey('j-1') } });
  bench.tables.answer({ constructor: { name: 'DeleteItemCommand' }, input: { TableName: 'parking', Key: groupKey(before.group) } });
  const record = parked({
    body: envelope({}),
    key: KEY,
    parkedAt: later,
    messageAttributes: former(before.id),
    error: new Error('another'),
  });
  expect(await bench.run(record)).toEqual([]);
  expect(of(bench, before.id).state).toBe('returned');
});
