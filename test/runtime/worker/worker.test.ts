import { createHash } from 'node:crypto';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { ParkedAttribute } from '../../../lib/blocks/contract';
import { type HandlerContext, NotStartedError, PermanentError, RetryAfterError, readWorkerSettings } from '../../../lib/runtime';
import { bench, envelope, NOW, PARKING_LOT_URL, QUEUE_URL, RecordedClient, sqsRecord, texts } from './worker-bench';

const ACKNOWLEDGED = { batchItemFailures: [] };

function failed(...messageIds: string[]) {
  return { batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })) };
}

function failWith(error: unknown) {
  return {
    handle: () => {
      throw error;
    },
  };
}

function parkedAttributes(sqs: RecordedClient): Record<string, MessageAttributeValue> {
  const [sent] = sqs.named('SendMessage');
  return sent!.MessageAttributes as Record<string, MessageAttributeValue>;
}

/** What the worker read, as its handler saw it. */
async function read(body: string, options: object = {}, dependencies: object = {}) {
  const seen: { event: unknown; context: HandlerContext }[] = [];
  const worker = bench({ handle: (event, context) => void seen.push({ event, context }), ...options }, dependencies);
  await worker.run([sqsRecord({ body })]);
  return { ...worker, seen, event: seen[0]?.event, message: seen[0]?.context.message, attributes: () => parkedAttributes(worker.sqs) };
}

