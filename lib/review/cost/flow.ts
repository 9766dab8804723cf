import type { Topology } from '../../topology';
import type { Count, Edge, Node, ParkingDesk } from '../../topology/graph';
import { SQS } from '../../topology/limits';
import type { Resource } from '../../topology/model';
import { SECONDS_A_MONTH, SECONDS_OF_A_DAYS_HOUR } from './amounts';
import { calledOf, type Handling, handlingOf, NOTHING_HANDLED, sumOf } from './handling';
import { itineraryOf, type Onward, type Place, placeOf, type Stop } from './itinerary';
import type { Traffic } from './traffic';

/** What moves in a month, at a node or over an edge. */
export interface Flow {
  /** Events, each counted once. */
  readonly events: number;
  /** Copies of them which a sender sent again. */
  readonly copies: number;
  /** Size of one event, in bytes. */
  readonly bytes: number;
  /** Share of each hour of the day; 24 numbers that sum up to 1. */
  readonly hours: readonly number[];
}

export interface NodeFlow extends Flow {
  /** Of a handler: what becomes of what arrives. */
  readonly handling: Handling;
  /** Runs of the handler: records divided by what is handed over together. */
  readonly runs: number;
}

const EVEN: readonly number[] = Array<number>(24).fill(1 / 24);
export const NOTHING: NodeFlow = { events: 0, copies: 0, bytes: 0, hours: EVEN, handling: NOTHING_HANDLED, runs: 0 };
/** What a poller of SQS finds when it looks again at once. */
const POLL_SECONDS = 0.05;
/** Lambda reads a shard once a second. */
const SHARD_POLL_SECONDS = 1;
const STREAMS: ReadonlySet<string> = new Set(['dynamodb-stream-lambda', 'kinesis-lambda', 'kafka-lambda']);
/** Where events aren't business traffic: they come by the clock, or tell of something else in the same account. */
const BY_CLOCK: ReadonlySet<string> = new Set(['schedule', 'rule']);
const HANDLERS: ReadonlySet<string> = new Set(['function', 'state-machine', 'endpoint']);
/** Each event goes one of several ways. */
const ONE_WAY: ReadonlySet<string> = new Set(['api', 'queue', 'function-url']);

interface Incoming {
  readonly edge: Edge;
  readonly flow: Flow;
}

/** How many events pass each node and edge in a month, derived from the ingresses alone. */
export class Flows {
  private readonly nodes = new Map<string, NodeFlow>();
  private readonly edges = new Map<string, Flow>();
  private readonly times = new Map<string, number>();
  private readonly entering = new Map<string, Flow>();
  /** Where what enters comes of events that enter elsewhere. */
  private readonly following = new Set<string>();

  public constructor(
    private readonly topology: Pick<Topology, 'graph' | 'model'>,
    private readonly traffic: Traffic,
  ) {
    const { stops, loops } = itineraryOf(topology);
    for (const edge of loops)
      traffic.assume(
        this.label(edge.from),
        'loop',
        `to ${this.label(edge.to)}`,
        'an event takes a loop once; what it sends back is not followed again',
      );
    for (const stop of stops) this.pass(stop);
    this.enterAlone();
    for (const desk of topology.graph.desks.values()) this.takeIn(desk);
  }

  public node(id: string): NodeFlow {
    return this.nodes.get(id) ?? NOTHING;
  }

  /** What enters there from outside. */
  public entersAt(id: string): Flow {
    return this.entering.get(id) ?? NOTHING;
  }

  /** Whether neither a template nor the profile tells of anything that gets there. What only helpers and alarms reach is no traffic. */
  public isUntold({ id }: Resource): boolean {
    const { nodes, edgesTo, desks } = this.topology.graph;
    if (this.entering.has(id) || nodes.get(id)?.outsideFlow) return false;
    if ([...desks.values()].some(({ keeps }) => keeps.includes(id))) return false;
    return !(edgesTo.get(id) ?? []).some(({ from }) => from !== id && !nodes.get(from)!.outsideFlow);
  }

  public edge(edge: Edge): Flow {
    return this.edges.get(edge.id) ?? NOTHING;
  }

