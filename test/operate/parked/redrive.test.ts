import type { DeskAnswers, ParkingJob, RedrivePlan } from '../../../lib/blocks/parking-contract';
import { xmlError } from '../../support/aws-answers';
import { type DeskModel, parkedGroup, parkedMessage, parkingJob } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';
import { testTerminal } from '../../support/terminal';

const { endpoint, deploy, run } = parkedWorld();
const GROUP = '3f2a9c1b77d0';
const ANN = 'arn:aws:iam::111122223333:user/ann';

const plan = (given: Partial<RedrivePlan> = {}): RedrivePlan => ({
  group: GROUP,
  messages: 1200,
  rate: 20,
  canary: 10,
  seconds: 60,
  lookedAt: 100,
  effectStands: 0,
  guarded: 0,
  conflicting: 0,
  withoutKey: 0,
  redacted: 0,
  alarms: [],
  perMessage: { queueRequests: 3, workerRuns: 1, writeUnits: 6 },
  ...given,
});

/** A desk whose job stands as each of these, one after the other. */
function desk(states: ReadonlyArray<Partial<ParkingJob>>, planned = plan(), more: DeskModel = {}): void {
  let seen = 0;
  deploy({
    groups: () => ({ groups: [parkedGroup()] }),
    plan: () => ({ plan: planned }),
    redrive: () => ({ job: parkingJob() }),
    job: () => ({ job: parkingJob(states[Math.min(seen++, states.length - 1)] as Parameters<typeof parkingJob>[0]) }),
    ...more,
  });
}
const commands = () => endpoint().asked.map(({ command }) => command);
const FINISHED = { state: 'finished', counts: { total: 12, sent: 12, done: 12 } as ParkingJob['counts'] } as const;

beforeEach(() => {
  // A look a second at the job would make each of these tests as slow.
  jest.requireMock('node:timers/promises').setTimeout.mockClear();
});
jest.mock('node:timers/promises', () => ({
  setTimeout: jest.fn(async (_milliseconds: number, _value: unknown, options?: { signal?: AbortSignal }) => {
    await new Promise((resolve) => setImmediate(resolve));
    options?.signal?.throwIfAborted();
  }),
}));

