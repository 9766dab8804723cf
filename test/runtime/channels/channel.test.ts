import { marshall } from '@aws-sdk/util-dynamodb';
import { NotSentError, PermanentError, RefusedError } from '../../../lib/runtime';
import { readUnsubscribeToken } from '../../../lib/runtime/channels/unsubscribe-token';
import { deterministicId } from '../../../lib/runtime/deterministic-id';
import { suppressionKey } from '../../../lib/runtime/notifications/store/keys';
import { SuppressionSource, suppressionUpdate } from '../../../lib/runtime/notifications/store/suppressed-addresses';
import { ADDRESS } from './messages';
import { ChannelWorld, START } from './world';

function suppress(world: ChannelWorld, address = ADDRESS, source = SuppressionSource.provider('email')): void {
  const { Key, ...update } = suppressionUpdate('fanout', source, [{ address, reason: 'bounce' }]);
  world.update({
    ...update,
    Key: marshall(Key),
    ExpressionAttributeValues: marshall(update.ExpressionAttributeValues ?? {}),
  });
}

describe('a message of a channel', () => {
  test('is rendered, sent once, and written down', async () => {
    const world = new ChannelWorld({ publish: true });
    world.plan();
    await world.receive();
    expect(world.sent).toEqual([
      {
        ...{
          channel: 'email',
          address: ADDRESS,
          rule: 'order-shipped',
          category: 'orders',
          lane: 'transactional',
        },
        recipient: { id: 'ann', data: { name: 'Ann' } },
        content: { subject: 'Order 7', text: 'Order 7 left, Ann.' },
        variables: {
          order: 7,
          recipient: { id: 'ann', name: 'Ann' },
          count: 1,
          events: [{ order: 7 }],
        },
        idempotencyKey: deterministicId('occurrence-1#ann#email', 'send'),
        ...{ occurrence: 'occurrence-1', events: ['event-of-occurrence-1'] },
      },
    ]);
    expect(world.message()).toMatchObject({
      status: 'sent',
      reason: 'sent: by only, provider-1',
      at: START,
    });
    expect(world.delivery().timeline.map(({ status }) => status)).toEqual(['queued', 'sent']);
    expect(world.item({ pk: 'DELIVERY#occurrence-1#ann' })).toMatchObject({
      outbox: { detailType: 'NotificationDeliveryChanged' },
    });
    expect(world.telemetry.counts).toMatchObject({
      'NotificationsSent:email': 1,
      NotificationSendTime: 2_000,
      Done: 1,
    });
    expect(world.queue).toEqual([]);
  });

  test('is sent once however often it is repeated, side by side and later', async () => {
    const world = new ChannelWorld();
    const record = world.plan();
    world.queue.push({ ...record, messageId: 'copy-1' }, { ...record, messageId: 'copy-2' });
    await Promise.all([world.receive(), world.receive()]);
    await world.settle();
    world.queue.push({ ...record, messageId: 'copy-3' });
    await world.settle();
    expect(world.sent).toHaveLength(1);
  });

  test.each([
    ['cancelled', { event: { state: 'cancelled' as const } }, 'cancelled', 'cancelled: the event was'],
    ['whose recipient is gone', { profile: null }, 'no_address', 'address: the recipient is not known'],
    ['whose address is gone', { profile: { addresses: {} } }, 'no_address', 'address: none for email'],
    ['whose event is not kept any more', { event: null }, 'failed', 'event: it is not kept any more'],
    ['whose recipient lacks a variable', { profile: { data: {} } }, 'failed', 'template: {{recipient.name}} has no value'],
  ])('%s ends before anything is sent', async (_name, planned, status, reason) => {
    const world = new ChannelWorld();
    world.plan(planned);
    await world.receive();
    expect(world.message()).toMatchObject({ status, reason });
    expect([world.sent, world.queue, world.parked]).toEqual([[], [], []]);
  });

  test('is not sent to an address that was suppressed after it was planned, in whatever case it is written', async () => {
    const world = new ChannelWorld();
    world.plan();
    suppress(world, ADDRESS.toUpperCase());
    await world.receive();
    expect(world.message()).toMatchObject({
      status: 'suppressed',
      reason: 'suppression: bounce',
    });
    expect(world.telemetry.counts).toMatchObject({
      'NotificationsSuppressed:email': 1,
    });
    expect(world.sent).toEqual([]);
  });

  test.each(['held', 'digest', 'sent', 'delivered', 'cancelled', 'suppressed'] as const)('that is %s is left alone', async (status) => {
    const world = new ChannelWorld();
    world.plan({ status });
    await world.receive();
    expect([world.sent, world.queue, world.message().status]).toEqual([[], [], status]);
  });

  test('of a digest lists its events, but for those that were cancelled', async () => {
    const world = new ChannelWorld({
      rules: {},
      templates: {
        shipped: {
          email: {
            subject: '{{count}} orders',
            text: '{{#events}}{{order}};{{/events}}',
          },
        },
      },
    });
    for (const [index, state] of (['done', 'cancelled', 'done'] as const).entries()) {
      world.putEvent({
        id: `e${index}`,
        occurrence: `o${index}`,
        state,
        payload: { order: index },
      });
    }
    const events = [0, 1, 2].map((index) => ({
      id: `e${index}`,
      occurrence: `o${index}`,
    }));
    const digest = {
      channel: 'email',
      rule: 'order-shipped',
      key: null,
      opens: START,
      flush: START,
      at: START,
      events,
    };
    world.plan({ delivery: { digest }, event: null });
    await world.receive();
    expect(world.sent[0]).toMatchObject({
      content: { subject: '2 orders', text: '0;2;' },
      events: ['e0', 'e2'],
    });
    expect(world.telemetry.counts.NotificationSendTime).toBeUndefined();
  });

  test('carries a link to unsubscribe, whose token names recipient, channel and category', async () => {
    const world = new ChannelWorld({ settings: { unsubscribe: true } });
    world.plan();
    await world.receive();
    const url = new URL(world.sent[0]!.unsubscribeUrl!);
    expect(url.origin + url.pathname).toBe('https://n.example.org/unsubscribe');
    expect(readUnsubscribeToken(url.searchParams.get('token')!, ['a secret'])).toEqual({
      recipient: 'ann',
      channel: 'email',
      category: 'orders',
    });
    expect(world.sent[0]!.variables.unsubscribeUrl).toBe(url.href);
  });

  test.each(['{}', '[]', 'null', '{"occurrence":"o","recipient":"r","channel":"c"}'])('that is none is parked: %s', async (body) => {
    const world = new ChannelWorld();
    world.queue.push({ ...world.plan(), body });
    world.queue.shift();
    await world.receive();
    expect(world.parked).toHaveLength(1);
    expect(world.sent).toEqual([]);
  });

  test('of a rule that was taken back is parked, and stays queued', async () => {
    const world = new ChannelWorld({ rules: { rules: [] } });
    world.plan();
    await world.receive();
    expect([world.parked.length, world.message().status]).toEqual([1, 'queued']);
  });
});

