import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { MAX_BODY_BYTES, MAX_INLINE_MESSAGE_BYTES, type SenderSettings } from '../../../../lib/patterns/webhook-ingestion/contract';
import { readSenders } from '../../../../lib/patterns/webhook-ingestion/handlers/senders';
import { openMessage } from '../../../../lib/runtime/message/message';
import type { VerificationInput } from '../../../../lib/runtime/signatures';
import { captureOutput, type Line } from '../../../support/output';
import { httpApiEvent, makeReceiver, QUEUE_URL, type Receiver, secretArn } from '../../../support/receive/receiver';
import { paypalSender, SENDERS, withBody, withHeader, withHeaders } from '../../../support/signatures/signed-requests';

const stripe = SENDERS.stripe();
const github = SENDERS.github();

function event(input: VerificationInput) {
  return httpApiEvent(input.provider, input.request);
}

/** Well-formed, and made with another secret. */
function forged(number = 0): VerificationInput {
  return SENDERS.stripe({ secret: `whsec_forger${number}` });
}

let output: ReturnType<typeof captureOutput>;
beforeEach(() => {
  output = captureOutput();
});
afterEach(() => jest.restoreAllMocks());

/** Counts by metric, and by reason where there is one. */
function metrics(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of output.lines().filter((candidate) => '_aws' in candidate)) {
    for (const name of ['Received', 'Accepted', 'Rejected']) {
      const value = line[name];
      if (typeof value !== 'number') continue;
      const key = line.reason === undefined ? name : `${name} ${line.reason}`;
      counts[key] = (counts[key] ?? 0) + value;
    }
  }
  return counts;
}

function errors(): Line[] {
  return output.lines().filter(({ level }) => level === 'ERROR');
}

