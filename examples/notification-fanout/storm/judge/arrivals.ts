import { addressOf } from '../oracle/gates';
import { grouped } from './index-of';
import type { Arrival, Finding, Observed } from './observed';

/** Under which an arrival and the message it comes of are both found. */
export function arrivalKey(
  message: { readonly channel: string; readonly rule: string },
  recipient: string,
  events: readonly string[],
): string {
  return [message.channel, message.rule, recipient, ...[...events].sort()].join(' ');
}

/** What arrived, each to be claimed by the message it comes of. */
export class Arrivals {
  readonly #byKey: ReadonlyMap<string, readonly Arrival[]>;
  readonly #claimed = new Set<string>();

  constructor({ arrivals }: Pick<Observed, 'arrivals'>) {
    this.#byKey = grouped(arrivals, (arrival) => arrivalKey(arrival, arrival.recipient, arrival.events));
  }

  claim(key: string): readonly Arrival[] {
    this.#claimed.add(key);
    return this.#byKey.get(key) ?? [];
  }

  /** Of those that nothing led to. */
  strays(): readonly Finding[] {
    return [...this.#byKey]
      .filter(([key]) => !this.#claimed.has(key))
      .map(([key, { length }]) => ({ kind: 'wrong', what: `${length} arrived of ${key}, which no delivery tells of` }));
  }
}

/** Whether what arrived went where its recipient wants it, and tells what happened. */
export function misdirected({ arrivals, recipients }: Pick<Observed, 'arrivals' | 'recipients'>): readonly Finding[] {
  const known = new Map(recipients.map((one) => [one.id, one]));
  return arrivals.flatMap(({ channel, to, recipient, text, rule, events }) => {
    const address = addressOf({ id: recipient, known: known.get(recipient) }, channel);
    const what = `${rule} of ${events.join(', ')} to ${recipient} by ${channel}`;
    return [
      ...(address === to ? [] : [{ kind: 'wrong' as const, what: `${what} went to another address` }]),
      ...(text.includes('TOLD TWICE') ? [{ kind: 'doubled' as const, what: `${what} tells of the second body of its event` }] : []),
    ];
  });
}