describe('what the handler gets', () => {
  test('the event of an envelope and the message around it', async () => {
    const { event, message } = await read(envelope({ amount: 5 }, { attributes: { type: 'charge.succeeded' } }));
    expect(event).toEqual({ amount: 5 });
    expect(message).toEqual({
      id: 'evt_1',
      source: 'stripe',
      idempotencyKey: 'stripe#evt_1',
      correlationId: 'correlation-1',
      receivedAt: '2026-05-01T11:59:58.000Z',
      contentType: 'application/json',
      attributes: { type: 'charge.succeeded' },
      body: Buffer.from('{"amount":5}'),
    });
  });

  test.each([
    ['application/json; charset=utf-8', '[1]', [1]],
    ['application/cloudevents+json', '{"a":1}', { a: 1 }],
    [
      'application/x-www-form-urlencoded',
      'a=1&b=2&b=3&c=%C3%A4+x&__proto__=4',
      JSON.parse('{"a":"1","b":["2","3"],"c":"ä x","__proto__":"4"}'),
    ],
    ['text/plain', 'hello', 'hello'],
    ['application/xml', '<a/>', '<a/>'],
    ['application/octet-stream', 'bytes', Buffer.from('bytes')],
  ])('a body of %s', async (contentType, data, expected) => {
    const { event } = await read(
      envelope(undefined, { contentType, body: { encoding: 'base64', data: Buffer.from(data).toString('base64') } }),
    );
    expect(event).toEqual(expected);
  });

  test('a claimed body, read from its bucket', async () => {
    const bytes = Buffer.from('{"amount":5}');
    const claim = { key: 'claims/1', bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
    const s3 = new RecordedClient(() => ({ Body: { transformToByteArray: async () => new Uint8Array(bytes) } }));
    const settings = { ...SETTINGS, claimBucket: 'claims' };
    const { event, message } = await read(envelope(undefined, { body: undefined, claim }), {}, { s3: async () => s3, settings });
    expect(event).toEqual({ amount: 5 });
    expect(Buffer.from(message!.body)).toEqual(bytes);
    expect(s3.sent).toEqual([{ name: 'GetObject', input: { Bucket: 'claims', Key: 'claims/1' } }]);
  });

  test('a plain message, with the key that the worker derives', async () => {
    const { event, message } = await read('{"order":"o-7"}', { idempotencyKey: (order: { order: string }) => `order:${order.order}` });
    expect(event).toEqual({ order: 'o-7' });
    expect(message).toMatchObject({ id: 'order:o-7', source: '', idempotencyKey: 'order:o-7', receivedAt: '2026-05-01T11:59:59.000Z' });
  });

  test('what its schema makes of the event', async () => {
    const schema = z.object({ amount: z.coerce.number() });
    const { event } = await read(envelope({ amount: '5', ignored: true }), { schema });
    expect(event).toEqual({ amount: 5 });
  });

  test('how often the message was received', async () => {
    const attempts: number[] = [];
    const { run } = bench({ handle: (_event, { attempt }) => void attempts.push(attempt) });
    await run([sqsRecord({ body: envelope(1), receives: 2 })]);
    expect(attempts).toEqual([2]);
  });
});

const SETTINGS = {
  idempotencyTable: 'idempotency',
  retentionSeconds: 100,
  queueUrl: QUEUE_URL,
  parkingLotUrl: PARKING_LOT_URL,
  retryBudget: { attempts: 3, baseDelaySeconds: 10, maxDelaySeconds: 300 },
  functionName: 'record-payment',
};

describe('a message that can not be read is parked, and its handler not run', () => {
  const claim = { key: 'k', bytes: 3, sha256: 'a'.repeat(64) };
  const body = (bytes: Uint8Array) => ({ encoding: 'base64', data: Buffer.from(bytes).toString('base64') });
  test.each([
    ['no key', '{"order":"o-7"}', 'no envelope'],
    ['not JSON', 'order', 'no envelope'],
    ['JSON that is no object', 'null', 'no envelope'],
    ['an unknown version', envelope(1, { breakwater: 2 }), 'format version 2'],
    ['no id', envelope(1, { id: '' }), 'id of the envelope'],
    ['a source that is no text', envelope(1, { source: 7 }), 'source of the envelope'],
    ['an ambiguous source', envelope(1, { source: 'a#b' }), 'holds a #'],
    ['a key that is too long', envelope(1, { id: 'x'.repeat(1025) }), '1032 bytes'],
    ['no body', envelope(1, { body: undefined }), 'neither a claim nor a body'],
    ['an unknown encoding', envelope(1, { body: { encoding: 'hex', data: '00' } }), 'neither a claim nor a body'],
    ['attributes that are no texts', envelope(1, { attributes: { a: 1 } }), 'attributes of the envelope'],
    ['a body that is not JSON', envelope(1, { body: { encoding: 'utf8', data: '{"secret":' } }), 'not JSON'],
    ['a body that is not UTF-8', envelope(1, { body: body(new Uint8Array([0x22, 0xff, 0x22])) }), 'not UTF-8'],
    ['a claim that is none', envelope(1, { claim: { ...claim, sha256: 'A' } }), 'lacks its key'],
    ['a payload hash that is none', envelope(1, { payloadHash: 'A'.repeat(64) }), 'payloadHash of the envelope'],
    ['a claim without a bucket', envelope(1, { claim }), 'no claim bucket'],
  ])('%s', async (_name, message, text) => {
    const { seen, telemetry, attributes } = await read(message);
    expect(seen).toEqual([]);
    expect(telemetry.counts).toMatchObject({ 'Parked:malformed': 1 });
    expect(attributes()[ParkedAttribute.ERROR_NAME]).toEqual({ DataType: 'String', StringValue: 'MalformedMessageError' });
    expect(attributes()[ParkedAttribute.ERROR_MESSAGE]?.StringValue).toContain(text);
    expect(attributes()[ParkedAttribute.ERROR_MESSAGE]?.StringValue).not.toContain('secret');
  });

  test.each([
    ['a key that is empty', () => ''],
    ['a key that is too long', () => 'ä'.repeat(513)],
    ['no key at all', () => undefined],
  ])('a plain message for which idempotencyKey gives %s', async (_name, idempotencyKey) => {
    const { seen, telemetry } = await read('{}', { idempotencyKey });
    expect(seen).toEqual([]);
    expect(telemetry.counts).toMatchObject({ 'Parked:malformed': 1 });
  });

  test.each([
    ['altered', () => ({ Body: { transformToByteArray: async () => Buffer.from('abd') } })],
    [
      'missing',
      () => {
        throw Object.assign(new Error('gone'), { name: 'NoSuchKey' });
      },
    ],
  ])('a claimed body that is %s', async (_name, answer) => {
    const stored = { key: 'k', bytes: 3, sha256: createHash('sha256').update('abc').digest('hex') };
    const dependencies = { s3: async () => new RecordedClient(answer), settings: { ...SETTINGS, claimBucket: 'claims' } };
    const { telemetry } = await read(envelope(1, { claim: stored }), {}, dependencies);
    expect(telemetry.counts).toMatchObject({ 'Parked:malformed': 1 });
  });

  test('a refused event tells the path of each field', async () => {
    const schema = z.object({ lines: z.array(z.object({ amount: z.number() })) });
    const { seen, attributes, telemetry } = await read(envelope({ lines: [{ amount: 1 }, { amount: 'x' }] }), { schema });
    expect(seen).toEqual([]);
    expect(telemetry.counts).toMatchObject({ 'Parked:permanent': 1 });
    expect(attributes()[ParkedAttribute.ERROR_NAME]?.StringValue).toBe('SchemaError');
    expect(attributes()[ParkedAttribute.ERROR_MESSAGE]?.StringValue).toContain('lines.1.amount');
  });
});

describe('failures', () => {
  test('are retried after a random part of a bound that doubles, and reported', async () => {
    const delays: unknown[] = [];
    for (const receives of [1, 2]) {
      const { run, sqs, telemetry } = bench(failWith(new Error('later')));
      const record = sqsRecord({ body: envelope(1), receives });
      await expect(run([record])).resolves.toEqual(failed(record.messageId));
      expect(sqs.sent).toEqual([
        { name: 'ChangeMessageVisibility', input: expect.objectContaining({ QueueUrl: QUEUE_URL, ReceiptHandle: record.receiptHandle }) },
      ]);
      expect(telemetry.counts).toEqual({ Retried: 1 });
      delays.push(sqs.sent[0]!.input.VisibilityTimeout);
    }
    expect(delays).toEqual([5, 10]);
  });

  test.each([
    [0.4, 1],
    [120, 120],
    [86_400, 300],
  ])('RetryAfterError(%d) waits %d s', async (seconds, delay) => {
    const { run, sqs } = bench(failWith(new RetryAfterError(seconds)));
    await run([sqsRecord({ body: envelope(1) })]);
    expect(sqs.sent[0]!.input.VisibilityTimeout).toBe(delay);
  });

  test('RetryAfterError refuses what is no wait', () => {
    expect(() => new RetryAfterError(-1)).toThrow(RangeError);
    expect(() => new RetryAfterError(Number.NaN)).toThrow(RangeError);
  });

  test.each([
    ['PermanentError', new PermanentError('no such account'), 'PermanentError'],
    ['an error of elsewhere that says it', Object.assign(new Error('card refused'), { name: 'CardError', retryable: false }), 'CardError'],
    [
      'a request that is wrong in itself',
      Object.assign(new Error('bad'), { name: 'ValidationException', $metadata: {} }),
      'ValidationException',
    ],
  ])('%s is parked at once', async (_name, error, name) => {
    const { run, sqs, telemetry } = bench(failWith(error));
    await expect(run([sqsRecord({ body: envelope(1) })])).resolves.toEqual(ACKNOWLEDGED);
    expect(telemetry.counts).toEqual({ Parked: 1, 'Parked:permanent': 1 });
    expect(parkedAttributes(sqs)[ParkedAttribute.ERROR_NAME]?.StringValue).toBe(name);
  });

  test.each([
    ['a missing grant', Object.assign(new Error('denied'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } })],
    ["a validation error of the handler's own", Object.assign(new Error('bad'), { name: 'ValidationError' })],
    ['a thrown text', 'nothing works'],
    ['undefined', undefined],
  ])('%s spends the budget', async (_name, error) => {
    const record = sqsRecord({ body: envelope(1) });
    await expect(bench(failWith(error)).run([record])).resolves.toEqual(failed(record.messageId));
    const last = bench(failWith(error));
    await expect(last.run([sqsRecord({ body: envelope(1), receives: 3 })])).resolves.toEqual(ACKNOWLEDGED);
    expect(last.telemetry.counts).toEqual({ Parked: 1, 'Parked:budget_spent': 1 });
  });

  test('a handler that hangs is given up before the function is killed, and what it does later is not written', async () => {
    const dynamoDb = new RecordedClient();
    let goOn = () => {};
    const hanging = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let late: Promise<unknown> | undefined;
    const { run, telemetry } = bench(
      {
        handle: async (event, { transaction }) => {
          if (event === 'fast') return;
          late = hanging.then(() => transaction.put({ TableName: 'ledger', Item: { id: 'late' } }));
          await late;
        },
      },
      { dynamoDb: dynamoDb as never },
    );
    const slow = sqsRecord({ body: envelope('slow', { id: 'slow' }) });
    await expect(run([slow, sqsRecord({ body: envelope('fast', { id: 'fast' }) })])).resolves.toEqual(failed(slow.messageId));
    expect(telemetry.counts).toMatchObject({ Done: 1, Retried: 1 });
    goOn();
    await expect(late).rejects.toThrow('the transaction is closed');
    expect(JSON.stringify(dynamoDb.sent)).not.toContain('late');
  });

  test('a backoff that can not be set is still reported as failed', async () => {
    const sqs = new RecordedClient(() => {
      throw new Error('no such receipt');
    });
    const record = sqsRecord({ body: envelope(1) });
    await expect(bench(failWith(new Error('later')), { sqs }).run([record])).resolves.toEqual(failed(record.messageId));
  });

  test('what can not be parked is given back to the queue, whose own redrive moves it', async () => {
    const sqs = new RecordedClient((name) => {
      if (name === 'SendMessage') throw new Error('the parking lot is gone');
      return {};
    });
    const record = sqsRecord({ body: envelope(1), receives: 3 });
    const { run, telemetry } = bench(failWith(new PermanentError('no')), { sqs });
    await expect(run([record])).resolves.toEqual(failed(record.messageId));
    expect(telemetry.counts).toEqual({ Retried: 1 });
  });
});

