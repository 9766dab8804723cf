import type { Clock } from './clock';
import { HandlerTimeoutError } from './failures';

export const GIVEN_UP = "the handler was still running when the rest of the function's time was needed to settle what it worked on";

/** The work's own end, or `HandlerTimeoutError` at the deadline (milliseconds since the epoch). The work is not stopped: it must find out by itself. */
export function withinTime<T>(work: Promise<T>, deadline: number, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(0, deadline - clock.now()), () => reject(new HandlerTimeoutError(GIVEN_UP)));
    work.then(resolve, reject).finally(cancel);
  });
}
