import type { Graph, Paths } from './graph';
import { loadStacks } from './load';
import { Model, type SourceStack } from './model';
import { enumeratePaths } from './paths';
import { readGraph } from './read-graph';

/** What is known about the reviewed stacks. */
export interface Topology {
  readonly model: Model;
  readonly graph: Graph;
  readonly paths: Paths;
}

/**
 * Reads template files and assemblies as one flow of events.
 *
 * @throws TemplateError with file, line and reason
 */
export function readTopology(paths: readonly string[]): Topology {
  return topologyOf(loadStacks(paths));
}

export function topologyOf(stacks: readonly SourceStack[]): Topology {
  const model = new Model(stacks);
  const graph = readGraph(model);
  let paths: Paths | undefined;
  return {
    model,
    graph,
    // Found when they are asked for: whoever counts what flows needs none.
    get paths() {
      paths ??= enumeratePaths(graph);
      return paths;
    },
  };
}

export type * from './graph';
export { loadStacks, stackOfTemplate } from './load';
export { Model, Resource, type SourceStack } from './model';
export { TemplateError } from './template-error';
export { Ways } from './ways';
