import { expectToBreak, expectToHold, LONG, reportAtEnd } from './report';
import { fenced, leaseProgram, powertools, type Store } from './world/lease-program';
import type { Scenario } from './world/scenario';
import { leased } from './world/scenarios';
import { useVirtualEnvironment } from './world/virtual-environment';
import { Promises } from './world/witness';
import { WorkerWorld } from './world/worker-world';

useVirtualEnvironment();
reportAtEnd('leases around a handler: Powertools 2.35 as it is, and fenced');
beforeAll(() => jest.spyOn(console, 'warn').mockImplementation(() => {}));
afterAll(() => jest.restoreAllMocks());

/** A result that JSON carries, and DynamoDB's marshaller refuses. */
const unserialisable = () => ({ at: new Date(0) });

const one = leased.copies.slice(0, 1);
const late: Scenario = { ...leased, copies: one, mostFaults: 2, faults: ['standstill', 'failure'] };
const calm: Scenario = { ...leased, mayRepeat: false, mostFaults: 0 };
const crashed: Scenario = { ...leased, copies: one, mostFaults: 1, faults: ['crash'] };

const windows: [string, string, (store: Store) => Scenario][] = [
  ['an expired worker fails late', Promises.NOT_DELETED, (store) => ({ ...late, program: leaseProgram(store) })],
  ['an expired worker succeeds or fails late', Promises.NOT_OVERWRITTEN, (store) => ({ ...late, program: leaseProgram(store) })],
  ['the result can not be stored', Promises.ONCE, (store) => ({ ...calm, program: leaseProgram(store, { result: unserialisable }) })],
  [
    'the Lambda context is not registered, and the worker crashes',
    Promises.REDRIVE,
    (store) => ({ ...crashed, program: leaseProgram(store, { registersContext: false }) }),
  ],
];

test.each(windows)(
  'Powertools breaks the promise when %s',
  async (window, promise, scenario) => {
    await expectToBreak(window, promise, () => new WorkerWorld(scenario(powertools)));
  },
  600_000,
);

// The first two windows are one scenario.
test.each(windows.slice(1))(
  'fenced, it holds when %s',
  async (window, _promise, scenario) => {
    await expectToHold(`${window}, fenced`, () => new WorkerWorld(scenario(fenced)));
  },
  600_000,
);

test('fenced, whatever else goes wrong, a record stands and all who get a result get the same', async () => {
  const faults = LONG ? ([...leased.faults, 'thaw'] as const) : (['crash', 'timeout', 'standstill', 'thaw'] as const);
  const scenario: Scenario = { ...leased, mostFaults: LONG ? 2 : 1, faults, program: leaseProgram(fenced) };
  await expectToHold(`two copies and ${LONG ? 'any fault' : 'a crash, a lost reply or slowness'}, fenced`, () => new WorkerWorld(scenario));
}, 3_600_000);
