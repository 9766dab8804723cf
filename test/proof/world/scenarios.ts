import { fenced, leaseProgram } from './lease-program';
import type { ProviderKind } from './provider';
import type { Scenario } from './scenario';
import { chargingProgram, workerProgram } from './worker-program';

/** Two workers, one event that arrives as two messages, and whatever can go wrong. */
export const twoCopies: Scenario = {
  program: workerProgram,
  provider: 'keys',
  copies: [
    { name: 'event', key: 'key', copy: 'first' },
    { name: 'event', key: 'key', copy: 'second' },
  ],
  workers: 2,
  batchSize: 1,
  attempts: 2,
  mostFaults: 2,
  faults: ['crash', 'timeout', 'throttle', 'conflict', 'failure', 'refusal', 'reappearance', 'standstill'],
  mostRedrives: 0,
  clientAttempts: 1,
  slowHandlers: false,
};

export const oneCopy: Scenario = { ...twoCopies, copies: twoCopies.copies.slice(0, 1), mostRedrives: 1 };

/** The same key and another payload. */
export const conflicting: Scenario = {
  ...twoCopies,
  copies: [twoCopies.copies[0]!, { name: 'other event', key: 'key', copy: 'other' }],
  mostFaults: 1,
};

export const slowHandlers: Scenario = { ...twoCopies, mostFaults: 1, slowHandlers: true };

/** Two events that one invocation may take together, and a copy. */
export const batches: Scenario = {
  ...twoCopies,
  copies: [...twoCopies.copies, { name: 'another event', key: 'another key', copy: 'another' }],
  batchSize: 3,
  mostFaults: 1,
};

/** Everything at once: for random schedules. */
export const crowd: Scenario = {
  ...twoCopies,
  copies: [
    ...batches.copies,
    { name: 'another event', key: 'another key', copy: 'one more' },
    { name: 'other event', key: 'key', copy: 'other' },
  ],
  workers: 3,
  batchSize: 3,
  attempts: 3,
  mostFaults: 8,
  mostRedrives: 3,
  clientAttempts: 2,
  slowHandlers: true,
};

/** An event that is charged for. */
export const charging = (provider: ProviderKind): Scenario => ({
  ...twoCopies,
  program: chargingProgram,
  provider,
  faults: [...twoCopies.faults, 'thaw'],
  endsWithFunction: provider === 'confirm',
  mostFaults: 1,
});

export const oneCharge = (provider: ProviderKind): Scenario => ({ ...charging(provider), copies: twoCopies.copies.slice(0, 1) });

export const chargingCrowd = (provider: ProviderKind): Scenario => ({
  ...charging(provider),
  copies: [...batches.copies, { name: 'another event', key: 'another key', copy: 'one more' }],
  workers: 3,
  batchSize: 2,
  attempts: 3,
  mostFaults: 6,
  mostRedrives: 2,
  clientAttempts: 2,
  slowHandlers: true,
});

/** Two deliveries of an event to a handler with a lease around it. An expired lease lets the effect happen again; the record it must not touch. */
export const leased: Scenario = { ...slowHandlers, program: leaseProgram(fenced), mayRepeat: true };
