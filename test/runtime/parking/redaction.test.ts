import { CLAIM_PREFIX, type MessageEnvelope } from '../../../lib/blocks/contract';
import type { ParkedBody, RedactionRequest } from '../../../lib/blocks/parking-contract';
import { sha256 } from '../../../lib/runtime/message/message';
import { envelope, RecordedClient } from '../worker/worker-bench';
import { IntakeBench, parked } from './intake-bench';

const payload = (value: unknown) => ({ Payload: Buffer.from(JSON.stringify(value)) });

/** An intake whose redaction function answers so. */
function redacting(answer: (request: RedactionRequest) => unknown) {
  const lambda = new RecordedClient((_name, input) => answer(JSON.parse(String(input.Payload)) as RedactionRequest));
  const bench = new IntakeBench({ redactionFunction: 'arn:aws:lambda:::function:redact' }, { lambda: async () => lambda as never });
  return { bench, lambda };
}

const withoutCard = ({ body }: RedactionRequest) =>
  payload({ body: { ...body, data: body.data.replace(/"card":"\d+"/, '"card":"-"') } satisfies ParkedBody });

test('an event is redacted before it is stored, and goes on to be known by what came', async () => {
  const { bench, lambda } = redacting(withoutCard);
  const event = { amount: 5, card: '4111' };
  expect(await bench.run(parked({ body: envelope(event), key: 'stripe#evt_1' }))).toEqual([]);
  expect(lambda.sent).toHaveLength(1);
  expect(JSON.parse(String(lambda.sent[0]!.input.Payload))).toEqual({
    body: { encoding: 'utf8', data: JSON.stringify(event) },
    handler: 'record-payment',
    errorName: 'Error',
  });
  const hash = sha256(Buffer.from(JSON.stringify(event)));
  const { redacted, bodyKey, payloadHash } = bench.message();
  expect([redacted, payloadHash]).toEqual([true, hash]);
  expect([...bench.objects.values()].join()).not.toContain('4111');
  expect(JSON.parse(bench.objects.get(`bodies/${bodyKey}`)!)).toEqual({
    ...(JSON.parse(envelope(event)) as MessageEnvelope),
    body: { encoding: 'utf8', data: '{"amount":5,"card":"-"}' },
    payloadHash: hash,
  });
});

test('what nothing was taken out of is stored as it came', async () => {
  const { bench } = redacting(withoutCard);
  const body = envelope({ amount: 5 });
  await bench.run(parked({ body, key: 'stripe#evt_1' }));
  expect(bench.message().redacted).toBe(false);
  expect(bench.objects.get(`bodies/${bench.message().bodyKey}`)).toBe(body);
});

test('a plain message is redacted as a whole', async () => {
  const { bench } = redacting(withoutCard);
  await bench.run(parked({ body: '{"card":"4111"}' }));
  expect([...bench.objects.values()]).toEqual(['{"card":"-"}']);
});

test('a claimed body is redacted, and one that is gone needs none', async () => {
  const { bench, lambda } = redacting(withoutCard);
  const event = `{"card":"4111","text":"${'x'.repeat(1_100_000)}"}`;
  const claim = { key: `${CLAIM_PREFIX}1`, bytes: event.length, sha256: sha256(Buffer.from(event)) };
  bench.objects.set(`claims/${claim.key}`, event);
  const claimed = (id: string, key: string) =>
    parked({ body: envelope({}, { id, body: undefined, claim: { ...claim, key } }), key: `stripe#${id}` });
  await bench.run(claimed('evt_1', claim.key));
  const { claimedBodyKey, bodyKey } = bench.message();
  const stored = bench.objects.get(`bodies/${claimedBodyKey}`)!;
  expect(stored).toContain('"card":"-"');
  const { claim: now, payloadHash } = JSON.parse(bench.objects.get(`bodies/${bodyKey}`)!) as MessageEnvelope;
  expect(payloadHash).toBe(claim.sha256);
  expect(now).toEqual({ key: expect.stringMatching(/^claims\//), bytes: stored.length, sha256: sha256(Buffer.from(stored)) });
  // Other copies of the event may still refer to what was claimed.
  expect(now!.key).not.toBe(claim.key);
  expect(await bench.run(claimed('evt_2', 'claims/gone'))).toEqual([]);
  expect(lambda.sent).toHaveLength(1);
});

test.each([
  ['it can not be reached', () => Promise.reject(new Error('throttled'))],
  ['it throws', () => ({ FunctionError: 'Unhandled', ...payload({ errorType: 'TypeError', errorMessage: 'card 4111' }) })],
  ['it answers nothing', () => ({})],
  ['it answers something else', () => payload({ body: { encoding: 'latin1', data: 'x' } })],
  ['it answers what no queue takes', () => payload({ body: { encoding: 'base64', data: 'AAAA' } })],
])('a message stays in the parking lot when %s', async (_how, answer) => {
  const { bench } = redacting(answer);
  const record = parked({ body: '{"card":"4111"}' });
  expect(await bench.run(record)).toEqual([{ itemIdentifier: record.messageId }]);
  expect([bench.objects.size, bench.messages.length]).toEqual([0, 0]);
  expect(bench.telemetry.lines.map(({ message, extra }) => `${message} ${String((extra as { error: Error }).error)}`).join()).not.toContain(
    '4111',
  );
});
