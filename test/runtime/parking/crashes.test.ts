import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { CLAIM_PREFIX, ParkedAttribute } from '../../../lib/blocks/contract';
import type { ParkedState } from '../../../lib/blocks/parking-contract';
import { sha256 } from '../../../lib/runtime/message/message';
import { groupKey, indexPartition, jobKey, messageKey } from '../../../lib/runtime/parking/items';
import { envelope, NOW } from '../worker/worker-bench';
import { IntakeBench, moved, parked } from './intake-bench';

const CLAIMED = 'x'.repeat(300_000);
const claim = { key: `${CLAIM_PREFIX}1`, bytes: CLAIMED.length, sha256: sha256(Buffer.from(CLAIMED)) };
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

/** A store in which a message was sent by a job. */
async function store(): Promise<{ readonly bench: IntakeBench; readonly former: string }> {
  const bench = new IntakeBench({ customerThreshold: 2 });
  bench.objects.set(`claims/${claim.key}`, CLAIMED);
  await bench.run(parked({ body: envelope({}, { id: 'first' }), key: 'stripe#first', error: new Error('no account 1') }));
  const { id, group } = bench.message();
  bench.change(messageKey(id), { state: 'sent', job: 'j-1', groupState: indexPartition(group, 'sent'), sentAs: 'm-sent' });
  bench.change(groupKey(group), { state: 'resolved', announced: true, counts: { ...bench.group().counts, parked: 0, sent: 1 } });
  const counts = { total: 1, sent: 1, done: 0, returned: 0, discarded: 0, handedOver: 0, taken: 0 };
  bench.change(jobKey('j-1'), { id: 'j-1', kind: 'redrive', group, counts, sameFingerprint: 0 });
  bench.telemetry.counts['ParkedGroupOpened:ours'] = 0;
  return { bench, former: id };
}

/** One that comes back, with others of its group and of three more; one of them twice. */
function batch(former: string): SQSRecord[] {
  const messageAttributes = { [ParkedAttribute.FORMER]: { dataType: 'String' as const, stringValue: former } };
  const copied = { body: envelope({}, { id: 'second' }), key: 'stripe#second', error: new Error('no account 2'), parkedAt: at(2) };
  return [
    parked({
      body: envelope({}, { id: 'first' }),
      key: 'stripe#first',
      error: new Error('no account 3'),
      parkedAt: at(1),
      messageAttributes,
    }),
    ...[parked(copied), parked(copied)],
    parked({ body: envelope({}, { id: 'third', body: undefined, claim }), key: 'stripe#third', error: new Error('too large') }),
    ...['4', '5'].map((id) => parked({ body: `{"id":${id}}`, reason: 'malformed', error: new Error('no JSON') })),
    moved({ body: 'not JSON' }),
  ];
}
const MESSAGES = 7;

/** What must be true once the queue is empty. */
function check(bench: IntakeBench, former: string): void {
  const { messages, groups } = bench;
  expect(messages).toHaveLength(MESSAGES);
  for (const { bodyKey, claimedBodyKey } of messages) {
    expect(bench.objects.has(`bodies/${bodyKey}`)).toBe(true);
    if (claimedBodyKey !== undefined) expect(bench.objects.get(`bodies/${claimedBodyKey}`)).toBe(CLAIMED);
  }
  expect(messages.filter(({ claimedBodyKey }) => claimedBodyKey !== undefined)).toHaveLength(1);
  expect(groups).toHaveLength(4);
  for (const { group, counts, state, announced } of groups) {
    expect([state, announced]).toEqual(['open', true]);
    for (const [name, count] of Object.entries(counts) as [ParkedState, number][]) {
      expect([name, count]).toEqual([name, messages.filter((message) => message.group === group && message.state === name).length]);
    }
  }
  const returned = messages.find(({ id }) => id === former)!;
  expect(returned.state).toBe('returned');
  expect(messages.find(({ id }) => id === returned.later)!.former).toBe(former);
  expect(bench.jobs).toMatchObject([{ sameFingerprint: 1, counts: { returned: 1 } }]);
  const bounds = bench.tables.items('parking').filter(({ pk }) => pk!.S!.startsWith('bound#'));
  expect(bounds.reduce((sum, { groups: counted }) => sum + Number(counted!.N), 0)).toBe(4);
}

