import type { Edge, Graph, Node } from '../../topology/graph';
import { Ways } from '../../topology/ways';

/** A node with what leads there and onward. */
export interface Stop {
  readonly node: Node;
  readonly incoming: readonly Edge[];
  /** `first`: several methods, mappings or policies that lead to one place are one way; the first stands for all. */
  readonly onward: ReadonlyArray<{ readonly edge: Edge; readonly first: boolean }>;
  /** Places to which events are delivered from here. */
  readonly ways: number;
}

/** The order in which events pass the nodes, loops left out. */
export interface Itinerary {
  readonly stops: readonly Stop[];
  /** Edges that lead back to where they come from. */
  readonly loops: readonly Edge[];
}

/** The same for every load. */
const ITINERARIES = new WeakMap<Graph, Itinerary>();

export function itineraryOf(graph: Graph): Itinerary {
  const known = ITINERARIES.get(graph) ?? itinerary(graph);
  ITINERARIES.set(graph, known);
  return known;
}

function itinerary(graph: Graph): Itinerary {
  const { order, loops } = new Ways(graph);
  const back = new Set(loops);
  const nodes = order.map((id) => graph.nodes.get(id)!).filter((node) => !node.outsideFlow);
  return { loops, stops: nodes.map((node) => stopAt(graph, node, back)) };
}

function stopAt(graph: Graph, node: Node, back: ReadonlySet<Edge>): Stop {
  const taken = new Set<string>();
  const onward = (graph.edgesFrom.get(node.id) ?? [])
    .filter((edge) => !back.has(edge))
    .map((edge) => ({ edge, first: taken.size < taken.add(`${edge.to} ${edge.role}`).size }));
  const ways = new Set(onward.flatMap(({ edge }) => (edge.role === 'delivery' ? [edge.to] : []))).size;
  return { node, incoming: graph.edgesTo.get(node.id) ?? [], onward, ways };
}
