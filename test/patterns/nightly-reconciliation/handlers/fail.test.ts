import type { FailRequest } from '../../../../lib/patterns/nightly-reconciliation/contract';
import { createFail } from '../../../../lib/patterns/nightly-reconciliation/handlers/fail';
import { RunStore } from '../../../../lib/patterns/nightly-reconciliation/handlers/run-store';
import { InMemoryBuckets } from '../../../support/night/in-memory-bucket';

const RUN = { date: '2026-11-20', run: 1, attempt: 2 };
const CAUSE = JSON.stringify({ errorType: 'TimeoutError', errorMessage: 'no answer in 30 seconds', trace: ['at x'] });

function world(answer: object = { Entries: [{ EventId: '1' }] }) {
  const buckets = new InMemoryBuckets();
  const done: unknown[] = [];
  const fail = createFail({
    reconciliation: 'ledger',
    store: new RunStore('night', buckets.client),
    nights: { failed: async ({ date, run, attempt }) => void done.push({ date, run, attempt }) },
    eventBridge: {
      send: async ({ input }: { readonly input: { readonly Entries: readonly { readonly Detail: string }[] } }) => {
        const { Detail, ...entry } = input.Entries[0]!;
        done.push({ ...entry, detail: JSON.parse(Detail) });
        return answer;
      },
    } as never,
    telemetry: { count: (name: string) => void done.push(name), logger: { error: () => undefined } } as never,
  });
  return { buckets, done, fail };
}
async function detailOf(request: FailRequest, refusal?: object) {
  const { buckets, done, fail } = world();
  if (refusal !== undefined) buckets.put('night', `runs/2026-11-20/1/refusals/${request.attempt}.json`, JSON.stringify(refusal));
  await fail(request);
  return (done[1] as { readonly detail: Record<string, unknown> }).detail;
}

test('counts, tells by an event, and notes it last', async () => {
  const { done, fail } = world();
  await fail({ ...RUN, step: 'Compare', error: { Error: 'TimeoutError', Cause: CAUSE } });
  expect(done).toEqual([
    'ReconciliationFailed',
    {
      Source: 'cdk-breakwater.reconciliation',
      DetailType: 'ReconciliationFailed',
      detail: {
        ...{ version: 1, eventId: expect.stringMatching(/^[0-9a-f-]{36}$/), reconciliation: 'ledger', date: '2026-11-20', run: 1 },
        ...{ step: 'Compare', input: false, reason: 'TimeoutError: no answer in 30 seconds' },
      },
    },
    RUN,
  ]);
});

test('a refusal of this attempt says step and reason, and that an input is at fault', async () => {
  const error = { Error: 'States.TaskFailed', Cause: 'whatever' };
  const refusal = { step: 'Read', reason: 'left: a.csv: no column amount' };
  expect(await detailOf({ ...RUN, error }, refusal)).toMatchObject({ ...refusal, input: true });
});

test.each([
  [
    { Error: 'InputFault', Cause: '{"errorType":"InputFault","errorMessage":"no file"}' },
    { input: true, reason: 'InputFault: no file' },
  ],
  [{ Error: 'States.Timeout' }, { input: false, reason: 'States.Timeout: no cause was given' }],
  [
    { Error: 'States.DataLimitExceeded', Cause: 'too large' },
    { input: false, reason: 'States.DataLimitExceeded: too large' },
  ],
  [
    { Error: 'X', Cause: '{"a":1}' },
    { input: false, reason: 'X: {"a":1}' },
  ],
  [
    { Error: 'X', Cause: 'null' },
    { input: false, reason: 'X: null' },
  ],
  [{}, { input: false, reason: 'Error: no cause was given' }],
])('%j', async (error, expected) => {
  expect(await detailOf({ ...RUN, error })).toMatchObject({ step: 'unknown', ...expected });
});

test('a reason is bounded', async () => {
  const { reason } = await detailOf({ ...RUN, error: { Error: 'X', Cause: 'x'.repeat(30_000) } });
  expect(reason).toHaveLength(2_000);
});

test('repeated, it tells the same event; another attempt tells another', async () => {
  const error = { Error: 'X' };
  const ids = await Promise.all([RUN, RUN, { ...RUN, attempt: 3 }].map(async (run) => (await detailOf({ ...run, error })).eventId));
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('an event that the bus refuses is an error, and nothing is noted: it is to be repeated', async () => {
  const { done, fail } = world({ Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }] });
  await expect(fail({ ...RUN, error: {} })).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(done).toHaveLength(2);
});
