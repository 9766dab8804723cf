import type { StartRequest } from '../../../../lib/blocks/contract';
import { Nights } from '../../../../lib/patterns/nightly-reconciliation/handlers/nights';
import { createStart } from '../../../../lib/patterns/nightly-reconciliation/handlers/start';
import { describeWithDynamoDbLocal } from '../../../support/dynamodb-local/dynamodb-local';
import { type Tables, tablesInMemory } from '../../../support/in-memory-table/tables';
import { Executions } from '../../../support/night/executions';
import { KilledAt } from '../../../support/night/killed';
import { createRegisterTable, TABLE } from '../../../support/reconciliation/register';

const MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Night';
const EXECUTION = 'arn:aws:states:eu-central-1:123456789012:execution:Night';
const CALENDAR = { timeZone: 'Europe/Zurich', cutOffMinutes: 1440, weekdays: [1, 2, 3, 4, 5], holidays: [] };
const DATE = '2026-11-20';
const SCHEDULED: StartRequest = { scheduledTime: '2026-11-21T01:00:00Z' };
const NOW = Date.parse('2026-11-21T01:00:02Z');
const KINDS = ['aws', 'engine'] as const;

interface World {
  readonly executions: Executions;
  readonly nights: Nights;
  readonly counts: string[];
  now: number;
  start(request: StartRequest, killed?: KilledAt): ReturnType<ReturnType<typeof createStart>>;
}

async function world(kind: (typeof KINDS)[number], tables: Tables = tablesInMemory(), name = 'ledger'): Promise<World> {
  await createRegisterTable(tables).catch((error: Error) => {
    if (error.name !== 'ResourceInUseException') throw error;
  });
  const executions = new Executions(kind);
  const place = { table: TABLE, name };
  const made: World = {
    executions,
    counts: [],
    now: NOW,
    nights: undefined as unknown as Nights,
    start: (request, killed = new KilledAt(Number.POSITIVE_INFINITY, false)) =>
      createStart({
        calendar: CALENDAR,
        stateMachine: MACHINE,
        nights: new Nights(place, { dynamoDb: killed.client(tables.client), clock }),
        sfn: killed.client(executions.client),
        telemetry: { count: (metric: string) => void made.counts.push(metric), logger: { info: () => undefined } } as never,
        clock,
      })(request),
  };
  const clock = { now: () => made.now, after: () => () => undefined, random: () => 0 };
  return Object.assign(made, { nights: new Nights(place, { dynamoDb: tables.client, clock }) });
}

const names = ({ executions }: World) => [...executions.byName.keys()];