describe('an authentic event', () => {
  test('is on the queue, whole and stamped, when it is answered 200', async () => {
    const { receive, queue, envelopes } = makeReceiver([stripe]);
    const answer = await receive(event(withHeaders(stripe, [...stripe.request.headers, ['Content-Type', 'application/json']])));
    expect(answer).toEqual({ statusCode: 200, headers: { 'x-correlation-id': expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    expect(envelopes()).toEqual([
      {
        breakwater: 1,
        id: 'evt_1',
        source: 'stripe',
        correlationId: answer.headers?.['x-correlation-id'],
        receivedAt: '2023-11-14T22:13:20.000Z',
        contentType: 'application/json',
        attributes: { provider: 'stripe', eventType: 'charge.succeeded' },
        body: { encoding: 'utf8', data: Buffer.from(stripe.request.body).toString() },
      },
    ]);
    expect(queue.messages[0]!.QueueUrl).toBe(QUEUE_URL);
    expect(metrics()).toEqual({ Received: 1, Accepted: 1 });
  });

  test.each(Object.entries({ ...SENDERS, paypal: paypalSender().send }))('of %s is accepted', async (_name, send) => {
    const input = send();
    const { receive, queue } = makeReceiver([input]);
    const answer = await receive(event(input));
    expect([answer.statusCode, queue.messages.length]).toEqual([200, 1]);
  });

  test.each<[string, readonly string[] | undefined, string[], boolean]>([
    ['by its bytes', undefined, ['1', '2'], false],
    ['by a part that is the same', ['/data'], ['1', '2'], true],
    ['by a part that differs', ['/data', '/attempt'], ['1', '2'], false],
    ['by nothing', [], ['1', '2'], true],
    ['by a part, and rendered word for word', ['/data'], ['1', '1'], true],
  ])('that is rendered anew for each try and known %s', async (_name, samePayload, attempts, same) => {
    const renderings = attempts.map((attempt) =>
      SENDERS.stripe({ body: JSON.stringify({ id: 'evt_1', type: 'charge.succeeded', data: { amount: 5 }, attempt }) }),
    );
    const sender: SenderSettings = {
      provider: 'stripe',
      secretArns: [secretArn('stripe')],
      config: {},
      ...(samePayload && { samePayload }),
    };
    const { receive, queue } = makeReceiver([stripe], { senders: readSenders(JSON.stringify({ stripe: sender })) });
    for (const input of renderings) expect((await receive(event(input))).statusCode).toBe(200);
    const opened = queue.messages.map(({ MessageBody }) => openMessage({ body: MessageBody } as SQSRecord));
    expect(new Set(opened.map(({ key }) => key)).size).toBe(1);
    expect(new Set(opened.map(({ payloadHash }) => payloadHash)).size).toBe(same ? 1 : 2);
    expect(opened.map(({ body }) => Buffer.from(body as Uint8Array))).toEqual(renderings.map(({ request }) => Buffer.from(request.body)));
  });

  test.each([{}, 'data', ['data'], [1]])('is our failure while samePayload of its sender is %j', async (samePayload) => {
    const sender = { provider: 'stripe', secretArns: [secretArn('stripe')], config: {}, samePayload };
    const { receive, queue } = makeReceiver([stripe], { senders: readSenders(JSON.stringify({ stripe: sender })) });
    expect((await receive(event(stripe))).statusCode).toBe(500);
    expect(queue.messages).toEqual([]);
    expect(JSON.stringify(errors())).toContain('samePayload must be an array of JSON pointers');
  });

  test('is not answered while the queue has not confirmed it', async () => {
    let confirm = (): void => undefined;
    let asked = (): void => undefined;
    const confirmed = new Promise<void>((resolve) => {
      confirm = resolve;
    });
    const enqueuing = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { receive } = makeReceiver([stripe], {
      enqueue: () => {
        asked();
        return confirmed;
      },
    });
    let answered = false;
    const answer = receive(event(stripe)).finally(() => {
      answered = true;
    });
    await enqueuing;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    confirm();
    expect((await answer).statusCode).toBe(200);
  });

  test('that is delivered again is answered 200 and enqueued again under the same id', async () => {
    const { receive, envelopes } = makeReceiver([stripe]);
    const answers = [await receive(event(stripe)), await receive(event(stripe))];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(envelopes().map(({ id }) => id)).toEqual(['evt_1', 'evt_1']);
  });

  test('is answered with the body its scheme asks for', async () => {
    const adyen = SENDERS.adyen();
    expect(await makeReceiver([adyen]).receive(event(adyen))).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'text/plain' },
      body: '[accepted]',
    });
  });

  test("carries the trace of its request in the message's system attribute", async () => {
    const before = process.env._X_AMZN_TRACE_ID;
    process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a:0';
    try {
      const { receive, queue } = makeReceiver([stripe]);
      await receive(event(stripe));
      expect(queue.messages[0]!.MessageSystemAttributes).toEqual({
        AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0' },
      });
    } finally {
      if (before === undefined) delete process.env._X_AMZN_TRACE_ID;
      else process.env._X_AMZN_TRACE_ID = before;
    }
  });

  test('whose bytes are no UTF-8 is verified over them and survives as they are', async () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x80, 0x7d]);
    const input = SENDERS.github({ body });
    const { receive, envelopes } = makeReceiver([input]);
    expect((await receive(httpApiEvent('github', input.request, true))).statusCode).toBe(200);
    expect(envelopes()[0]!.body).toEqual({ encoding: 'base64', data: body.toString('base64') });
  });

  test('that is a handshake is answered and not enqueued', async () => {
    const slack = SENDERS.slack({ body: '{"type":"url_verification","challenge":"3eZbrw1aB"}' });
    const { receive, queue } = makeReceiver([slack]);
    expect(await receive(event(slack))).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/plain' }, body: '3eZbrw1aB' });
    expect(queue.calls).toBe(0);
    expect(metrics()).toEqual({ Received: 1 });
  });
});

