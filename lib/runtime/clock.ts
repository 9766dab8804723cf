/** Time and chance, injected so that tests can hold both. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after so many milliseconds; the returned function cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
  /** From 0 inclusive to 1 exclusive. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

export function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.after(milliseconds, resolve));
}

/** A random part of a bound that doubles with each attempt (the first is 1): callers that failed together come back apart. */
export function fullJitter(clock: Clock, attempt: number, base: number, longest: number): number {
  return clock.random() * Math.min(longest, base * 2 ** Math.min(attempt - 1, 30));
}