describe.each(KINDS)('the start of a night (Step Functions as %s has it)', (kind) => {
  test('starts the run of the business date, tells its name, and counts the call', async () => {
    const it = await world(kind);
    expect(await it.start(SCHEDULED)).toEqual({ date: DATE, run: 1, attempt: 1, execution: `${EXECUTION}:${DATE}-1-1`, started: true });
    expect(it.executions.byName.get(`${DATE}-1-1`)).toEqual({ input: '{"date":"2026-11-20","run":1,"attempt":1}', status: 'RUNNING' });
    expect(it.counts).toEqual(['ReconciliationCalled']);
  });

  test('is the same run the second time, on a day that is none, and long after Step Functions forgot it', async () => {
    const it = await world(kind);
    await it.start(SCHEDULED);
    expect(await it.start(SCHEDULED)).toMatchObject({ date: DATE, run: 1, attempt: 1, started: false });
    expect(await it.start({ scheduledTime: '2026-11-22T01:00:00Z' })).toMatchObject({ date: DATE, started: false });
    it.executions.byName.clear();
    expect(await it.start({ date: DATE })).toMatchObject({ date: DATE, run: 1, started: false });
    expect(names(it)).toEqual([]);
    expect(it.counts).toHaveLength(3);
  });

  test('is one run when two start at once, and one of them says that it started it', async () => {
    const it = await world(kind);
    const answers = await Promise.all([it.start(SCHEDULED), it.start({ date: DATE }), it.start(SCHEDULED)]);
    expect(answers.filter(({ started }) => started)).toHaveLength(1);
    expect(names(it)).toEqual([`${DATE}-1-1`]);
  });

  test('resumes a run that failed, timed out or was stopped: the same run, the next attempt', async () => {
    const it = await world(kind);
    await it.start(SCHEDULED);
    for (const [status, attempt] of [
      ['FAILED', 2],
      ['TIMED_OUT', 3],
      ['ABORTED', 4],
    ] as const) {
      it.executions.end(`${DATE}-1-${attempt - 1}`, status);
      expect(await it.start({ date: DATE, do: 'resume' })).toMatchObject({ run: 1, attempt, started: true });
    }
    expect(await it.nights.find(DATE)).toMatchObject({ run: 1, attempt: 4, state: 'started', execution: `${EXECUTION}:${DATE}-1-4` });
  });

  test('resumes once when two do it at once', async () => {
    const it = await world(kind);
    await it.start(SCHEDULED);
    it.executions.end(`${DATE}-1-1`, 'FAILED');
    const answers = await Promise.all([it.start({ date: DATE, do: 'resume' }), it.start({ date: DATE, do: 'resume' })]);
    expect(answers.map(({ attempt, started }) => [attempt, started]).sort()).toEqual([
      [2, false],
      [2, true],
    ]);
    expect(names(it)).toEqual([`${DATE}-1-1`, `${DATE}-1-2`]);
  });

  test('resumes a run of which the fail function says only now that it failed', async () => {
    const it = await world(kind);
    await it.start(SCHEDULED);
    it.executions.end(`${DATE}-1-1`, 'FAILED');
    const { send } = it.executions.client;
    jest.spyOn(it.executions.client, 'send').mockImplementation((async (command: Parameters<typeof send>[0]) => {
      await it.nights.failed({ date: DATE, run: 1, attempt: 1 });
      return send(command);
    }) as never);
    expect(await it.start({ date: DATE, do: 'resume' })).toMatchObject({ run: 1, attempt: 2, started: true });
  });

  test('resumes neither what runs, nor what has succeeded, nor what never was', async () => {
    const it = await world(kind);
    await expect(it.start({ date: DATE, do: 'resume' })).rejects.toThrow('there is no run of 2026-11-20 to resume: start it');
    await it.start(SCHEDULED);
    await expect(it.start({ date: DATE, do: 'resume' })).rejects.toThrow(
      /run 1 of 2026-11-20 is running: .*execution:Night:2026-11-20-1-1$/,
    );
    it.executions.end(`${DATE}-1-1`, 'SUCCEEDED');
    await expect(it.start({ date: DATE, do: 'resume' })).rejects.toThrow('has succeeded: there is nothing to resume');
    expect(names(it)).toHaveLength(1);
  });

  test('does a date again, with a new run, once nothing runs', async () => {
    const it = await world(kind);
    expect(await it.start({ date: DATE, do: 'again' })).toMatchObject({ run: 1, attempt: 1, started: true });
    await expect(it.start({ date: DATE, do: 'again' })).rejects.toThrow('is running');
    it.executions.end(`${DATE}-1-1`, 'SUCCEEDED');
    expect(await it.start({ date: DATE, do: 'again' })).toMatchObject({ run: 2, attempt: 1, started: true });
    it.executions.end(`${DATE}-2-1`, 'FAILED');
    expect(await it.start({ date: DATE, do: 'resume' })).toMatchObject({ run: 2, attempt: 2 });
    it.executions.end(`${DATE}-2-2`, 'FAILED');
    expect(await it.start({ date: DATE, do: 'again' })).toMatchObject({ run: 3, attempt: 1 });
    expect(await it.start(SCHEDULED)).toMatchObject({ run: 3, attempt: 1, started: false });
  });

  test('takes what was started a moment ago and can not be seen yet for running, and what ended 90 days ago for over', async () => {
    const it = await world(kind);
    await it.start(SCHEDULED);
    it.executions.byName.clear();
    await expect(it.start({ date: DATE, do: 'again' })).rejects.toThrow('is running');
    it.now += 91 * 86_400_000;
    await expect(it.start({ date: DATE, do: 'resume' })).rejects.toThrow('ended too long ago to resume: do it again');
    expect(await it.start({ date: DATE, do: 'again' })).toMatchObject({ run: 2 });
  });

  test.each([
    ['start', SCHEDULED, 1],
    ['resume', { date: DATE, do: 'resume' }, 2],
    ['again', { date: DATE, do: 'again' }, 2],
  ] as const)('%s: killed at any request, the next call repairs it, and there is one execution', async (what, request, expected) => {
    let died = 0;
    for (const isSent of [false, true]) {
      for (let at = 1; ; at += 1) {
        const it = await world(kind);
        if (what !== 'start') {
          await it.start(SCHEDULED);
          it.executions.end(`${DATE}-1-1`, 'FAILED');
        }
        const killed = new KilledAt(at, isSent);
        const error = await it.start(request, killed).then(
          () => undefined,
          (thrown: Error) => thrown.name,
        );
        if (!killed.isReached) break;
        expect(error).toBe('Killed');
        died += 1;
        // Whoever calls next: the scheduler once more, or the person, who may be told that it runs.
        await it.start(request).catch((thrown: Error) => expect(thrown.message).toContain('is running'));
        await it.start(SCHEDULED);
        expect(names(it)).toHaveLength(expected);
        expect([...it.executions.byName.values()].filter(({ status }) => status === 'RUNNING')).toHaveLength(1);
        expect((await it.nights.find(DATE))!.execution).toBe(`${EXECUTION}:${names(it).at(-1)}`);
      }
    }
    expect(died).toBeGreaterThanOrEqual(8);
  });

  test.each(['resume', 'again'] as const)('%s starts what somebody was killed before starting, and nothing after it', async (what) => {
    const it = await world(kind);
    await it.nights.begin({ date: DATE, run: 1, attempt: 1 }, undefined);
    expect(await it.start({ date: DATE, do: what })).toMatchObject({ run: 1, attempt: 1, started: true });
  });

  test('a resume that was killed while its execution ran and failed is followed by the next attempt', async () => {
    const it = await world(kind);
    await it.start(SCHEDULED);
    it.executions.end(`${DATE}-1-1`, 'FAILED');
    // find, describe, write, read, start: it dies before it notes that.
    await expect(it.start({ date: DATE, do: 'resume' }, new KilledAt(6, false))).rejects.toThrow('at request 6');
    it.executions.end(`${DATE}-1-2`, 'FAILED');
    expect(await it.start({ date: DATE, do: 'resume' })).toMatchObject({ attempt: 3, started: true });
  });
});