describe('a parked message', () => {
  const trace = 'Root=1-5e1b4151-5ac6c58f3d1a5b1d2c3e4f50;Parent=53995c3f42cd8ad8;Sampled=1';

  test('keeps its body byte for byte, its attributes and its trace, and says why it is there', async () => {
    const { run, sqs, telemetry } = bench(failWith(new PermanentError('no such account')));
    const body = `${envelope(1)}\n `;
    const tenant = { dataType: 'String' as const, stringValue: 'acme' };
    const seal = { dataType: 'Binary' as const, binaryValue: Buffer.from([1, 2]).toString('base64') };
    await run([sqsRecord({ body, receives: 2, messageAttributes: { tenant, seal }, traceHeader: trace })]);
    expect(sqs.sent).toEqual([
      {
        name: 'SendMessage',
        input: {
          QueueUrl: PARKING_LOT_URL,
          MessageBody: body,
          MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } },
          MessageAttributes: {
            tenant: { DataType: 'String', StringValue: 'acme' },
            seal: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
            ...texts({
              BreakwaterParkedAt: new Date(NOW).toISOString(),
              BreakwaterReason: 'permanent',
              BreakwaterErrorName: 'PermanentError',
              BreakwaterErrorMessage: 'no such account',
              BreakwaterAttempt: '2',
              BreakwaterIdempotencyKey: 'stripe#evt_1',
              BreakwaterCorrelationId: 'correlation-1',
              BreakwaterTraceId: '1-5e1b4151-5ac6c58f3d1a5b1d2c3e4f50',
            }),
          },
        },
      },
    ]);
    expect(telemetry.segments).toEqual([{ correlationId: 'correlation-1', linkedTraceId: '1-5e1b4151-5ac6c58f3d1a5b1d2c3e4f50' }]);
  });

  test('is closed in the idempotency table before it is sent', async () => {
    const order: string[] = [];
    const note = (name: string) => void order.push(name);
    const { run } = bench(failWith(new PermanentError('no')), {
      dynamoDb: new RecordedClient(note) as never,
      sqs: new RecordedClient(note),
    });
    await run([sqsRecord({ body: envelope(1) })]);
    expect(order).toEqual(['PutItem', 'SendMessage']);
  });

  test('carries only legal characters and no more of a message than fits', async () => {
    const { run, sqs } = bench(failWith(new PermanentError(`a\u0000b\uffff\ud800${'x'.repeat(2000)}`)));
    await run([sqsRecord({ body: envelope(1) })]);
    const text = parkedAttributes(sqs)[ParkedAttribute.ERROR_MESSAGE]!.StringValue!;
    expect(text).toHaveLength(1024);
    expect(text.slice(0, 6)).toBe('a\ufffdb\ufffd\ufffdx');
  });

  test('is cut without leaving half a character', async () => {
    const { run, sqs } = bench(failWith(new PermanentError(`${'x'.repeat(1023)}🚢`)));
    await run([sqsRecord({ body: envelope(1) })]);
    expect(parkedAttributes(sqs)[ParkedAttribute.ERROR_MESSAGE]!.StringValue!.at(-1)).toBe('\ufffd');
  });

  test.each([
    [8, ['BreakwaterParkedAt', 'BreakwaterReason']],
    [0, undefined],
  ])("never has more than ten attributes, the handler's own first (%d of them)", async (count, own) => {
    const { run, sqs } = bench(failWith(new PermanentError('no')));
    const messageAttributes = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`own${index}`, { dataType: 'String' as const, stringValue: 'x' }]),
    );
    await run([sqsRecord({ body: envelope(1), messageAttributes })]);
    const names = Object.keys(parkedAttributes(sqs));
    expect(names.length).toBeLessThanOrEqual(10);
    expect(names.filter((name) => name.startsWith('own'))).toHaveLength(count);
    if (own !== undefined) expect(names.filter((name) => !name.startsWith('own'))).toEqual(own);
  });

  test('without room for the cause is left to the redrive of the queue, and its event stays open', async () => {
    const dynamoDb = new RecordedClient();
    const { run, sqs } = bench(failWith(new PermanentError('no')), { dynamoDb: dynamoDb as never });
    const record = sqsRecord({ body: `${envelope(1)}${' '.repeat(1024 * 1024 - envelope(1).length - 40)}` });
    await expect(run([record])).resolves.toEqual(failed(record.messageId));
    expect(sqs.named('SendMessage')).toEqual([]);
    expect(dynamoDb.sent).toEqual([]);
  });

  test('loses the attributes of an earlier parking', async () => {
    const { run, sqs } = bench(failWith(new PermanentError('still not')));
    const old = { dataType: 'String' as const, stringValue: 'old' };
    await run([sqsRecord({ body: envelope(1), messageAttributes: { BreakwaterHandler: old, BreakwaterErrorMessage: old } })]);
    expect(parkedAttributes(sqs)[ParkedAttribute.ERROR_MESSAGE]?.StringValue).toBe('still not');
    expect(parkedAttributes(sqs)[ParkedAttribute.HANDLER]?.StringValue).toBe('record-payment');
  });
});

