import type { Clock } from '../../../lib/runtime/clock';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Time that passes only when it is told to. */
export class VirtualClock {
  now = Date.parse('2026-05-01T12:00:00.000Z');
  readonly #timers = new Map<object, Set<Timer>>();

  /** The clock as one process sees it. */
  for(process: object): Clock {
    const timers = new Set<Timer>();
    this.#timers.set(process, timers);
    return {
      now: () => this.now,
      random: () => 0.5,
      after: (milliseconds, callback) => {
        const timer = { due: this.now + milliseconds, callback };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    };
  }

  /** A process that is gone waits for nothing. */
  forget(process: object): void {
    this.#timers.delete(process);
  }

  /** Milliseconds until each timer of a process fires. */
  remaining(process: object): number[] {
    return [...(this.#timers.get(process) ?? [])].map(({ due }) => due - this.now).sort((a, b) => a - b);
  }

  nextTimer(): number | undefined {
    const dues = [...this.#timers.values()].flatMap((timers) => [...timers].map(({ due }) => due));
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  advanceTo(time: number): void {
    this.now = Math.max(this.now, time);
    for (const timers of this.#timers.values()) {
      for (const timer of [...timers].filter(({ due }) => due <= this.now)) {
        timers.delete(timer);
        timer.callback();
      }
    }
  }
}
