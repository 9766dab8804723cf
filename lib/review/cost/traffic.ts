import type { Resource } from '../../topology';
import { isRecord } from '../../topology/record';
import { names } from '../config';

/** What is sent, and what no template tells. Everything may be left out: what isn't given is assumed, and each assumption is printed. */
export interface TrafficProfile {
  readonly version: 1;
  /** What tables call it, where events a month don't tell it: `10 million rows a night`. */
  readonly title?: string;
  /** By logical id or `aws:cdk:path` of where events enter; `*` stands for any text. */
  readonly ingress?: Readonly<Record<string, IngressTraffic>>;
  /** By logical id or `aws:cdk:path`; `*` stands for any text. */
  readonly resources?: Readonly<Record<string, ResourceTraffic>>;
  /**
   * Events that take a hop, for each event at its beginning: 0.25 for a filter that lets a quarter pass, 2 for two items written. By `from -> to`, each a
   * logical id or `aws:cdk:path`; `*` stands for any text.
   */
  readonly hops?: Readonly<Record<string, number>>;
  /** Where the figures were measured. */
  readonly measured?: { readonly stack: string; readonly from: string; readonly to: string };
}

/** What enters at one place. */
export interface IngressTraffic {
  /** Events a month (730 hours), repetitions by the sender not counted. */
  readonly eventsPerMonth?: number;
  /**
   * Of a load: what enters here for each of its events, 0 or more, like deliveries of which a mail service tells. It is paid for, and is no event of its own
   * when the cost of one event is told. @default - the whole load enters here
   */
  readonly perEvent?: number;
  /** Size of one event, in bytes. */
  readonly payloadBytes?: number;
  /** Size of one answer that leaves AWS, in bytes. */
  readonly answerBytes?: number;
  /** Share of the events that the sender sends a second time, 0 or more. */
  readonly duplicates?: number;
  /** Weight of each hour of the day, 24 numbers; only their proportions count. */
  readonly hours?: readonly number[];
}

/** What one resource does with an event. */
export interface ResourceTraffic {
  /** Handler behind an asynchronous hand-over: share of the events, 0 to 1, that fail at every run until they are parked. */
  readonly failures?: number;
  /** Handler that parks by itself: share of the events, 0 to 1, that no retry can help. They are parked at their first run, before anything is written. */
  readonly permanentFailures?: number;
  /** Handler behind an asynchronous hand-over: share of the events, 0 to 1, that need a second run. */
  readonly retries?: number;
  /** Function or machine: billed time of one run without init, in milliseconds. */
  readonly durationMilliseconds?: number;
  /** Function: time of one init, in milliseconds. */
  readonly initMilliseconds?: number;
  /** Function: share of the runs that begin with an init, 0 to 1. */
  readonly coldShare?: number;
  /** Function: records handed over in one run. Pipe: events in one request to its target. */
  readonly recordsPerRun?: number;
  /** Function or machine: bytes written to logs in one run. */
  readonly logBytes?: number;
  /** Function: requests to Secrets Manager each time it reads a secret: two when it reads the version before as well. */
  readonly requestsPerSecretRead?: number;
  /** Metrics of its own that it publishes. */
  readonly metrics?: number;
  /** Function, machine or pipe: writes to each store or queue for one event that succeeds. */
  readonly writesPerEvent?: number;
  /** Table: items written for each event that a function parks, outside of transactions. */
  readonly writesPerParked?: number;
  /** Table: strongly consistent reads of one item for one event of each function that may read it. Bucket: reads of each object. */
  readonly readsPerEvent?: number;
  /** Table or bucket: bytes of one item or object. */
  readonly itemBytes?: number;
  /** Table, bucket, or log group: days for which what was written stays. */
  readonly keptDays?: number;
  /** Bucket: only events of more bytes than this are written to it. */
  readonly onlyAboveBytes?: number;
  /** Machine: transitions, or states entered, in one execution. */
  readonly transitions?: number;
  /** Machine: memory of one express execution, in MB. */
  readonly memoryMegabytes?: number;
}

/** A figure that nobody gave. */
export interface Assumption {
  /** Logical id, or `*` for all. */
  readonly resource: string;
  readonly field: string;
  readonly value: string;
  readonly because: string;
}

/** What is asked for instead of what a profile says. */
export interface Load {
  /** Events a month at each place where events enter. */
  readonly eventsPerMonth?: number;
  /** Share of the events that fail until they are parked, 0 to 1. */
  readonly failures?: number;
}

/** What a node is called: logical id and path. */
type Names = ReadonlyArray<string | undefined>;

const STATED = 'cdk-breakwater:traffic';

/** Answers what a profile says, then what the construct that made a resource says of it, and keeps what had to be assumed. */
export class Traffic {
  /** By resource, field and value. */
  private readonly made = new Map<string, Map<string, Map<unknown, Assumption>>>();
  private readonly hops: Entries<number>;
  private readonly ingresses: Entries<IngressTraffic>;
  private readonly resources: Entries<ResourceTraffic>;

  /** @param silent whether nobody asks for its assumptions, so that none is kept */
  public constructor(
    private readonly profile: TrafficProfile,
    private readonly load: Load = {},
    private readonly silent = false,
  ) {
    this.ingresses = closestFirst(profile.ingress);
    this.resources = closestFirst(profile.resources);
    this.hops = closestFirst(profile.hops);
  }

