import type { DeskRequest } from '../../../lib/blocks/parking-contract';
import { DeskError } from '../../../lib/runtime/parking/desk-error';
import { all, expectOneEndEach, orders, parked, states } from './parked';
import { Killed, World } from './world';

const ids = (count: number) => orders(count).map(({ id }) => id);
const audit = async (world: World) => (await world.ask({ command: 'audit' })).entries;
const text = (data: object | string) => ({ encoding: 'utf8' as const, data: typeof data === 'string' ? data : JSON.stringify(data) });

test('groups are told with their counts and a sample, last seen first, and by state', async () => {
  const world = new World();
  await world.order(orders(3, 'no stock'));
  await world.settle();
  await world.order([{ id: 'p1', fault: 'no price' }]);
  await world.settle();
  const { groups } = await world.ask({ command: 'groups' });
  expect(groups.map(({ errorMessage, counts, state, fault }) => [errorMessage, counts.parked, state, fault])).toEqual([
    [expect.stringMatching(/^no price/), 1, 'open', 'ours'],
    [expect.stringMatching(/^no stock/), 3, 'open', 'ours'],
  ]);
  expect(groups[0]).not.toHaveProperty('announced');
  expect((await world.ask({ command: 'show', message: groups[1]!.sample })).message.group).toBe(groups[1]!.group);
  await world.ask({ command: 'ignore', group: groups[0]!.group, by: 'ann' });
  expect((await world.ask({ command: 'groups', states: ['open'] })).groups.map(({ group }) => group)).toEqual([groups[1]!.group]);
});

test('messages of a group are told page by page, in the order of their acceptance and without what only the desk needs', async () => {
  const { world, group } = await parked(7);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await world.ask({ command: 'messages', group, limit: 3, cursor });
    expect(page.messages.length).toBeLessThanOrEqual(3);
    for (const message of page.messages) {
      found.push(message.idempotencyKey!);
      expect(message).not.toHaveProperty('bodyKey');
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(found).toEqual(ids(7).map((id) => `shop#${id}`));
  expect((await world.ask({ command: 'messages', group, state: 'done' })).messages).toEqual([]);
});

test('a message is shown with its event, its attributes and what was done to it', async () => {
  const { world, group, redrive } = await parked(1);
  const [message] = world.messages();
  await world.ask({ command: 'acknowledge', group, until: new Date(world.now + 60_000).toISOString(), by: 'bob' });
  await redrive();
  const shown = await world.ask({ command: 'show', message: message!.id });
  expect(JSON.parse(shown.body.data)).toEqual({ id: 'o000', fault: 'no stock' });
  expect(shown.attributes).toMatchObject({ BreakwaterParkedAt: message!.parkedAt });
  expect(shown.history.map(({ action, by }) => [action, by])).toEqual([
    ['acknowledge', 'bob'],
    ['redrive', 'ann'],
  ]);
});

test('a plan says how many, how long, and which effects can not repeat', async () => {
  const { world, group } = await parked(5);
  const [first] = world.messages();
  world.tables.answer({
    input: {
      TableName: 'idempotency',
      Item: { id: { S: first!.idempotencyKey! }, status: { S: 'COMPLETED' }, validation: { S: 'h' } },
    },
    constructor: { name: 'PutItemCommand' },
  });
  world.ringing.add('orders-late');
  const { plan } = await world.ask({ command: 'plan', group, rate: 2, canary: 1 });
  expect(plan).toMatchObject({ messages: 5, seconds: 3, lookedAt: 5, effectStands: 1, guarded: 4, conflicting: 0, withoutKey: 0 });
  expect(plan.alarms).toEqual(['orders-late']);
});

test('of two who begin a job at once one is told who was first, and there is one job', async () => {
  const { world, group } = await parked(4);
  const both = await Promise.allSettled(['ann', 'bob'].map((by) => world.ask({ command: 'redrive', group, rate: 1, canary: 0, by })));
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  expect(refused).toHaveLength(1);
  const [job] = world.jobs();
  expect(world.jobs()).toHaveLength(1);
  expect(refused[0]).toBeInstanceOf(DeskError);
  expect(refused[0]!.message).toContain(`has a job already: ${job!.id} (redrive, planned), begun by ${job!.by}`);
  expect(world.executions).toHaveLength(1);
  expect((await audit(world)).filter(({ action }) => action === 'redrive')).toHaveLength(1);
});

test('a paused job sends nothing until it is resumed, then goes on to its end', async () => {
  const { world, redrive } = await parked(30);
  world.mended.add('no stock');
  const { job } = await redrive(5, 0);
  world.interfere = async (request, when) => {
    if (request !== 'SendMessageBatch' || when !== 'after' || world.queues.sent.length < 10) return;
    world.interfere = () => {};
    await world.ask({ command: 'pause', job: job.id, by: 'bob' });
  };
  await world.run();
  expect((await world.ask({ command: 'job', job: job.id })).job).toMatchObject({ state: 'paused', counts: { sent: 10, done: 10 } });
  expect((await world.group()).job).toBe(job.id);
  await expect(world.ask({ command: 'pause', job: job.id, by: 'bob' })).rejects.toThrow(`Job ${job.id} can not be paused: it is paused.`);
  await world.ask({ command: 'resume', job: job.id, by: 'ann' });
  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'finished', counts: { done: 30 }, executions: 2 });
  expect((await audit(world)).map(({ action, by }) => [action, by]).reverse()).toEqual([
    ['redrive', 'ann'],
    ['pause', 'bob'],
    ['resume', 'ann'],
  ]);
  expectOneEndEach(world, ids(30));
});

