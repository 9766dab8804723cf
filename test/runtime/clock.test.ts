import { type Clock, fullJitter, sleep, systemClock } from '../../lib/runtime/clock';
import { deterministicId } from '../../lib/runtime/deterministic-id';
import { HandlerTimeoutError } from '../../lib/runtime/failures';
import { withinTime } from '../../lib/runtime/time-limit';

/** A clock on which nothing happens but what the test says. */
function heldClock(now = 1_000) {
  const timers: { readonly milliseconds: number; readonly callback: () => void; cancelled: boolean }[] = [];
  const clock: Clock = {
    now: () => now,
    random: () => 0.5,
    after: (milliseconds, callback) => {
      const timer = { milliseconds, callback, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  };
  return { clock, timers };
}

describe("the system's clock", () => {
  test('tells the time of the system and a fraction', () => {
    const before = Date.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeLessThanOrEqual(Date.now());
    const fractions = Array.from({ length: 20 }, () => systemClock.random());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(new Set(fractions).size).toBeGreaterThan(1);
  });

  test('calls back once after so long, unless it is cancelled', async () => {
    const called: string[] = [];
    const cancel = systemClock.after(1, () => called.push('cancelled'));
    cancel();
    const started = performance.now();
    await sleep(systemClock, 20);
    expect(performance.now() - started).toBeGreaterThanOrEqual(18);
    expect(called).toEqual([]);
  });
});

test.each([
  [1, 50],
  [2, 100],
  [3, 200],
  [5, 500],
  [1_000_000, 500],
])('before attempt %d the delay is half of a bound that doubles up to the longest, by chance', (attempt, delay) => {
  const { clock } = heldClock();
  expect(fullJitter(clock, attempt, 100, 1_000)).toBe(delay);
  expect(fullJitter({ ...clock, random: () => 0 }, attempt, 100, 1_000)).toBe(0);
});

test('a base of nothing stays nothing, however often it doubles', () => {
  expect(fullJitter(heldClock().clock, 5_000, 0, 1_000)).toBe(0);
});

describe('work within its time', () => {
  test('ends as it ends, and its timer is given up', async () => {
    const { clock, timers } = heldClock();
    await expect(withinTime(Promise.resolve('done'), 6_000, clock)).resolves.toBe('done');
    await expect(withinTime(Promise.reject(new Error('no')), 6_000, clock)).rejects.toThrow('no');
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers.map(({ milliseconds, cancelled }) => ({ milliseconds, cancelled }))).toEqual([
      { milliseconds: 5_000, cancelled: true },
      { milliseconds: 5_000, cancelled: true },
    ]);
  });

  test('that is still running at the deadline is given up', async () => {
    const { clock, timers } = heldClock();
    const given = withinTime(new Promise(() => {}), 500, clock);
    expect(timers[0]!.milliseconds).toBe(0);
    timers[0]!.callback();
    await expect(given).rejects.toThrow(
      new HandlerTimeoutError("the handler was still running when the rest of the function's time was needed to settle what it worked on"),
    );
    await expect(given).rejects.toBeInstanceOf(HandlerTimeoutError);
  });
});

describe('a deterministic id', () => {
  test('is the same UUID for the same parts, today and in any other version', () => {
    expect(deterministicId('stripe#evt_1', 'charge')).toBe('3f19fc29-518d-8122-ba5d-c7520afdf40e');
    expect(deterministicId('stripe#evt_1', 'charge')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('is another for parts that are cut in another place', () => {
    expect(deterministicId('ab', 'c')).not.toBe(deterministicId('a', 'bc'));
    expect(deterministicId('a', 1)).not.toBe(deterministicId('a', '1'));
  });

  test('is of the form of RFC 9562, whatever its parts', () => {
    for (let part = 0; part < 64; part++) {
      expect(deterministicId(part)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});