describe('what the provider says', () => {
  test('refused for good: the message has failed, is not parked and never asked for again', async () => {
    const world = new ChannelWorld();
    const record = world.plan();
    let asked = 0;
    world.provider = async () => {
      asked++;
      throw new RefusedError('content: too long');
    };
    await world.receive();
    world.queue.push(record);
    await world.settle();
    expect(world.message()).toMatchObject({
      status: 'failed',
      reason: 'content: too long',
    });
    expect([asked, world.parked]).toEqual([1, []]);
    expect(world.telemetry.counts).toMatchObject({
      'NotificationsFailed:email': 1,
    });
  });

  test('the address is gone: nothing more is sent to it on this channel', async () => {
    const world = new ChannelWorld();
    world.plan();
    world.provider = () => Promise.reject(new RefusedError('gone: nobody lives here', { suppress: true }));
    await world.receive();
    expect(world.item({ pk: suppressionKey(ADDRESS).pk })).toMatchObject({
      'by#provider:email': [{ channel: 'email', reason: 'gone' }],
    });
    world.provider = async () => undefined;
    world.plan({ occurrence: 'occurrence-2' });
    await world.receive();
    expect(world.message('ann', 'occurrence-2')).toMatchObject({
      status: 'suppressed',
      reason: 'suppression: gone',
    });
  });

  test('a fault of ours: parked, and sent once it was mended and sent back', async () => {
    const world = new ChannelWorld();
    const record = world.plan();
    world.provider = () => Promise.reject(new PermanentError('no sender'));
    await world.receive();
    expect([world.parked.length, world.message().status]).toEqual([1, 'queued']);
    const attributes = world.parked[0]!.MessageAttributes as Record<string, { StringValue: string }>;
    world.provider = async () => undefined;
    world.queue.push({
      ...record,
      messageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, { StringValue }]) => [name, { dataType: 'String', stringValue: StringValue }]),
      ),
    });
    await world.settle();
    expect([world.sent.length, world.message().status]).toEqual([1, 'sent']);
  });

  test('nothing for a while: retried, and sent once it works', async () => {
    const world = new ChannelWorld();
    world.plan();
    let down = 3;
    world.provider = async () => {
      if (down-- > 0) throw new NotSentError('down');
      return { id: 'p' };
    };
    await expect(world.settle()).resolves.toBe(4);
    expect([world.sent.length, world.message().status]).toEqual([1, 'sent']);
  });

  test('nothing for longer than the budget: parked, and stays queued', async () => {
    const world = new ChannelWorld();
    world.plan();
    world.provider = () => Promise.reject(new NotSentError('down'));
    await expect(world.settle()).resolves.toBe(5);
    expect([world.parked.length, world.message().status]).toEqual([1, 'queued']);
  });
});

