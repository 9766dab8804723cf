import fc from 'fast-check';
import { runSchedule } from './explorer/explore';
import { expectToBreak, expectToHold, LONG, report, reportAtEnd } from './report';
import { damaged, forgetsTheUnknown, settlesUnfenced, stepsBeginAnyway, takesOverUnseen, writesNoLease } from './world/damage';
import { ExternalPromises } from './world/external-witness';
import type { ProviderKind } from './world/provider';
import type { Scenario } from './world/scenario';
import { charging, chargingCrowd, oneCharge } from './world/scenarios';
import { useVirtualEnvironment } from './world/virtual-environment';
import { Promises } from './world/witness';
import { chargingProgram } from './world/worker-program';
import { WorkerWorld } from './world/worker-world';

const RANDOM_SCHEDULES = LONG ? 1_000 : 40;
const PROVIDERS: readonly (readonly [string, ProviderKind])[] = [
  ['that honours idempotency keys', 'keys'],
  ['that can be asked', 'confirm'],
  ['that knows no keys and cannot be asked', 'neither'],
];

useVirtualEnvironment();
reportAtEnd('external effects');

describe.each(PROVIDERS)('a provider %s acts once for each event, or the event is parked, in every schedule of', (_name, provider) => {
  /** Those without idempotency keys have more to lose, so that one of them is taken further in every run. */
  const further = LONG || provider === 'confirm';
  const scenarios: readonly [string, Scenario][] = [
    [
      LONG ? 'an event and two faults' : 'an event, a fault and a redrive',
      { ...oneCharge(provider), mostFaults: LONG ? 2 : 1, mostRedrives: LONG ? 0 : 1 },
    ],
    [
      'an event whose calls are refused or get no answer',
      { ...oneCharge(provider), mostFaults: 2, faults: ['timeout', 'throttle'], clientAttempts: 2 },
    ],
  ];
  const furtherScenarios: readonly [string, Scenario][] = [
    [
      'an event, an instance that freezes and thaws, and slowness',
      { ...oneCharge(provider), mostFaults: LONG ? 3 : 2, faults: ['standstill', 'thaw'] },
    ],
    ['two copies, and a crash', { ...charging(provider), attempts: 1, faults: ['crash'] }],
  ];
  test.each([...scenarios, ...(further ? furtherScenarios : [])])(
    '%s',
    async (name, scenario) => expectToHold(`${provider}: ${name}`, () => new WorkerWorld(scenario)),
    3_600_000,
  );

  test('four messages of two events, three workers, six faults and two redrives, at random', async () => {
    const choices = fc.array(fc.nat({ max: 0xffff }), { minLength: 1, maxLength: 80, size: 'max' });
    await fc.assert(
      fc.asyncProperty(choices, (chosen) => runSchedule(new WorkerWorld(chargingCrowd(provider)), chosen, 3)),
      { numRuns: RANDOM_SCHEDULES },
    );
    report(`${provider}: four messages, six faults: ${RANDOM_SCHEDULES} at random`);
  }, 3_600_000);
});

describe('the explorer finds that a promise is broken', () => {
  test.each<[string, string, Scenario]>([
    [
      'when a step may begin though its event is parked',
      ExternalPromises.BEGUN,
      {
        ...charging('keys'),
        attempts: 1,
        workers: 1,
        faults: ['throttle'],
        program: damaged(chargingProgram, stepsBeginAnyway),
      },
    ],
    [
      'when the provider is called before a lease is written',
      ExternalPromises.RECORDED,
      { ...oneCharge('keys'), mostFaults: 0, program: damaged(chargingProgram, writesNoLease) },
    ],
    [
      'when two may take over the same lease',
      ExternalPromises.ONCE,
      {
        ...oneCharge('confirm'),
        attempts: 3,
        mostFaults: 2,
        faults: ['crash', 'reappearance'],
        program: damaged(chargingProgram, takesOverUnseen),
      },
    ],
    [
      'when a lease is completed without its token',
      Promises.NOT_OVERWRITTEN,
      { ...oneCharge('keys'), mostFaults: 2, faults: ['crash', 'standstill'], program: damaged(chargingProgram, settlesUnfenced) },
    ],
    [
      'when a lease is released without its token',
      Promises.NOT_DELETED,
      {
        ...oneCharge('keys'),
        mostFaults: 3,
        faults: ['throttle', 'crash', 'standstill'],
        program: damaged(chargingProgram, settlesUnfenced),
      },
    ],
    [
      'when an unknown outcome is forgotten',
      ExternalPromises.RECORDED,
      { ...oneCharge('neither'), faults: ['timeout'], program: damaged(chargingProgram, forgetsTheUnknown) },
    ],
  ])('%s', async (damage, promise, scenario) => void (await expectToBreak(damage, promise, () => new WorkerWorld(scenario))), 600_000);
});
