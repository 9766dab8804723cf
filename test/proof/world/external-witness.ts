import type { Change } from '../../support/in-memory-table/in-memory-tables';
import { Violation } from '../explorer/violation';
import type { AcceptedEvent } from './witness';

/** What schedules with external effects are held to, beside what holds for all. */
export const ExternalPromises = {
  ONCE: 'a provider acts once for a key',
  RECORDED: 'while a provider may have acted, a record says so',
  BEGUN: 'no external effect of a parked event begins before the event is redriven',
  RESULT: 'every run of an event gets the result of what the provider did',
  DECLARED: 'only an event whose provider may have acted is parked as one of unknown outcome',
} as const;

export const STEP = 'charge';

/** Sees what the provider does and what stands in the records, and protests at once. */
export class ExternalWitness {
  /** Events for which the provider has acted, by their keys. */
  readonly #acted = new Map<string, string>();
  /** Steps that have a record, by the keys of their events. */
  readonly #recorded = new Set<string>();

  constructor(readonly events: ReadonlyMap<string, AcceptedEvent>) {}

  act(name: string): void {
    const { key } = this.events.get(name)!;
    const before = this.#acted.get(key);
    if (before !== undefined) throw new Violation(ExternalPromises.ONCE, `for ${name}, and before for ${before}, key ${key}`);
    if (!this.#recorded.has(key)) throw new Violation(ExternalPromises.RECORDED, `it acts for ${name}, of which no record stands`);
    this.#acted.set(key, name);
  }

  /** A handler gets the result of an external effect. */
  result(name: string, result: string): void {
    const { key } = this.events.get(name)!;
    if (this.#acted.get(key) !== name || result !== receiptFor(name)) {
      throw new Violation(ExternalPromises.RESULT, `${name} gets ${result}, the provider acted for ${this.#acted.get(key) ?? 'nobody'}`);
    }
  }

  /**
   * @param parkedLater for the event of a step, whether it was parked after the delivery that writes was redriven
   */
  record({ old, next }: Change, parkedLater: (key: string) => boolean): void {
    const key = keyOfStep((next ?? old)!.id!.S!);
    if (key === undefined) return;
    if (next === undefined) {
      if (this.#acted.has(key)) throw new Violation(ExternalPromises.RECORDED, `the record of ${this.#acted.get(key)} is deleted`);
      this.#recorded.delete(key);
      return;
    }
    const begins = next.status?.S === 'INPROGRESS' && next.token?.S !== old?.token?.S;
    if (begins && parkedLater(key)) throw new Violation(ExternalPromises.BEGUN, `a step of ${key} begins`);
    this.#recorded.add(key);
  }

  /** A message is parked for want of an outcome. */
  declare(name: string): void {
    const { key } = this.events.get(name)!;
    if (!this.#recorded.has(key)) throw new Violation(ExternalPromises.DECLARED, `${name} has not even a record`);
  }

  digest(): unknown {
    return [[...this.#acted].sort(), [...this.#recorded].sort()];
  }
}

export function receiptFor(name: string): string {
  return `receipt for ${name}`;
}

function keyOfStep(id: string): string | undefined {
  const end = id.indexOf(`#step#${STEP}`);
  return end < 0 ? undefined : id.slice(0, end).slice(id.indexOf('#') + 1);
}