describe('an outcome that nobody knows', () => {
  const lost = () => Promise.reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' }));

  test('is parked at once, and the delivery says so', async () => {
    const world = new ChannelWorld({ publish: true });
    world.plan();
    world.provider = lost;
    await expect(world.settle()).resolves.toBe(1);
    expect(world.parked).toMatchObject([
      {
        MessageAttributes: {
          BreakwaterErrorName: { StringValue: 'UnknownOutcomeError' },
        },
      },
    ]);
    expect(world.message()).toMatchObject({ status: 'unknown' });
    expect(world.delivery().timeline.map(({ status }) => status)).toEqual(['queued', 'unknown']);
  });

  test('stays parked when it is sent back, for nobody knows more, also when its address is suppressed by now', async () => {
    const world = new ChannelWorld();
    const record = world.plan();
    world.provider = lost;
    await world.settle();
    for (const suppressed of [false, true]) {
      if (suppressed) suppress(world);
      const { BreakwaterParkedAt } = world.parked.at(-1)!.MessageAttributes as Record<string, { StringValue: string }>;
      world.queue.push({
        ...record,
        messageAttributes: {
          BreakwaterParkedAt: {
            dataType: 'String',
            stringValue: BreakwaterParkedAt!.StringValue,
          },
        },
      });
      world.provider = async () => undefined;
      world.pass(1_000_000);
      await world.settle();
      expect([world.sent, world.message().status]).toEqual([[], 'unknown']);
    }
    expect(world.parked).toHaveLength(3);
  });

  test('is sent again with the same key where the channel says so', async () => {
    const world = new ChannelWorld({
      settings: { unknownOutcome: 'sendAgain' },
    });
    world.plan();
    const keys: string[] = [];
    world.provider = async ({ idempotencyKey }) => {
      keys.push(idempotencyKey);
      return keys.length < 3 ? lost() : { id: 'p' };
    };
    await expect(world.settle()).resolves.toBe(3);
    expect([keys.length, new Set(keys).size, world.message().status, world.parked]).toEqual([3, 1, 'sent', []]);
  });

  test('is said to be one when it was sent again until the budget was spent', async () => {
    const world = new ChannelWorld({ settings: { unknownOutcome: 'sendAgain' } });
    world.plan();
    let calls = 0;
    world.provider = async () => {
      calls++;
      return lost();
    };
    await expect(world.settle()).resolves.toBe(5);
    expect([calls, world.parked.length, world.message().status]).toEqual([5, 1, 'unknown']);
  });

  test.each([true, false])('is found out where the provider can be asked: it went out: %s', async (done) => {
    const world = new ChannelWorld({
      resolution: {
        confirm: async () =>
          done
            ? {
                done,
                result: { kind: 'sent', provider: 'p', failover: false },
              }
            : { done },
      },
    });
    world.plan();
    let calls = 0;
    world.provider = async () => (calls++ === 0 ? lost() : undefined);
    await world.settle();
    expect([calls, world.message().status, world.parked]).toEqual([done ? 1 : 2, 'sent', []]);
  });
});

