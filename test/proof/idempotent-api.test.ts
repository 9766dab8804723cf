import fc from 'fast-check';
import { runSchedule } from './explorer/explore';
import { expectToBreak, expectToHold, LONG, report, reportAtEnd } from './report';
import { apiProgram } from './world/api-program';
import type { ApiProgram, ApiScenario } from './world/api-scenario';
import { ApiWorld } from './world/api-world';
import { acquiresAnyway, completesApart, completesUnfenced } from './world/damage';
import { useVirtualEnvironment } from './world/virtual-environment';
import { Promises } from './world/witness';

const RANDOM_SCHEDULES = LONG ? 2_000 : 100;

useVirtualEnvironment();
reportAtEnd('callers of an API');

const one = { name: 'the caller', key: 'key', order: 'order' };
const same = { name: 'its repetition', key: 'key', order: 'order' };
const other = { name: 'another', key: 'key', order: 'another order' };

const twoOfAKind: ApiScenario = {
  program: apiProgram,
  callers: [one, same],
  attempts: 12,
  mostFaults: 1,
  faults: ['crash', 'timeout', 'throttle', 'conflict', 'failure', 'standstill', 'thaw'],
  clientAttempts: 1,
  slowHandlers: false,
};

describe('a request has its effect once, and its answer is given again, in every schedule of', () => {
  test.each<[string, ApiScenario]>([
    [`a caller and ${LONG ? 'three' : 'two'} faults`, { ...twoOfAKind, callers: [one], mostFaults: LONG ? 3 : 2 }],
    [`two callers with the same request and ${LONG ? 'two faults' : 'a fault'}`, { ...twoOfAKind, mostFaults: LONG ? 2 : 1 }],
    ['two callers with one key and two requests, and a fault', { ...twoOfAKind, callers: [one, other] }],
    ['two callers whose handlers take their time', { ...twoOfAKind, slowHandlers: true, mostFaults: LONG ? 2 : 1 }],
  ])('%s', async (name, scenario) => expectToHold(name, () => new ApiWorld(scenario)), 3_600_000);

  test('three callers and six faults, at random', async () => {
    const crowd: ApiScenario = {
      ...twoOfAKind,
      callers: [one, same, other],
      attempts: 9,
      mostFaults: 6,
      clientAttempts: 2,
      slowHandlers: true,
    };
    const choices = fc.array(fc.nat({ max: 0xffff }), { minLength: 1, maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(choices, (chosen) => runSchedule(new ApiWorld(crowd), chosen, 3)),
      { numRuns: RANDOM_SCHEDULES },
    );
    report(`three callers, six faults: ${RANDOM_SCHEDULES} at random`);
  }, 3_600_000);
});

describe('the explorer finds that a promise is broken', () => {
  test.each<[string, string, ApiProgram, Partial<ApiScenario>]>([
    ['when a lease is had whatever stands there', Promises.NOT_OVERWRITTEN, acquiresAnyway(apiProgram), { mostFaults: 0 }],
    ['when the answer is recorded apart from the effect', Promises.ONCE, completesApart(apiProgram), { mostFaults: 0 }],
    [
      'when an effect is written without the token of its lease',
      Promises.NOT_OVERWRITTEN,
      completesUnfenced(apiProgram),
      { callers: [one], mostFaults: 2, faults: ['crash', 'standstill'] },
    ],
  ])(
    '%s',
    async (damage, promise, program, weather) => {
      await expectToBreak(damage, promise, () => new ApiWorld({ ...twoOfAKind, ...weather, program }));
    },
    600_000,
  );
});