  /** In stable order. */
  public get assumptions(): Assumption[] {
    const made = [...this.made.values()].flatMap((fields) => [...fields.values()].flatMap((values) => [...values.values()]));
    return made.sort((a, b) => compareText(`${a.field} ${a.resource}`, `${b.field} ${b.resource}`));
  }

  /** The same profile under another load. */
  public under(load: Load): Traffic {
    return new Traffic(this.profile, { ...this.load, ...load }, this.silent);
  }

  /** As `under`, for a sum of which nobody asks what was assumed. */
  public silentlyUnder(load: Load): Traffic {
    return new Traffic(this.profile, { ...this.load, ...load }, true);
  }

  public eventsPerMonth(candidates: Names): number {
    const { eventsPerMonth } = this.load;
    if (eventsPerMonth === undefined) return this.ingress('eventsPerMonth', candidates, 0, 'no load given');
    return eventsPerMonth * (this.perEvent(candidates) ?? 1);
  }

  /** Whether what enters here under a load comes of events that enter elsewhere. */
  public followsEvents(candidates: Names): boolean {
    return this.load.eventsPerMonth !== undefined && this.perEvent(candidates) !== undefined;
  }

  private perEvent(candidates: Names): number | undefined {
    return given(this.ingresses, 'perEvent', candidates);
  }

  /** Whether the profile says what enters at just this place: of all that a pattern names, only what a template shows as an ingress is one. */
  public namesIngress(candidates: Names): boolean {
    const exact = candidates.flatMap((name) => (name === undefined ? [] : [name, name.replace(/\/Resource$/, '')]));
    return exact.some((name) => this.profile.ingress?.[name]?.eventsPerMonth !== undefined);
  }

  public failures(handler: Resource | undefined): number {
    if (this.load.failures !== undefined) return this.load.failures;
    return handler ? this.resource('failures', handler, 0.001, 'one event of a thousand fails until it is parked') : 0;
  }

  public permanentFailures(handler: Resource | undefined): number {
    if (this.load.failures !== undefined || !handler) return 0;
    return this.given('permanentFailures', handler) ?? 0;
  }

  public ingress<Field extends keyof IngressTraffic>(
    field: Field,
    candidates: ReadonlyArray<string | undefined>,
    assumed: NonNullable<IngressTraffic[Field]>,
    because: string,
  ): NonNullable<IngressTraffic[Field]> {
    return given(this.ingresses, field, candidates) ?? this.assume('*', `ingress.${field}`, assumed, because);
  }

  /** @param scope whether the assumption is about this resource alone or about all of its kind */
  public resource(
    field: keyof ResourceTraffic,
    resource: Resource,
    assumed: number,
    because: string,
    scope: 'each' | 'all' = 'all',
  ): number {
    return this.given(field, resource) ?? this.assume(scope === 'all' ? '*' : resource.ref.logicalId, field, assumed, because);
  }

  /** @returns undefined when neither the profile nor the construct says */
  public given(field: keyof ResourceTraffic, resource: Resource): number | undefined {
    const { logicalId, constructPath } = resource.ref;
    const profiled = given(this.resources, field, [logicalId, constructPath]);
    if (profiled !== undefined) return profiled;
    const stated = resource.metadata(STATED);
    const value: unknown = isRecord(stated) ? stated[field] : undefined;
    return typeof value === 'number' ? this.assume(logicalId, field, value, 'said by the construct that made it') : undefined;
  }

  /** @returns undefined when the profile doesn't say */
  public hop(from: Names, to: Names): number | undefined {
    for (const [pattern, times] of this.hops) {
      const [first, second] = pattern.split(' -> ') as [string, string];
      if (names(first, from) && names(second, to)) return times;
    }
    return undefined;
  }

  /** Notes what nobody gave. @returns the value */
  public assume<Type extends number | string | readonly number[]>(resource: string, field: string, value: Type, because: string): Type {
    if (this.silent) return value;
    const values = within(within(this.made, resource), field);
    if (values.get(value)?.because !== because)
      values.set(value, { resource, field, value: Array.isArray(value) ? 'even' : String(value), because });
    return value;
  }
}

type Entries<Entry> = ReadonlyArray<readonly [pattern: string, entry: Entry]>;

/** The longest pattern is the closest one. */
function closestFirst<Entry>(entries: Readonly<Record<string, Entry>> = {}): Entries<Entry> {
  return Object.entries(entries).sort(([a], [b]) => b.length - a.length || compareText(a, b));
}

function given<Entry, Field extends keyof Entry>(
  entries: Entries<Entry>,
  field: Field,
  candidates: Names,
): NonNullable<Entry[Field]> | undefined {
  for (const [pattern, entry] of entries) {
    const value = entry[field];
    if (value !== undefined && value !== null && names(pattern, candidates)) return value;
  }
  return undefined;
}

function within<Key, Value>(outer: Map<string, Map<Key, Value>>, key: string): Map<Key, Value> {
  const known = outer.get(key);
  if (known) return known;
  const inner = new Map<Key, Value>();
  outer.set(key, inner);
  return inner;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
