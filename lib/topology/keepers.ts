import type { Edge, Graph, Node, NodeKind } from './graph';

/** Kinds that keep an event once they have accepted it; all others answer for it while they work. */
const KEEPERS: ReadonlySet<NodeKind> = new Set([
  'queue',
  'topic',
  'bus',
  'rule',
  'asynchronous-invocation',
  'stream',
  'table',
  'bucket',
  'delivery-stream',
  'cluster',
]);

export function keepsEvents(node: Node, edge: Edge): boolean {
  return KEEPERS.has(node.kind) || (node.kind === 'state-machine' && !edge.synchronous);
}

/** Whether what runs several times hands an event on once all the same: a handler that repeats no effect, to something that keeps it. */
export function leavesOnce(graph: Graph, edge: Edge): boolean {
  return edge.role === 'write' && graph.nodes.get(edge.from)!.idempotent && keepsEvents(graph.nodes.get(edge.to)!, edge);
}
