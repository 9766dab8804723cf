import { AsyncLocalStorage } from 'node:async_hooks';

/** One acquisition of a lease, from the moment it is asked for. */
export interface Attempt {
  readonly token: string;
  readonly data: unknown;
  finished: boolean;
  readonly outer: Attempt | undefined;
}

/**
 * Finds the attempt that a call with some data belongs to. Powertools hands the same data to acquire, complete and release, and nothing else.
 *
 * Data that is an object is its own mark. Equal texts may belong to two attempts of one process, the late one of an invocation that timed out
 * among them: those are told apart by the asynchronous context they run in.
 */
export class Attempts {
  readonly #open = new Map<unknown, Set<Attempt>>();

  /** To be called before the first await of the acquiring call, so that all that follows from it is in its context. */
  begin(token: string, data: unknown): Attempt {
    const attempt = { token, data, finished: false, outer: unfinished(context().getStore()) };
    context().enterWith(attempt);
    const open = this.#open.get(data) ?? new Set();
    this.#open.set(data, open.add(attempt));
    return attempt;
  }

  find(data: unknown): Attempt | undefined {
    const open = this.#open.get(data);
    if (open === undefined) return undefined;
    if (open.size === 1) return [...open][0];
    for (let attempt = context().getStore(); attempt !== undefined; attempt = attempt.outer) {
      if (open.has(attempt)) return attempt;
    }
    return undefined;
  }

  end(attempt: Attempt): void {
    attempt.finished = true;
    const open = this.#open.get(attempt.data);
    open?.delete(attempt);
    if (open?.size === 0) this.#open.delete(attempt.data);
  }
}

/** One for all layers: Node keeps every storage that was ever entered. */
function context(): AsyncLocalStorage<Attempt> {
  shared ??= new AsyncLocalStorage();
  return shared;
}

let shared: AsyncLocalStorage<Attempt> | undefined;

/** Without the finished ones a context that makes many calls in a row would hold them all. */
function unfinished(attempt: Attempt | undefined): Attempt | undefined {
  let found = attempt;
  while (found?.finished) found = found.outer;
  return found;
}