describe('a body over the limit of the queue', () => {
  const large = SENDERS.github({ body: Buffer.alloc(MAX_INLINE_MESSAGE_BYTES + 1, 'a') });
  const sha256 = createHash('sha256').update(large.request.body).digest('hex');

  test('lies in the bucket before the message that names it is sent', async () => {
    const { receive, bucket, queue, envelopes } = makeReceiver([large]);
    let standing: number | undefined;
    queue.failure = () => {
      standing = bucket.objects.size;
      return undefined;
    };
    expect((await receive(event(large))).statusCode).toBe(200);
    expect(standing).toBe(1);
    expect(envelopes()[0]).toMatchObject({ claim: { key: `claims/github/${sha256}`, bytes: MAX_INLINE_MESSAGE_BYTES + 1, sha256 } });
    expect(envelopes()[0]).not.toHaveProperty('body');
    expect(Buffer.from(bucket.objects.get(`claims/github/${sha256}`)!).equals(large.request.body)).toBe(true);
  });

  test('that can not be put is answered 503, and no message names it', async () => {
    const { receive, bucket, queue } = makeReceiver([large]);
    bucket.failure = () => new Error('SlowDown');
    expect(await receive(event(large))).toMatchObject({ statusCode: 503, headers: { 'retry-after': '10' } });
    expect(queue.calls).toBe(0);
    expect(errors()).toEqual([expect.objectContaining({ step: 'claim' })]);
  });

  test('is not acknowledged when the way ends between bucket and queue, and the next delivery comes through', async () => {
    const { receive, bucket, queue, envelopes } = makeReceiver([large]);
    queue.failure = (call) => (call === 1 ? new Error('socket hang up') : undefined);
    expect((await receive(event(large))).statusCode).toBe(503);
    expect(queue.messages).toHaveLength(0);
    expect((await receive(event(large))).statusCode).toBe(200);
    expect([...bucket.objects.keys()]).toEqual([envelopes()[0]!.claim!.key]);
  });
});

describe("a request that is not the sender's", () => {
  test.each<[string, VerificationInput, number, string]>([
    ['a forged signature', forged(), 401, 'signature_mismatch'],
    ['an altered body', withBody(stripe, Buffer.from('{"id":"evt_2"}')), 401, 'signature_mismatch'],
    ['no signature', withHeader(stripe, 'Stripe-Signature', undefined), 401, 'missing_signature'],
    ['a malformed signature', withHeader(stripe, 'Stripe-Signature', 't=1700000000,v1=zz'), 400, 'malformed_signature'],
    ['a stale time', SENDERS.stripe({ time: '1699999000' }), 401, 'stale_timestamp'],
    ['a time to come', SENDERS.stripe({ time: '1700001000' }), 401, 'future_timestamp'],
  ])('for %s is refused with the code of the reason, and nothing is enqueued', async (_name, input, statusCode, reason) => {
    const { receive, queue } = makeReceiver([stripe]);
    const answer = await receive(event(input));
    expect(answer).toMatchObject({ statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ reason }) });
    expect(queue.calls).toBe(0);
    expect(metrics()).toEqual({ Received: 1, [`Rejected ${reason}`]: 1 });
  });

  test('is refused for a header that came twice', async () => {
    const twice = withHeaders(github, [...github.request.headers, github.request.headers[0]!]);
    expect(await makeReceiver([github]).receive(event(twice))).toMatchObject({
      statusCode: 400,
      body: JSON.stringify({ reason: 'duplicated_header' }),
    });
  });

  test.each(['nobody', '__proto__', 'constructor', ''])('but of %p, whom nobody knows, is answered 404 without a hint', async (name) => {
    const { receive, queue, secretsManager } = makeReceiver([stripe]);
    const answer = await receive(httpApiEvent(name, stripe.request));
    expect(answer).toEqual({ statusCode: 404, headers: { 'x-correlation-id': expect.any(String) } });
    expect(queue.calls + secretsManager.calls).toBe(0);
  });

  test('is answered 413 above the largest body, without reading a secret; at the limit a body is taken', async () => {
    const limit = SENDERS.github({ body: Buffer.alloc(MAX_BODY_BYTES, 'a') });
    const above = SENDERS.github({ body: Buffer.alloc(MAX_BODY_BYTES + 1, 'a') });
    const { receive, secretsManager } = makeReceiver([github]);
    expect(await receive(event(above))).toMatchObject({ statusCode: 413, body: '{"reason":"body_too_large"}' });
    expect(secretsManager.calls).toBe(0);
    expect((await receive(event(limit))).statusCode).toBe(200);
  });

  test('is never accepted, whatever byte of an authentic one is changed', async () => {
    const { receive, queue } = makeReceiver([stripe]);
    await fc.assert(
      fc.asyncProperty(fc.nat(stripe.request.body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const body = Buffer.from(stripe.request.body);
        body[at] = body[at]! ^ change;
        expect((await receive(httpApiEvent('stripe', { ...stripe.request, body }, true))).statusCode).toBe(401);
      }),
    );
    expect(queue.calls).toBe(0);
  });
});

