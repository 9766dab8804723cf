import type { Context } from 'aws-lambda';
import { z } from 'zod';
import type { ValidationRequest } from '../../../lib/blocks/parking-contract';
import { createWorker, type WorkerDependencies, type WorkerOptions } from '../../../lib/runtime';
import { bench, envelope, NOW, recordedTelemetry } from './worker-bench';

const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
const schema = z.object({ amount: z.number() });

function validator(options: Partial<WorkerOptions<{ amount: number }>> = {}, more: Partial<WorkerDependencies> = {}) {
  const ran: unknown[] = [];
  const handler = createWorker({ handle: (event) => void ran.push(event), schema, ...options }, {
    settings: { idempotencyTable: 't', retentionSeconds: 1, queueUrl: 'q', parkingLotUrl: 'p', functionName: 'f' },
    telemetry: recordedTelemetry(),
    clock: { now: () => NOW, random: () => 0, after: () => () => {} },
    s3: () => Promise.reject(new Error('no bucket is reached')),
    ...more,
  } as unknown as WorkerDependencies);
  const validate = (body: string, attributes: ValidationRequest['attributes'] = {}) =>
    handler({ breakwaterValidate: 1, body, attributes }, context);
  return { ran, validate };
}

test('what the schema takes is valid, and no handler runs', async () => {
  const { ran, validate } = validator();
  await expect(validate(envelope({ amount: 5 }))).resolves.toEqual({ valid: true });
  expect(ran).toEqual([]);
});

test('what the schema refuses is told with the path of the field', async () => {
  const { validate } = validator();
  await expect(validate(envelope({ amount: 'five' }))).resolves.toEqual({ valid: false, error: expect.stringContaining('amount: ') });
});

test.each([
  ['{"breakwater":2}', 'format version 2'],
  [envelope({}, { body: { encoding: 'utf8', data: '{' } }), 'the body is not JSON'],
  ['{"amount":5}', 'nothing runs without a key'],
])('a message that can not be read is not valid: %s', async (body, error) => {
  const { validate } = validator();
  await expect(validate(body)).resolves.toEqual({ valid: false, error: expect.stringContaining(error) });
});

test('a plain message is asked for its key, with its attributes', async () => {
  const { validate } = validator({ idempotencyKey: (_event, { attributes }) => attributes.order! });
  await expect(validate('{"amount":5}', { order: 'o-1' })).resolves.toEqual({ valid: true });
  await expect(validate('{"amount":5}')).resolves.toMatchObject({ valid: false });
});

test('a bucket that can not be reached says nothing of the message', async () => {
  const { validate } = validator({}, { settings: { claimBucket: 'claims' } as never });
  const claim = { key: 'claims/1', bytes: 1, sha256: 'a'.repeat(64) };
  await expect(validate(envelope({}, { body: undefined, claim }))).rejects.toThrow('no bucket is reached');
});

test('a batch is worked on as ever', async () => {
  await expect(bench({ handle: () => {} }).run([])).resolves.toEqual({ batchItemFailures: [] });
});
