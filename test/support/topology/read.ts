import { reviewStacks } from '../../../lib/review';
import type { ReviewConfig } from '../../../lib/review/config';
import type { Review } from '../../../lib/review/report';
import { type Edge, type Path, stackOfTemplate, type Topology, topologyOf } from '../../../lib/topology';
import type { Resources } from './resources';

/** Reads resources, and whatever else a template has, as one stack. */
export function read(resources: Resources, rest: object = {}): Topology {
  return topologyOf([stackOfTemplate('Test', { Resources: resources, ...rest })]);
}

export function reviewOf(resources: Resources, config: ReviewConfig = {}, rest: object = {}): Review {
  return reviewStacks([stackOfTemplate('Test', { Resources: resources, ...rest })], config);
}

/** Edges between two labels, whatever their kind. */
export function edgesBetween({ graph }: Topology, from: string, to: string): Edge[] {
  return graph.edges.filter((edge) => graph.nodes.get(edge.from)!.label === from && graph.nodes.get(edge.to)!.label === to);
}

export function edgeOf(topology: Topology, from: string, to: string, kind?: Edge['kind']): Edge {
  const found = edgesBetween(topology, from, to).filter((edge) => kind === undefined || edge.kind === kind);
  if (found.length !== 1) {
    const all = topology.graph.edges.map((edge) => `${edge.from} -> ${edge.to} ${edge.kind}`).join('\n');
    throw new Error(`expected one edge ${from} -> ${to}${kind ? ` of kind ${kind}` : ''}, found ${found.length} among:\n${all}`);
  }
  return found[0]!;
}

/** Paths as a person reads them: `Queue > Handler | dlq`. */
export function told({ graph, paths }: Topology): string[] {
  return paths.paths.map((path: Path) => {
    const labels = path.nodes.map((id) => graph.nodes.get(id)!.label).filter((label, index, all) => label !== all[index - 1]);
    return `${labels.join(' > ')} | ${path.ends}`;
  });
}
