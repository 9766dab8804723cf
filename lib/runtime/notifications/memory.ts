import type { RecipientState, Remembered, Step, Write } from './contract';
import type { StoredState } from './store/items';

/** Names something that is remembered of a recipient. */
export interface StateName {
  readonly kind: keyof Remembered;
  readonly name: string;
}

/** What is known of what is remembered of one recipient: a step runs on it, and says by what it asks for what has to be read. */
export class RecipientMemory {
  readonly #known = new Map<string, StoredState | undefined>();
  #missing: StateName[] = [];

  learn({ kind, name }: StateName, stored: StoredState | undefined): void {
    this.#known.set(`${kind} ${name}`, stored);
  }

  /** What the step changed must still be what it was made from. @returns undefined for what was not there */
  revisionOf({ kind, key }: Write): string | undefined {
    return this.#known.get(`${kind} ${key}`)?.revision;
  }

  value<Kind extends keyof Remembered>(kind: Kind, name: string): Remembered[Kind] | undefined {
    return this.#known.get(`${kind} ${name}`)?.value as Remembered[Kind] | undefined;
  }

  /** @returns the step, or what it asked for and is not known yet */
  run(step: (state: RecipientState) => Step): { readonly step: Step } | { readonly missing: readonly StateName[] } {
    this.#missing = [];
    const made = step({
      cap: new AskedMap(this, 'cap'),
      deduplication: new AskedMap(this, 'deduplication'),
      digests: new AskedMap(this, 'digests'),
      pending: new AskedMap(this, 'pending'),
      engagement: new AskedMap(this, 'engagement'),
    });
    return this.#missing.length === 0 ? { step: made } : { missing: this.#missing };
  }

  ask(asked: StateName): void {
    if (!this.#known.has(`${asked.kind} ${asked.name}`)) this.#missing.push(asked);
  }
}

class AskedMap<Kind extends keyof Remembered> extends Map<string, Remembered[Kind]> {
  constructor(
    private readonly memory: RecipientMemory,
    private readonly kind: Kind,
  ) {
    super();
  }

  override get(name: string): Remembered[Kind] | undefined {
    this.memory.ask({ kind: this.kind, name });
    return this.memory.value(this.kind, name);
  }
}
