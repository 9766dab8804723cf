import type { Count, Edge, Graph, Node } from './graph';

/** Sources whose events only say that something happened. */
const SMALL: ReadonlySet<string> = new Set(['bucket', 'schedule', 'alarm']);

/**
 * Largest event each node may hold: what it accepts, unless everything that leads there is smaller. Code may send whatever the receiver takes.
 *
 * Grows from the ingresses until nothing changes any more, so that loops need no order.
 */
export function carriedBytes(graph: Graph): ReadonlyMap<string, Count> {
  const carried = new Map<string, number>();
  const grown: string[] = [];
  const grow = (id: string, size: number) => {
    if (size <= (carried.get(id) ?? -1)) return;
    carried.set(id, size);
    grown.push(id);
  };
  for (const node of graph.nodes.values()) if (node.ingress) grow(node.id, entering(node));
  for (let id = grown.pop(); id !== undefined; id = grown.pop()) {
    for (const edge of graph.edgesFrom.get(id) ?? []) {
      if (edge.role === 'failure') continue;
      const to = graph.nodes.get(edge.to)!;
      grow(edge.to, SMALL.has(to.kind) ? 0 : Math.min(given(edge, carried.get(id)!), limit(edge.sizeLimitBytes), limit(to.acceptsBytes)));
    }
  }
  return new Map([...carried].map(([id, size]): [string, Count] => [id, Number.isFinite(size) ? size : 'unknown']));
}

function entering(node: Node): number {
  // Events of AWS services, and rules that nothing feeds: those run by the clock.
  const isNotice = (node.resource === undefined && node.kind === 'bus') || node.kind === 'rule';
  return SMALL.has(node.kind) || isNotice ? 0 : limit(node.acceptsBytes);
}

function given(edge: Edge, before: number): number {
  return edge.role === 'write' || edge.role === 'result' ? Number.POSITIVE_INFINITY : before;
}

function limit(count: Count): number {
  return typeof count === 'number' ? count : Number.POSITIVE_INFINITY;
}