describe('a failure of ours', () => {
  test.each<[string, (receiver: Receiver) => void, number, string]>([
    ['the queue refuses', failing('queue'), 503, 'enqueue'],
    ['a secret can not be read', failing('secretsManager'), 503, 'secret'],
    ['a secret is a JSON object', ({ secretsManager }) => secretsManager.put(secretArn('stripe'), '{"key":"whsec_1"}'), 503, 'secret'],
    ['a secret is blank', ({ secretsManager }) => secretsManager.put(secretArn('stripe'), ' '), 500, 'configuration'],
    ['there is no secret', ({ secretsManager }) => secretsManager.put(secretArn('stripe'), '[]'), 500, 'configuration'],
  ])('because %s is a 5xx that asks to send again and one line in the log, never a 2xx', async (_name, fail, statusCode, step) => {
    const receiver = makeReceiver([stripe]);
    fail(receiver);
    const answer = await receiver.receive(event(stripe));
    expect(answer).toEqual({ statusCode, headers: { 'retry-after': '10', 'x-correlation-id': expect.any(String) } });
    expect(errors()).toEqual([expect.objectContaining({ step, correlation_id: answer.headers?.['x-correlation-id'] })]);
    expect(receiver.queue.messages).toHaveLength(0);
    expect(metrics()).toEqual({ Received: 1 });
  });

  function failing(service: 'queue' | 'secretsManager') {
    return (receiver: Receiver): void => {
      receiver[service].failure = () => new Error('away');
    };
  }

  test('in the settings of one sender is a 500 that names the field; other senders live on', async () => {
    const square = { ...SENDERS.square(), config: { notificationUrl: 'nowhere' } };
    const { receive } = makeReceiver([square, stripe]);
    expect((await receive(event(square))).statusCode).toBe(500);
    expect((await receive(event(stripe))).statusCode).toBe(200);
    expect(JSON.stringify(errors())).toContain('notificationUrl');
  });

  test('that nobody thought of is a 500 too', async () => {
    const { receive } = makeReceiver([stripe], { verify: () => Promise.reject(new RangeError('surprise')) });
    expect((await receive(event(stripe))).statusCode).toBe(500);
    expect(errors()).toEqual([expect.objectContaining({ step: 'unexpected', error: expect.objectContaining({ name: 'RangeError' }) })]);
  });
});