test('a stopped job begins nothing more, its group is free, and what it had sent comes to its end', async () => {
  const { world, redrive } = await parked(30);
  world.mended.add('no stock');
  const { job } = await redrive(5, 0);
  world.interfere = async (request, when) => {
    if (request !== 'SendMessageBatch' || when !== 'after' || world.queues.sent.length < 10) return;
    world.interfere = () => {};
    await world.ask({ command: 'stop', job: job.id, by: 'bob' });
    expect((await world.group()).job).toBeUndefined();
  };
  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'stopped', because: 'stopped by bob', counts: { sent: 10, done: 10 } });
  await expect(world.ask({ command: 'resume', job: job.id, by: 'ann' })).rejects.toThrow(
    /can not be resumed: it is stopped \(stopped by bob\)/,
  );
  expectOneEndEach(world, ids(30));
  await redrive(100, 0);
  await world.run();
  expect((await world.group()).counts).toMatchObject({ parked: 0, done: 30 });
});

test('only the messages that are named are redriven', async () => {
  const { world, redrive } = await parked(5);
  world.mended.add('no stock');
  const wanted = world
    .messages()
    .slice(1, 3)
    .map(({ id }) => id);
  const { job } = await redrive(10, 0, wanted);
  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'finished', counts: { total: 2, done: 2 } });
  expect(await world.group()).toMatchObject({ state: 'open', counts: { parked: 3, done: 2 } });
  await expect(redrive(10, 0, wanted)).rejects.toThrow(`Message ${wanted[0]} is not parked, but done.`);
});

test('a job that is driven by nobody, since the desk was killed or its execution failed, is driven again by resume', async () => {
  for (const kind of ['killed', 'failed'] as const) {
    const { world, redrive } = await parked(3);
    world.mended.add('no stock');
    if (kind === 'killed') {
      world.interfere = (request) => {
        if (request === 'StartExecution') throw new Killed();
      };
      await expect(redrive()).rejects.toThrow(Killed);
      world.interfere = () => {};
    } else {
      await redrive();
      world.executions[0]!.running = false;
    }
    const [job] = world.jobs();
    await world.run();
    expect(await world.job(job!.id)).toMatchObject({ state: 'planned' });
    await world.ask({ command: 'resume', job: job!.id, by: 'ann' });
    await world.run();
    expect(await world.job(job!.id)).toMatchObject({ state: 'finished', counts: { done: 3 } });
  }
});

