import { type DeskModel, parkedGroup, parkedMessage, parkingJob } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';
import { testTerminal } from '../../support/terminal';

const { endpoint, deploy, run } = parkedWorld();
const GROUP = '3f2a9c1b77d0';
const ONE = '1'.repeat(16);
const ANN = 'arn:aws:iam::111122223333:user/ann';
const NOW = '2026-11-21T03:00:00.000Z';
const done = (kind: 'discard' | 'adopt') => parkingJob({ kind, state: 'finished', counts: { total: 12, discarded: 12, taken: 7 } });
const model: DeskModel = {
  groups: () => ({ groups: [parkedGroup()] }),
  show: ({ message }) => ({
    message: parkedMessage({ id: message }),
    body: { encoding: 'utf8', data: '' },
    attributes: {},
    versions: [],
    history: [],
  }),
  discard: () => ({ job: done('discard') }),
  acknowledge: ({ until }) => ({ group: parkedGroup({ state: 'acknowledged', acknowledged: { by: ANN, until } }) }),
  resolve: () => ({ group: parkedGroup({ state: 'resolved' }) }),
  ignore: () => ({ group: parkedGroup({ state: 'ignored' }) }),
  reopen: () => ({ group: parkedGroup() }),
  adopt: () => ({ job: done('adopt') }),
  job: ({ job }) => ({ job: parkingJob({ id: job, state: 'stopped', because: 'somebody stopped it' }) }),
  jobs: () => ({
    jobs: [
      parkingJob({ id: 'old', state: 'finished', startedAt: '2026-11-21T02:00:00Z' }),
      parkingJob({ id: 'now', state: 'running', startedAt: '2026-11-21T01:00:00Z' }),
    ],
  }),
  pause: ({ job }) => ({ job: parkingJob({ id: job, state: 'paused' }) }),
  resume: ({ job }) => ({ job: parkingJob({ id: job, state: 'running' }) }),
  stop: ({ job }) => ({ job: parkingJob({ id: job, state: 'stopped', because: 'ann stopped it' }) }),
};
const changes = () => endpoint().asked.filter(({ command }) => !['groups', 'show', 'job', 'jobs'].includes(command));

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse(NOW));
  deploy(model);
});

describe('parked discard', () => {
  test('asks, and hands over the reason and who it was', async () => {
    const { code, note } = await run(['discard', GROUP, '--because', 'load test'], testTerminal({ answer: 'y' }));
    expect(code).toBe(0);
    expect(note).toContain(`Discard 12 messages of group ${GROUP} (PaymentError: card <number> declined) for good? [y/N]`);
    expect(note).toContain('discard j-20261121-0300 finished: 12 of 12 discarded');
    expect(changes()).toEqual([{ functionName: 'Shop-Desk', command: 'discard', group: GROUP, because: 'load test', by: ANN }]);
  });

  test('without a reason, or without an answer, does nothing', async () => {
    expect((await run(['discard', GROUP, '--yes'])).error).toMatch(/parked discard: say why, with --because/);
    expect((await run(['discard', GROUP, '--yes', '--because', '  '])).error).toMatch(/say why/);
    expect((await run(['discard', GROUP, '--because', 'x'])).error).toMatch(/Nobody is here to answer/);
    expect((await run(['discard', GROUP, '--because', 'x'], testTerminal({ answer: 'n' }))).code).toBe(1);
    expect(changes()).toEqual([]);
  });

  test('of one message asks nothing', async () => {
    expect((await run(['discard', ONE, '--because', 'x'])).code).toBe(0);
    expect(changes()).toMatchObject([{ command: 'discard', group: GROUP, messages: [ONE] }]);
  });

  test('of an empty group does nothing', async () => {
    deploy({ ...model, groups: () => ({ groups: [parkedGroup({ counts: { parked: 0 } })] }) });
    expect((await run(['discard', GROUP, '--because', 'x'])).note).toContain('nothing is parked');
    expect(changes()).toEqual([]);
  });
});

describe('the state of a group', () => {
  test('acknowledged for eight hours, or for as long as is said', async () => {
    const { out } = await run(['acknowledge', '3f2a']);
    expect(out).toBe(`${GROUP} is acknowledged until 2026-11-21T11:00:00.000Z: 12 parked\n`);
    await run(['acknowledge', '3f2a', '--for', '2d']);
    expect(changes()).toEqual([
      { functionName: 'Shop-Desk', command: 'acknowledge', group: GROUP, until: '2026-11-21T11:00:00.000Z', by: ANN },
      { functionName: 'Shop-Desk', command: 'acknowledge', group: GROUP, until: '2026-11-23T03:00:00.000Z', by: ANN },
    ]);
    expect((await run(['acknowledge', '3f2a', '--for', '8'])).error).toMatch(/--for: must be a time such as 90min, 8h or 2d, got "8"/);
  });

  test.each([
    ['resolve', 'resolved'],
    ['ignore', 'ignored'],
    ['reopen', 'open'],
  ])('%s: %s', async (command, state) => {
    expect((await run([command, GROUP, '--because', 'ticket 7'])).out).toBe(`${GROUP} is ${state}: 12 parked\n`);
    expect(changes()).toEqual([{ functionName: 'Shop-Desk', command, group: GROUP, because: 'ticket 7', by: ANN }]);
    expect(JSON.parse((await run([command, GROUP, '--json'])).out).group.state).toBe(state);
    expect(changes().at(-1)).not.toHaveProperty('because');
  });
});

