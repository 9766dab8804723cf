import type { Kill } from './contract';

/** A process that worked on several messages of a batch had its last success at most this long ago. */
const SAME_BATCH_MILLISECONDS = 300;

/** A request a function makes, as far as a kill is chosen by it. */
export interface ObservedRequest {
  readonly operation: string;
  /** Decoded, without its query. */
  readonly path: string;
  readonly body: Buffer;
  /** Milliseconds since its process had another request of the same operation succeed. */
  readonly sinceLastSuccess?: number;
  /** Whether its process has other requests of the same operation under way, which may succeed before this one goes on. */
  readonly hasCompanions?: boolean;
}

/** Kills that wait for their moment. Each strikes once; taking one off the list is atomic, as nothing here waits. */
export class KillList {
  readonly #waiting: { readonly kill: Kill; readonly texts: readonly Buffer[]; matches: number }[] = [];
  readonly #struck = new Map<string, number>();

  constructor(kills: readonly Kill[]) {
    this.add(kills);
  }

  add(kills: readonly Kill[]): void {
    for (const kill of kills) {
      this.#waiting.push({ kill, texts: kill.holding.map((text) => Buffer.from(text)), matches: 0 });
      this.#struck.set(kill.name, this.#struck.get(kill.name) ?? 0);
    }
  }

  /** Takes the kill that is due for a request which has not reached the service yet. */
  takeBefore(request: ObservedRequest): Kill | undefined {
    const betweenWrites = request.hasCompanions === true || isRecent(request.sinceLastSuccess);
    return this.#take(request, (kill) => kill.moment === 'before' || (kill.moment === 'between' && betweenWrites));
  }

  /** Takes the kill that is due for a request which the service has just done. */
  takeAfter(request: ObservedRequest): Kill | undefined {
    return this.#take(request, (kill) => kill.moment === 'after');
  }

  /** Puts back a kill whose process could not be found in time, for the next match. */
  putBack(kill: Kill): void {
    this.add([{ ...kill, occurrence: 1 }]);
  }

  strike(kill: Kill): void {
    this.#struck.set(kill.name, (this.#struck.get(kill.name) ?? 0) + 1);
  }

  /** Kills that struck, by name. */
  get struck(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#struck);
  }

  /** Whether one waits for which it counts what its process did before. */
  get waitsBetween(): boolean {
    return this.#waiting.some(({ kill }) => kill.moment === 'between');
  }

  /** Kills whose moment has not come. */
  get waiting(): readonly Kill[] {
    return this.#waiting.map(({ kill }) => kill);
  }

  #take(request: ObservedRequest, isDue: (kill: Kill) => boolean): Kill | undefined {
    for (const [index, entry] of this.#waiting.entries()) {
      if (entry.kill.operation !== request.operation || !isDue(entry.kill)) continue;
      if (!request.path.includes(entry.kill.inPath ?? '')) continue;
      if (!entry.texts.every((text) => request.body.includes(text))) continue;
      entry.matches += 1;
      if (entry.matches < (entry.kill.occurrence ?? 1)) continue;
      this.#waiting.splice(index, 1);
      return entry.kill;
    }
    return undefined;
  }
}

/** Whether a success of the same process lies so shortly back that it was of the same batch. */
export function isRecent(sinceLastSuccess: number | undefined): boolean {
  return sinceLastSuccess !== undefined && sinceLastSuccess <= SAME_BATCH_MILLISECONDS;
}