describe('a redrive', () => {
  test('tells its plan, asks, begins under the name that AWS knows, and is shown until it is over', async () => {
    desk([{ state: 'canary', counts: { total: 12, sent: 10 } as ParkingJob['counts'] }, FINISHED], plan({ effectStands: 30, guarded: 70 }));
    const { code, out, note } = await run(['redrive', GROUP, '--rate', '40/s', '--canary', '5'], testTerminal({ answer: 'y' }));
    expect(code).toBe(0);
    expect(out).toContain(`redrive of ${GROUP} PaymentError: card <number> declined at Shop/Payments/Desk\n`);
    expect(out).toMatch(/can't repeat {4}30 of 100: their effect stands/);
    expect(out).toMatch(/at most once {4}70 of 100/);
    expect(note).toContain(`Send 1,200 messages of group ${GROUP} back? [y/N] as ${ANN}\n`);
    expect(note).toContain('redrive j-20261121-0300 canary: 10 of 12 sent\n');
    expect(note).toMatch(/redrive j-20261121-0300 finished: 12 of 12 sent, 12 done\n$/);
    expect(endpoint().asked).toContainEqual({ functionName: 'Shop-Desk', command: 'redrive', group: GROUP, rate: 40, canary: 5, by: ANN });
    expect(commands()).toEqual(['groups', 'plan', 'redrive', 'job', 'job']);
  });

  test('costs what its requests, runs and writes cost by the dated prices', async () => {
    desk([FINISHED]);
    const { out } = await run(['redrive', GROUP, '--yes', '--json']);
    // 1,200 x (3 x $0.4/M + $0.2/M + 0.1 GB-s x $16.6667/M + 6 x $0.625/M)
    expect(JSON.parse(out).cost).toEqual({
      amount: '0.008180004',
      region: 'us-east-1',
      date: '2026-10-08',
      assumed: '100 ms a run at 1 GB',
    });
    expect((await run(['redrive', GROUP, '--yes'])).out).toContain(
      'costs           $0.0082 (prices of us-east-1, 2026-10-08; 100 ms a run at 1 GB)',
    );
  });

  test('warns of what comes back, is not followed, was redacted, and of alarms that ring', async () => {
    desk([FINISHED], plan({ conflicting: 2, withoutKey: 3, redacted: 4, alarms: ['worker\u001b[2JErrors'], rate: 0.5, canary: 0 }));
    const { out } = await run(['redrive', GROUP, '--yes']);
    expect(out).toMatch(/will come back {2}2 of 100/);
    expect(out).toMatch(/not followed {4}3 of 100/);
    expect(out).toMatch(/redacted {8}4 of 100/);
    expect(out).toMatch(/ALARM {11}worker\uFFFD\[2JErrors rings/);
    expect(out).toContain('1,200, without a canary');
    expect(out).toContain('40 min at 30/min');
  });

  test.each([[''], ['n'], ['nope'], ['Y es']])('answered with %j does nothing', async (answer) => {
    desk([FINISHED]);
    const { code, note } = await run(['redrive', GROUP], testTerminal({ answer }));
    expect([code, commands()]).toEqual([1, ['groups', 'plan']]);
    expect(note).toMatch(/nothing was changed\n$/);
  });

  test('without anybody to answer is refused, and begins with --yes', async () => {
    desk([FINISHED]);
    expect((await run(['redrive', GROUP])).error).toMatch(
      /Send 1,200 messages .*Nobody is here to answer: give --yes .*Nothing was changed/,
    );
    expect(commands()).not.toContain('redrive');
    expect((await run(['redrive', GROUP, '--yes'])).code).toBe(0);
  });

  test('of a group with nothing parked does nothing', async () => {
    desk([FINISHED], plan({ messages: 0 }));
    const { code, out } = await run(['redrive', GROUP]);
    expect([code, commands()]).toEqual([0, ['groups', 'plan']]);
    expect(out).toContain('nothing is parked in it');
  });

  test('that stops by itself is exit code 1, with its reason and what to type', async () => {
    desk([
      {
        state: 'stopped',
        because: 'PaymentError came back after the canary',
        counts: { total: 12, sent: 10, returned: 10 } as ParkingJob['counts'],
      },
    ]);
    const { code, out, note } = await run(['redrive', GROUP, '--yes']);
    expect(code).toBe(1);
    expect(note).toContain('stopped: 10 of 12 sent, 10 came back. PaymentError came back after the canary\n');
    expect(out).toMatch(new RegExp(`next: npx breakwater parked list ${GROUP} --state returned\n$`));
  });

  test('that the desk refuses says the sentence of the desk', async () => {
    desk([FINISHED], plan(), { redrive: () => 'group has job j-1 already, begun by bob' });
    expect((await run(['redrive', GROUP, '--yes'])).error).toBe('group has job j-1 already, begun by bob');
  });

  test('--detach leaves it to itself', async () => {
    desk([FINISHED]);
    const { code, note } = await run(['redrive', GROUP, '--yes', '--detach']);
    expect([code, commands()]).toEqual([0, ['groups', 'plan', 'redrive']]);
    expect(note).toContain('`parked jobs j-20261121-0300` shows it, `parked stop j-20261121-0300` stops it');
  });

  test('Ctrl-C leaves it running and says so', async () => {
    const terminal = testTerminal();
    let looks = 0;
    desk([], plan(), {
      job: () => {
        looks += 1;
        if (looks === 2) terminal.interrupt();
        return { job: parkingJob({ state: 'running' }) };
      },
    });
    const { code, note } = await run(['redrive', GROUP, '--yes'], terminal);
    expect([code, looks]).toEqual([0, 2]);
    expect(note).toMatch(/job j-20261121-0300 goes on in the stack: .*`parked stop j-20261121-0300` stops it\n$/);
    expect(commands()).not.toContain('stop');
  });

  test('is watched over failures of the network, but not for ever', async () => {
    let looks = 0;
    const job =
      (failures: number): DeskModel['job'] =>
      () =>
        ++looks <= failures ? 'not now' : { job: parkingJob(FINISHED as object) };
    desk([], plan(), { job: job(9) });
    expect((await run(['redrive', GROUP, '--yes'])).code).toBe(0);
    looks = 0;
    desk([], plan(), { job: job(10) });
    const { error, note } = await run(['redrive', GROUP, '--yes']);
    expect(error).toBe('not now');
    expect(note).toContain('goes on in the stack');
  });

  test('--json is one document with plan, cost and job; all else goes to standard error', async () => {
    desk([{ state: 'running' }, FINISHED]);
    const { out, note } = await run(['redrive', GROUP, '--json'], testTerminal({ answer: 'yes' }));
    expect(JSON.parse(out)).toMatchObject({ desk: { function: 'Shop-Desk' }, plan: { messages: 1200 }, job: { state: 'finished' } });
    expect(note).toContain('1,200, 10 of them first, as a canary');
  });

  test('on a terminal is one line that changes, and the last one stays whole', async () => {
    desk([{ state: 'running' }, { state: 'stopped', because: 'x'.repeat(100) }]);
    const { note } = await run(['redrive', GROUP, '--yes'], testTerminal({ rewrites: true, noteColumns: 40 }));
    const lines = note.split('\r\u001b[2K').slice(1);
    expect(lines).toHaveLength(4);
    for (const line of lines.slice(0, -1)) expect(line.length).toBeLessThanOrEqual(39);
    expect(lines.at(-1)).toMatch(/x{100}\n/);
  });
});

describe('a redrive of some messages', () => {
  const show =
    (groups: Record<string, string>): DeskModel['show'] =>
    ({ message }) =>
      ({
        message: parkedMessage({ id: message, group: groups[message] ?? GROUP }),
        body: { encoding: 'utf8', data: '' },
        attributes: {},
        versions: [],
        history: [],
      }) satisfies DeskAnswers['show'];
  const [ONE, TWO] = ['1'.repeat(16), '2'.repeat(16)] as const;

  test('names them; one alone needs no answer', async () => {
    desk([FINISHED], plan(), { show: show({}) });
    const { code, out } = await run(['redrive', ONE]);
    expect(code).toBe(0);
    expect(endpoint().asked).toContainEqual(expect.objectContaining({ command: 'redrive', group: GROUP, messages: [ONE] }));
    expect(out).toContain('messages        1, 1 of them first, as a canary');
    expect(out).toContain('the whole group: 1200 are parked in it, 1 of them are meant');
    expect((await run(['redrive', ONE, TWO])).error).toMatch(/Send 2 messages of group/);
  });

  test('takes those of one group only', async () => {
    desk([FINISHED], plan(), { show: show({ [TWO]: 'aaaaaaaaaaaa' }) });
    expect((await run(['redrive', ONE, TWO])).error).toMatch(/several groups \(3f2a9c1b77d0, aaaaaaaaaaaa\): one group at a time/);
  });
});

test('where AWS does not say who asks, the name of this machine is kept, and that is told', async () => {
  desk([FINISHED]);
  endpoint().account.fault = (operation) => (operation === 'GetCallerIdentity' ? xmlError(403, 'AccessDenied', 'no') : undefined);
  const { note } = await run(['redrive', GROUP, '--yes']);
  expect(note).toMatch(/AWS did not say who you are: what you do is kept under \S+@\S+/);
});
