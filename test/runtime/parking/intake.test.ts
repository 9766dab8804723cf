import { CLAIM_PREFIX, ParkedAttribute } from '../../../lib/blocks/contract';
import { SchemaError } from '../../../lib/runtime';
import { sha256 } from '../../../lib/runtime/message/message';
import { groupKey } from '../../../lib/runtime/parking/items';
import { envelope, NOW, sqsRecord } from '../worker/worker-bench';
import { IntakeBench, LOT, lot, moved, parked } from './intake-bench';

const KEY = 'stripe#evt_1';
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

test('a parked message is stored with its cause, and its body byte for byte', async () => {
  const bench = new IntakeBench();
  const body = envelope({ amount: 5 }, { attributes: { contractVersion: '2' } });
  const messageAttributes = {
    tenant: { dataType: 'String', stringValue: 'acme' },
    seal: { dataType: 'Binary', binaryValue: 'AAH/' },
  } as const;
  const record = parked({ body, key: KEY, messageAttributes, group: 'g-1', traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793' });
  expect(await bench.run(record)).toEqual([]);

  const message = bench.message();
  expect(message).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    group: bench.group().group,
    ...{ lot: LOT, state: 'parked', parkedAt: at(0), acceptedAt: '2026-05-01T11:59:58.000Z', expiresAt: at(90 * 24 * 60 * 60) },
    ...{ reason: 'permanent', errorName: 'Error', errorMessage: 'no such account', handler: 'record-payment', attempt: 3 },
    ...{ idempotencyKey: KEY, correlationId: 'correlation-1', traceId: '1-5759e988-bd862e3fe1be46a994272793', messageGroupId: 'g-1' },
    traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    payloadHash: sha256(Buffer.from('{"amount":5}')),
    ...{ bodyKey: `bodies/${message.id}/0`, bodyBytes: Buffer.byteLength(body), redacted: false, edits: 0, versions: [], redrives: 0 },
    attributes: {
      tenant: { type: 'String', text: 'acme' },
      seal: { type: 'Binary', base64: 'AAH/' },
      [ParkedAttribute.PARKED_AT]: { type: 'String', text: at(0) },
    },
  });
  expect(bench.objects).toEqual(new Map([[`bodies/bodies/${message.id}/0`, body]]));
  expect(bench.group()).toEqual({
    ...{ group: message.group, errorName: 'Error', errorMessage: 'no such account', handler: 'record-payment', contract: 'stripe@2' },
    ...{ fault: 'ours', state: 'open', firstSeen: at(0), lastSeen: at(0), sample: message.id, openedAt: at(0), announced: true },
    counts: { parked: 1, sending: 0, sent: 0, done: 0, returned: 0, discarded: 0, handed_over: 0 },
  });
});

test('what is stored stands in the index by group and state, and expires', async () => {
  const bench = new IntakeBench();
  await bench.run(parked({ body: envelope({}), key: KEY }));
  const { id, group } = bench.message();
  const items = bench.tables.items('parking');
  const item = (partition: string) => items.find(({ pk }) => pk!.S!.startsWith(partition));
  const expiration = { N: String(NOW / 1000 + 90 * 24 * 60 * 60) };
  expect(item('message#')).toMatchObject({
    groupState: { S: `${group}#parked` },
    position: { S: `2026-05-01T11:59:58.000Z#${id}` },
    expiration,
  });
  expect(item('group#')).toMatchObject({ groupState: { S: 'groups' }, position: { S: `${at(0)}#${group}` }, expiration });
  expect(item('life#')).toMatchObject({ message: { S: id }, expiration });
  expect(item('bound#')).toMatchObject({ groups: { N: '1' }, expiration });
});

test('messages of one cause are one group, which is announced once', async () => {
  const bench = new IntakeBench();
  const record = (index: number) =>
    parked({
      body: envelope({}, { id: `evt_${index}` }),
      key: `stripe#evt_${index}`,
      error: new Error(`no account ${index}`),
      parkedAt: at(index),
    });
  await bench.run(...Array.from({ length: 7 }, (_, index) => record(index)));
  await bench.run(...Array.from({ length: 7 }, (_, index) => record(index + 7)));
  expect(bench.group()).toMatchObject({ errorMessage: 'no account #', counts: { parked: 14 }, firstSeen: at(0), lastSeen: at(13) });
  expect(bench.messages).toHaveLength(14);
  expect(bench.announced).toEqual({ ours: 1, customer: 0 });
});

