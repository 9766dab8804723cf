import { type Clock, sleep } from '../../../runtime/clock';

/** A page of a scan that is read consistently: 1 MB in units of 4 KB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const FIRST_PAGE_UNITS = 256;

/**
 * Holds reads to so many read units a second, over all who share it: whoever reads waits until what was read before has been paid for. What a page will cost is known only
 * afterwards, so one of the size of the last is reckoned with until then.
 */
export class ReadPace {
  readonly #millisecondsAUnit: number;
  readonly #clock: Clock;
  #freeAt: number;
  #expected = FIRST_PAGE_UNITS;

  constructor(unitsASecond: number, clock: Clock) {
    this.#millisecondsAUnit = 1000 / unitsASecond;
    this.#clock = clock;
    this.#freeAt = clock.now();
  }

  /** Milliseconds until the next read may begin. */
  get wait(): number {
    return Math.max(0, this.#freeAt - this.#clock.now());
  }

  /**
   * Reads a page when it is time.
   *
   * @param read tells what it cost, in read units
   * @returns undefined when it isn't time before the deadline
   */
  async read<T>(deadline: number, read: () => Promise<{ readonly page: T; readonly units: number }>): Promise<T | undefined> {
    for (let wait = this.wait; wait > 0; wait = this.wait) {
      if (this.#clock.now() + wait >= deadline) return undefined;
      await sleep(this.#clock, wait);
    }
    const expected = this.#expected;
    this.#freeAt = Math.max(this.#freeAt, this.#clock.now()) + expected * this.#millisecondsAUnit;
    const { page, units } = await read();
    this.#freeAt += (units - expected) * this.#millisecondsAUnit;
    this.#expected = units;
    return page;
  }
}