describe('a FIFO queue', () => {
  const inGroup = (group: string, event: string) => sqsRecord({ group, body: envelope(event, { id: `${group}-${event}` }) });

  test('runs the messages of a group one after the other, other groups beside them', async () => {
    let running = 0;
    let most = 0;
    const order: unknown[] = [];
    const { run } = bench({
      handle: async (event) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(event);
        running--;
      },
    });
    await run([inGroup('a', 'a1'), inGroup('a', 'a2'), inGroup('b', 'b1'), inGroup('a', 'a3')]);
    expect(order.filter((event) => String(event).startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(most).toBe(2);
  });

  test('gives back what comes after a failure of its group, and nothing else', async () => {
    const ran: unknown[] = [];
    const { run, sqs, telemetry } = bench({
      handle: (event) => {
        ran.push(event);
        if (event === 'a1') throw new Error('later');
      },
    });
    const [a1, b1, a2, a3] = [inGroup('a', 'a1'), inGroup('b', 'b1'), inGroup('a', 'a2'), inGroup('a', 'a3')];
    await expect(run([a1, b1, a2, a3])).resolves.toEqual(failed(a1.messageId, a2.messageId, a3.messageId));
    expect(ran).toEqual(['a1', 'b1']);
    expect(telemetry.counts).toMatchObject({ Done: 1, Retried: 1 });
    expect(sqs.named('ChangeMessageVisibility').map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([5, 0, 0]);
  });

  test('holds back a group, not the messages of a queue without order that carry groups for fairness', async () => {
    const ran: unknown[] = [];
    const standard = (id: string) => {
      const one = sqsRecord({ group: 'tenant', body: envelope(id, { id }) });
      return { ...one, eventSourceARN: one.eventSourceARN.replace('.fifo', '') };
    };
    const { run } = bench({
      handle: (event) => {
        ran.push(event);
        if (event === 'e0') throw new Error('later');
      },
    });
    const records = Array.from({ length: 12 }, (_, index) => standard(`e${index}`));
    await expect(run(records)).resolves.toEqual(failed(records[0]!.messageId));
    expect(ran).toHaveLength(12);
  });

  test('goes on with a group whose message was parked, keeping its group in the parking lot', async () => {
    const { run, sqs, telemetry } = bench({
      handle: (event) => {
        if (event === 'a1') throw new PermanentError('no');
      },
    });
    const a1 = inGroup('a', 'a1');
    await expect(run([a1, inGroup('a', 'a2')])).resolves.toEqual(ACKNOWLEDGED);
    expect(telemetry.counts).toMatchObject({ Done: 1, Parked: 1 });
    expect(sqs.sent[0]!.input).toMatchObject({
      MessageGroupId: 'a',
      MessageDeduplicationId: `${a1.messageId}-${new Date(NOW).toISOString()}`,
    });
  });
});

test('a line tells which event it speaks of, which attempt, and what went wrong', async () => {
  const gone = new RecordedClient(() => {
    throw new Error('gone');
  });
  const noParkingLot = new RecordedClient((name) => {
    if (name === 'SendMessage') throw new Error('gone');
    return {};
  });
  const expired = (item: object) =>
    new RecordedClient(() => {
      throw new TransactionCanceledException({
        message: '',
        $metadata: {},
        CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: item as never }],
      });
    });
  const own = { idempotencyKey: 'stripe#evt_1' };
  const later = new Error('later');
  const no = new PermanentError('no');
  const full = `${envelope(1)}${' '.repeat(1024 * 1024 - envelope(1).length - 40)}`;
  const hash = createHash('sha256').update('1').digest('hex');
  for (const [options, dependencies, body, level, extra] of [
    [{ handle: () => {} }, {}, envelope(1), 'debug', { ...own, attempt: 2 }],
    [{ handle: () => {} }, { dynamoDb: expired({ validation: { S: hash } }) as never }, envelope(1), 'debug', { ...own, attempt: 2 }],
    [failWith(later), {}, envelope(1), 'warn', { ...own, attempt: 2, delaySeconds: 10, error: later }],
    [failWith('a text'), {}, envelope(1), 'warn', { ...own, error: new Error('a text') }],
    [failWith(later), { sqs: gone }, envelope(1), 'warn', { error: new Error('gone') }],
    [failWith(no), {}, envelope(1), 'error', { ...own, attempt: 2, reason: 'permanent', error: no }],
    [failWith(no), { sqs: noParkingLot }, envelope(1), 'error', { ...own, reason: 'permanent', error: new Error('gone') }],
    [failWith(no), {}, full, 'error', { ...own, reason: 'permanent', error: no }],
  ] as const) {
    const { run, telemetry } = bench(options, dependencies);
    await run([sqsRecord({ body, receives: 2 })]);
    const lines = telemetry.lines.filter((line) => line.level === level);
    expect(lines.at(-1)?.extra).toMatchObject(extra);
  }
});