test('causes, handlers and contracts make groups of their own', async () => {
  const bench = new IntakeBench();
  const other = { source: 'github' };
  await bench.run(
    parked({ body: envelope({}), key: KEY }),
    parked({ body: envelope({}), key: KEY, error: new Error('another'), parkedAt: at(1) }),
    parked({ body: envelope({}), key: KEY, error: new TypeError('no such account'), parkedAt: at(2) }),
    parked({ body: envelope({}), key: KEY, handler: 'send-receipt', parkedAt: at(3) }),
    parked({ body: envelope({}, other), key: 'github#evt_1' }),
    parked({ body: 'plain' }),
  );
  expect(bench.groups.map(({ contract }) => contract).sort()).toEqual(['github', 'plain', 'stripe', 'stripe', 'stripe', 'stripe']);
  expect(bench.announced.ours).toBe(6);
});

test('a message that is received again, and copies of one parking, are one message', async () => {
  const bench = new IntakeBench();
  const body = envelope({});
  const record = parked({ body, key: KEY });
  expect(await bench.run(record, parked({ body, key: KEY }))).toEqual([]);
  expect(await bench.run(record)).toEqual([]);
  expect(await bench.run(parked({ body, key: KEY, error: new Error('a copy of this event was parked') }))).toEqual([]);
  expect(bench.messages).toHaveLength(1);
  expect(bench.group().counts.parked).toBe(1);
  expect(bench.announced.ours).toBe(1);
});

test('another parking of the same event, and the same parking in another lot, are other messages', async () => {
  const bench = new IntakeBench();
  const body = envelope({});
  await bench.run(parked({ body, key: KEY }), parked({ body, key: KEY, parkedAt: at(1) }), parked({ body, key: KEY, lot: `${LOT}-2` }));
  expect(bench.messages).toHaveLength(3);
});

