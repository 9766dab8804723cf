import { NotSentError, PermanentError, RefusedError, RetryAfterError } from '../../../lib/runtime';
import type { ChannelAdapter } from '../../../lib/runtime/channels/contract';
import { sendByOneOf } from '../../../lib/runtime/channels/failover';
import { outgoing } from './messages';
import { ChannelWorld } from './world';

const works: ChannelAdapter = async () => ({ id: 'x' });
const lost = () => Promise.reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' }));

async function asked(first: ChannelAdapter): Promise<{ readonly second: boolean; readonly result: unknown }> {
  let second = false;
  const providers = [
    { name: 'first', send: first },
    {
      name: 'second',
      send: async () => {
        second = true;
        return { id: 'y' };
      },
    },
  ];
  const result = await sendByOneOf(providers, outgoing()).catch((error: unknown) => error);
  return { second, result };
}

describe('the next provider', () => {
  test.each<[string, () => Promise<never>]>([
    ['was not sent', () => Promise.reject(new NotSentError('down'))],
    ['is not taken now', () => Promise.reject(new RetryAfterError(30))],
    ['never left, for want of a connection', () => Promise.reject(Object.assign(new Error(), { code: 'ECONNREFUSED' }))],
    ['was refused with 403', () => Promise.reject(Object.assign(new Error(), { status: 403 }))],
  ])('is asked when the message %s', async (_name, first) => {
    await expect(asked(first)).resolves.toEqual({ second: true, result: { id: 'y', provider: 'second', failover: true } });
  });

  test.each<[string, () => Promise<never>]>([
    ['may have gone out', lost],
    ['got 500', () => Promise.reject(Object.assign(new Error(), { status: 500 }))],
    ['will never do', () => Promise.reject(new RefusedError('content: no'))],
    ['meets a fault of ours', () => Promise.reject(new PermanentError('no sender'))],
  ])('is not asked when the message %s', async (_name, first) => {
    const { second, result } = await asked(first);
    expect(second).toBe(false);
    expect(result).toBeInstanceOf(Error);
  });

  test('is not asked when the first one works', async () => {
    await expect(asked(works)).resolves.toEqual({ second: false, result: { id: 'x', provider: 'first', failover: false } });
  });
});

describe('a channel with two providers', () => {
  /** Of which the first fails as long as it is told to. */
  function channel() {
    const world = new ChannelWorld();
    const calls = { first: 0, second: 0 };
    const state = { down: true, secondDown: false };
    const senders = () => [
      {
        name: 'first',
        send: async () => {
          calls.first++;
          if (state.down) throw new NotSentError('down');
          return { id: 'by-first' };
        },
      },
      {
        name: 'second',
        send: async () => {
          calls.second++;
          if (state.secondDown) throw new NotSentError('down too');
          return { id: 'by-second' };
        },
      },
    ];
    let planned = 0;
    const send = async (worker: ReturnType<ChannelWorld['worker']>) => {
      const occurrence = `o${planned++}`;
      world.plan({ occurrence });
      await world.receive(worker);
      return world.message('ann', occurrence).reason;
    };
    return { world, calls, state, worker: () => world.worker({ senders }), send };
  }

  test('goes on with the second while the first fails, hardly asks the first, and goes back to it once it works', async () => {
    const { world, calls, state, worker, send } = channel();
    const [one, other] = [worker(), worker()];
    for (let message = 0; message < 30; message++) expect(await send(message % 2 === 0 ? one : other)).toBe('sent: by second, by-second');
    expect(calls.second).toBe(30);
    expect(calls.first).toBeLessThanOrEqual(10);
    expect(world.telemetry.counts).toMatchObject({ 'NotificationFailovers:email': 30, 'NotificationsSent:email': 30 });

    world.pass(10_000);
    const before = calls.first;
    for (let message = 0; message < 10; message++) await send(one);
    // One of them tried it, in vain: it is left alone for twice as long.
    expect(calls.first).toBe(before + 1);
    state.down = false;
    world.pass(20_000);
    expect(await send(other)).toBe('sent: by first, by-first');
    world.pass(1_000);
    expect(await send(one)).toBe('sent: by first, by-first');
  });

  test('keeps a message that no provider takes, and sends it once one does', async () => {
    const { world, state, worker } = channel();
    state.secondDown = true;
    world.plan();
    const one = worker();
    for (let attempt = 0; attempt < 3; attempt++) {
      await world.receive(one);
      world.pass(1_000);
    }
    expect([world.queue.length, world.message().status]).toEqual([1, 'queued']);
    state.secondDown = false;
    world.pass(300_000);
    await world.receive(one);
    expect([world.queue.length, world.message().status]).toEqual([0, 'sent']);
  });
});

test('a channel with one provider has no breaker: its failures are what the retry budget is for', async () => {
  const world = new ChannelWorld();
  world.provider = () => Promise.reject(new NotSentError('down'));
  for (let index = 0; index < 20; index++) world.plan({ occurrence: `o${index}` });
  await world.receive();
  expect(world.requestsByKind.GetItem).toBeUndefined();
  world.provider = async () => ({ id: 'x' });
  await world.receive();
  expect(world.sent).toHaveLength(20);
});
