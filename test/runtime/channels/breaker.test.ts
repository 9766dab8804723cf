import fc from 'fast-check';
import { type Breaker, BreakerLimits, closedBreaker, mayCall, probed, probing, reported } from '../../../lib/runtime/channels/breaker';
import { SharedBreaker } from '../../../lib/runtime/channels/shared-breaker';
import { breakerKey } from '../../../lib/runtime/notifications/store/keys';
import { InMemoryTables } from '../../support/in-memory-table/in-memory-tables';

const { COOLDOWN, LONGEST_COOLDOWN, PROBE, WINDOW } = BreakerLimits;

/** What may happen to a breaker, each after some time. */
const step = fc.record({
  after: fc.oneof(fc.nat(2_000), fc.nat(400_000)),
  what: fc.oneof(
    fc.record({ kind: fc.constant('report' as const), calls: fc.integer({ min: 1, max: 20 }), failing: fc.nat(20) }),
    fc.record({ kind: fc.constant('probe' as const), works: fc.boolean(), answers: fc.boolean() }),
  ),
});

describe('a breaker', () => {
  test('opens from five calls of which half failed, within ten seconds', () => {
    const open = (calls: number, failures: number) => reported(closedBreaker(0), { calls, failures }, 5).state;
    expect([open(4, 4), open(5, 2), open(5, 3), open(6, 3), open(100, 49)]).toEqual(['closed', 'closed', 'open', 'open', 'closed']);
    const half = reported(closedBreaker(0), { calls: 4, failures: 4 }, 0);
    expect(reported(half, { calls: 4, failures: 4 }, WINDOW - 1).state).toBe('open');
    expect(reported(half, { calls: 4, failures: 4 }, WINDOW).state).toBe('closed');
  });

  test('lets one try when it has cooled down, closes when that works, and waits twice as long when it does not', () => {
    let breaker = reported(closedBreaker(0), { calls: 5, failures: 5 }, 0);
    expect(mayCall(breaker, COOLDOWN - 1)).toBe(1);
    expect(mayCall(breaker, COOLDOWN)).toBe('probe');
    breaker = probing(breaker, COOLDOWN);
    expect(mayCall(breaker, COOLDOWN + PROBE - 1)).toBe(1);
    expect(mayCall(breaker, COOLDOWN + PROBE)).toBe('probe');
    expect(probed(breaker, true, COOLDOWN + 5)).toEqual(closedBreaker(COOLDOWN + 5));
    expect(probed(breaker, false, COOLDOWN + 5)).toEqual({ state: 'open', openings: 1, until: COOLDOWN + 5 + 2 * COOLDOWN });
  });

  test('whatever happens: one probe at a time, never closed for ever, and late reports change nothing of an open one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = 0;
        let breaker: Breaker = closedBreaker(now);
        for (const { after, what } of steps) {
          now += after;
          const may = mayCall(breaker, now);
          if (breaker.state !== 'closed') {
            expect(breaker.until - now).toBeLessThanOrEqual(LONGEST_COOLDOWN);
            if (may !== 'probe') expect(reported(breaker, { calls: 9, failures: 9 }, now)).toBe(breaker);
          }
          if (what.kind === 'report') breaker = reported(breaker, { calls: what.calls, failures: Math.min(what.calls, what.failing) }, now);
          else if (may === 'probe') {
            breaker = probing(breaker, now);
            expect(mayCall(breaker, now)).toBe(PROBE);
            if (what.answers) breaker = probed(breaker, what.works, now + 10);
            expect(mayCall(breaker, now + 10) === 'yes').toBe(what.answers && what.works);
          }
        }
      }),
    );
  });
});

describe('a breaker that workers share', () => {
  const key = breakerKey('email', 'ses');
  function world() {
    let now = 1_000_000;
    const tables = new InMemoryTables({ now: () => now });
    tables.createTable('fanout', 'pk', 'sk');
    let requests = 0;
    let down = false;
    const dynamoDb = {
      send: async (command: Parameters<InMemoryTables['send']>[0]) => {
        requests++;
        if (down) throw new Error('no table');
        return tables.send(command);
      },
    } as unknown as ConstructorParameters<typeof SharedBreaker>[1]['dynamoDb'];
    const clock = { now: () => now, random: () => 0.5, after: () => () => {} };
    return {
      worker: () => new SharedBreaker(key, { dynamoDb, tableName: 'fanout', clock }),
      pass: (milliseconds: number) => {
        now += milliseconds;
      },
      requests: () => requests,
      fail: (failing: boolean) => {
        down = failing;
      },
    };
  }
  /** One call that works, or does not. @returns whether it was let through */
  const call = async (worker: SharedBreaker, worked: boolean) => {
    const admission = await worker.admit();
    if (admission.admitted) await admission.report(worked);
    return admission.admitted;
  };

  test('is opened by one for all, within a second', async () => {
    const { worker, pass } = world();
    const [one, other] = [worker(), worker()];
    expect(await call(other, true)).toBe(true);
    for (let failure = 0; failure < 5; failure++) await call(one, false);
    expect(await call(one, true)).toBe(false);
    pass(1_000);
    expect(await call(other, true)).toBe(false);
  });

  test('is opened by failures of which each worker saw too few', async () => {
    const { worker, pass } = world();
    const workers = [worker(), worker(), worker()];
    for (const each of workers) for (let failure = 0; failure < 2; failure++) await call(each, false);
    pass(1_000);
    for (const each of workers) await call(each, false);
    pass(1_000);
    await expect(Promise.all(workers.map((each) => call(each, true)))).resolves.toEqual([false, false, false]);
  });

  test('is tried by exactly one of those that come when it has cooled down', async () => {
    const { worker, pass } = world();
    const workers = Array.from({ length: 8 }, worker);
    for (let failure = 0; failure < 5; failure++) await call(workers[0]!, false);
    pass(COOLDOWN);
    const admissions = await Promise.all(workers.map((each) => each.admit()));
    const admitted = admissions.filter((admission) => admission.admitted);
    expect(admitted).toHaveLength(1);
    if (admitted[0]!.admitted) await admitted[0].report(true);
    pass(1_000);
    await expect(Promise.all(workers.map((each) => call(each, true)))).resolves.toEqual(workers.map(() => true));
  });

  test('costs a worker one read a second while all works', async () => {
    const { worker, pass, requests } = world();
    const one = worker();
    for (let second = 0; second < 10; second++) {
      for (let calls = 0; calls < 100; calls++) await call(one, true);
      pass(1_000);
    }
    expect(requests()).toBe(10);
  });

  test('does not hold up the sending when its table can not be reached', async () => {
    const { worker, fail } = world();
    fail(true);
    const one = worker();
    for (let failure = 0; failure < 20; failure++) expect(await call(one, false)).toBe(true);
  });
});