test('the end-to-end time is that since the ingress accepted the event, never less than nothing, and nothing when it is not told', async () => {
  for (const [receivedAt, time] of [
    ['2026-05-01T11:59:59.000Z', 1_000],
    ['2026-05-01T12:00:05.000Z', 0],
    ['yesterday', undefined],
  ]) {
    const { run, telemetry } = bench({ handle: () => {} });
    await run([sqsRecord({ body: envelope(1, { receivedAt }) })]);
    expect(telemetry.counts.EndToEndTime).toBe(time);
  }
});

test('every line carries the correlation id of its record, and none a body', async () => {
  const { run, telemetry } = bench(failWith(new Error('later')));
  await run([sqsRecord({ body: envelope({ card: 'secret-card' }) }), sqsRecord({ body: 'secret-text', messageId: 'm-2' })]);
  expect(telemetry.lines.map(({ correlationId }) => correlationId).sort()).toEqual(['correlation-1', 'm-2']);
  expect(JSON.stringify(telemetry.lines)).not.toContain('secret');
});

describe('at start-up', () => {
  const environment = {
    BREAKWATER_IDEMPOTENCY_TABLE: 'table',
    BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '86400',
    BREAKWATER_QUEUE_URL: QUEUE_URL,
    BREAKWATER_PARKING_LOT_URL: PARKING_LOT_URL,
    BREAKWATER_RETRY_BUDGET: '{"attempts":3,"baseDelaySeconds":1,"maxDelaySeconds":60}',
  };

  test('a whole environment is read', () => {
    expect(readWorkerSettings({ ...environment, BREAKWATER_CLAIM_BUCKET: 'bucket', AWS_LAMBDA_FUNCTION_NAME: 'f' })).toEqual({
      idempotencyTable: 'table',
      retentionSeconds: 86_400,
      queueUrl: QUEUE_URL,
      parkingLotUrl: PARKING_LOT_URL,
      retryBudget: { attempts: 3, baseDelaySeconds: 1, maxDelaySeconds: 60 },
      claimBucket: 'bucket',
      functionName: 'f',
    });
  });

  test('every fault is named at once, with what is allowed and what was given', () => {
    expect(() => readWorkerSettings({ ...environment, BREAKWATER_IDEMPOTENCY_TABLE: '', BREAKWATER_RETRY_BUDGET: '{' })).toThrow(
      new Error(
        'worker(): BREAKWATER_IDEMPOTENCY_TABLE must be the name of a table, given nothing; BREAKWATER_RETRY_BUDGET must be JSON with attempts (1 or more), ' +
          'baseDelaySeconds and maxDelaySeconds (0 to 43200), given "{". The QueueWorker block sets these; set them yourself where the function was made without it.',
      ),
    );
    expect(() => readWorkerSettings({})).toThrow(
      /IDEMPOTENCY_RETENTION_SECONDS must be a whole number of seconds, 1 or more, given nothing; \w+_QUEUE_URL must be the URL of a queue, given nothing; \w+_PARKING_LOT_URL must be the URL of a queue, given nothing;/,
    );
  });

  test('limits may be reached, and a function may have no name', () => {
    const budget = '{"attempts":1,"baseDelaySeconds":0,"maxDelaySeconds":43200}';
    expect(
      readWorkerSettings({ ...environment, BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '1', BREAKWATER_RETRY_BUDGET: budget }),
    ).toMatchObject({
      ...{ retentionSeconds: 1, functionName: 'worker', claimBucket: undefined },
      retryBudget: { attempts: 1, baseDelaySeconds: 0, maxDelaySeconds: 43_200 },
    });
  });

  test.each([
    ['BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS', '0'],
    ['BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS', '1.5'],
    ['BREAKWATER_RETRY_BUDGET', '{'],
    ['BREAKWATER_RETRY_BUDGET', 'null'],
    ['BREAKWATER_RETRY_BUDGET', '{"attempts":0,"baseDelaySeconds":1,"maxDelaySeconds":60}'],
    ['BREAKWATER_RETRY_BUDGET', '{"attempts":3,"baseDelaySeconds":-1,"maxDelaySeconds":60}'],
    ['BREAKWATER_RETRY_BUDGET', '{"attempts":3,"baseDelaySeconds":"1","maxDelaySeconds":60}'],
    ['BREAKWATER_RETRY_BUDGET', '{"attempts":3,"baseDelaySeconds":1}'],
    ['BREAKWATER_RETRY_BUDGET', '{"attempts":3,"baseDelaySeconds":1,"maxDelaySeconds":43201}'],
  ])('%s=%s is refused', (name, value) => {
    expect(() => readWorkerSettings({ ...environment, [name]: value })).toThrow(name);
  });
});

