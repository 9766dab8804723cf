import { indexPartition, indexPosition, type JobItem, type MessageItem } from './items';
import type { ParkingStore } from './store';

const PAGE = 50;

/** The messages that a job has still to work on: those that were parked when it was begun, in the order in which they were accepted. */
export class ParkedMessages {
  readonly #job: JobItem;
  readonly #store: ParkingStore;
  #read: MessageItem[] = [];
  #next: string | undefined;
  #begun = false;

  constructor(job: JobItem, store: ParkingStore) {
    this.#job = job;
    this.#store = store;
  }

  /** @returns the next ones, fewer only at the end */
  async take(count: number): Promise<MessageItem[]> {
    while (this.#read.length < count && !(this.#begun && this.#next === undefined)) await this.#readOn();
    return this.#read.splice(0, count);
  }

  async #readOn(): Promise<void> {
    const { group, messages, startedAt } = this.#job;
    if (messages !== undefined) {
      const named = (await this.#store.messages(messages)).filter(({ state }) => state === 'parked');
      this.#read = named.sort((left, right) => (indexPosition(left) < indexPosition(right) ? -1 : 1));
    } else {
      const page = await this.#store.messagesIn(indexPartition(group!, 'parked'), { limit: PAGE, from: this.#next });
      // What is parked meanwhile was not decided on. The index lags, so some have left it already.
      this.#read.push(...page.found.filter(({ state, parkedAt }) => state === 'parked' && parkedAt <= startedAt));
      this.#next = page.next;
    }
    this.#begun = true;
  }
}
