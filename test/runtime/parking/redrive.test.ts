import fc from 'fast-check';
import { PARKED_BODY_PREFIX } from '../../../lib/blocks/parking-contract';
import { all, expectCountsToHold, orders, parked, states } from './parked';
import { SETTLED_WITHIN_SECONDS, World } from './world';

test('a group that was mended is redriven: the canary, then the rest, and each has its effect once', async () => {
  const { world, group, redrive } = await parked(30);
  world.mended.add('no stock');
  const { job } = await redrive(10, 5);
  expect(job).toMatchObject({ state: 'planned', by: 'ann', rate: 10, canary: 5, counts: { total: 30, sent: 0 } });

  await world.run(() => world.queues.sent.length > 0);
  expect(await world.job(job.id)).toMatchObject({ state: 'canary', counts: { sent: 5 } });
  expect(world.queues.sent).toHaveLength(5);

  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'finished', counts: { total: 30, sent: 30, done: 30, returned: 0 } });
  expect(states(world)).toEqual(all(30, 'done'));
  expect(Object.values(world.effects())).toEqual(all(30, 1));
  const resolved = await world.group();
  expect(resolved).toMatchObject({ group, state: 'resolved', counts: { parked: 0, done: 30 } });
  expect(resolved.job).toBeUndefined();
  expect(world.events.map(({ DetailType, Detail }) => [DetailType, JSON.parse(Detail).state])).toEqual([
    ['Parked Group Changed', 'resolved'],
  ]);
  expectCountsToHold(world);
});

test('a canary that comes back with the same fingerprint stops the job, and the rest stays parked', async () => {
  const { world, redrive } = await parked(30);
  const { job } = await redrive(10, 4);
  await world.run();
  expect(await world.job(job.id)).toMatchObject({
    state: 'stopped',
    because: '4 of 4 of the canary came back with the same fingerprint',
    counts: { sent: 4, done: 0, returned: 4 },
  });
  expect(world.queues.sent).toHaveLength(4);
  const group = await world.group();
  expect(group).toMatchObject({ state: 'open', counts: { parked: 30, returned: 4, sent: 0, sending: 0 } });
  expect(group.job).toBeUndefined();
  const returned = world.messages().filter(({ state }) => state === 'returned');
  for (const former of returned) expect((await world.store.message(former.later!))?.former).toBe(former.id);
  expectCountsToHold(world);
});

test('a canary that comes back with another fingerprint stops the job as well', async () => {
  const world = new World();
  await world.order(orders(6, 'no stock'));
  await world.settle();
  const { group } = await world.group();
  for (const [key, body] of world.objects)
    world.objects.set(key, Buffer.from(Buffer.from(body).toString().replaceAll('no stock', 'no price')));
  const { job } = await world.ask({ command: 'redrive', group, rate: 10, canary: 2, by: 'ann' });
  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'stopped', because: '2 of 2 of the canary came back, with another fingerprint' });
});

test('a message that comes back while the rest is sent stops the job: nothing is begun once the intake knows of it', async () => {
  const { world, redrive } = await parked(40);
  const { job } = await redrive(10, 0);
  // The worker and the intake are as fast as the job.
  world.interfere = (request, when) => {
    if (request === 'SendMessageBatch' && when === 'after') pending.push(world.settle());
  };
  const pending: Promise<void>[] = [];
  await world.run();
  await Promise.all(pending);
  const stopped = await world.job(job.id);
  expect(stopped).toMatchObject({ state: 'stopped', sameFingerprint: stopped.counts.returned });
  expect(stopped.counts.sent).toBeLessThanOrEqual(20);
  expect(stopped.counts.sent).toBe(stopped.counts.returned + stopped.counts.done);
});