  /** Times that an event which its beginning is done with takes an edge. */
  public timesOver(edge: Edge): number {
    return this.times.get(edge.id) ?? 0;
  }

  /** What enters at all ingresses that aren't driven by the clock, and comes of no other event. */
  public entered(): number {
    const { nodes } = this.topology.graph;
    const counts = (id: string) => !this.following.has(id) && !BY_CLOCK.has(nodes.get(id)?.kind ?? '');
    return [...this.entering].reduce((sum, [id, { events }]) => (counts(id) ? sum + events : sum), 0);
  }

  private pass(stop: Stop) {
    const incoming: Incoming[] = [];
    const entering = this.enters(stop);
    if (entering) this.enter(stop.node.id, stop.names, entering);
    const arriving: Flow[] = entering ? [entering] : [];
    for (const edge of stop.incoming) {
      const flow = this.edges.get(edge.id);
      if (!flow) continue;
      incoming.push({ edge, flow });
      arriving.push(flow);
    }
    const arrived = merge(arriving);
    const here = HANDLERS.has(stop.node.kind) ? this.handle(stop, arrived, entering, incoming) : handledBy(arrived, NOTHING_HANDLED, 0);
    this.nodes.set(stop.node.id, here);
    for (const onward of stop.onward)
      this.edges.set(onward.edge.id, onward.counts ? this.over(stop, here, onward) : { ...NOTHING, bytes: here.bytes });
  }

  /** What a parking desk takes out of a queue passes its intake, and stays in its stores. */
  private takeIn({ lot, intake, via, keeps }: ParkingDesk) {
    // What fails is known only when all that may fail was passed.
    const arriving = (this.topology.graph.edgesTo.get(lot) ?? []).map((edge) => this.edge(edge));
    const parked = merge([...arriving, ...(this.nodes.has(intake) ? [this.node(intake)] : [])]);
    const records = parked.events + parked.copies;
    const size = this.topology.model.resources.get(`${via.stack}/${via.logicalId}`)?.get('BatchSize').number(SQS.batch) ?? SQS.batch;
    const edge = { kind: 'sqs-lambda', via: [via], batch: { size, reportsFailures: true } } as const;
    const runs = this.runsOf(placeOf(this.topology.model, this.topology.graph.nodes.get(intake)!), edge, records, parked.hours);
    const handling = { ...NOTHING_HANDLED, handled: records, tried: records, done: records };
    for (const id of [intake, ...keeps]) this.nodes.set(id, handledBy(parked, handling, runs));
  }

  private enter(id: string, names: Place['names'], flow: Flow) {
    this.entering.set(id, flow);
    if (this.traffic.followsEvents(names)) this.following.add(id);
  }

  private enters(stop: Stop): Flow | undefined {
    const { node, names, incoming } = stop;
    const alone = incoming.length === 0 && this.traffic.namesIngress(names);
    if (!node.ingress && !alone) return undefined;
    if (!BY_CLOCK.has(node.kind)) return this.sentFromOutside(names);
    const hours = this.hours([]);
    return { events: this.firings(stop), copies: 0, bytes: 200, hours };
  }

  private sentFromOutside(names: Place['names']): Flow {
    const hours = this.hours(names);
    const events = this.traffic.eventsPerMonth(names);
    const copies = events * this.traffic.ingress('duplicates', names, 0, 'no event is sent twice');
    return { events, copies, bytes: this.traffic.ingress('payloadBytes', names, 2048, '2 KB an event'), hours };
  }

  private hours(names: Place['names']): readonly number[] {
    const hours = this.traffic.ingress('hours', names, EVEN, 'traffic spread evenly over the day');
    return hours === EVEN ? EVEN : shares(hours);
  }

  /** What no hand-over leads to or from is no node; a profile may know all the same what is sent there. */
  private enterAlone() {
    for (const { id, ref } of this.topology.model.resources.values()) {
      const names = [ref.logicalId, ref.constructPath];
      if (this.topology.graph.nodes.has(id) || !this.traffic.namesIngress(names)) continue;
      const flow = this.sentFromOutside(names);
      this.enter(id, names, flow);
      this.nodes.set(id, handledBy(flow, NOTHING_HANDLED, 0));
    }
  }