describe('when time is short', () => {
  /** A worker whose handlers take as long as the event says, on a clock that only they move. */
  function timed() {
    let now = NOW;
    const clock = { now: () => now, random: () => 0.5, after: () => () => {} };
    const ran: unknown[] = [];
    const worker = bench(
      {
        handle: ({ name, milliseconds }: { name: string; milliseconds: number }) => {
          ran.push(name);
          now += milliseconds;
        },
      },
      { clock },
    );
    return { ...worker, ran };
  }
  const records = (count: number, milliseconds: number, parts: Partial<Parameters<typeof sqsRecord>[0]> = {}) =>
    Array.from({ length: count }, (_, index) =>
      sqsRecord({ ...parts, body: envelope({ name: `e${index}`, milliseconds }, { id: `e${index}` }) }),
    );

  test('what does not fit any more is not started, and given back without being called a failure', async () => {
    const { run, ran, sqs, telemetry } = timed();
    const batch = records(12, 1_000);
    // The slowest of ten that share the processor took 10 s: another wave might not end in the 3 s that are left.
    await expect(run(batch, 13_000)).resolves.toEqual(failed(batch[10]!.messageId, batch[11]!.messageId));
    expect(ran).toHaveLength(10);
    expect(telemetry.counts).toEqual({ Done: 10, EndToEndTime: expect.any(Number) });
    expect(sqs.sent.map(({ input }) => [input.ReceiptHandle, input.VisibilityTimeout])).toEqual([
      [batch[10]!.receiptHandle, 0],
      [batch[11]!.receiptHandle, 0],
    ]);
  });

  test('what fits is started', async () => {
    const { run, ran } = timed();
    await expect(run(records(12, 1_000), 25_000)).resolves.toEqual(ACKNOWLEDGED);
    expect(ran).toHaveLength(12);
  });

  test('what fits exactly is started too', async () => {
    const { run, ran } = timed();
    // Ten records took 10 s; 20 s and the reserve of 3 s are what eleven may take.
    await run(records(11, 1_000), 23_000);
    expect(ran).toHaveLength(11);
  });

  test('the first records are always started, so that a slow handler gets on at all', async () => {
    const { run, ran } = timed();
    await run(records(1, 60_000), 10_000);
    await run(records(1, 60_000), 10_000);
    expect(ran).toHaveLength(2);
  });

  test('a message on its last receive goes on as a copy, because runs it never had must not park it', async () => {
    const { run, sqs } = timed();
    const tenant = { dataType: 'String' as const, stringValue: 'acme' };
    const batch = records(11, 1_000, { receives: 3, messageAttributes: { tenant }, traceHeader: 'Root=1-2-3' });
    await expect(run(batch, 12_000)).resolves.toEqual(ACKNOWLEDGED);
    expect(sqs.sent).toEqual([
      {
        name: 'SendMessage',
        input: {
          QueueUrl: QUEUE_URL,
          MessageBody: batch[10]!.body,
          MessageAttributes: texts({ tenant: 'acme' }),
          MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
        },
      },
    ]);
  });

  test('a copy that can not be sent leaves the message where it is', async () => {
    const sqs = new RecordedClient(() => {
      throw new Error('denied');
    });
    let now = NOW;
    const clock = { now: () => now, random: () => 0.5, after: () => () => {} };
    const slow = () => {
      now += 1_000;
    };
    const { run } = bench({ handle: slow }, { clock, sqs });
    const batch = records(11, 0, { receives: 3 });
    await expect(run(batch, 12_000)).resolves.toEqual(failed(batch[10]!.messageId));
  });

  test('a FIFO group keeps its order: on its last receive a message is run rather than sent again', async () => {
    const { run, ran, sqs } = timed();
    const batch = records(3, 1_000, { group: 'a', receives: 3 });
    await expect(run(batch, 2_000)).resolves.toEqual(ACKNOWLEDGED);
    expect(ran).toEqual(['e0', 'e1', 'e2']);
    expect(sqs.sent).toEqual([]);
    const early = timed();
    const fresh = records(3, 1_000, { group: 'a' });
    await expect(early.run(fresh, 2_000)).resolves.toEqual(failed(fresh[1]!.messageId, fresh[2]!.messageId));
  });
});

