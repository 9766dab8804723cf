import type { Topology } from '../../topology';
import type { Edge, Graph, Node } from '../../topology/graph';
import type { Model, Resource } from '../../topology/model';
import { Ways } from '../../topology/ways';
import { firingsOf } from './firings';

/** A node as it is asked for with each load. */
export interface Place {
  readonly node: Node;
  /** Absent for what stands outside of the templates. */
  readonly resource: Resource | undefined;
  /** What a profile may call it. */
  readonly names: ReadonlyArray<string | undefined>;
}

/** A hand-over from a stop. */
export interface Onward {
  readonly edge: Edge;
  readonly to: Place;
  /** The first of those that lead to one place: what is said of the hop is said of all of them together. */
  readonly first: boolean;
  /** Several methods, mappings or policies that lead to one place are one way, and the first stands for all; but each task of a machine is a call. */
  readonly counts: boolean;
}

/** A node with what leads there and onward. */
export interface Stop extends Place {
  /** Of a schedule, where its expression tells: firings a month. */
  readonly firings: number | undefined;
  readonly incoming: readonly Edge[];
  readonly onward: readonly Onward[];
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

export function itineraryOf({ graph, model }: Pick<Topology, 'graph' | 'model'>): Itinerary {
  const known = ITINERARIES.get(graph) ?? itinerary(graph, model);
  ITINERARIES.set(graph, known);
  return known;
}

function itinerary(graph: Graph, model: Model): Itinerary {
  const { order, loops } = new Ways(graph);
  const back = new Set(loops);
  const nodes = order.map((id) => graph.nodes.get(id)!).filter((node) => !node.outsideFlow);
  return { loops, stops: nodes.map((node) => stopAt(graph, model, node, back)) };
}

export function placeOf(model: Model, node: Node): Place {
  const { label, resource } = node;
  return {
    node,
    resource: resource && model.resources.get(`${resource.stack}/${resource.logicalId}`),
    names: [label, resource?.constructPath],
  };
}

function stopAt(graph: Graph, model: Model, node: Node, back: ReadonlySet<Edge>): Stop {
  const taken = new Set<string>();
  const onward = (graph.edgesFrom.get(node.id) ?? [])
    .filter((edge) => !back.has(edge))
    .map((edge) => {
      const to = placeOf(model, graph.nodes.get(edge.to)!);
      const first = taken.size < taken.add(`${edge.to} ${edge.role}`).size;
      return { edge, to, first, counts: first || (edge.task !== undefined && edge.role === 'delivery') };
    });
  const ways = new Set(onward.flatMap(({ edge }) => (edge.role === 'delivery' ? [edge.to] : []))).size;
  const place = placeOf(model, node);
  const expression = place.resource?.get('ScheduleExpression').text();
  return {
    ...place,
    firings: expression === undefined ? undefined : firingsOf(expression),
    incoming: graph.edgesTo.get(node.id) ?? [],
    onward,
    ways,
  };
}