describe('what is told of other messages', () => {
  test('one that the queue moved is known by its message id, whatever it carries from a former life', async () => {
    const bench = new IntakeBench();
    const { messageAttributes } = parked({ body: 'x', parkedAt: at(-60) });
    const record = moved({ body: 'not JSON', messageId: 'm-1', messageAttributes });
    await bench.run(record, moved({ body: 'not JSON', messageId: 'm-2' }));
    await bench.run(record);
    expect(bench.messages).toHaveLength(2);
    expect(bench.messages[0]).toMatchObject({
      reason: 'budget_spent',
      errorName: 'MovedByQueue',
      handler: 'payments',
      parkedAt: at(0),
      acceptedAt: at(-1),
    });
    expect(bench.messages[0]!.idempotencyKey).toBeUndefined();
    expect(bench.group()).toMatchObject({ contract: 'plain', fault: 'ours', counts: { parked: 2 } });
    // The token by which the worker knows a copy of what it has parked goes on with it.
    expect(bench.messages.map(({ attributes }) => Object.keys(attributes))).toContainEqual([ParkedAttribute.PARKED_AT]);
  });

  test('an envelope that the queue moved has its key', async () => {
    const bench = new IntakeBench();
    await bench.run(moved({ body: envelope({}) }));
    expect(bench.message()).toMatchObject({ idempotencyKey: KEY, correlationId: 'correlation-1', acceptedAt: '2026-05-01T11:59:58.000Z' });
  });

  test('what looks like an envelope and is none is a plain message', async () => {
    const bench = new IntakeBench();
    expect(await bench.run(parked({ body: '{"breakwater":2}', reason: 'malformed' }))).toEqual([]);
    expect(bench.group()).toMatchObject({ contract: 'plain', fault: 'customer' });
  });

  test('an entry of the outbox has its own contract, and not the key of what it was caused by', async () => {
    const bench = new IntakeBench();
    const entry = {
      ...{ eventId: 'e-1', source: 'acme.payments', detailType: 'payment.recorded', occurredAt: '2026-05-01T10:00:00.000Z' },
      ...{
        correlationId: 'c-7',
        causedBy: KEY,
        detail: JSON.stringify({ metadata: { contract: 'payment.recorded', version: 3 }, data: {} }),
      },
    };
    const body = JSON.stringify(entry);
    await bench.run(
      parked({ body, key: KEY, handler: 'relay' }),
      parked({ body: JSON.stringify({ ...entry, eventId: 'e-2' }), key: KEY, handler: 'relay' }),
    );
    await bench.run(parked({ body, key: KEY, handler: 'relay' }));
    expect(bench.messages).toHaveLength(2);
    expect(bench.messages[0]).toMatchObject({ acceptedAt: '2026-05-01T10:00:00.000Z', correlationId: 'c-7' });
    expect(bench.messages[0]!.idempotencyKey).toBeUndefined();
    expect(bench.group().contract).toBe('payment.recorded@3');
  });

  test.each([
    [
      { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'not allowed', RULE_ARN: 'arn:aws:events:eu-west-1:1:rule/bus/on-paid' },
      'NO_PERMISSIONS',
      'not allowed',
      'on-paid',
    ],
    [{ RequestID: 'r-1', ErrorCode: '200', ErrorMessage: 'boom' }, '200', 'boom', 'old-lot'],
    [{}, 'Unknown', 'the message does not say why it is here', 'old-lot'],
  ])('a foreign queue is grouped by what is there: %j', async (values, errorName, errorMessage, handler) => {
    const bench = new IntakeBench();
    const messageAttributes = Object.fromEntries(
      Object.entries(values).map(([name, stringValue]) => [name, { dataType: 'String' as const, stringValue }]),
    );
    const record = { ...sqsRecord({ body: 'x', messageAttributes }), eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:old-lot' };
    expect(await bench.run(record)).toEqual([]);
    expect(bench.message()).toMatchObject({ errorName, errorMessage, handler, reason: 'unknown' });
  });
});

describe('bodies', () => {
  test('a claimed body is kept, and a message without the one it refers to all the same', async () => {
    const bench = new IntakeBench();
    const claimed = 'x'.repeat(300_000);
    const claim = { key: `${CLAIM_PREFIX}stripe/1`, bytes: claimed.length, sha256: sha256(Buffer.from(claimed)) };
    bench.objects.set(`claims/${claim.key}`, claimed);
    const body = (id: string, key: string) => envelope({}, { id, body: undefined, claim: { ...claim, key } });
    expect(await bench.run(parked({ body: body('evt_1', claim.key), key: KEY }))).toEqual([]);
    const { id, claimedBodyKey, bodyBytes } = bench.message();
    expect([claimedBodyKey, bodyBytes]).toEqual([`bodies/${id}/0.claim`, 300_000]);
    expect(bench.objects.get(`bodies/${claimedBodyKey}`)).toBe(claimed);

    expect(await bench.run(parked({ body: body('evt_2', 'claims/gone'), key: 'stripe#evt_2', reason: 'malformed' }))).toEqual([]);
    expect(bench.messages.find(({ reason }) => reason === 'malformed')!.claimedBodyKey).toBeUndefined();
  });

  test('a body of 1 MB and attributes of 256 KB are stored', async () => {
    const bench = new IntakeBench();
    const attribute = { dataType: 'String', stringValue: 'ä'.repeat(64 * 1024) } as const;
    const large = 'x'.repeat(700 * 1024);
    const records = Array.from({ length: 9 }, (_, index) =>
      parked({ body: `${index}${large}`, messageAttributes: { one: attribute, two: attribute } }),
    );
    expect(await bench.run(...records, parked({ body: 'y'.repeat(1024 * 1024 - 1_000) }))).toEqual([]);
    expect(bench.messages).toHaveLength(10);
    const [message] = bench.messages.filter(({ attributesKey }) => attributesKey !== undefined);
    expect(message!.attributes).toEqual({});
    expect(JSON.parse(bench.objects.get(`bodies/${message!.attributesKey}`)!)).toMatchObject({
      one: { type: 'String', text: attribute.stringValue },
    });
    for (const item of bench.tables.items('parking')) expect(JSON.stringify(item).length).toBeLessThan(10_000);
  });

  test('a message with ten attributes of its own is stored with all of them', async () => {
    const bench = new IntakeBench();
    const messageAttributes = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`a${index}`, { dataType: 'String' as const, stringValue: 'v' }]),
    );
    expect(await bench.run(moved({ body: 'x', messageAttributes }))).toEqual([]);
    expect(Object.keys(bench.message().attributes)).toHaveLength(10);
  });
});