describe('a handler that says it has not begun', () => {
  const notNow = failWith(new NotStartedError(30, 'no place within the time that is left'));
  const spent = (attempts: string) => ({ BreakwaterSpentAttempts: { dataType: 'Number' as const, stringValue: attempts } });

  test('spends no attempt: a copy goes on with those that were, and comes when it was asked to', async () => {
    const { run, sqs, telemetry } = bench(notNow);
    await expect(run([sqsRecord({ body: envelope({}), receives: 2 })])).resolves.toEqual(ACKNOWLEDGED);
    expect(sqs.named('SendMessage')).toEqual([
      {
        QueueUrl: QUEUE_URL,
        MessageBody: envelope({}),
        MessageAttributes: { BreakwaterSpentAttempts: { DataType: 'Number', StringValue: '1' } },
        DelaySeconds: 30,
      },
    ]);
    expect(telemetry.counts).toEqual({});
  });

  test('is never parked for it, however often it comes', async () => {
    const { run, sqs } = bench(notNow);
    await run([sqsRecord({ body: envelope({}), receives: 3 })]);
    expect(sqs.named('SendMessage').map(({ QueueUrl }) => QueueUrl)).toEqual([QUEUE_URL]);
  });

  test('leaves a copy the attempts that the message before it had left', async () => {
    const failing = bench(failWith(new Error('down')));
    await expect(failing.run([sqsRecord({ body: envelope({}), messageId: 'm', messageAttributes: spent('1') })])).resolves.toEqual(
      failed('m'),
    );
    await expect(failing.run([sqsRecord({ body: envelope({}), messageAttributes: spent('2') })])).resolves.toEqual(ACKNOWLEDGED);
    const [parked] = failing.sqs.named('SendMessage');
    expect(parked).toMatchObject({ QueueUrl: PARKING_LOT_URL });
    expect(Object.keys(parked!.MessageAttributes as object)).not.toContain('BreakwaterSpentAttempts');
    expect(parked!.MessageAttributes).toMatchObject(texts({ BreakwaterAttempt: '3' }));
  });

  test('keeps what the message carries, and hides what the worker added from the handler', async () => {
    const sender = { sender: { dataType: 'String' as const, stringValue: 'shop' } };
    const { run, sqs } = bench({ idempotencyKey: () => 'k', ...notNow });
    await run([sqsRecord({ body: '{}', messageAttributes: { ...sender, ...spent('1') } })]);
    expect(sqs.named('SendMessage')[0]!.MessageAttributes).toEqual({
      ...texts({ sender: 'shop' }),
      BreakwaterSpentAttempts: { DataType: 'Number', StringValue: '1' },
    });
    const seen: unknown[] = [];
    const reading = bench({ idempotencyKey: () => 'k', handle: (_, { message }) => void seen.push(message.attributes) });
    await reading.run([sqsRecord({ body: '{}', messageAttributes: { ...sender, ...spent('1') } })]);
    expect(seen).toEqual([{ sender: 'shop' }]);
  });

  test('is retried inside the budget where a copy would break the order, or could not be sent', async () => {
    const ordered = bench(notNow);
    await expect(ordered.run([sqsRecord({ body: envelope({}), messageId: 'm', group: 'g' })])).resolves.toEqual(failed('m'));
    expect(ordered.sqs.sent).toEqual([{ name: 'ChangeMessageVisibility', input: expect.objectContaining({ VisibilityTimeout: 30 }) }]);
    const sqs = new RecordedClient((name) => {
      if (name === 'SendMessage') throw new Error('no queue');
      return {};
    });
    await expect(bench(notNow, { sqs }).run([sqsRecord({ body: envelope({}), messageId: 'm' })])).resolves.toEqual(failed('m'));
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('can not ask to come back after %d s', (seconds) => {
    expect(() => new NotStartedError(seconds)).toThrow(`given ${seconds}`);
  });
});

test('a handler knows how much time it has left', async () => {
  const { seen } = await read(envelope({}));
  expect(seen[0]!.context.remainingMilliseconds()).toBe(27_000);
});