describe('rotation', () => {
  const rotated = SENDERS.stripe({ secret: 'whsec_new' });

  test('is picked up by the first event under the new secret, and events under the old one stay valid', async () => {
    const { receive, secretsManager, wait } = makeReceiver([stripe]);
    await receive(event(stripe));
    secretsManager.put(secretArn('stripe'), 'whsec_new');
    wait(31);
    expect((await receive(event(rotated))).statusCode).toBe(200);
    expect((await receive(event(stripe))).statusCode).toBe(200);
  });

  test('is picked up without a failed check after five minutes: a secret that was taken away is refused', async () => {
    const { receive, secretsManager, wait } = makeReceiver([stripe]);
    await receive(event(stripe));
    secretsManager.put(secretArn('stripe'), 'whsec_second');
    secretsManager.put(secretArn('stripe'), 'whsec_third');
    wait(299);
    expect((await receive(event(SENDERS.stripe({ time: '1700000299' })))).statusCode).toBe(200);
    wait(1);
    expect((await receive(event(SENDERS.stripe({ time: '1700000300' })))).statusCode).toBe(401);
  });

  test.each([
    ['text that no scheme takes', 'generated, not a secret!'],
    ['a generated JSON object', '{"password":"generated"}'],
  ])('from a placeholder, %s, does not stop the real secret', async (_name, placeholder) => {
    const standardWebhooks = SENDERS.standardWebhooks();
    const { receive, secretsManager } = makeReceiver([{ ...standardWebhooks, secrets: [placeholder] }]);
    secretsManager.put(secretArn('standardWebhooks'), standardWebhooks.secrets[0]!);
    expect((await receive(event(standardWebhooks))).statusCode).toBe(200);
    expect((await receive(event(withBody(standardWebhooks, Buffer.from('{}'))))).statusCode).toBe(401);
  });

  test('of a sender with several secrets takes what either holds, as text or as JSON array', async () => {
    const { receive, secretsManager } = makeReceiver([{ ...stripe, secrets: ['whsec_a', 'whsec_b'] }]);
    secretsManager.put(secretArn('stripe', 1), '["whsec_c","whsec_d"]');
    for (const secret of ['whsec_a', 'whsec_c', 'whsec_d', 'whsec_b']) {
      expect((await receive(event(SENDERS.stripe({ secret })))).statusCode).toBe(200);
    }
  });

  test('does not let a flood of forged requests through to Secrets Manager', async () => {
    const { receive, secretsManager, wait } = makeReceiver([stripe]);
    await Promise.all(Array.from({ length: 50 }, (_, number) => receive(event(forged(number)))));
    const first = secretsManager.calls;
    // Current and previous version, read once for all.
    expect(first).toBe(2);
    for (let number = 0; number < 100; number++) {
      wait(0.3);
      expect((await receive(event(forged(number)))).statusCode).toBe(401);
    }
    // 30 seconds of flood: both versions read again every five seconds.
    expect(secretsManager.calls - first).toBe(10);
  });

  test('that can not be looked up is a 503 and no refusal, and a flood does not look it up more often for that', async () => {
    const { receive, secretsManager, wait } = makeReceiver([stripe]);
    await receive(event(stripe));
    wait(31);
    secretsManager.failure = () => new Error('InternalServiceError');
    expect((await receive(event(rotated))).statusCode).toBe(503);
    const { calls } = secretsManager;
    for (let number = 0; number < 20; number++) expect((await receive(event(forged(number)))).statusCode).toBe(401);
    expect(secretsManager.calls).toBe(calls);
    // What was read before stays good.
    expect((await receive(event(stripe))).statusCode).toBe(200);
  });
});

test('neither secrets nor signatures nor bodies appear in what is written, whatever happens', async () => {
  const marker = 'cardholder-4242';
  const inputs = Object.entries(SENDERS)
    .filter(([name]) => name !== 'adyen' && name !== 'twilio')
    .map(([, send]) => send({ body: JSON.stringify({ id: 'evt_9', event_id: 'evt_9', card: marker }) }));
  const { receive, queue, bucket, secretsManager, wait } = makeReceiver(inputs);
  const forbidden = new Set([marker, ...inputs.flatMap(({ secrets }) => secrets)]);
  const deliver = async (input: VerificationInput): Promise<void> => {
    const signature = input.request.headers.find(([name]) => /sign|hmac/i.test(name))?.[1];
    if (signature !== undefined) forbidden.add(signature);
    await receive(event(input));
  };
  for (const input of inputs) {
    const [[signatureHeader]] = input.request.headers as [readonly [string, string]];
    await deliver(input);
    await deliver(withBody(input, Buffer.from(`{"card":"${marker}","altered":true}`)));
    await deliver(withHeader(input, signatureHeader, undefined));
    await deliver(withHeader(input, signatureHeader, `${marker}=,,`));
    queue.failure = () => new Error('queue away');
    await deliver(input);
    queue.failure = () => undefined;
  }
  bucket.failure = () => new Error('bucket away');
  await deliver(SENDERS.github({ body: marker + 'x'.repeat(MAX_INLINE_MESSAGE_BYTES) }));
  wait(400);
  for (const { provider } of inputs) secretsManager.put(secretArn(provider), `{"${marker}":1}`);
  for (const input of inputs) await deliver(input);
  expect(output.lines().length).toBeGreaterThan(50);
  for (const word of forbidden) expect(output.text()).not.toContain(word);
});