test('discarding needs a reason, is told once and leaves nothing to decide', async () => {
  const { world, group } = await parked(60);
  await expect(world.ask({ command: 'discard', group, because: ' ', by: 'ann' })).rejects.toThrow(/because must say why/);
  const { job } = await world.ask({ command: 'discard', group, because: 'test orders', by: 'ann' });
  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'finished', counts: { total: 60, discarded: 60 } });
  expect(states(world)).toEqual(all(60, 'discarded'));
  const told = world.events.filter(({ DetailType }) => DetailType === 'Parked Messages Discarded');
  expect(told.map(({ Detail }) => JSON.parse(Detail))).toEqual([
    { id: expect.any(String), job: job.id, group, messages: 60, by: 'ann', because: 'test orders' },
  ]);
  expect(await world.group()).toMatchObject({ state: 'resolved', counts: { discarded: 60, parked: 0 } });
  expect((await audit(world))[0]).toMatchObject({ action: 'discard', because: 'test orders', by: 'ann', group, job: job.id });
  await expect(world.ask({ command: 'discard', group, because: 'again', by: 'ann' })).rejects.toThrow(
    `Nothing is parked in group ${group}.`,
  );
});

test('an edited event has its effect, the original is kept, and a copy that the sender sends again is the same event', async () => {
  const { world, redrive } = await parked(2);
  const [message] = world.messages();
  const original = world.objects.get(`bodies/${message!.bodyKey}`)!;
  const validated: string[] = [];
  world.validation = (payload) => {
    validated.push(JSON.parse(payload).body);
    return { Payload: '{"valid":true}' };
  };
  const edit = {
    command: 'edit',
    message: message!.id,
    body: text({ id: 'o000', fixed: true }),
    because: 'wrong stock',
    by: 'ann',
  } as const;
  const answer = await world.ask(edit);
  expect(answer).toMatchObject({ validated: 'valid', message: { edits: 1, state: 'parked' } });
  expect(JSON.parse(validated[0]!)).toMatchObject({
    breakwater: 1,
    id: 'o000',
    correlationId: 'c-o000',
    body: { data: '{"id":"o000","fixed":true}' },
  });
  const shown = await world.ask({ command: 'show', message: message!.id });
  expect(shown.body.data).toBe('{"id":"o000","fixed":true}');
  expect(shown.versions).toEqual([{ at: expect.any(String), by: 'ann', because: 'wrong stock' }]);
  expect(shown.history.at(-1)).toMatchObject({ action: 'edit', because: 'wrong stock', detail: 'valid' });
  expect(world.objects.get(`bodies/${message!.bodyKey}`)).toEqual(original);

  await redrive(10, 0, [message!.id]);
  await world.run();
  expect(world.effects()).toEqual({ o000: 1 });
  await world.put(Buffer.from(original).toString());
  await world.settle();
  expect(world.effects()).toEqual({ o000: 1 });
  expect(world.messages()).toHaveLength(2);
});

test('an edit that the worker refuses, or can not judge, is not stored', async () => {
  const { world } = await parked(1);
  const [message] = world.messages();
  const objects = world.objects.size;
  const edit = () => world.ask({ command: 'edit', message: message!.id, body: text({}), because: 'why', by: 'ann' });
  world.validation = () => ({ Payload: '{"valid":false,"error":"amount: expected number"}' });
  await expect(edit()).rejects.toThrow('The worker refuses it, so it is not stored: amount: expected number.');
  world.validation = () => ({ FunctionError: 'Unhandled', Payload: '{"errorMessage":"Task timed out after 10 seconds"}' });
  await expect(edit()).rejects.toThrow('so it is not stored: Task timed out after 10 seconds.');
  expect(world.objects.size).toBe(objects);
  expect((await world.store.message(message!.id))!.edits).toBe(0);
  world.validation = () => ({ Payload: '{"batchItemFailures":[]}' });
  await expect(edit()).resolves.toMatchObject({ validated: 'not validated' });
});

