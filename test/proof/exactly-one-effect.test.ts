import fc from 'fast-check';
import { exploreAll, runSchedule } from './explorer/explore';
import type { Scenario } from './world/scenario';
import { batches, conflicting, crowd, oneCopy, slowHandlers, twoCopies } from './world/scenarios';
import { WorkerWorld } from './world/worker-world';

/** More than any schedule has choices: all of them are enumerated. */
const ALL = 1_000;
/** `BREAKWATER_PROOF=long` goes further than there is time for in each run of the tests. */
const LONG = process.env.BREAKWATER_PROOF === 'long';
const RANDOM_SCHEDULES = LONG ? 30_000 : 600;

const lines: string[] = [];
afterAll(() => process.stdout.write(`\nschedules without a broken promise:\n${lines.map((line) => `  ${line}\n`).join('')}`));

describe('a worker has the effect of each event exactly once, or parks it, in every schedule of', () => {
  test.each<[string, Scenario]>([
    ['two copies of an event and two faults', twoCopies],
    ['two copies, a fault and a redrive', { ...twoCopies, mostFaults: LONG ? 2 : 1, mostRedrives: 1 }],
    ['an event, two faults and a redrive', { ...oneCopy, mostFaults: LONG ? 3 : 2 }],
    ['two events with one key and a fault', { ...conflicting, mostRedrives: LONG ? 1 : 0 }],
    ['two copies, handlers that take their time, and a fault', { ...slowHandlers, mostFaults: LONG ? 2 : 1 }],
    ['a batch of two events and a copy, and a fault', batches],
  ])(
    '%s',
    async (name, scenario) => {
      const { schedules, runs, states, violations } = await exploreAll(() => new WorkerWorld(scenario), ALL);
      expect([...violations.values()].map(({ message }) => message)).toEqual([]);
      lines.push(`${name}: all ${schedules.toLocaleString('en')} (${runs} runs, ${states} states)`);
      expect(schedules).toBeGreaterThan(1_000);
    },
    600_000,
  );

  test('six messages of three events, three workers, eight faults and three redrives, at random', async () => {
    const choices = fc.array(fc.nat({ max: 0xffff }), { minLength: 1, maxLength: 80, size: 'max' });
    await fc.assert(
      fc.asyncProperty(choices, (chosen) => runSchedule(new WorkerWorld(crowd), chosen, 3)),
      { numRuns: RANDOM_SCHEDULES },
    );
    lines.push(`six messages, eight faults: ${RANDOM_SCHEDULES} at random`);
  }, 600_000);
});
