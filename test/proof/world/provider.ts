import { receiptFor } from './external-witness';
import type { Process } from './process';

/** What a provider offers for the case that its answer got lost. */
export type ProviderKind =
  /** It acts once for each idempotency key. */
  | 'keys'
  /** It acts on each call, and can be asked what it did. */
  | 'confirm'
  /** It acts on each call, and nobody can ask. */
  | 'neither';

/** A service outside of DynamoDB, of which nothing can be taken back. */
export class Provider {
  readonly #acts = new Map<string, string>();

  /** @param acted called after each act */
  constructor(
    readonly kind: ProviderKind,
    readonly acted: (event: string) => void,
  ) {}

  /** The provider as one process reaches it. */
  for(process: Process) {
    return {
      charge: (event: string, key: string) =>
        process.ask<string>({
          name: `charges ${event}`,
          request: `charge ${event} ${key}`,
          reach: () => this.#charge(event, key),
          // Nobody can be asked about a request that is still on its way: that a provider without keys answers at once is an assumption.
          unanswered: this.kind === 'confirm' ? 'decided' : 'on its way',
          refusals: [
            { fault: 'throttle', name: 'is refused', error: () => Object.assign(new Error('too many requests'), { status: 429 }) },
          ],
        }),
      confirm: (key: string) =>
        process.ask<{ done: true; result: string } | { done: false }>({
          name: 'asks what was done',
          request: `confirm ${key}`,
          reach: () => {
            const result = this.#acts.get(key);
            return result === undefined ? { done: false } : { done: true, result };
          },
          unanswered: 'cannot be',
          refusals: [{ fault: 'throttle', name: 'is refused', error: () => Object.assign(new Error('unavailable'), { status: 503 }) }],
        }),
    };
  }

  digest(): unknown {
    return [...this.#acts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #charge(event: string, key: string): string {
    const before = this.#acts.get(key);
    if (before !== undefined && this.kind === 'keys') return before;
    this.acted(event);
    const receipt = receiptFor(event);
    this.#acts.set(key, receipt);
    return receipt;
  }
}