  /** Firings a month of a schedule; the profile may say it for what the expression doesn't tell. */
  private firings({ node, resource, names, firings }: Stop): number {
    if (firings !== undefined) return firings;
    const expression = resource?.get('ScheduleExpression').text();
    if (resource?.type === 'AWS::Events::Rule' && expression === undefined) return this.traffic.eventsPerMonth(names);
    return this.traffic.assume(node.label, 'firings', 30, `${expression ?? 'the expression'}: once a day`);
  }

  private handle(stop: Stop, arrived: Flow, entering: Flow | undefined, incoming: readonly Incoming[]): NodeFlow {
    let handling = entering ? calledOf(entering.events + entering.copies, 0) : NOTHING_HANDLED;
    let runs = handling.handled;
    let givenUp = 0;
    for (const { edge, flow } of incoming) {
      const given = edge.synchronous ? calledOf(flow.events + flow.copies, this.calledAgain(edge)) : this.handed(stop, edge, flow);
      handling = sumOf(handling, given);
      runs += this.runsOf(stop, edge, given.handled, flow.hours);
      if (!edge.synchronous) givenUp += flow.events - given.done;
    }
    const events = arrived.events - givenUp;
    const { copies, bytes, hours } = arrived;
    return { events, copies: stop.node.idempotent ? 0 : copies, bytes, hours, handling: { ...handling, done: events }, runs };
  }

  /** A caller that fails and runs again calls again. */
  private calledAgain(edge: Edge): number {
    if (!HANDLERS.has(this.kind(edge.from)) || edge.afterFailure) return 0;
    // What goes over the task of a machine holds the first call of an execution that fails.
    const runs = this.runsAllowed(edge) - (edge.task === undefined ? 0 : 1);
    return this.node(edge.from).handling.failed * runs;
  }

  private handed({ node, resource }: Place, edge: Edge, { events, copies }: Flow): Handling {
    return handlingOf(events, copies, {
      failures: this.traffic.failures(resource),
      permanentFailures: this.traffic.permanentFailures(resource),
      retries: this.retries(resource),
      times: this.runsAllowed(edge),
      parksItself: this.parksItself(node),
    });
  }

  private parksItself(node: Node): boolean {
    return node.idempotent && (this.topology.graph.edgesFrom.get(node.id) ?? []).some(({ role }) => role === 'failure');
  }

  private retries(resource: Resource | undefined): number {
    return resource ? this.traffic.resource('retries', resource, 0.01, 'one event of a hundred needs a second run') : 0;
  }

  private runsAllowed(edge: Edge): number {
    return runsOf(edge.handlerRuns, (because) => this.traffic.assume(this.label(edge.to), 'handlerRuns', 1000, because));
  }

  private runsOf({ node, resource }: Place, edge: Pick<Edge, 'kind' | 'via' | 'batch'>, records: number, hours: readonly number[]): number {
    const size = typeof edge.batch?.size === 'number' ? edge.batch.size : 1;
    if (size <= 1) return records;
    const given = resource && this.traffic.given('recordsPerRun', resource);
    if (given !== undefined) return records / Math.max(1, given);
    const window = Math.max(this.window(edge), STREAMS.has(edge.kind) ? SHARD_POLL_SECONDS : POLL_SECONDS);
    this.traffic.assume(node.label, 'recordsPerRun', `what comes in ${window} s, 1 to ${size}`, 'a poller takes what is there');
    const runsIn = (some: number, seconds: number) => {
      const together = (some / seconds) * window;
      if (together <= 1) return some;
      return together >= size ? some / size : seconds / window;
    };
    if (hours.every((share) => share === hours[0])) return runsIn(records, SECONDS_A_MONTH);
    return hours.reduce((sum, share) => sum + runsIn(records * share, SECONDS_OF_A_DAYS_HOUR), 0);
  }

  private window(edge: Pick<Edge, 'via'>): number {
    for (const ref of edge.via) {
      const seconds = this.topology.model.resources.get(`${ref.stack}/${ref.logicalId}`)?.get('MaximumBatchingWindowInSeconds').number(0);
      if (typeof seconds === 'number' && seconds > 0) return seconds;
    }
    return 0;
  }

