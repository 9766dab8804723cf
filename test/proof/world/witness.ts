import type { StoredItem } from '../../support/in-memory-table/attribute-values';
import type { Change } from '../../support/in-memory-table/in-memory-tables';
import { Violation } from '../explorer/violation';

/** What the schedules are held to. */
export const Promises = {
  ONCE: 'no event has its effect twice',
  NOT_LOST: 'every accepted event has its effect or is parked',
  PARKED: 'no parked event has its effect before it is redriven',
  REDRIVE: 'a redriven event has its effect once nothing fails any more',
  ONE_OF_CONFLICTING: 'of events with one key only one has its effect',
  SAME_RESULT: 'all who get a result of an event get the same',
  NOT_DELETED: 'the record of a completed event is not deleted while it lasts',
  NOT_OVERWRITTEN: 'the record of a completed event is not overwritten while it lasts',
} as const;

/** An accepted event. Events may share a key; what tells them apart is what they carry. */
export interface AcceptedEvent {
  readonly name: string;
  readonly key: string;
}

interface Effect {
  /** Copy of the event that had it: which message it came with. */
  readonly copy: string;
  /** Marks of redriven messages with which that copy was being worked on. The empty one is smaller than all others. */
  readonly marks: readonly string[];
}

/** Sees everything that becomes visible to others, and protests at once. */
export class Witness {
  readonly events = new Map<string, AcceptedEvent>();
  readonly #effects = new Map<string, Effect>();
  readonly #parkings = new Map<string, string[]>();

  readonly #results = new Map<string, string>();

  /** @param mayRepeat whether effects are outside of any transaction */
  constructor(readonly mayRepeat = false) {}

  accept(event: AcceptedEvent): void {
    this.events.set(event.name, event);
  }

  effect(name: string, effect: Effect): void {
    if (this.#effects.has(name) && this.mayRepeat) return;
    if (this.#effects.has(name)) throw new Violation(Promises.ONCE, `${name} has its effect a second time, by ${effect.copy}`);
    const { key } = this.events.get(name)!;
    const other = [...this.#effects.keys()].find((candidate) => this.events.get(candidate)!.key === key);
    if (other !== undefined) throw new Violation(Promises.ONE_OF_CONFLICTING, `${name} has its effect after ${other}, key ${key}`);
    if (this.isParkedAfter(name, effect.marks))
      throw new Violation(Promises.PARKED, `${name} has its effect by ${effect.copy}, and is parked`);
    this.#effects.set(name, effect);
  }

  /** Whether the event was parked later than the redrives that left these marks. */
  isParkedAfter(name: string, marks: readonly string[]): boolean {
    return (this.#parkings.get(name) ?? []).some((parkedAt) => marks.every((mark) => mark < parkedAt));
  }

  /** A program parks a message of the event. */
  park(name: string, parkedAt: string): void {
    const effect = this.#effects.get(name);
    if (effect?.marks.every((mark) => mark < parkedAt)) {
      throw new Violation(Promises.PARKED, `${name} is parked at ${parkedAt}, and has its effect by ${effect.copy}`);
    }
    this.#parkings.set(name, [...(this.#parkings.get(name) ?? []), parkedAt]);
  }

  returned(name: string, value: unknown): void {
    const result = JSON.stringify(value) ?? 'nothing';
    const earlier = this.#results.get(name);
    if (earlier !== undefined && earlier !== result) throw new Violation(Promises.SAME_RESULT, `${name}: first ${earlier}, then ${result}`);
    this.#results.set(name, result);
  }

  record({ old, next }: Change, now: number): void {
    if (old?.status?.S !== 'COMPLETED' || Number(old.expiration?.N) * 1_000 < now) return;
    if (next === undefined) throw new Violation(Promises.NOT_DELETED, textOf(old));
    if (textOf(next) !== textOf(old)) throw new Violation(Promises.NOT_OVERWRITTEN, `${textOf(old)} becomes ${textOf(next)}`);
  }

  /** Nothing moves any more. */
  atRest(parked: ReadonlySet<string>): void {
    for (const name of this.events.keys()) {
      if (!this.#effects.has(name) && !parked.has(name)) throw new Violation(Promises.NOT_LOST, `${name} has neither`);
    }
  }

  /**
   * Everything that was parked has been redriven, and nothing failed.
   *
   * @param undecided keys of the events for which a person has to ask a provider
   */
  afterRedrive(undecided: ReadonlySet<string>): void {
    for (const { name, key } of this.events.values()) {
      if (undecided.has(key)) continue;
      const done = [...this.#effects.keys()].some((candidate) => this.events.get(candidate)!.key === key);
      if (!done) throw new Violation(Promises.REDRIVE, `${name} has none`);
    }
  }

  digest(): string {
    const byName = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([byName(this.#effects), byName(this.#parkings), byName(this.#results)]);
  }
}

function textOf(item: StoredItem): string {
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}