/** Receives what lies in the queue until it is empty; at the moment of its deletion a message must be in the store, and told of. */
async function drain(bench: IntakeBench, records: readonly SQSRecord[]): Promise<void> {
  for (let left = records, receives = 0; left.length > 0; receives++) {
    if (receives > 10) throw new Error(`${left.length} messages stay in the queue`);
    const failed = new Set((await bench.run(...left)).map(({ itemIdentifier }) => itemIdentifier));
    const deleted = left.filter(({ messageId }) => !failed.has(messageId));
    for (const record of deleted) expectStored(bench, record);
    left = left.filter(({ messageId }) => failed.has(messageId));
  }
}

function expectStored(bench: IntakeBench, { body }: SQSRecord): void {
  const message = bench.messages.find(({ bodyKey }) => bench.objects.get(`bodies/${bodyKey}`) === body);
  expect(message).toBeDefined();
  const group = bench.groups.find(({ group: id }) => id === message!.group)!;
  // Of a customer's fault whoever takes in the last one that it needs tells.
  expect(group.announced || group.fault === 'customer').toBe(true);
}

/** Requests of an intake in which nothing goes wrong. */
async function calls(): Promise<number> {
  const { bench, former } = await store();
  bench.calls = 0;
  await drain(bench, batch(former));
  check(bench, former);
  expect(bench.announced).toEqual({ ours: 3, customer: 1 });
  return bench.calls;
}

class Crash extends Error {}

/** Each of them runs the intake a hundred times. */
jest.setTimeout(60_000);

test.each(['before', 'after'] as const)(
  'an intake that dies %s any of its requests loses nothing and counts nothing twice',
  async (moment) => {
    const most = await calls();
    expect(most).toBeGreaterThan(20);
    for (let fatal = 1; fatal <= most; fatal++) {
      const { bench, former } = await store();
      const records = batch(former);
      let dead = false;
      bench.calls = 0;
      bench.interfere = (_name, when, call) => {
        dead ||= call === fatal && when === moment;
        if (dead) throw new Crash();
      };
      // What a dead function answers nobody hears.
      await bench.run(...records);
      expect(dead).toBe(true);
      bench.interfere = () => {};
      await drain(bench, records);
      check(bench, former);
      expect(bench.announced.ours).toBeGreaterThanOrEqual(3);
      expect(bench.announced.customer).toBeGreaterThanOrEqual(1);
    }
  },
);

test.each([
  ['before', new Error('denied')],
  ['after', Object.assign(new Error('connection lost'), { code: 'ECONNRESET' })],
] as const)('a request that fails %s it took effect costs another receive at most', async (moment, error) => {
  const most = await calls();
  for (let failing = 1; failing <= most; failing++) {
    const { bench, former } = await store();
    bench.calls = 0;
    bench.interfere = (_name, when, call) => {
      if (call === failing && when === moment) throw error;
    };
    await drain(bench, batch(former));
    check(bench, former);
  }
});

test('two intakes side by side, with messages in common, take each in once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }), fc.nat(7), fc.nat(7), async (waits, from, to) => {
      const { bench, former } = await store();
      const records = batch(former);
      let turn = 0;
      bench.interfere = async () => {
        for (let wait = waits[turn++ % waits.length]!; wait > 0; wait--) await new Promise(setImmediate);
      };
      const both = [records.slice(0, to + 1), records.slice(from)];
      await Promise.all(both.map((own) => drain(bench, own)));
      bench.interfere = () => {};
      await drain(bench, records);
      check(bench, former);
    }),
    { numRuns: 60 },
  );
});

describe('while others write the same items', () => {
  const conflict = () => {
    const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }];
    return new TransactionCanceledException({ message: 'conflict', CancellationReasons, $metadata: {} });
  };

  test('an intake tries again, for as long as it has time', async () => {
    const { bench, former } = await store();
    let refusals = 9;
    bench.interfere = (name, when) => {
      if (name === 'TransactWriteItems' && when === 'before' && refusals-- > 0) throw conflict();
    };
    expect(await bench.run(...batch(former))).toEqual([]);
    check(bench, former);
  });

  test('and leaves in the queue what it could not write', async () => {
    const { bench, former } = await store();
    bench.interfere = (name, when) => {
      if (name === 'TransactWriteItems' && when === 'before') throw conflict();
    };
    const records = batch(former);
    expect(await bench.run(...records)).toHaveLength(records.length);
    // Three quarters of its 30 s, and what the last transaction takes.
    expect(bench.now - NOW).toBeGreaterThan(10_000);
    expect(bench.messages).toHaveLength(1);
    bench.interfere = () => {};
    await drain(bench, records);
    check(bench, former);
  });
});