describe('a request', () => {
  test.each([
    [
      { scheduledTime: '<aws.scheduler.scheduled-time>' },
      /scheduledTime: must be a time such as .*given "<aws\.scheduler\.scheduled-time>"/,
    ],
    [{ scheduledTime: 12 }, /scheduledTime: must be a time/],
    [{ scheduledTime: '2026-13-45T00:00:00Z' }, /scheduledTime: must be a time/],
    [{ date: '2026-02-30' }, /date: must be a day of the calendar as YYYY-MM-DD/],
    [{}, /date: must be a day of the calendar/],
    [{ date: DATE, do: 'stop' }, /do: must be start, resume or again, given "stop"/],
  ])('%j is refused, and nothing is started', async (request, message) => {
    const it = await world('aws');
    await expect(it.start(request as unknown as StartRequest)).rejects.toThrow(message);
    expect(names(it)).toEqual([]);
  });

  test('of the scheduler is counted even when its time can not be read: the schedule did call', async () => {
    const it = await world('aws');
    await expect(it.start({ scheduledTime: '?' })).rejects.toThrow();
    expect(it.counts).toEqual(['ReconciliationCalled']);
  });
});

describe('what is noted of a night', () => {
  test('says that it completed, and keeps when the first run of the date did', async () => {
    const it = await world('aws');
    await it.start(SCHEDULED);
    await it.nights.completed({ date: DATE, run: 1, attempt: 1 });
    const completedAt = new Date(NOW).toISOString();
    expect(await it.nights.find(DATE)).toMatchObject({ state: 'completed', completedAt });
    it.executions.end(`${DATE}-1-1`, 'SUCCEEDED');
    it.now += 60_000;
    await it.start({ date: DATE, do: 'again' });
    await it.nights.completed({ date: DATE, run: 1, attempt: 1 });
    expect(await it.nights.find(DATE)).toMatchObject({ state: 'started', run: 2, completedAt });
    await it.nights.completed({ date: DATE, run: 2, attempt: 1 });
    expect(await it.nights.find(DATE)).toMatchObject({ state: 'completed', run: 2, completedAt });
  });

  test('is begun in the place of what it was found to be alone', async () => {
    const it = await world('aws');
    const first = await it.nights.begin({ date: DATE, run: 1, attempt: 1 }, undefined);
    const second = await it.nights.begin({ date: DATE, run: 1, attempt: 2 }, first);
    expect(await it.nights.begin({ date: DATE, run: 2, attempt: 1 }, first)).toEqual(second);
    expect(await it.nights.begin({ date: DATE, run: 1, attempt: 1 }, undefined)).toEqual(second);
    const again = await it.nights.begin({ date: DATE, run: 2, attempt: 1 }, second);
    const other = await it.nights.begin({ date: DATE, run: 3, attempt: 1 }, again);
    expect(await it.nights.begin({ date: DATE, run: 2, attempt: 2 }, again)).toEqual(other);
  });

  test('says that an attempt failed, unless a later one was begun or the run is complete', async () => {
    const it = await world('aws');
    await it.start(SCHEDULED);
    await it.nights.failed({ date: DATE, run: 1, attempt: 1 });
    expect(await it.nights.find(DATE)).toMatchObject({ state: 'failed' });
    it.executions.end(`${DATE}-1-1`, 'FAILED');
    await it.start({ date: DATE, do: 'resume' });
    await it.nights.failed({ date: DATE, run: 1, attempt: 1 });
    expect(await it.nights.find(DATE)).toMatchObject({ state: 'started', attempt: 2 });
    await it.nights.completed({ date: DATE, run: 1, attempt: 2 });
    await it.nights.failed({ date: DATE, run: 1, attempt: 2 });
    expect(await it.nights.find(DATE)).toMatchObject({ state: 'completed' });
  });

  test('an execution that a person started without the start function is noted when it completes', async () => {
    const it = await world('aws');
    await it.nights.completed({ date: DATE, run: 1, attempt: 1 });
    expect(await it.start(SCHEDULED)).toMatchObject({ run: 1, attempt: 1 });
    expect(await it.nights.find(DATE)).toMatchObject({ state: 'completed', run: 1, attempt: 1 });
  });
});