describe('jobs', () => {
  test('are listed, those that go on first', async () => {
    const { out } = await run(['jobs']);
    expect(out).toMatch(/^now +redrive +running +3f2a9c1b77d0 +2h +0 of 12 sent/m);
    expect(out.indexOf('now ')).toBeLessThan(out.indexOf('old '));
    expect(JSON.parse((await run(['jobs', '--json'])).out).desks[0].jobs.map((one: { id: string }) => one.id)).toEqual(['now', 'old']);
  });

  test('one is shown until it is over: stopped is exit code 1; --detach looks once', async () => {
    const shown = await run(['jobs', 'j-1']);
    expect(shown).toMatchObject({ code: 1, note: expect.stringContaining('redrive j-1 stopped: 0 of 12 sent. somebody stopped it') });
    expect(await run(['jobs', 'j-1', '--detach'])).toMatchObject({
      code: 0,
      out: 'redrive j-1 stopped: 0 of 12 sent. somebody stopped it\n',
    });
    expect(JSON.parse((await run(['jobs', 'j-1', '--detach', '--json'])).out).job.id).toBe('j-1');
  });

  test.each([['pause'], ['resume'], ['stop']])('%s under the name of who asks, at the desk that has the job', async (command) => {
    endpoint().account.desks = [
      { stack: 'Mail', path: 'Mail/Desk', functionName: 'Mail-Desk', model: { ...model, job: () => 'no such job' } },
      ...endpoint().account.desks,
    ];
    const { code, out } = await run([command, 'j-1']);
    expect([code, out]).toEqual([0, expect.stringMatching(/^redrive j-1 (paused|running|stopped): /)]);
    expect(changes()).toEqual([{ functionName: 'Shop-Desk', command, job: 'j-1', by: ANN }]);
  });
});

describe('parked adopt', () => {
  test('asks, takes the queue into the desk that was given it, and says what comes next', async () => {
    endpoint().account.desks = [
      { stack: 'Mail', path: 'Mail/Desk', functionName: 'Mail-Desk', model: { ...model, adopt: () => 'no such queue' } },
      ...endpoint().account.desks,
    ];
    const { code, out, note } = await run(['adopt', 'old-dlq'], testTerminal({ answer: 'y' }));
    expect(code).toBe(0);
    expect(note).toContain('Take all messages out of old-dlq into the desk of Mail/Desk or Shop/Payments/Desk? [y/N]');
    expect(note).toContain('adopt j-20261121-0300 finished: 7 messages taken');
    expect(out).toBe('next: npx breakwater parked groups --desk Shop/Payments/Desk\n');
    expect((await run(['adopt', 'old-dlq'])).error).toMatch(/Nobody is here/);
  });

  test('of a queue that no desk was given says what each desk says', async () => {
    deploy({ ...model, adopt: () => 'queue x is not one of mine: old-dlq' });
    expect((await run(['adopt', 'x', '--yes'])).error).toBe('queue x is not one of mine: old-dlq');
  });
});

describe('parked audit', () => {
  test('lists what people did, page by page, of all or of a group', async () => {
    deploy({
      ...model,
      audit: ({ cursor }) => ({
        entries: Array.from({ length: 30 }, () => ({
          at: NOW,
          by: ANN,
          action: 'redrive',
          group: GROUP,
          detail: `page ${cursor ?? 1}`,
          because: 'a\u001b[2Jb',
        })),
        ...(cursor === undefined && { cursor: '2' }),
      }),
    });
    const { out } = await run(['audit', GROUP]);
    expect(out.match(/^2026/gm)).toHaveLength(50);
    expect(out).toMatch(/^2026-11-21T03:00:00 {2}redrive {2}3f2a9c1b77d0 {2}arn\S+ann {2}a\uFFFD\[2Jb {3}page 2$/m);
    expect(changes().every((request) => 'group' in request && request.group === GROUP)).toBe(true);
    expect(JSON.parse((await run(['audit', '--json', '--limit', '3'])).out).desks[0].entries).toHaveLength(3);
    expect(changes().at(-1)).not.toHaveProperty('group');
  });
});
