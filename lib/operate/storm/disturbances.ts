import { setTimeout as delay } from 'node:timers/promises';
import { pauseEngine, restartEngine, resumeEngine } from '../local';
import type { LocalEngine, LocalEngineOptions } from '../local/contract';
import type { FaultProxy } from './proxy';
import type { Attempt } from './sender';

/** Longer than a sender of a soak waits for an answer: each is cut off once, and sends again what the engine may still do. */
const OUTAGE_SECONDS = 12;
/** GitHub gives a receiver ten seconds: https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks */
export const SOAK_ANSWER_TIMEOUT_MILLISECONDS = 10_000;

/** What befalls the engine while senders go on. */
export interface Disturbance {
  readonly name: 'outage' | 'restart';
  /** Share of the bursts after which it begins, 0 to 1. */
  readonly after: number;
  befall(signal?: AbortSignal): Promise<void>;
}

/** A disturbance that has been. */
export interface PastDisturbance {
  readonly name: Disturbance['name'];
  readonly startedAtEpochMilliseconds: number;
  readonly endedAtEpochMilliseconds: number;
}

/** The engine, replaced by what it becomes in a restart. */
export interface EngineSlot {
  engine: LocalEngine;
}

/** An outage in the first half of a soak and a restart in its second: both with kills before and after them. */
export function soakDisturbances(slot: EngineSlot, proxy: FaultProxy, options: LocalEngineOptions): readonly Disturbance[] {
  const { progress } = options;
  return [
    {
      name: 'outage',
      after: 1 / 3,
      befall: async (signal) => {
        progress(`outage: the engine stands still for ${OUTAGE_SECONDS} s`);
        pauseEngine(slot.engine);
        try {
          await delay(OUTAGE_SECONDS * 1000, undefined, { signal });
        } finally {
          resumeEngine(slot.engine);
        }
      },
    },
    {
      name: 'restart',
      after: 2 / 3,
      befall: async (signal) => {
        progress('restart: the engine saves what stands in it, ends and starts again');
        slot.engine = await restartEngine(slot.engine, options);
        // Nobody else would stop it any more.
        if (signal?.aborted) return slot.engine.stop();
        proxy.forwardTo(slot.engine.endpoint, slot.engine.pid);
      },
    },
  ];
}

/** Lets each disturbance begin when its time has come, one at a time. */
export class DisturbanceSchedule {
  readonly past: PastDisturbance[] = [];
  readonly #waiting: Disturbance[];
  readonly #bursts: number;
  readonly #failure = new AbortController();
  readonly #signal: AbortSignal | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(disturbances: readonly Disturbance[], bursts: number, signal?: AbortSignal) {
    this.#waiting = [...disturbances].sort((a, b) => a.after - b.after);
    this.#bursts = bursts;
    this.#signal = signal;
  }

  /** Aborts when a disturbance could not be brought about: what would go on is no soak. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** To be called with the number of bursts under way or done. */
  advance(bursts: number): void {
    while (this.#waiting[0] !== undefined && bursts >= Math.max(1, Math.floor(this.#waiting[0].after * this.#bursts))) {
      const disturbance = this.#waiting.shift()!;
      this.#running = this.#running.then(() => this.#befall(disturbance));
    }
  }

  /** Waits for the disturbances that have begun. @throws what kept one of them from happening */
  async ended(): Promise<void> {
    await this.#running;
    this.#failure.signal.throwIfAborted();
  }

  async #befall(disturbance: Disturbance): Promise<void> {
    if (this.#failure.signal.aborted || this.#signal?.aborted) return;
    const startedAtEpochMilliseconds = Date.now();
    try {
      await disturbance.befall(this.#signal);
      this.past.push({ name: disturbance.name, startedAtEpochMilliseconds, endedAtEpochMilliseconds: Date.now() });
    } catch (error) {
      this.#failure.abort(new Error(`${disturbance.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }));
    }
  }
}

export interface DisturbanceFigures {
  readonly name: Disturbance['name'];
  readonly seconds: number;
  /** Requests under way in this time that never had an answer: refused, broken off or given up. */
  readonly unanswered: number;
}

export function disturbanceFigures(past: readonly PastDisturbance[], attempts: readonly Attempt[]): readonly DisturbanceFigures[] {
  return past.map(({ name, startedAtEpochMilliseconds: start, endedAtEpochMilliseconds: end }) => ({
    name,
    seconds: Math.round((end - start) / 100) / 10,
    unanswered: attempts.filter(
      ({ status, startedAtEpochMilliseconds: sent, milliseconds }) => status === undefined && sent <= end && sent + milliseconds >= start,
    ).length,
  }));
}
