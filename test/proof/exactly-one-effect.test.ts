import fc from 'fast-check';
import { runSchedule } from './explorer/explore';
import { expectToHold, LONG, report, reportAtEnd } from './report';
import type { Scenario } from './world/scenario';
import { batches, conflicting, crowd, oneCopy, slowHandlers, twoCopies } from './world/scenarios';
import { useVirtualEnvironment } from './world/virtual-environment';
import { WorkerWorld } from './world/worker-world';

const RANDOM_SCHEDULES = LONG ? 2_000 : 100;

useVirtualEnvironment();
reportAtEnd('a worker and its transactions, schedules without a broken promise');

describe('a worker has the effect of each event exactly once, or parks it, in every schedule of', () => {
  test.each<[string, Scenario]>([
    LONG
      ? ['two copies of an event and two faults', twoCopies]
      : ['two copies, a fault and a redrive', { ...twoCopies, mostFaults: 1, mostRedrives: 1 }],
    ['an event, two faults and a redrive', oneCopy],
    ['two events with one key and a fault', { ...conflicting, mostRedrives: LONG ? 1 : 0 }],
    ['two copies, handlers that take their time, and a fault', slowHandlers],
    [`a batch of two events and a copy${LONG ? ', and a fault' : ''}`, { ...batches, mostFaults: LONG ? 1 : 0 }],
  ])('%s', async (name, scenario) => expectToHold(name, () => new WorkerWorld(scenario)), 3_600_000);

  test('six messages of three events, three workers, eight faults and three redrives, at random', async () => {
    const choices = fc.array(fc.nat({ max: 0xffff }), { minLength: 1, maxLength: 80, size: 'max' });
    await fc.assert(
      fc.asyncProperty(choices, (chosen) => runSchedule(new WorkerWorld(crowd), chosen, 3)),
      { numRuns: RANDOM_SCHEDULES },
    );
    report(`six messages, eight faults: ${RANDOM_SCHEDULES} at random`);
  }, 3_600_000);
});
