import { all, expectOneEndEach, orders, parked, states } from './parked';
import { Killed, World } from './world';

const COUNT = 9;
const ids = orders(COUNT).map(({ id }) => id);

type When = 'before' | 'after';

/** Kills the step at its n-th request of this kind. What the dead process would still ask for reaches nobody. @returns how many it asked for */
function killAt(world: World, request: string, n: number, when: When): () => number {
  let asked = 0;
  let dead: number | undefined;
  world.interfere = (name, now) => {
    if (!world.stepping) return;
    if (dead === world.steps) throw new Killed();
    if (name !== request || now !== when || ++asked !== n) return;
    dead = world.steps;
    throw new Killed();
  };
  return () => asked;
}

/** Runs the same work again and again, killed at each request of this kind in turn. */
async function killedAtEach(request: string, when: When, make: () => Promise<{ world: World; check: () => void }>): Promise<number> {
  for (let n = 1; ; n++) {
    const { world, check } = await make();
    const asked = killAt(world, request, n, when);
    await world.run();
    world.interfere = () => {};
    await world.run();
    check();
    if (asked() < n) return n - 1;
  }
}

const moments = (requests: readonly string[]) =>
  requests.flatMap((request) => (['before', 'after'] as const).map((when) => [request, when] as const));
const WRITES_AND_SENDS = ['TransactWriteItems', 'UpdateItem', 'SendMessageBatch'];

test.each(moments([...WRITES_AND_SENDS, 'GetObject', 'Query', 'PutEvents']))(
  'a redrive that is killed at any %s, %s it took effect, goes on and each message has one end',
  async (request, when) => {
    const kills = await killedAtEach(request, when, async () => {
      const { world, redrive } = await parked(COUNT);
      world.mended.add('no stock');
      await redrive(5, 2);
      return {
        world,
        check: () => {
          expectOneEndEach(world, ids);
          expect(states(world)).toEqual(all(COUNT, 'done'));
          expect(world.jobs()[0]).toMatchObject({ state: 'finished', counts: { total: COUNT, sent: COUNT, done: COUNT } });
          expect(world.groups()[0]).toMatchObject({ state: 'resolved' });
          // Sending again what a killed step may have sent is paid for as well.
          const { sent } = world.queues;
          for (const [index, { at }] of sent.entries()) expect(index + 1).toBeLessThanOrEqual((5 * (at - sent[0]!.at)) / 1000 + 5);
        },
      };
    });
    expect(kills).toBeGreaterThan(0);
  },
  60_000,
);

test.each(moments(WRITES_AND_SENDS))(
  'a redrive of what is not mended that is killed at any %s, %s it took effect, still stops after its canary',
  async (request, when) => {
    await killedAtEach(request, when, async () => {
      const { world, redrive } = await parked(COUNT);
      await redrive(5, 2);
      return {
        world,
        check: () => {
          expectOneEndEach(world, ids);
          const [job] = world.jobs();
          expect(job).toMatchObject({ state: 'stopped', counts: { sent: 2, returned: 2 } });
          expect(world.groups()[0]).toMatchObject({ state: 'open', counts: { parked: COUNT, returned: 2 } });
        },
      };
    });
  },
  60_000,
);

test.each(moments(['TransactWriteItems', 'UpdateItem', 'PutEvents']))(
  'a discard that is killed at any %s, %s it took effect, discards each once and tells of it under one id',
  async (request, when) => {
    await killedAtEach(request, when, async () => {
      const { world, group } = await parked(COUNT);
      await world.ask({ command: 'discard', group, because: 'test orders', by: 'bob' });
      return {
        world,
        check: () => {
          expectOneEndEach(world, ids);
          expect(world.jobs()[0]).toMatchObject({ state: 'finished', counts: { discarded: COUNT } });
          const told = world.events.filter(({ DetailType }) => DetailType === 'Parked Messages Discarded');
          expect(new Set(told.map(({ Detail }) => Detail)).size).toBe(1);
          expect(JSON.parse(told[0]!.Detail)).toMatchObject({ group, messages: COUNT, by: 'bob', because: 'test orders' });
        },
      };
    });
  },
  60_000,
);

test.each(moments(['TransactWriteItems', 'UpdateItem', 'DeleteMessageBatch', 'ReceiveMessage', 'PutObject']))(
  'an adoption that is killed at any %s, %s it took effect, takes each message once',
  async (request, when) => {
    await killedAtEach(request, when, async () => {
      const world = new World();
      const url = 'https://sqs.us-east-1.amazonaws.com/111122223333/old-dlq';
      for (const { id } of orders(12)) {
        const input = { QueueUrl: url, MessageBody: JSON.stringify({ id }) };
        await world.queues.send({ input, constructor: { name: 'SendMessageCommand' } });
      }
      await world.ask({ command: 'adopt', queue: 'old-dlq', by: 'ann' });
      return {
        world,
        check: () => {
          expect(world.queues.messages(url)).toEqual([]);
          expect(world.messages()).toHaveLength(12);
          expect(world.jobs()[0]).toMatchObject({ state: 'finished' });
        },
      };
    });
  },
  60_000,
);

