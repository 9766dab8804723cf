/** How long this worker's records take, to tell whether one more fits into the time that is left. */
export class Pace {
  readonly #durations: number[] = [];
  #next = 0;

  note(milliseconds: number): void {
    this.#durations[this.#next] = milliseconds;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** The 99th percentile of the last records in milliseconds, 0 before the first. */
  get p99(): number {
    const sorted = [...this.#durations].sort((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  }
}

const REMEMBERED = 200;