describeWithDynamoDbLocal('the start of a night on DynamoDB', (local) => {
  test('starts once of ten at once, resumes, does again, completes', async () => {
    const it = await world('aws', local(), 'local');
    const answers = await Promise.all(Array.from({ length: 10 }, () => it.start(SCHEDULED)));
    expect(answers.filter(({ started }) => started)).toHaveLength(1);
    it.executions.end(`${DATE}-1-1`, 'FAILED');
    await it.nights.failed({ date: DATE, run: 1, attempt: 1 });
    const resumed = await Promise.all(Array.from({ length: 5 }, () => it.start({ date: DATE, do: 'resume' }).catch(() => undefined)));
    expect(resumed.filter((one) => one?.started)).toHaveLength(1);
    await it.nights.completed({ date: DATE, run: 1, attempt: 2 });
    it.executions.end(`${DATE}-1-2`, 'SUCCEEDED');
    expect(await it.start({ date: DATE, do: 'again' })).toMatchObject({ run: 2, attempt: 1, started: true });
    expect(await it.nights.find(DATE)).toEqual({
      ...{ date: DATE, run: 2, attempt: 1, state: 'started', execution: `${EXECUTION}:${DATE}-2-1` },
      ...{ startedAt: new Date(NOW).toISOString(), completedAt: new Date(NOW).toISOString() },
    });
  });
});
