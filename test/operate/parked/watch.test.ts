import { parkedGroup } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';
import { testTerminal } from '../../support/terminal';

jest.mock('node:timers/promises', () => ({
  setTimeout: jest.fn(async (_milliseconds: number, _value: unknown, options?: { signal?: AbortSignal }) => {
    await new Promise((resolve) => setImmediate(resolve));
    options?.signal?.throwIfAborted();
  }),
}));

const { deploy, run } = parkedWorld();

/** What stands at each look; after the last one, Ctrl-C. */
async function watched(looks: ReadonlyArray<ReturnType<typeof parkedGroup>[] | string>, ...args: string[]) {
  const terminal = testTerminal();
  let seen = 0;
  deploy({
    groups: () => {
      const look = looks[seen] ?? looks.at(-1)!;
      seen += 1;
      if (seen > looks.length) terminal.interrupt();
      return typeof look === 'string' ? look : { groups: look };
    },
  });
  return run(['watch', ...args], terminal);
}

test('what stands already is counted, and then told is what opens or changes', async () => {
  const { code, out, note } = await watched([
    [parkedGroup()],
    [parkedGroup()],
    [parkedGroup({ counts: { parked: 13 } }), parkedGroup({ group: 'aaaaaaaaaaaa', errorMessage: 'x\u001b[2J' })],
    'the table is being restored',
    [parkedGroup({ counts: { parked: 13 }, job: 'j-1' }), parkedGroup({ group: 'aaaaaaaaaaaa', state: 'resolved' })],
    [parkedGroup({ counts: { parked: 13 }, job: 'j-1' }), parkedGroup({ group: 'aaaaaaaaaaaa' })],
  ]);
  expect(code).toBe(0);
  expect(note).toBe('watching 1 groups, 1 of them open, at Shop/Payments/Desk; Ctrl-C ends it\nthe table is being restored\n');
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => line.slice(9)),
  ).toEqual([
    'changed 3f2a9c1b77d0 ours open: 13 parked PaymentError: card <number> declined Shop/Payments/Desk',
    'opened aaaaaaaaaaaa ours open: 12 parked PaymentError: x\uFFFD[2J Shop/Payments/Desk',
    'changed 3f2a9c1b77d0 ours open: 13 parked, job j-1 PaymentError: card <number> declined Shop/Payments/Desk',
    'changed aaaaaaaaaaaa ours resolved: 12 parked PaymentError: card <number> declined Shop/Payments/Desk',
    'opened aaaaaaaaaaaa ours open: 12 parked PaymentError: card <number> declined Shop/Payments/Desk',
  ]);
});

test('--json is a line for each change', async () => {
  const { out } = await watched([[], [parkedGroup()]], '--json');
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ at: expect.any(String), change: 'opened', desk: expect.objectContaining({ function: 'Shop-Desk' }), group: parkedGroup() }]);
});

test('a first look that fails ends it', async () => {
  expect((await watched(['not allowed'])).error).toBe('not allowed');
});
