import type { Alarm, Count, Edge, Graph, Node, ResourceRef } from '../topology/graph';
import type { Model, Resource } from '../topology/model';
import type { Way, Ways } from '../topology/ways';
import { type Budget, DEFAULT_BUDGET, names, type ReviewConfig } from './config';

/** What rules ask of the graph, so that none of them asks twice in another way. */
export class Facts {
  public readonly budget: Required<Budget>;
  private readonly watching = new Map<string, Alarm[]>();

  public constructor(
    public readonly model: Model,
    public readonly graph: Graph,
    public readonly ways: Ways,
    public readonly config: ReviewConfig,
  ) {
    this.budget = { ...DEFAULT_BUDGET, ...config.budget };
    for (const alarm of graph.alarms) {
      for (const id of alarm.watches) {
        const list = this.watching.get(id);
        if (list) list.push(alarm);
        else this.watching.set(id, [alarm]);
      }
    }
  }

  public node(id: string): Node {
    return this.graph.nodes.get(id)!;
  }

  /** Resource of a node, for its properties. Parts share the resource of the whole. */
  public resource(id: string): Resource | undefined {
    const node = this.graph.nodes.get(id);
    return node?.resource ? this.model.resources.get(`${node.resource.stack}/${node.resource.logicalId}`) : undefined;
  }

  public resourcesOf(...ids: readonly string[]): ResourceRef[] {
    return ids.flatMap((id) => this.graph.nodes.get(id)?.resource ?? []);
  }

  /** Edges that an event can come over, in stable order. */
  public *liveEdges(): Generator<Edge> {
    for (const edge of this.graph.edges) if (this.isLive(edge)) yield edge;
  }

  public isLive(edge: Edge): boolean {
    return this.ways.reaches(edge.from) && !this.node(edge.from).outsideFlow && !this.node(edge.to).outsideFlow;
  }

  public from(id: string): readonly Edge[] {
    return this.graph.edgesFrom.get(id) ?? [];
  }

  public to(id: string): readonly Edge[] {
    return this.graph.edgesTo.get(id) ?? [];
  }

  /** The event's way over an edge. */
  public wayOver(edge: Edge): string[] {
    return [...this.ways.to(edge.from).nodes, edge.to];
  }

  public wayTo(id: string): Way {
    return this.ways.to(id);
  }

  public alarmsOn(id: string): readonly Alarm[] {
    return this.watching.get(id) ?? [];
  }

  /** Whether somebody is told when the alarm fires, as far as the templates say. */
  public tells(alarm: Alarm): boolean {
    return alarm.actionsEnabled && alarm.actions.length > 0;
  }

  public isIdempotent(id: string): boolean {
    const node = this.node(id);
    return node.idempotent || this.assumes('idempotent', node);
  }

  public mayDrop(edge: Edge): boolean {
    return (
      [this.node(edge.from), this.node(edge.to)].some((node) => this.assumes('mayDrop', node)) ||
      edge.via.some((ref) => this.names('mayDrop', ref.logicalId, ref.constructPath))
    );
  }

  public isHeard(id: string): boolean {
    return this.assumes('heard', this.node(id));
  }

  public label(id: string): string {
    return this.node(id).label;
  }

  /** Who retries on an edge, for a product of retries. */
  public retrier(edge: Edge): string {
    if (edge.kind === 'lambda-write') return `SDK in ${this.label(edge.from)}`;
    return edge.kind === 'lambda-async' || edge.kind === 'durable-function' ? `Lambda for ${this.label(edge.to)}` : this.label(edge.from);
  }

  private assumes(assumption: keyof NonNullable<ReviewConfig['assumptions']>, node: Node): boolean {
    return this.names(assumption, node.label, node.resource?.constructPath);
  }

  private names(assumption: keyof NonNullable<ReviewConfig['assumptions']>, ...candidates: ReadonlyArray<string | undefined>): boolean {
    return (this.config.assumptions?.[assumption] ?? []).some((pattern) => names(pattern, candidates));
  }
}

/** For a person: `1 h 30 min`. */
export function duration(seconds: Count): string {
  if (typeof seconds !== 'number') return seconds === 'unlimited' ? 'no limit' : 'a time that is not known';
  const units: ReadonlyArray<readonly [number, string]> = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [size, unit] of units) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0 && parts.length < 2) parts.push(`${whole} ${unit}`);
  }
  return parts.length > 0 ? parts.join(' ') : `${Math.round(seconds * 1000) / 1000} s`;
}

/** For a person: `256 KiB`. */
export function bytes(count: Count): string {
  if (typeof count !== 'number') return count === 'unlimited' ? 'no limit' : 'a size that is not known';
  if (count >= 1024 * 1024) return `${Math.round((count / 1024 / 1024) * 10) / 10} MiB`;
  return `${Math.round(count / 1024)} KiB`;
}
