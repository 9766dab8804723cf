import { expectToBreak, reportAtEnd } from './report';
import {
  acknowledgesAll,
  damaged,
  guardLacks,
  neverCloses,
  parkingRecordLacks,
  parksBeforeItCloses,
  transactionsLack,
  unconditional,
  without,
} from './world/damage';
import { RECORDS, type Scenario } from './world/scenario';
import { oneCopy, twoCopies } from './world/scenarios';
import { useVirtualEnvironment } from './world/virtual-environment';
import { Promises } from './world/witness';
import { workerProgram } from './world/worker-program';
import { WorkerWorld } from './world/worker-world';

useVirtualEnvironment();
reportAtEnd('a worker without single lines of its protocol');

const calm = { mostFaults: 0 };
const oneFault = { mostFaults: 1 };

describe('the explorer finds that a promise is broken', () => {
  test.each<[string, string, Scenario]>([
    ["without the guard's condition", Promises.ONCE, { ...twoCopies, ...calm, program: damaged(workerProgram, guardLacks(unconditional)) }],
    [
      'without the guard in the transaction',
      Promises.ONCE,
      {
        ...twoCopies,
        ...calm,
        program: damaged(
          workerProgram,
          transactionsLack((elements) => elements.filter(({ Put }) => Put?.TableName !== RECORDS)),
        ),
      },
    ],
    [
      'when a redriven copy is not known by its mark',
      Promises.REDRIVE,
      {
        ...oneCopy,
        ...oneFault,
        program: damaged(workerProgram, guardLacks(without(' OR (#status = :parked AND #parkedAt = :parkedAt)'))),
      },
    ],
    [
      'when any mark will do',
      Promises.PARKED,
      {
        ...oneCopy,
        mostFaults: 3,
        faults: ['refusal', 'reappearance', 'standstill'],
        program: damaged(workerProgram, guardLacks(without(' AND #parkedAt = :parkedAt'))),
      },
    ],
    [
      'when the record does not say that its event is parked',
      Promises.PARKED,
      { ...twoCopies, ...oneFault, program: damaged(workerProgram, neverCloses) },
    ],
    [
      'when a message is parked before its record says so',
      Promises.PARKED,
      { ...twoCopies, ...oneFault, program: damaged(workerProgram, parksBeforeItCloses) },
    ],
    [
      'when the record of a completed event can be parked',
      Promises.NOT_OVERWRITTEN,
      { ...twoCopies, ...oneFault, program: damaged(workerProgram, parkingRecordLacks(unconditional)) },
    ],
    ['when everything is acknowledged', Promises.NOT_LOST, { ...oneCopy, ...oneFault, program: acknowledgesAll(workerProgram) }],
  ])('%s', async (damage, promise, scenario) => void (await expectToBreak(damage, promise, () => new WorkerWorld(scenario))), 600_000);
});