describe('groups', () => {
  const customer = (index: number) =>
    parked({ body: envelope({}, { id: `e${index}` }), key: `stripe#e${index}`, error: new SchemaError('amount: expected number') });

  test("a customer's fault is announced when enough of it is parked, once", async () => {
    const bench = new IntakeBench();
    await bench.run(customer(1), customer(2));
    expect(bench.announced).toEqual({ ours: 0, customer: 0 });
    await bench.run(customer(3));
    await bench.run(customer(4));
    expect(bench.announced).toEqual({ ours: 0, customer: 1 });
  });

  test.each(['malformed', 'conflict'] as const)('what is %s is the fault of a customer', async (reason) => {
    const bench = new IntakeBench();
    await bench.run(parked({ body: 'x', reason }));
    expect(bench.group().fault).toBe('customer');
  });

  test('a group of which one message is our fault is ours, and is announced as that', async () => {
    const bench = new IntakeBench();
    await bench.run(parked({ body: '1', reason: 'conflict' }));
    await bench.run(parked({ body: '2' }));
    await bench.run(parked({ body: '3', reason: 'conflict' }));
    expect(bench.group()).toMatchObject({ fault: 'ours', counts: { parked: 3 } });
    expect(bench.announced).toEqual({ ours: 1, customer: 0 });
  });

  test.each([
    ['resolved', undefined, 'open', 2],
    ['ignored', undefined, 'ignored', 1],
    ['acknowledged', at(60), 'acknowledged', 1],
    ['acknowledged', at(-60), 'open', 2],
  ] as const)('a group that is %s (until %s) is %s after another message', async (state, until, after, announced) => {
    const bench = new IntakeBench();
    await bench.run(parked({ body: '1' }));
    bench.change(groupKey(bench.group().group), { state, ...(until && { acknowledged: { by: 'ann', until } }) });
    bench.now += 10_000;
    await bench.run(parked({ body: '2' }));
    expect(bench.group()).toMatchObject({
      state: after,
      counts: { parked: 2 },
      openedAt: after === 'open' ? at(10) : at(0),
      lastSeen: at(0),
    });
    expect(bench.group().acknowledged).toEqual(after === 'acknowledged' ? { by: 'ann', until } : undefined);
    expect(bench.announced.ours).toBe(announced);
  });

  test('a thousand different texts make 50 groups and one for the rest, of each handler and error name', async () => {
    const bench = new IntakeBench();
    const text = (index: number) => String(index).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
    const records = Array.from({ length: 1_000 }, (_, index) => parked({ body: String(index), error: new Error(`bad ${text(index)}`) }));
    for (let first = 0; first < 1_000; first += 10) expect(await bench.run(...records.slice(first, first + 10))).toEqual([]);
    expect(bench.groups).toHaveLength(51);
    expect(bench.groups.find(({ errorMessage }) => errorMessage === '(other messages)')).toMatchObject({
      contract: '(any)',
      counts: { parked: 950 },
    });
    expect(bench.messages).toHaveLength(1_000);
    await bench.run(parked({ body: 'x', error: new Error('bad a'), parkedAt: at(1) }), parked({ body: 'x', error: new TypeError('bad') }));
    expect(bench.groups).toHaveLength(52);
    expect(bench.announced.ours).toBe(52);
  });
});

test('a message whose lot is not known is taken in as well', async () => {
  const bench = new IntakeBench({ lots: [{ ...lot, arn: 'another' }] });
  expect(await bench.run(parked({ body: envelope({}), key: KEY }))).toEqual([]);
});
