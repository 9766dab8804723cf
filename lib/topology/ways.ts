import type { Edge, Graph } from './graph';
import { leavesOnce } from './keepers';

/** A way from an ingress to a node. */
export interface Way {
  readonly nodes: readonly string[];
  readonly edges: readonly Edge[];
}

/** Ways to every node, in linear time: rules rest on them, so that no fan-out can hide anything. */
export class Ways {
  private readonly shortest = new Map<string, Edge | undefined>();
  private readonly worst = new Map<string, { readonly runs: number; readonly edge?: Edge }>();
  /** Edges that lead back to where they come from. */
  public readonly loops: readonly Edge[];
  /** Ids of all nodes, givers before receivers when loops are left out. */
  public readonly order: readonly string[];

  public constructor(private readonly graph: Graph) {
    const { order, back } = this.sort();
    this.loops = [...back];
    this.order = order;
    this.findShortest();
    this.findWorst(order, back);
  }

  /** Whether an event gets there at all. */
  public reaches(node: string): boolean {
    return this.shortest.has(node);
  }

  /** Fewest hops from an ingress. */
  public to(node: string): Way {
    return this.way(node, (id) => this.shortest.get(id));
  }

  /** The way on which one event makes the most handler runs, among those that are known: what has no bound would hide every product behind it. */
  public worstTo(node: string): Way & { readonly runs: number } {
    return { ...this.way(node, (id) => this.worst.get(id)?.edge), runs: this.worst.get(node)?.runs ?? 1 };
  }

  private way(node: string, into: (id: string) => Edge | undefined): Way {
    const edges: Edge[] = [];
    const seen = new Set<string>();
    for (let edge = into(node); edge !== undefined && !seen.has(edge.id); edge = into(edge.from)) {
      seen.add(edge.id);
      edges.unshift(edge);
    }
    return { nodes: [edges[0]?.from ?? node, ...edges.map((edge) => edge.to)], edges };
  }

  private findShortest() {
    const queue: string[] = [];
    for (const node of this.graph.nodes.values()) {
      if (!node.ingress) continue;
      this.shortest.set(node.id, undefined);
      queue.push(node.id);
    }
    for (let at = 0; at < queue.length; at += 1) {
      for (const edge of this.graph.edgesFrom.get(queue[at]!) ?? []) {
        if (this.shortest.has(edge.to)) continue;
        this.shortest.set(edge.to, edge);
        queue.push(edge.to);
      }
    }
  }

  private findWorst(order: readonly string[], back: ReadonlySet<Edge>) {
    for (const id of order) {
      if (this.graph.nodes.get(id)!.ingress && !this.worst.has(id)) this.worst.set(id, { runs: 1 });
      const here = this.worst.get(id);
      if (!here) continue;
      for (const edge of this.graph.edgesFrom.get(id) ?? []) {
        if (back.has(edge) || edge.role === 'failure') continue;
        const runs = (leavesOnce(this.graph, edge) ? 1 : here.runs) * (typeof edge.handlerRuns === 'number' ? edge.handlerRuns : 1);
        const known = this.worst.get(edge.to);
        if (!known || runs > known.runs) this.worst.set(edge.to, { runs, edge });
      }
    }
  }

  /** Topological order without the edges that close a loop; iterative, because chains may be long. */
  private sort(): { readonly order: string[]; readonly back: Set<Edge> } {
    const back = new Set<Edge>();
    const order: string[] = [];
    const state = new Map<string, 'open' | 'done'>();
    for (const start of this.startsFirst()) {
      const stack: Array<{ readonly id: string; next: number }> = [];
      const open = (id: string) => {
        state.set(id, 'open');
        stack.push({ id, next: 0 });
      };
      if (!state.has(start)) open(start);
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const edge = (this.graph.edgesFrom.get(top.id) ?? [])[top.next];
        top.next += 1;
        // What is parked comes back when a person sends it.
        if (edge?.role === 'failure') continue;
        if (!edge) {
          state.set(top.id, 'done');
          order.push(top.id);
          stack.pop();
        } else if (!state.has(edge.to)) open(edge.to);
        else if (state.get(edge.to) === 'open') back.add(edge);
      }
    }
    return { order: order.reverse(), back };
  }

  private startsFirst(): string[] {
    const nodes = [...this.graph.nodes.values()];
    return [...nodes.filter((node) => node.ingress), ...nodes.filter((node) => !node.ingress)].map((node) => node.id);
  }
}
