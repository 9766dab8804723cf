import type { Kill } from './contract';
import type { KillList } from './kills';
import type { FaultProxy } from './proxy';

/** What befell processes in one storm. */
export interface KillFigures {
  /** Processes ended, by moment. */
  readonly kills: Readonly<Record<string, number>>;
  /** Kills whose moment did not come. */
  readonly killsMissed: number;
  /** Why no process could be ended; undefined when they could. */
  readonly notKilled?: string;
}

/** What the functions asked for in one storm. */
export interface RequestFigures {
  /** Requests of the functions by operation; empty when they could not be counted. */
  readonly requests: Readonly<Record<string, number>>;
  /** What they asked for, items, messages or objects, by operation and resource: `dynamodb:TransactWriteItems Ledger`; empty like `requests`. */
  readonly units: Readonly<Record<string, number>>;
}

/** The proxy during one storm: its kills, and what the functions ask for meanwhile. */
export class ArmedProxy {
  /** Why no process can be ended; undefined when they can. */
  readonly notKilled: string | undefined;
  readonly #proxy: FaultProxy | undefined;
  readonly #kills: KillList | undefined;
  readonly #requestsBefore: ReadonlyMap<string, number> | undefined;
  readonly #unitsBefore: ReadonlyMap<string, number> | undefined;

  /** @param proxy undefined when the engine was started elsewhere: its functions do not come this way */
  constructor(proxy: FaultProxy | undefined, kills: readonly Kill[]) {
    this.#proxy = proxy;
    this.notKilled = whyNoKills(proxy);
    this.#kills = proxy?.arm(this.notKilled === undefined ? kills : []);
    this.#requestsBefore = proxy?.requests;
    this.#unitsBefore = proxy?.units;
  }

  /** Kills that strike; undefined when none can. */
  get kills(): KillList | undefined {
    return this.notKilled === undefined ? this.#kills : undefined;
  }

  get killFigures(): KillFigures {
    return {
      kills: this.#kills?.struck ?? {},
      killsMissed: this.#kills?.waiting.length ?? 0,
      ...(this.notKilled === undefined ? {} : { notKilled: this.notKilled }),
    };
  }

  get requestFigures(): RequestFigures {
    return { requests: since(this.#requestsBefore, this.#proxy?.requests), units: since(this.#unitsBefore, this.#proxy?.units) };
  }
}

function whyNoKills(proxy: FaultProxy | undefined): string | undefined {
  if (proxy === undefined) return 'this engine was started elsewhere';
  return proxy.canKill ? undefined : `the process behind a connection can be told on Linux and macOS only, this is ${process.platform}`;
}

function since(before: ReadonlyMap<string, number> = new Map(), after: ReadonlyMap<string, number> = new Map()): Record<string, number> {
  return Object.fromEntries([...after].map(([operation, count]) => [operation, count - (before.get(operation) ?? 0)]));
}
