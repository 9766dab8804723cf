import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';

/** Gives texts in the place of UUIDs: the same ones in every run, so that states can be compared. */
export interface Source {
  nextId(): string;
}

const sources = new AsyncLocalStorage<Source>();
let now: () => number = () => 0;

/** All that the work does from here on draws its ids from this source. */
export function drawingFrom<T>(source: Source, work: () => T): T {
  return sources.run(source, work);
}

/** From now on this is the time. There is only one world at a time: an older one is never gone back to. */
export function timeIs(clock: { readonly now: number }): void {
  now = () => clock.now;
}

/** For what takes no injected clock: Powertools, and what is built on it. To be called in the test file. */
export function useVirtualEnvironment(): void {
  const real = { now: Date.now, randomUUID: crypto.randomUUID, warn: console.warn };
  beforeAll(() => {
    Date.now = () => now();
    crypto.randomUUID = () => {
      const source = sources.getStore();
      if (source === undefined) throw new Error('an id is drawn outside of a process');
      return source.nextId() as ReturnType<typeof real.randomUUID>;
    };
  });
  afterAll(() => {
    Date.now = real.now;
    crypto.randomUUID = real.randomUUID;
  });
}