test.each(moments(['TransactWriteItems', 'UpdateItem', 'PutEvents']))(
  'the end of an acknowledgement that is killed at any %s, %s it took effect, opens the group and rings',
  async (request, when) => {
    await killedAtEach(request, when, async () => {
      const { world, group } = await parked(2);
      const until = new Date(world.now + 3_600_000).toISOString();
      await world.ask({ command: 'acknowledge', group, until, by: 'ann' });
      const rung = world.telemetry.counts.ParkedGroupOpened!;
      return {
        world,
        check: () => {
          expect(world.groups()[0]).toMatchObject({ state: 'open', announced: true });
          expect(world.telemetry.counts.ParkedGroupOpened).toBeGreaterThan(rung);
          expect(world.jobs()[0]).toMatchObject({ state: 'finished' });
        },
      };
    });
  },
  60_000,
);

test.each(moments(['TransactWriteItems', 'SendMessageBatch', 'GetObject']))(
  'a redrive to a FIFO queue that is killed at any %s, %s it took effect, keeps the order of each message group',
  async (request, when) => {
    await killedAtEach(request, when, async () => {
      const world = new World({ fifo: true });
      await world.order(orders(COUNT), { group: ({ id }) => `g${Number(id.slice(1)) % 2}` });
      await world.settle();
      world.mended.add('no stock');
      world.handled.length = 0;
      await world.ask({ command: 'redrive', group: (await world.group()).group, rate: 5, canary: 2, by: 'ann' });
      return {
        world,
        check: () => {
          expectOneEndEach(world, ids);
          for (const rest of [0, 1]) {
            const handled = world.handled.filter((id) => Number(id.slice(1)) % 2 === rest);
            expect(handled).toEqual(ids.filter((id) => Number(id.slice(1)) % 2 === rest));
          }
        },
      };
    });
  },
  60_000,
);

test('a step that was taken for dead changes nothing of its job once another one has had it, wherever they meet', async () => {
  // Before its second request it has not taken the job yet.
  for (let n = 2; ; n++) {
    const { world, redrive } = await parked(4);
    world.mended.add('no stock');
    await redrive(2, 1);
    const execution = world.executions[0]!;
    const progress = () => {
      const { state, batch, paidUntil, step, counts } = world.jobs()[0]!;
      return { state, batch, paidUntil, step, sent: counts.sent };
    };
    let requests = 0;
    let met: ReturnType<typeof progress> | undefined;
    world.interfere = async (_request, when) => {
      if (!world.stepping || when !== 'before' || met !== undefined || ++requests !== n) return;
      // Its time is long over, and the state machine has begun the step again.
      world.now += 100_000;
      met = progress();
      await world.stepOf(execution);
      await world.settle();
      world.stepping = true;
      met = progress();
    };
    await world.settle();
    await world.stepOf(execution);
    if (met !== undefined) expect([n, progress()]).toEqual([n, met]);
    world.interfere = () => {};
    await world.run();
    expectOneEndEach(world, ids.slice(0, 4));
    expect(states(world)).toEqual(all(4, 'done'));
    if (met === undefined) return;
  }
}, 60_000);

test('a step that is repeated while the former one still runs leaves the job to it', async () => {
  const { world, redrive } = await parked(COUNT);
  world.mended.add('no stock');
  await redrive(5, 0);
  let met = false;
  world.interfere = async (request, when) => {
    if (request !== 'SendMessageBatch' || when !== 'before' || met) return;
    met = true;
    const execution = world.executions[0]!;
    await world.stepOf(execution);
    expect(execution.running).toBe(true);
    expect((execution.at - world.now) / 1000).toBeGreaterThan(10);
  };
  await world.run();
  expect(met).toBe(true);
  expect(world.queues.sent).toHaveLength(COUNT);
  expectOneEndEach(world, ids);
});

test('a step whose queue is busy for the moment goes on with what was not sent', async () => {
  const { world, redrive } = await parked(COUNT);
  world.mended.add('no stock');
  await redrive(5, 2);
  let failures = 3;
  world.interfere = (request, when) => {
    if (request === 'SendMessageBatch' && when === 'before' && failures-- > 0) throw new Killed();
  };
  await world.run();
  expectOneEndEach(world, ids);
  expect(states(world)).toEqual(all(COUNT, 'done'));
});