test('nothing is begun any more once a return is noted, wherever in a step that happens', async () => {
  for (let n = 1; ; n++) {
    const { world, redrive } = await parked(12);
    const { job } = await redrive(3, 0);
    let writes = 0;
    let sent: number | undefined;
    world.interfere = async (request, when) => {
      if (!world.stepping || request !== 'TransactWriteItems' || when !== 'before' || sent !== undefined || ++writes < n) return;
      world.stepping = false;
      await world.settle();
      world.stepping = true;
      const { counts } = await world.job(job.id);
      if (counts.returned > 0) sent = counts.sent;
    };
    await world.run();
    const { state, counts } = await world.job(job.id);
    expect(state).toBe('stopped');
    if (sent !== undefined) expect([n, counts.sent]).toEqual([n, sent]);
    if (writes < n) return;
  }
}, 20_000);

test('an alarm that rings stops the job before it sends anything, and after its canary', async () => {
  const { world, redrive } = await parked(20);
  world.mended.add('no stock');
  world.ringing.add('orders-late');
  const first = await redrive(10, 5);
  await world.run();
  expect(await world.job(first.job.id)).toMatchObject({ state: 'stopped', because: 'orders-late rings', counts: { sent: 0 } });

  world.ringing.clear();
  const second = await redrive(10, 5);
  await world.run(() => world.queues.sent.length === 5);
  world.ringing.add('orders-late');
  await world.run();
  expect(await world.job(second.job.id)).toMatchObject({ state: 'stopped', because: 'orders-late rings', counts: { sent: 5, done: 5 } });
});

test('a canary without an end in the time of all attempts stops the job, and its ends are seen when they come', async () => {
  const { world, redrive } = await parked(10);
  world.mended.add('no stock');
  world.workerRuns = false;
  const { job } = await redrive(10, 3);
  const begun = world.now;
  const state = () => world.jobs()[0]!;
  await world.run(() => state().state === 'stopped');
  expect((world.now - begun) / 1000).toBeGreaterThan(SETTLED_WITHIN_SECONDS);
  expect((await world.job(job.id)).because).toMatch(/3 of 3 of the canary have no end in the time/);
  expect((await world.group()).job).toBeUndefined();
  world.workerRuns = true;
  await world.run();
  expect((await world.job(job.id)).counts).toMatchObject({ sent: 3, done: 3 });
  expectCountsToHold(world);
});

test('messages whose effect nobody can see are handed over when they did not come back in time', async () => {
  const { world, redrive } = await parked(3, { lot: { idempotencyTable: undefined } });
  world.mended.add('no stock');
  const { job } = await redrive(10, 2);
  const begun = world.now;
  await world.run();
  expect((world.now - begun) / 1000).toBeGreaterThan(SETTLED_WITHIN_SECONDS);
  expect(await world.job(job.id)).toMatchObject({ state: 'finished', counts: { sent: 3, handedOver: 3, done: 0 } });
  expect(states(world)).toEqual(all(3, 'handed_over'));
});

test('a message whose effect had happened is done by its redrive, and has no second effect', async () => {
  const { world, redrive } = await parked(2);
  world.mended.add('no stock');
  // A copy that an operator took out of the queue by hand had the effect already.
  const message = world.messages()[0]!;
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).map(([name, { type, text }]) => [name, { DataType: type, StringValue: text }]),
  );
  const body = Buffer.from(world.objects.get(`bodies/${message.bodyKey}`)!).toString();
  await world.queues.send({
    input: { QueueUrl: world.lot.targetUrl, MessageBody: body, MessageAttributes: attributes },
    constructor: { name: 'SendMessageCommand' },
  });
  await world.settle();
  expect(Object.values(world.effects())).toEqual([1]);
  const { job } = await redrive();
  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'finished', counts: { done: 2 } });
  expect(Object.values(world.effects())).toEqual([1, 1]);
});

