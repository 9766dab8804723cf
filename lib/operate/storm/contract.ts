/**
 * What an example's storm says to the machine that runs storms. Types only: an example imports nothing else of it.
 * There are two kinds: a {@link Storm} of deliveries over HTTP, for which the machine sends and accounts, and a {@link ScriptedStorm}, which does both itself.
 */

export type { AuditEntry, DeskAnswers, ParkedGroup, ParkedMessage, ParkedState, ParkingJob } from '../../blocks/parking-contract';

/** Seeded: the same seed draws the same values in the same order. */
export interface Random {
  /** In [0, 1). */
  fraction(): number;
  /** Whole number, both bounds included. */
  integer(least: number, most: number): number;
  pick<T>(values: readonly T[]): T;
  /** A new array in another order. */
  shuffle<T>(values: readonly T[]): T[];
  /** Lower-case hex digits. */
  hex(digits: number): string;
}

/** Where an event may end. `discarded`: it was parked, and a person decided that it needs no effect. */
export type End = 'done' | 'parked' | 'rejected' | 'discarded';

/** One business event, however often it is delivered. */
export interface PlannedEvent {
  /** Unique, and no part of another event's id: deliveries, effects, parked copies and kills are matched by this text. */
  readonly id: string;
  /** What is special about it, in words, for example `refund before its payment`. */
  readonly kind: string;
  /** The ends that are right for it. Any other is a fault of the pattern. */
  readonly ends: readonly End[];
  /** Why it must be refused; set when `ends` is `rejected`. */
  readonly rejection?: string;
  /** What it changes in the books when it is done. */
  readonly effect?: { readonly book: string; readonly amount: number };
}

export interface OutgoingRequest {
  readonly method: string;
  /** Path below the URL of the deployed API, with a leading slash. */
  readonly path: string;
  /** In order and with repetitions; `host` and `content-length` are added. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Buffer;
}

export interface Delivery {
  readonly eventId: string;
  /** Called for every attempt, as a provider signs every attempt anew. */
  request(nowEpochSeconds: number): OutgoingRequest;
}

/** Deliveries that leave at the same moment, each over a connection of its own. */
export type Burst = readonly Delivery[];

/** Ends a function's process at an exact moment of one request to AWS. */
export interface Kill {
  /** In words, for example `after the commit, before its answer`. */
  readonly name: string;
  /** For example `dynamodb:TransactWriteItems`, `sqs:SendMessage`, `s3:PutObject`. */
  readonly operation: string;
  /**
   * `before`: the request never reaches the service. `after`: the service has done it, the caller never hears.
   * `between`: like `before`, of a request whose process had another one of this operation succeed just before.
   */
  readonly moment: 'before' | 'after' | 'between';
  /** Only requests that hold all of these texts. */
  readonly holding: readonly string[];
  /** Only requests whose path, without its query, holds this text: an object's key stands there. @default any */
  readonly inPath?: string;
  /** Fires at the match of this number, once. @default 1 */
  readonly occurrence?: number;
}

/** A service that fails: its requests are answered here and go no further. */
export interface Outage {
  /** As of a {@link Kill}; of services that are no JSON or query protocol, the method: `ses:POST`. */
  readonly operation: string;
  /** Only requests that hold all of these texts. @default any */
  readonly holding?: readonly string[];
  /** Only requests whose path, without its query, holds this text. @default any */
  readonly inPath?: string;
  readonly answer: { readonly status: number; readonly contentType: string; readonly body: string };
}

/** An outage under way. */
export interface OutageUnderWay {
  /** Requests that it answered until now. */
  readonly requests: number;
  end(): void;
}

/** A request of a function that the engine has done. */
export interface WitnessedRequest {
  readonly operation: string;
  readonly path: string;
  readonly body: string;
  /** When its answer came, in milliseconds since the epoch. */
  readonly at: number;
}

/** The deployed example, as a storm reaches it. */
export interface StormTarget {
  /** Outputs of the deployed stacks. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Client configuration for an AWS SDK client. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

export interface StormSettings {
  readonly random: Random;
  /** Number of events. */
  readonly events: number;
  /** Share of the events that are delivered more than once, 0 to 1. */
  readonly duplicates: number;
  /** Killed for a soak: a worker for each hundredth event, half of them between commit and answer. @default false */
  readonly soak?: boolean;
  /** Part of every id, so that storms on one deployment do not meet. Lower-case letters and digits. */
  readonly tag: string;
}

export interface StormPlan {
  readonly events: readonly PlannedEvent[];
  /** In the order they are sent. */
  readonly bursts: readonly Burst[];
  /** Makes the deployed example ready for this plan, for example gives its secrets their values. */
  prepare(target: StormTarget): Promise<void>;
  kills(target: StormTarget): readonly Kill[];
}

/** One effect as it stands in a store. */
export interface StandingEffect {
  /** Unique among the effects. */
  readonly key: string;
  readonly eventId: string;
  readonly amount: number;
  readonly recordedAtEpochMilliseconds: number;
  /** Handler run in which it came about, 1 for the first; undefined when the store does not say. */
  readonly attempt?: number;
}

/** One message that waits in a parking lot, or did until a person decided that it needs no effect. */
export interface ParkedCopy {
  /** Undefined when the message holds no id of any event. */
  readonly eventId?: string;
  /** Why it was parked. */
  readonly reason: string;
  readonly discarded: boolean;
}

