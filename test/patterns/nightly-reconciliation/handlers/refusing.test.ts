import { boundedReason, refusing } from '../../../../lib/patterns/nightly-reconciliation/handlers/refusing';
import { InputFault } from '../../../../lib/reconciliation-rules/input-fault';

const RUN = { date: '2026-11-20', run: 2, attempt: 3 };

function writer() {
  const written = new Map<string, unknown>();
  return { written, writeJson: async (key: string, value: unknown) => void written.set(key, value) };
}

test('a step that an input is at fault for leaves the reason of its attempt, and fails with it', async () => {
  const store = writer();
  const fault = new InputFault('left/a.csv: no column amount');
  await expect(refusing(RUN, 'Read left', store, () => Promise.reject(fault))).rejects.toBe(fault);
  expect([...store.written]).toEqual([
    ['runs/2026-11-20/2/refusals/3.json', { step: 'Read left', reason: 'left/a.csv: no column amount' }],
  ]);
});

test('what no input is at fault for is thrown as it is, and leaves nothing', async () => {
  const store = writer();
  await expect(refusing(RUN, 'Read left', store, () => Promise.reject(new Error('no connection')))).rejects.toThrow('no connection');
  expect(await refusing(RUN, 'Read left', store, async () => 7)).toBe(7);
  expect(store.written.size).toBe(0);
});

test('a reason is bounded', () => {
  expect(boundedReason('x'.repeat(2_000))).toHaveLength(2_000);
  expect(boundedReason('x'.repeat(2_001))).toBe(`${'x'.repeat(1_999)}…`);
});
