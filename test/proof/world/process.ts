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
  /** What the service may answer in part against the process. */
  readonly otherwise?: readonly Otherwise[];
  /** Whether it ends before anything else happens. */
  readonly urgent?: boolean;
  /** Whether the invocation ends with it. */
  readonly last?: boolean;
  /**
   * Where a request is that nobody waits for any more: on its way, to arrive at any time or never; or decided, because it arrives at once or not at all.
   */
  readonly unanswered: 'on its way' | 'decided' | 'cannot be';
}

export interface Refusal {
  readonly fault: Fault;
  /** For people: what goes wrong. */
  readonly name: string;
  readonly error: () => Error;
}

export interface Otherwise {
  readonly fault: Fault;
  /** For people: what goes wrong. */
  readonly name: string;
  readonly reach: () => unknown;
}

interface Waiting {
  readonly call: Call;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export type Answered = { readonly value: unknown } | { readonly error: unknown };

/** What comes of a request that reaches its service. */
export function answerTo(call: Pick<Call, 'reach'>): Answered {
  try {
    return { value: call.reach() };
  } catch (error) {
    return { error };
  }
}

/** A function instance at work. All it knows of the world are the answers to its calls. */
export class Process {
  alive = true;
  /** Answers so far: what state the program is in. */
  readonly history: string[] = [];
  #waiting: Waiting[] = [];
  #ids = 0;

  /**
   * @param name for people
   * @param identity no other process of the schedule has it, and it does not tell in which order they began
   * @param age milliseconds since it began
   */
  constructor(
    readonly name: string,
    readonly identity: string,
    readonly age: () => number,
  ) {}

  nextId(): string {
    return `id ${++this.#ids} of ${this.identity}`;
  }

  get calls(): readonly Call[] {
    return this.#waiting.map(({ call }) => call);
  }

  ask<T>(call: Call): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // What a dead process still does never happened.
      if (this.alive) this.#waiting.push({ call, resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** The request reaches its service and the answer comes back. */
  proceed(call: Call): void {
    this.settle(call, answerTo(call));
  }

  settle(call: Call, answer: Answered): void {
    const { resolve, reject } = this.#take(call);
    const outcome = 'error' in answer ? answer.error : answer.value;
    this.#note(call, describe(outcome));
    if ('error' in answer) reject(answer.error);
    else resolve(answer.value);
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
    return calls.filter(({ unanswered }) => unanswered === 'on its way');
  }

  #take(call: Call): Waiting {
    const waiting = this.#waiting.find((candidate) => candidate.call === call);
    if (waiting === undefined) throw new Error(`${this.name} does not wait for ${call.name}`);
    this.#waiting = this.#waiting.filter((candidate) => candidate !== waiting);
    return waiting;
  }

  #note(call: Call, answer: string): void {
    this.history.push(`${call.name} after ${this.age()} -> ${answer}`);
  }
}

export function describe(answer: unknown): string {
  if (!(answer instanceof Error)) return JSON.stringify(answer) ?? 'nothing';
  const { CancellationReasons: reasons, Item: item } = answer as { CancellationReasons?: { Code?: string }[]; Item?: unknown };
  return [answer.name, reasons && JSON.stringify(reasons), item && JSON.stringify(item)].filter(Boolean).join(' ');
}
