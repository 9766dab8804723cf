import fc from 'fast-check';
import type { NotificationRules } from '../../../../lib/notification-rules/rules';
import { controlEvent, eventProgress } from '../../../../lib/runtime/notifications/event-control';
import { readState } from '../../../../lib/runtime/notifications/store/items';
import { account, comment, contracts, NIGHT, people, RULES, runTimers } from '../../../support/notifications/fanout-scenarios';
import { FanoutWorld, PLAN_QUEUES, type Queued, TABLE } from '../../../support/notifications/fanout-world';

// Several pages and segments without hundreds of recipients.
jest.mock('../../../../lib/blocks/fanout-contract', () => ({
  ...jest.requireActual('../../../../lib/blocks/fanout-contract'),
  PAGE_RECIPIENTS: 2,
  AUDIENCE_SHARDS: 2,
}));

jest.setTimeout(120_000);

const RUNS = { numRuns: Number(process.env.BREAKWATER_NOTIFICATION_RUNS ?? 5) };

async function worldOf(rules: NotificationRules = RULES, count = 5): Promise<FanoutWorld> {
  const world = new FanoutWorld({ rules, contracts, now: NIGHT, attempts: 50 });
  await world.recipients.putMany(people(count));
  return world;
}

/** Lets each request wait a little, so that workers overtake each other; `gaps` decides how. */
function shuffled(world: FanoutWorld, gaps: readonly number[]): void {
  let next = 0;
  world.intercept = async () => {
    next += 1;
    for (let wait = gaps[next % gaps.length]!; wait > 0; wait -= 1) await new Promise(setImmediate);
  };
}

const gaps = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 7, maxLength: 31 });

/** All that waits is received at once, each message by a worker of its own, until nothing waits. */
async function settleAtOnce(world: FanoutWorld): Promise<void> {
  for (let rounds = 0; world.waiting().length > 0; rounds += 1) {
    if (rounds > 200) throw new Error('it never settles');
    const messages = [...world.waiting()];
    await Promise.all(messages.map((message) => world.deliver(message, world.workers())));
  }
}

const copyOf = ({ queue, body }: Queued): Queued => ({ queue, body, receives: 0 });

test('an event that comes three times, each page and each timer twice, all at the same time: what one of each comes to', async () => {
  const once = await worldOf();
  once.publish(comment('e1', ['p0', 'p1', 'nobody']));
  await once.settle();
  await runTimers(once);
  const must = account(once);
  await fc.assert(
    fc.asyncProperty(gaps, async (chance) => {
      const world = await worldOf();
      shuffled(world, chance);
      for (let copy = 0; copy < 3; copy += 1) world.publish(comment('e1', ['p0', 'p1', 'nobody']));
      const settle = async () => {
        for (let rounds = 0; world.waiting().length > 0; rounds += 1) {
          if (rounds > 200) throw new Error('it never settles');
          // Each is received a second time while the first is under way; what these send is not doubled again for ever.
          if (rounds < 6 && world.waiting().length < 16) world.queued.push(...world.waiting().map(copyOf));
          const messages = [...world.waiting()];
          await Promise.all(messages.map((message) => world.deliver(message, world.workers())));
        }
      };
      world.settle = settle;
      await settle();
      await runTimers(world);
      const { deliveries, ...rest } = account(world);
      const quiet = (all: typeof deliveries) => all.map(({ timeline: _, ...one }) => one);
      expect({ ...rest, deliveries: quiet(deliveries) }).toEqual({ ...must, deliveries: quiet(must.deliveries) });
    }),
    RUNS,
  );
});

test('events that meet at one recipient: the cap is kept, what is the same is told once, and the digest holds all and leaves once', async () => {
  const audience = { field: '/payload/to' };
  const rules: NotificationRules = {
    ...RULES,
    rules: [
      { id: 'capped', event: 'comment', category: 'social', audience, channels: ['in_app'], cap: { limit: 2, window: 'P1D' } },
      {
        id: 'same',
        event: 'comment',
        category: 'social',
        audience,
        channels: ['push'],
        quietHours: false,
        deduplication: { window: 'PT1H', key: '/payload/topic' },
      },
      { id: 'digest', event: 'comment', category: 'social', audience, channels: ['chat'], quietHours: false, digest: { window: 'PT15M' } },
    ],
  };
  await fc.assert(
    fc.asyncProperty(gaps, async (chance) => {
      const world = await worldOf(rules, 1);
      shuffled(world, chance);
      const ids = ['e1', 'e2', 'e3', 'e4', 'e5'];
      for (const id of ids) world.publish({ ...comment(id, ['p0']), payload: { to: ['p0'], topic: 'one' } });
      await settleAtOnce(world);
      await runTimers(world);
      const sent = world.handedOver().map(({ channel, occurrence }) => `${channel} ${occurrence}`);
      const on = (channel: string) => [...new Set(sent.filter((one) => one.startsWith(channel)))].length;
      expect({ capped: on('in_app'), same: on('push'), digests: on('chat') }).toEqual({ capped: 2, same: 1, digests: 1 });
      const [digest] = world.deliveries().filter((one) => one.digest !== undefined);
      expect(digest!.digest!.events.map(({ id }) => id).sort()).toEqual(ids);
    }),
    RUNS,
  );
});