test('an event in conflict with another one under its key is not taken for done by what that one has done', async () => {
  const world = new World();
  await world.order([{ id: 'o1' }]);
  await world.settle();
  await world.order([{ id: 'o1', fault: 'no stock' }]);
  await world.settle();
  const { group } = await world.group();
  const { job } = await world.ask({ command: 'redrive', group, rate: 1, canary: 0, by: 'ann' });
  world.workerRuns = false;
  await world.run(() => world.steps > 3);
  expect((await world.job(job.id)).counts).toMatchObject({ sent: 1, done: 0 });
  world.workerRuns = true;
  await world.run();
  expect((await world.job(job.id)).counts).toMatchObject({ sent: 1, done: 0, returned: 1 });
});

test('it never sends more than its rate and one batch', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0.5, 1, 3, 7, 20, 100),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 3_000, max: 60_000 }),
      async (rate, canary, remaining) => {
        const { world, redrive } = await parked(25, { remaining });
        world.mended.add('no stock');
        await redrive(rate, canary);
        await world.run(undefined, 5_000);
        const { sent } = world.queues;
        expect(sent).toHaveLength(25);
        for (const [index, { at }] of sent.entries()) {
          expect(index + 1).toBeLessThanOrEqual((rate * (at - sent[0]!.at)) / 1000 + Math.max(1, Math.min(10, Math.floor(rate))) + 1e-6);
        }
      },
    ),
    { numRuns: 12 },
  );
}, 20_000);

test('messages of one group of a FIFO queue are handled in the order in which they were accepted', async () => {
  const world = new World({ fifo: true });
  await world.order(orders(40), { group: ({ id }) => `g${Number(id.slice(1)) % 3}` });
  await world.settle();
  world.mended.add('no stock');
  world.handled.length = 0;
  const { group } = await world.group();
  await world.ask({ command: 'redrive', group, rate: 100, canary: 4, by: 'ann' });
  await world.run();
  for (const rest of [0, 1, 2]) {
    const handled = world.handled.filter((id) => Number(id.slice(1)) % 3 === rest);
    expect(handled).toEqual([...handled].sort());
  }
  expect(new Set(world.handled).size).toBe(40);
});

test('a message that the queue refuses is parked again, and the job stops and names it', async () => {
  const { world, redrive } = await parked(3);
  world.mended.add('no stock');
  const [, bad] = world.messages();
  world.objects.delete(`bodies/${bad!.bodyKey}`);
  const { job } = await redrive(10, 0);
  await world.run();
  expect(await world.job(job.id)).toMatchObject({
    state: 'stopped',
    because: `message ${bad!.id} can not be sent: its body is gone`,
    counts: { sent: 2, done: 2 },
  });
  expect((await world.store.message(bad!.id))?.state).toBe('parked');
  expectCountsToHold(world);
});

test('a claimed body lies in the claim bucket again before its message is sent', async () => {
  const world = new World();
  const event = Buffer.from(JSON.stringify({ id: 'large', fault: 'no stock', padding: 'x'.repeat(1_200_000) }));
  const sha256 = (await import('node:crypto')).createHash('sha256').update(event).digest('hex');
  world.objects.set('claims/claims/shop/large', event);
  await world.order([{ id: 'large' }], { envelope: { body: undefined, claim: { key: 'claims/shop/large', bytes: event.length, sha256 } } });
  await world.settle();
  world.objects.delete('claims/claims/shop/large');
  world.mended.add('no stock');
  const { group } = await world.group();
  await world.ask({ command: 'redrive', group, rate: 1, canary: 0, by: 'ann' });
  await world.run();
  expect(states(world)).toEqual(['done']);
  expect(world.effects()).toEqual({ large: 1 });
});

test('bodies of a megabyte go out in requests that the queue takes', async () => {
  const world = new World();
  const large = orders(3).map((order) => ({ ...order, padding: 'x'.repeat(900_000) }));
  await world.order(large);
  await world.settle();
  world.mended.add('no stock');
  const { group } = await world.group();
  await world.ask({ command: 'redrive', group, rate: 10, canary: 0, by: 'ann' });
  await world.run();
  expect(states(world)).toEqual(all(3, 'done'));
  expect([...world.objects.keys()].every((key) => key.startsWith(`bodies/${PARKED_BODY_PREFIX}`))).toBe(true);
});