  /** What goes over an edge. */
  private over(from: Stop, here: NodeFlow, { edge, to, first }: Onward): Flow {
    const { bytes, hours } = here;
    if (edge.role === 'failure') return { events: this.parkedAt(from.node, here, edge), copies: 0, bytes, hours };
    if (edge.afterFailure) return { events: here.handling.parked, copies: 0, bytes, hours };
    const said = this.traffic.hop(from.names, to.names);
    const given = said === undefined || first ? said : 0;
    const writes = edge.role === 'write' ? this.writes(from, to, bytes, given !== undefined) : 1;
    const times = (given ?? this.share(from, edge)) * writes;
    this.times.set(edge.id, times);
    // Executions that fail have called their tasks before.
    const events = edge.task === undefined ? here.events : here.handling.handled - here.copies;
    return { events: events * times, copies: here.copies * times, bytes, hours };
  }

  /** Events that a hand-over from here gives up. Queues park what failed at the handlers behind them. */
  private parkedAt(node: Node, here: NodeFlow, edge: Edge): number {
    if (HANDLERS.has(node.kind)) return edge.kind === 'lambda-write' ? here.handling.parked : 0;
    const consumers = (this.topology.graph.edgesFrom.get(node.id) ?? []).filter((one) => one.role === 'delivery');
    // A handler that parks by itself leaves nothing for the queue to move.
    const left = consumers.filter(
      (one) => !(this.topology.graph.edgesFrom.get(one.to) ?? []).some((write) => write.role === 'failure' && write.to === edge.to),
    );
    const first = left[0];
    const handler = first && placeOf(this.topology.model, this.topology.graph.nodes.get(first.to)!).resource;
    const share = Math.min(1, this.traffic.failures(handler) + this.traffic.permanentFailures(handler));
    return first ? (here.events + here.copies) * share : 0;
  }

  private share({ node, ways }: Stop, edge: Edge): number {
    if (edge.role !== 'delivery' || ways < 2) return 1;
    if (ONE_WAY.has(node.kind)) return this.traffic.assume(node.label, 'hops', 1 / ways, `events take ${ways} ways in equal parts`);
    return this.traffic.assume(node.label, 'hops', 1, 'every event takes each of the ways behind it');
  }

  /** @param sized whether it is said how many events go there, so that their size does not decide it */
  private writes({ resource: from }: Place, { resource: to }: Place, bytes: number, sized: boolean): number {
    const above = to && !sized ? this.traffic.given('onlyAboveBytes', to) : undefined;
    if (above !== undefined && bytes <= above) return 0;
    return from ? this.traffic.resource('writesPerEvent', from, 1, 'one write an event to each place that a function may write to') : 1;
  }

  private kind(id: string) {
    return this.topology.graph.nodes.get(id)!.kind;
  }

  private label(id: string): string {
    return this.topology.graph.nodes.get(id)!.label;
  }
}

function runsOf(count: Count, assume: (because: string) => number): number {
  if (typeof count === 'number') return count;
  const because = count === 'unlimited' ? 'retried without bound' : 'the template does not tell how often';
  return assume(`${because}: a thousand runs are counted`);
}

function shares(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, one) => all + one, 0);
  return weights.map((one) => (sum > 0 ? one / sum : 1 / 24));
}

function handledBy({ events, copies, bytes, hours }: Flow, handling: Handling, runs: number): NodeFlow {
  return { events, copies, bytes, hours, handling, runs };
}

function merge(flows: readonly Flow[]): Flow {
  const [only] = flows;
  if (only && flows.length === 1) return only;
  const events = flows.reduce((sum, flow) => sum + flow.events, 0);
  const copies = flows.reduce((sum, flow) => sum + flow.copies, 0);
  const weights = flows.map((flow) => (events === 0 ? 1 / flows.length : flow.events / events));
  const mean = (of: (flow: Flow) => number) => flows.reduce((sum, flow, index) => sum + of(flow) * weights[index]!, 0);
  return {
    events,
    copies,
    bytes: mean((flow) => flow.bytes),
    hours: flows.every(({ hours }) => hours === EVEN) ? EVEN : EVEN.map((_, hour) => mean((flow) => flow.hours[hour]!)),
  };
}