test('a timer that comes before its page is done with, and comes again after', async () => {
  const world = await worldOf();
  world.publish(comment('e1', ['p1']));
  await world.settle();
  const held = [...world.scheduled.values()].find(({ input }) => input.includes('"release"'))!;
  world.now = held.at;
  // Both at once: the page once more, and the timer twice.
  const page = {
    kind: 'page',
    event: 'e1',
    occurrence: world.deliveries()[0]!.occurrence,
    segmentId: 'named#transactional#0',
    segment: { kind: 'named', recipients: ['p1'] },
  };
  world.queued.push({ queue: held.queue, body: held.input, receives: 0 }, { queue: held.queue, body: held.input, receives: 0 });
  world.queued.push({ queue: PLAN_QUEUES.transactional, body: JSON.stringify(page), receives: 0 });
  await settleAtOnce(world);
  const delivery = world.deliveries().find(({ recipient }) => recipient === 'p1')!;
  expect(delivery.messages['email#direct']!.status).toBe('queued');
  expect(delivery.timeline.filter(({ channel, status }) => channel === 'email' && status === 'queued')).toHaveLength(1);
});

test('an engagement that comes before its message keeps the fallback from going out', async () => {
  const engaged = await worldOf();
  engaged.tell({ kind: 'engagement', recipient: 'p0', event: 'e1', channel: 'email', engagement: 'opened', at: '2026-11-20T23:31:00Z' });
  await engaged.settle();
  engaged.publish(comment('e1', ['p0']));
  await engaged.settle();
  await runTimers(engaged);
  expect(engaged.handedOver().filter(({ channel }) => channel === 'sms')).toEqual([]);
  const ignored = await worldOf();
  ignored.publish(comment('e1', ['p0']));
  await ignored.settle();
  await runTimers(ignored);
  expect(ignored.handedOver().filter(({ channel }) => channel === 'sms')).toHaveLength(1);
});

describe('while pages are under way', () => {
  /** Stops after so many pages. */
  async function startedAndPaused(): Promise<FanoutWorld> {
    const world = await worldOf(RULES, 8);
    world.publish(comment('e1', ['p0', 'p1']));
    await world.deliver(world.waiting()[0]!);
    await world.deliver(world.waiting().find(({ queue }) => queue === PLAN_QUEUES.bulk)!);
    await wish(world, 'pause');
    await world.settle();
    return world;
  }

  const wish = (world: FanoutWorld, what: 'pause' | 'resume' | 'cancel') =>
    controlEvent('e1', what, { store: world.store, sqs: queueing(world), queues: PLAN_QUEUES });

  /** As a person at the command line sends. */
  function queueing(world: FanoutWorld) {
    return {
      async send(command: {
        readonly input: { readonly QueueUrl: string; readonly Entries: readonly { readonly MessageBody: string }[] };
      }) {
        const { QueueUrl: queue, Entries } = command.input;
        world.queued.push(...Entries.map(({ MessageBody: body }) => ({ queue, body, receives: 0 })));
        return {};
      },
    } as never;
  }

  test('pause stops planning, resume plans the rest, and nobody is planned twice', async () => {
    const world = await startedAndPaused();
    const paused = await eventProgress('e1', world.store);
    expect({ state: paused.event.state, isPart: paused.planned > 0 && paused.planned < 8 }).toEqual({ state: 'paused', isPart: true });
    await wish(world, 'resume');
    await world.settle();
    const { event, planned, segments } = await eventProgress('e1', world.store);
    expect({ state: event.state, planned, segments }).toEqual({ state: 'done', planned: 8, segments: { all: 3, done: 3 } });
    expect(world.deliveries()).toHaveLength(8);
    expect(new Set(world.handedOver().map((one) => JSON.stringify(one))).size).toBe(world.handedOver().length);
  });

  test('cancel ends it: nobody else is planned, and held messages stay', async () => {
    const world = await startedAndPaused();
    const planned = world.deliveries().length;
    await wish(world, 'cancel');
    await expect(wish(world, 'resume')).rejects.toThrow('event e1 is cancelled: resume takes one that is paused or running');
    const before = world.handedOver().length;
    await runTimers(world);
    expect(world.deliveries()).toHaveLength(planned);
    expect(world.handedOver()).toHaveLength(before);
  });

  test('an event that is not there', async () => {
    await expect(eventProgress('e9', (await worldOf()).store)).rejects.toThrow(
      'no event e9: it never came, was rejected, or its retention is over',
    );
  });
});

test('what is remembered ends by time to live', async () => {
  const world = await worldOf();
  world.publish(comment('e1', ['p0', 'p1']));
  await world.settle();
  const items = world.tables.items(TABLE).filter(({ sk }) => /^(CAP|DIGEST|PENDING)#/.test(sk!.S!));
  expect(items.length).toBeGreaterThan(4);
  for (const item of items) {
    expect(Number(item.expiration!.N)).toBeGreaterThan(NIGHT / 1000 + 86_400);
    expect(readState(item).revision).not.toBe('');
  }
});