test('of two who edit a message at once one is told who was first', async () => {
  const { world } = await parked(1);
  const [message] = world.messages();
  const both = await Promise.allSettled(
    ['ann', 'bob'].map((by) => world.ask({ command: 'edit', message: message!.id, body: text({ id: 'o000', by }), because: 'why', by })),
  );
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  expect(refused).toHaveLength(1);
  const { body, versions } = await world.ask({ command: 'show', message: message!.id });
  expect(refused[0]!.message).toContain(`was edited meanwhile by ${versions[0]!.by}`);
  expect(JSON.parse(body.data)).toEqual({ id: 'o000', by: versions[0]!.by });
});

test('an event that has become too large travels by reference, one of a plain message is refused', async () => {
  const { world, redrive } = await parked(1);
  const [message] = world.messages();
  const body = text({ id: 'o000', padding: 'x'.repeat(1_100_000) });
  await world.ask({ command: 'edit', message: message!.id, body, because: 'why', by: 'ann' });
  expect((await world.ask({ command: 'show', message: message!.id })).body).toEqual(body);
  await redrive(1, 0);
  await world.run();
  expect(world.effects()).toEqual({ o000: 1 });
  expect((await world.store.message(message!.id))!.state).toBe('done');

  await world.put({ id: 'plain', fault: 'no stock' });
  await world.settle();
  const plain = world.messages().find(({ state }) => state === 'parked')!;
  await expect(world.ask({ command: 'edit', message: plain.id, body, because: 'why', by: 'ann' })).rejects.toThrow(
    /more than the .* it may have/,
  );
  await expect(world.ask({ command: 'edit', message: plain.id, body: text('\u0000'), because: 'why', by: 'ann' })).rejects.toThrow(
    /bytes that no queue takes/,
  );
});

test('a message that is on its way can not be edited', async () => {
  const { world, redrive } = await parked(1);
  world.workerRuns = false;
  const [message] = world.messages();
  await redrive();
  await world.run(() => world.queues.sent.length > 0);
  await expect(world.ask({ command: 'edit', message: message!.id, body: text({}), because: 'why', by: 'ann' })).rejects.toThrow(
    /is not parked, but sent by job redrive-/,
  );
});

test('an acknowledged group is quiet until its time, then it opens and rings again', async () => {
  const { world, group } = await parked(2);
  const rung = world.telemetry.counts.ParkedGroupOpened!;
  const until = new Date(world.now + 3_600_000).toISOString();
  const answer = await world.ask({ command: 'acknowledge', group, until, by: 'ann' });
  expect(answer.group).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'ann', until } });
  await world.order([{ id: 'o009', fault: 'no stock' }]);
  await world.settle();
  expect(world.telemetry.counts.ParkedGroupOpened).toBe(rung);
  await world.run();
  expect(world.now).toBeGreaterThanOrEqual(Date.parse(until));
  expect(await world.group()).toMatchObject({ state: 'open', announced: true });
  expect(world.telemetry.counts.ParkedGroupOpened).toBe(rung + 1);
  await expect(world.ask({ command: 'acknowledge', group, until: '2020-01-01', by: 'ann' })).rejects.toThrow(/within the next 90 days/);
  expect((await world.ask({ command: 'jobs' })).jobs).toEqual([]);
});

test('an acknowledgement that was extended, or ended by a person, does not open the group at its first time', async () => {
  const { world, group } = await parked(2);
  const at = (hours: number) => new Date(world.now + hours * 3_600_000).toISOString();
  await world.ask({ command: 'acknowledge', group, until: at(1), by: 'ann' });
  const longer = at(3);
  await world.ask({ command: 'acknowledge', group, until: longer, by: 'bob' });
  await world.run(() => world.jobs().some(({ state }) => state === 'finished'));
  expect(await world.group()).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'bob' } });
  await world.ask({ command: 'ignore', group, because: 'known', by: 'bob' });
  await world.run();
  expect(world.now).toBeGreaterThanOrEqual(Date.parse(longer));
  expect((await world.group()).state).toBe('ignored');
});

