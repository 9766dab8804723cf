import type { Fault } from './scenario';

/** What a process waits for. */
export interface Call {
  /** For people: whom it asks for what. */
  readonly name: string;
  /** Everything that the answer depends on. */
  readonly request: string;
  /** What the service does when the request reaches it; it answers or throws. */
  readonly reach: () => unknown;
  /** How the request can go wrong without reaching the service, and what the process then gets. */
  readonly refusals: readonly Refusal[];
  /** Whether it ends before anything else happens. */
  readonly urgent?: boolean;
  /** Whether a request on its way arrives even when nobody waits for the answer any more. */
  readonly onItsWay: boolean;
}

export interface Refusal {
  readonly fault: Fault;
  /** For people: what goes wrong. */
  readonly name: string;
  readonly error: () => Error;
}

interface Waiting {
  readonly call: Call;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A function instance at work. All it knows of the world are the answers to its calls. */
export class Process {
  alive = true;
  /** Answers so far: what state the program is in. */
  readonly history: string[] = [];
  #waiting: Waiting[] = [];

  constructor(readonly name: string) {}

  get calls(): readonly Call[] {
    return this.#waiting.map(({ call }) => call);
  }

  ask<T>(call: Call): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // What a dead process still does never happened.
      if (this.alive) this.#waiting.push({ call, resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** The request reaches its service and the answer comes back. @returns how it was answered, for people */
  proceed(call: Call): string {
    const { resolve, reject } = this.#take(call);
    try {
      const answer = call.reach();
      this.#note(call, describe(answer));
      resolve(answer);
      return '';
    } catch (error) {
      this.#note(call, describe(error));
      reject(error);
      return ` (${describe(error)})`;
    }
  }

  fail(call: Call, error: Error): void {
    const { reject } = this.#take(call);
    this.#note(call, error.message);
    reject(error);
  }

  /** @returns the requests that are still on their way */
  crash(): Call[] {
    this.alive = false;
    const calls = this.#waiting.map(({ call }) => call);
    this.#waiting = [];
    return calls.filter(({ onItsWay }) => onItsWay);
  }

  #take(call: Call): Waiting {
    const waiting = this.#waiting.find((candidate) => candidate.call === call);
    if (waiting === undefined) throw new Error(`${this.name} does not wait for ${call.name}`);
    this.#waiting = this.#waiting.filter((candidate) => candidate !== waiting);
    return waiting;
  }

  #note(call: Call, answer: string): void {
    this.history.push(`${call.request} -> ${answer}`);
  }
}

function describe(answer: unknown): string {
  if (!(answer instanceof Error)) return JSON.stringify(answer) ?? 'nothing';
  const { CancellationReasons: reasons, Item: item } = answer as { CancellationReasons?: { Code?: string }[]; Item?: unknown };
  return [answer.name, reasons && JSON.stringify(reasons), item && JSON.stringify(item)].filter(Boolean).join(' ');
}
