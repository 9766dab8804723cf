import { expectToBreak, expectToHold, LONG, reportAtEnd } from './report';
import { damaged, emitsAfterwards, emitsBefore } from './world/damage';
import { type OutboxScenario, OutboxWorld } from './world/outbox-world';
import { twoCopies } from './world/scenarios';
import { OutboxPromises } from './world/stream';
import { useVirtualEnvironment } from './world/virtual-environment';
import { emittingProgram } from './world/worker-program';

useVirtualEnvironment();
reportAtEnd('emitted events and their relay');

const emitting: OutboxScenario = { ...twoCopies, program: emittingProgram, mostFaults: 1, emitted: [] };
const oneCopy: OutboxScenario = { ...emitting, copies: twoCopies.copies.slice(0, 1) };
const relaying: OutboxScenario = { ...emitting, copies: [], emitted: ['first', 'second', 'third'], mostFaults: LONG ? 3 : 2 };

describe('no event is published without its effect, and every one that stands is published or parked, in every schedule of', () => {
  test.each<[string, OutboxScenario]>([
    [`an event, ${LONG ? 'two faults' : 'a fault'} and a redrive`, { ...oneCopy, mostFaults: LONG ? 2 : 1, mostRedrives: 1 }],
    [`two copies and ${LONG ? 'any fault' : 'a crash or a refusal'}`, LONG ? emitting : { ...emitting, faults: ['crash', 'refusal'] }],
    [`three emitted events and ${LONG ? 'three' : 'two'} faults of the relay`, relaying],
  ])('%s', async (name, scenario) => expectToHold(name, () => new OutboxWorld(scenario)), 3_600_000);
});

describe('the explorer finds that a promise is broken', () => {
  test.each<[string, string, OutboxScenario]>([
    [
      'when an event is emitted before the transaction',
      OutboxPromises.AFTER_EFFECT,
      { ...oneCopy, mostFaults: 0, program: damaged(emittingProgram, emitsBefore) },
    ],
    [
      'when an event is emitted after the transaction',
      OutboxPromises.PUBLISHED,
      { ...oneCopy, faults: ['crash'], program: damaged(emittingProgram, emitsAfterwards) },
    ],
    [
      'when the relay acknowledges what it could not publish',
      OutboxPromises.PUBLISHED,
      { ...relaying, mostFaults: 1, faults: ['failure'], emitted: ['first'], acknowledgesAll: true },
    ],
  ])('%s', async (damage, promise, scenario) => void (await expectToBreak(damage, promise, () => new OutboxWorld(scenario))), 600_000);
});
