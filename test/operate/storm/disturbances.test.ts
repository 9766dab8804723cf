import { type Disturbance, DisturbanceSchedule, disturbanceFigures } from '../../../lib/operate/storm/disturbances';
import type { Attempt } from '../../../lib/operate/storm/sender';

function gate() {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

function disturbance(name: Disturbance['name'], after: number, befall: Disturbance['befall']): Disturbance {
  return { name, after, befall };
}

test('each begins when its share of the bursts is under way, the earlier first, whatever order they are given in', async () => {
  const begun: string[] = [];
  const schedule = new DisturbanceSchedule(
    [
      disturbance('restart', 2 / 3, async () => void begun.push('restart')),
      disturbance('outage', 1 / 3, async () => void begun.push('outage')),
    ],
    9,
  );
  schedule.advance(2);
  await schedule.ended();
  expect(begun).toEqual([]);
  schedule.advance(3);
  schedule.advance(4);
  await schedule.ended();
  expect(begun).toEqual(['outage']);
  schedule.advance(9);
  await schedule.ended();
  expect(begun).toEqual(['outage', 'restart']);
  expect(schedule.past.map(({ name }) => name)).toEqual(['outage', 'restart']);
});

test('one that comes due while another lasts waits for its end: nobody restarts an engine that stands still', async () => {
  const outage = gate();
  const begun: string[] = [];
  const schedule = new DisturbanceSchedule(
    [
      disturbance('outage', 0.1, () => {
        begun.push('outage');
        return outage.passed;
      }),
      disturbance('restart', 0.2, async () => void begun.push('restart')),
    ],
    10,
  );
  schedule.advance(10);
  await Promise.resolve();
  expect(begun).toEqual(['outage']);
  outage.open();
  await schedule.ended();
  expect(begun).toEqual(['outage', 'restart']);
});

test('one that could not be brought about ends the sending, and says why; what was to follow does not begin', async () => {
  const begun: string[] = [];
  const schedule = new DisturbanceSchedule(
    [
      disturbance('outage', 0, () => Promise.reject(new Error('no such process'))),
      disturbance('restart', 0.5, async () => void begun.push('restart')),
    ],
    2,
  );
  schedule.advance(1);
  schedule.advance(2);
  await expect(schedule.ended()).rejects.toThrow('outage: no such process');
  expect(schedule.failed.aborted).toBe(true);
  expect([begun, schedule.past]).toEqual([[], []]);
});

test('a storm without disturbances has none', async () => {
  const schedule = new DisturbanceSchedule([], 5);
  schedule.advance(5);
  await schedule.ended();
  expect([schedule.past, schedule.failed.aborted]).toEqual([[], false]);
});

test('the requests an outage cost are those under way in it that were never answered', () => {
  const attempt = (startedAtEpochMilliseconds: number, milliseconds: number, status?: number): Attempt => ({
    eventId: 'a',
    startedAtEpochMilliseconds,
    milliseconds,
    status,
  });
  const figures = disturbanceFigures(
    [{ name: 'outage', startedAtEpochMilliseconds: 10_000, endedAtEpochMilliseconds: 22_040 }],
    [
      attempt(8_000, 1_999),
      attempt(8_000, 2_000),
      attempt(15_000, 5),
      attempt(15_000, 10_000),
      attempt(22_041, 5),
      attempt(15_000, 8_000, 200),
      attempt(15_000, 8_000, 503),
    ],
  );
  expect(figures).toEqual([{ name: 'outage', seconds: 12, unanswered: 3 }]);
});