describe('a function that dies at any of its requests', () => {
  const deaths = Array.from({ length: 8 }, (_, index) => index + 1).flatMap((nth) => [[nth, 'before'] as const, [nth, 'after'] as const]);

  test.each(deaths)('request %i, %s it: the message is not sent twice, and not forgotten', async (nth, when) => {
    for (const policy of ['park', 'sendAgain'] as const) {
      const world = new ChannelWorld({
        settings: { unknownOutcome: policy, ratePerSecond: 100 },
      });
      world.plan();
      await world.receiveAndDie(nth, when);
      await world.settle();
      const { status } = world.message();
      if (policy === 'park') {
        expect(world.sent.length).toBeLessThanOrEqual(1);
        // Not known is only what was begun and has no answer.
        expect([world.parked.length, status]).toEqual(status === 'unknown' ? [1, 'unknown'] : [0, 'sent']);
        if (status === 'sent') expect(world.sent).toHaveLength(1);
      } else {
        expect([world.parked.length, status]).toEqual([0, 'sent']);
        expect(new Set(world.sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
      }
    }
  });

  test('these are all of them: a message that is sent takes seven', async () => {
    const world = new ChannelWorld({ settings: { ratePerSecond: 100 } });
    world.plan();
    await world.receive();
    expect(world.requests).toBe(7);
    expect(world.requestsByKind).toEqual({
      BatchGetItem: 2,
      UpdateItem: 2,
      TransactWriteItems: 2,
    });
  });
});

test('a batch of ten shares its reads, its places and its transaction', async () => {
  const world = new ChannelWorld({ settings: { ratePerSecond: 1_000 } });
  for (let index = 0; index < 10; index++)
    world.plan({
      recipient: `r${index}`,
      profile: { addresses: { email: `r${index}@example.com` } },
    });
  const worker = world.worker();
  await world.receive(worker);
  expect(world.sent).toHaveLength(10);
  expect(world.requestsByKind).toMatchInlineSnapshot(`
   {
     "BatchGetItem": 2,
     "TransactWriteItems": 11,
     "UpdateItem": 11,
   }
  `);
});

test('what gets no place in the time that is left goes back, later and without an attempt spent, until all are sent', async () => {
  const world = new ChannelWorld({ settings: { ratePerSecond: 10 } });
  for (let index = 0; index < 20; index++)
    world.plan({ recipient: `r${index}`, profile: { addresses: { email: `r${index}@example.com` } } });
  const bySecond: number[] = [];
  for (let receives = 1; world.queue.length > 0; receives++) {
    expect(receives).toBeLessThan(10);
    const before = world.sent.length;
    await world.receive(world.worker(), 2_000);
    bySecond.push(world.sent.length - before);
    world.pass(10_000);
  }
  // Three quarters of a second may be waited for.
  expect(Math.max(...bySecond)).toBeLessThanOrEqual(8);
  expect(world.sent).toHaveLength(20);
  expect(world.parked).toEqual([]);
  expect(world.telemetry.counts.Retried).toBeUndefined();
});

describe('logs, metrics and what is kept', () => {
  test.each<[string, () => Promise<never>]>([
    ['that quotes it', () => Promise.reject(new Error(`no such user ${ADDRESS}`))],
    ['whose cause does', () => Promise.reject(new NotSentError('down', { cause: new Error(`RCPT TO ${ADDRESS}`) }))],
    ['that refuses it', () => Promise.reject(new RefusedError(`address: ${ADDRESS}`, { suppress: true }))],
  ])('tell no address, whatever is sent or thrown: an error %s', async (_name, provider) => {
    const world = new ChannelWorld({ publish: true });
    const line = jest.fn();
    world.plan();
    world.provider = provider;
    await world.settle();
    world.plan({ occurrence: 'occurrence-2' });
    world.provider = async () => ({ id: 'p' });
    await world.settle();
    line(world.telemetry.lines.map(({ extra, message }) => [message, extra, ...errorsOf(extra)]));
    const told = JSON.stringify([
      line.mock.calls,
      world.telemetry.counts,
      world.telemetry.segments,
      world.parked,
      world.delivery(),
      world.item({ pk: suppressionKey(ADDRESS).pk }),
    ]);
    expect(told).toContain('occurrence');
    expect(told).not.toContain('ann.bell');
  });
});

/** What the log formatter prints of an error. */
function errorsOf(extra: unknown): string[] {
  const found: string[] = [];
  for (let error = (extra as { error?: Error } | undefined)?.error; error instanceof Error; error = error.cause as Error) {
    found.push(`${error.name} ${error.message} ${error.stack}`);
  }
  return found;
}