test('people resolve, ignore and open groups, each with its event and its entry in the audit list', async () => {
  const { world, group } = await parked(1);
  await expect(world.ask({ command: 'resolve', group, by: 'ann' })).rejects.toThrow(/has 1 parked messages: redrive or discard them/);
  await world.ask({ command: 'ignore', group, by: 'ann', because: 'known' });
  await world.ask({ command: 'reopen', group, by: 'bob' });
  await world.ask({ command: 'discard', group, because: 'gone', by: 'bob' });
  await world.run();
  await world.ask({ command: 'reopen', group, by: 'ann' });
  expect((await world.ask({ command: 'resolve', group, by: 'ann' })).group.state).toBe('resolved');
  const changes = world.events.filter(({ DetailType }) => DetailType === 'Parked Group Changed').map(({ Detail }) => JSON.parse(Detail));
  expect(changes.map(({ state, by }) => [state, by])).toEqual([
    ['ignored', 'ann'],
    ['open', 'bob'],
    ['resolved', 'bob'],
    ['open', 'ann'],
    ['resolved', 'ann'],
  ]);
  const entries = (await world.ask({ command: 'audit', group })).entries.map(({ action, by }) => `${action} ${by}`);
  expect(entries.reverse()).toEqual(['ignore ann', 'reopen bob', 'discard bob', 'reopen ann', 'resolve ann']);
});

test('of two who change a group at once one is told what the other one did', async () => {
  const { world, group } = await parked(1);
  const both = await Promise.allSettled([
    world.ask({ command: 'ignore', group, by: 'ann' }),
    world.ask({ command: 'acknowledge', group, until: new Date(world.now + 60_000).toISOString(), by: 'bob' }),
  ]);
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  expect(refused.map(({ message }) => message)).toEqual([
    expect.stringMatching(/was changed meanwhile: it is ignored.*Last: ignore by ann/),
  ]);
});

test('a queue of others is read until it is empty, and its messages are groups as all others', async () => {
  const world = new World();
  const url = 'https://sqs.us-east-1.amazonaws.com/111122223333/old-dlq';
  for (const { id } of orders(25)) {
    await world.queues.send({ input: { QueueUrl: url, MessageBody: JSON.stringify({ id }) }, constructor: { name: 'SendMessageCommand' } });
  }
  const { job } = await world.ask({ command: 'adopt', queue: 'old-dlq', by: 'ann' });
  await expect(world.ask({ command: 'adopt', queue: 'old-dlq', by: 'bob' })).rejects.toThrow(/has a job already.*begun by ann/);
  await expect(world.ask({ command: 'adopt', queue: 'other', by: 'bob' })).rejects.toThrow(
    /may not read the queue other. It may read: old-dlq/,
  );
  await world.run();
  expect(await world.job(job.id)).toMatchObject({ state: 'finished', counts: { taken: 25 } });
  expect(world.queues.messages(url)).toEqual([]);
  const group = await world.group();
  expect(group).toMatchObject({ errorName: 'Unknown', counts: { parked: 25 } });
  const again = await world.ask({ command: 'adopt', queue: 'old-dlq', by: 'bob' });
  expect(again.job.id).not.toBe(job.id);

  const redriven = await world.ask({ command: 'redrive', group: group.group, rate: 50, canary: 5, by: 'ann' });
  await world.run();
  expect(await world.job(redriven.job.id)).toMatchObject({ state: 'finished', counts: { sent: 25, handedOver: 25 } });
});

test.each<[DeskRequest, RegExp]>([
  [{ command: 'messages', group: 'abc' }, /There is no group abc\. There are: [0-9a-f]{12}\./],
  [{ command: 'show', message: 'abc' }, /There is no parked message abc/],
  [{ command: 'job', job: 'redrive-1' }, /There is no job redrive-1/],
  [
    { command: 'redrive', group: 'abc', rate: 0, canary: 0, by: 'ann' },
    /The rate must be between one message a minute and 100 a second, given 0/,
  ],
  [{ command: 'redrive', group: 'abc', rate: 1, canary: -1, by: 'ann' }, /The canary must be a whole number of messages/],
  [{ command: 'pause', job: 'redrive-1', by: '' }, /by must say who does it/],
  [{ command: 'fly' } as never, /The desk knows no command "fly", but groups,/],
])('%j is refused in words', async (request, message) => {
  const { world } = await parked(1);
  const refused = world.ask(request as never);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toBeInstanceOf(DeskError);
});
