import { milliseconds } from '../../../notification-rules/durations';
import type { NotificationRules } from '../../../notification-rules/rules';
import type { Remembered, Write } from '../contract';

const DAY = 86_400_000;
/** A timer comes late when its queue is behind, and may come again from the parking lot, which keeps messages for 14 days. */
const LATE = 14 * DAY;

/** How long what the fan-out has to say is kept, as time to live takes it: seconds since the epoch. */
export class Expirations {
  constructor(
    private readonly rules: NotificationRules,
    private readonly retentionSeconds: number,
  ) {}

  /** An event, its segments and pages. @param at when it was received, in milliseconds since the epoch */
  event(at: number): number {
    return this.#kept(at);
  }

  /** As long as the id is remembered; by default that is as long as the event is kept. */
  claim(at: number): number {
    const remember = this.rules.semantics?.rememberEventIds;
    return Math.max(this.#kept(at), remember === undefined ? 0 : seconds(at + milliseconds(remember)));
  }

  /** @param last when the last of its messages leaves, or its last timer comes */
  delivery(last: number): number {
    return this.#kept(last);
  }

  engagement(at: number): number {
    return this.#kept(at);
  }

  /** What is remembered of a recipient, until it ends. @param now when it is written */
  state(write: Write, now: number): number {
    switch (write.kind) {
      case 'cap':
        return seconds(last(write.value ?? [], now) + this.#windowOf(write.key, 'cap') + DAY);
      case 'deduplication':
        return seconds((write.value?.opens ?? now) + this.#windowOf(write.key, 'deduplication') + DAY);
      case 'digests':
        return seconds(last(write.value?.map(({ at }) => at) ?? [], now) + LATE);
      case 'pending':
      case 'engagement':
        return this.#kept(now + this.#longestWait());
    }
  }

  #kept(from: number): number {
    return seconds(from) + this.retentionSeconds;
  }

  /** @param key begins with the id of its rule, as JSON */
  #windowOf(key: string, kind: 'cap' | 'deduplication'): number {
    const [id] = JSON.parse(key) as readonly string[];
    const window = this.rules.rules.find((rule) => rule.id === id)?.[kind]?.window;
    return window === undefined ? 0 : milliseconds(window);
  }

  #longestWait(): number {
    return Math.max(0, ...this.rules.rules.map(({ fallback }) => (fallback?.wait === undefined ? 0 : milliseconds(fallback.wait))));
  }
}

function last(times: Remembered['cap'], otherwise: number): number {
  return times.length === 0 ? otherwise : Math.max(...times);
}

function seconds(at: number): number {
  return Math.ceil(at / 1000);
}