/** Everything that stands in the example's own stores. */
export interface StandingStores {
  readonly effects: readonly StandingEffect[];
  /** Balance by book. */
  readonly books: Readonly<Record<string, number>>;
}

/** What a storm can do to the deployed example while it is at work. */
export interface StormTools {
  /** Deploys the app again, with this CDK context beside its own: a stack update like any other. */
  deploy(context: Readonly<Record<string, string>>): Promise<void>;
  /** Adds kills to those that wait. None strikes on an engine that was started elsewhere. */
  arm(kills: readonly Kill[]): void;
  /** Kills that struck until now, by name; undefined when no process can be killed. */
  struck(): Readonly<Record<string, number>> | undefined;
  progress(line: string): void;
}

/** What an operator has to work with after the events are in. */
export interface Operation extends StormTarget, StormTools {
  readonly events: readonly PlannedEvent[];
  /** Requests that were sent for each event, a sender's retries included, by the event's id. */
  readonly deliveries: ReadonlyMap<string, number>;
  /**
   * `breakwater parked …` as a person calls it, against this engine.
   *
   * @param expected exit codes that are right. @default 0
   * @returns what it wrote to standard output
   * @throws with what it wrote to standard error, when it ended with another one
   */
  parked(args: readonly string[], expected?: readonly number[]): Promise<string>;
  /** Waits until the queues and the parking lot are empty. @throws when they do not get so */
  quiet(): Promise<void>;
}

/** What the operator did and found. */
export interface Operated {
  /** Printed below the account, each under its title. */
  readonly pages: ReadonlyArray<{ readonly title: string; readonly text: string }>;
  /** The same for programs. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What is not as it must be, one line each. Any of them makes the storm unclean. */
  readonly faults: readonly string[];
}

/** An example's storm: what to send to it, and how to read what then stands in its stores. */
export interface Storm {
  /** CDK context with which the app deploys this example alone. */
  readonly context: Readonly<Record<string, string>>;
  /** Events of a storm that is not told how many. @default 1000, of a soak 20000 */
  readonly usualEvents?: number;
  plan(settings: StormSettings): StormPlan;
  /** URL of the API as the stack's outputs give it. */
  url(target: StormTarget): string;
  /** URLs of the queues that must run empty before anything is counted. */
  queues(target: StormTarget): readonly string[];
  /** URL of the queue in which what can't be processed is parked. With a parking desk it must run empty too, and the desk is asked what is parked. */
  parkingLot(target: StormTarget): string;
  readStores(target: StormTarget): Promise<StandingStores>;
  /** Id of the event whose body this is; undefined when it holds none. */
  eventIn(body: string): string | undefined;
  /** What a person does once all events have their first end; then they are accounted for. Its storms take one seed: what it leaves at the desk would meet the next. */
  operate?(operation: Operation): Promise<Operated>;
}

/** An option that an example adds to `breakwater storm`. It takes a value. */
export interface StormOption {
  /** Without the dashes, none of the command's own: `keep-output`. */
  readonly name: string;
  /** What the value is, in capitals: `DIR`. */
  readonly argument: string;
  readonly help: string;
}

/** What `--events` counts in a scripted storm. */
export interface StormSize {
  /** In words: `rows a side`. */
  readonly of: string;
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

/** What a scripted storm has to work with. */
export interface StormScene extends StormTarget, StormTools {
  readonly random: Random;
  /** As `--events` says, or as is usual. */
  readonly size: number;
  /** Part of every id, so that storms on one deployment do not meet. Lower-case letters and digits. */
  readonly tag: string;
  /** Values of the example's own options that were given, by their names. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * `breakwater …` as a person calls it, against this engine.
   *
   * @returns what it wrote to standard output
   * @throws with what it wrote to standard error, when it ended with another exit code than 0
   */
  breakwater(args: readonly string[]): Promise<string>;
  /** Lets a service fail until it is told to end. */
  fail(outage: Outage): OutageUnderWay;
  /** What the functions have asked for until now: requests by operation; items, messages or objects by operation and resource. */
  asked(): { readonly requests: Readonly<Record<string, number>>; readonly units: Readonly<Record<string, number>> };
  /** Keeps from now on what functions ask of these operations and the engine does; what is returned grows. */
  witness(operations: readonly string[]): readonly WitnessedRequest[];
  /** Ends the storm: to be given to everything that waits. */
  readonly signal: AbortSignal;
}

/** What a scripted storm found. */
export interface Played {
  /** The account as a person reads it. */
  readonly text: string;
  /** The same for programs. */
  readonly record: Readonly<Record<string, unknown>>;
  /** What is not as it must be, one line each. Any of them makes the storm unclean. */
  readonly faults: readonly string[];
}

/** A storm that says itself what it does to the deployed example and what must be true after. Each seed has an engine and a deployment of its own. */
export interface ScriptedStorm {
  /** CDK context with which the app deploys this example alone. */
  readonly context: Readonly<Record<string, string>>;
  readonly size: StormSize;
  readonly options?: readonly StormOption[];
  /** @throws when the storm could not be brought to its end; what it finds wrong is a fault of {@link Played} */
  play(scene: StormScene): Promise<Played>;
}
