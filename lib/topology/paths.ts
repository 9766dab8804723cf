import type { Count, Edge, Graph, Node, Path, PathEnd, Paths, RunFactor } from './graph';
import { keepsEvents, leavesOnce } from './keepers';
import { product, sum } from './reading';

/** Bounds of the list. Rules don't depend on it: they look at edges and at the worst way to each. */
const MOST_PATHS = 2_000;
const FEWEST_PATHS_OF_AN_INGRESS = 10;
const STEPS_OF_A_PATH = 100;
const LONGEST = 60;

/** Every way of an event from where it enters to where it ends: success, and each way to fail. Cycles are walked once. */
export function enumeratePaths(graph: Graph): Paths {
  const ingresses = [...graph.nodes.values()].filter((node) => node.ingress || isConsumedParkingLot(graph, node));
  const share = Math.max(FEWEST_PATHS_OF_AN_INGRESS, Math.floor(MOST_PATHS / Math.max(1, ingresses.length)));
  const paths: Path[] = [];
  const cut: string[] = [];
  for (const ingress of ingresses) {
    const walk = new Walk(graph, share);
    walk.from(ingress);
    paths.push(...walk.paths);
    if (walk.truncated) cut.push(ingress.label);
  }
  if (cut.length === 0) return { paths };
  return { paths, truncated: `only the first ${share} paths from each of: ${cut.join(', ')}` };
}

/** What is parked ends its path; what takes it out of there again begins another. */
function isConsumedParkingLot(graph: Graph, node: Node): boolean {
  return node.deadLetter && node.kind === 'queue' && (graph.edgesFrom.get(node.id) ?? []).some((edge) => edge.role === 'delivery');
}

class Walk {
  public readonly paths: Path[] = [];
  public truncated = false;
  private readonly known = new Map<string, number>();
  private steps: number;

  constructor(
    private readonly graph: Graph,
    private readonly most: number,
  ) {
    this.steps = most * STEPS_OF_A_PATH;
  }

  public from(ingress: Node) {
    if (ingress.kind === 'function') this.end([ingress.id], [], 'unknown', 0);
    this.visit([ingress.id], [], new Set([ingress.id]), ingress.kind === 'api' || ingress.kind === 'function-url');
  }

  /** @param answers whether a caller outside waits for what happens at the end of the path */
  private visit(nodes: readonly string[], edges: readonly Edge[], visited: ReadonlySet<string>, answers: boolean) {
    const node = this.graph.nodes.get(nodes.at(-1)!)!;
    const onward: Edge[] = [];
    for (const edge of this.graph.edgesFrom.get(node.id) ?? []) {
      if (edge.role !== 'failure') onward.push(edge);
      else if (edge.kind === 'lambda-write') this.end([...nodes, edge.to], [...edges, edge], 'dlq', 0);
    }
    if (onward.length === 0) {
      if (edges.length > 0) this.end(nodes, edges, endOf(node), 0);
      return;
    }
    // What is stored has happened, whatever reacts to it.
    if (edges.length > 0 && (node.kind === 'table' || node.kind === 'bucket')) this.end(nodes, edges, 'effect', 0);
    for (const edge of withoutParallels(onward)) {
      if (this.steps <= 0 || this.paths.length >= this.most) {
        this.truncated = true;
        return;
      }
      this.steps -= 1;
      this.follow(nodes, edges, visited, answers, edge);
    }
  }

  private follow(nodes: readonly string[], edges: readonly Edge[], visited: ReadonlySet<string>, answers: boolean, edge: Edge) {
    const to = this.graph.nodes.get(edge.to)!;
    const nextNodes = [...nodes, edge.to];
    const nextEdges = [...edges, edge];
    const keeps = keepsEvents(to, edge);
    this.failures(nodes, nextNodes, nextEdges, edge, to, answers, keeps);
    if (visited.has(edge.to) || nextNodes.length > LONGEST) {
      this.end(nextNodes, nextEdges, 'unknown', 0);
      return;
    }
    this.visit(nextNodes, nextEdges, new Set([...visited, edge.to]), answers && edge.synchronous && !keeps);
  }

  /** Where the event ends when this hand-over, or the handler behind it, fails for good. */
  private failures(
    nodes: readonly string[],
    nextNodes: readonly string[],
    nextEdges: readonly Edge[],
    edge: Edge,
    to: Node,
    answers: boolean,
    keeps: boolean,
  ) {
    if (edge.synchronous) {
      const piped = nextEdges.at(-2);
      if (edge.exhausted !== 'error-to-caller') this.give(nextNodes, nextEdges, edge, edge.windowSeconds);
      else if (answers) this.end(nextNodes, nextEdges, 'error-to-caller', 0);
      // A pipe hands the error on to its source, whose limits decide.
      else if (piped?.kind === 'pipe-source') this.give(nextNodes, nextEdges, piped, 0);
      return;
    }
    if (keeps) {
      if (edge.exhausted === 'error-to-caller') {
        if (answers) this.end(nextNodes, nextEdges, 'error-to-caller', 0);
      } else if (edge.exhausted !== 'unknown')
        this.give(nextNodes, [...nextEdges.slice(0, -1), withoutRuns(edge)], edge, edge.handOverSeconds, nodes);
    } else this.give(nextNodes, nextEdges, edge, edge.windowSeconds === 0 ? edge.handOverSeconds : 0);
    if (to.kind === 'state-machine' && keeps && executionMayFail(this.graph, to.id))
      this.end(nextNodes, nextEdges, to.keepsFailures ? 'dlq' : 'drop', 0);
  }

  private give(nodes: readonly string[], edges: readonly Edge[], edge: Edge, extra: Count, without: readonly string[] = nodes) {
    if (edge.exhausted === 'dlq' && edge.deadLetter !== undefined)
      this.end([...without, edge.deadLetter], edges, this.parked(edge.deadLetter), extra);
    else this.end(nodes, edges, edge.exhausted === 'dlq' ? 'unknown' : edge.exhausted, extra);
  }

  /** A topic or bus that nobody listens to is no place to park anything. */
  private parked(id: string): PathEnd {
    const { kind } = this.graph.nodes.get(id)!;
    if (kind !== 'topic' && kind !== 'bus') return 'dlq';
    return (this.graph.edgesFrom.get(id) ?? []).length > 0 || this.graph.nodes.get(id)!.resource === undefined ? 'dlq' : 'drop';
  }

  private end(nodes: readonly string[], edges: readonly Edge[], ends: PathEnd, extra: Count) {
    const key = `${nodes.join('\n')}\n${ends}`;
    const factors = factorsOf(this.graph, edges);
    const path: Path = {
      nodes,
      edges,
      ends,
      factors,
      handlerRuns: product(...factors.map((factor) => factor.runs)),
      handOverAttempts: most(edges.map((edge) => edge.handOverAttempts)),
      secondsUntilParked: sum(...edges.map((edge) => edge.windowSeconds), extra),
    };
    const known = this.known.get(key);
    if (known === undefined) {
      this.known.set(key, this.paths.length);
      this.paths.push(path);
    } else if (isWorse(path, this.paths[known]!)) this.paths[known] = path;
  }
}

/** Between the same nodes several hand-overs may lead to the same end: the list holds the worst. */
function isWorse(a: Path, b: Path): boolean {
  const [runs, seconds, attempts] = [
    worseBy(a.handlerRuns, b.handlerRuns),
    worseBy(a.secondsUntilParked, b.secondsUntilParked),
    worseBy(a.handOverAttempts, b.handOverAttempts),
  ];
  return (runs || seconds || attempts) > 0;
}

function worseBy(a: Count, b: Count): number {
  const weight = (count: Count) => (count === 'unlimited' ? 2 : count === 'unknown' ? 1 : 0);
  return weight(a) - weight(b) || (typeof a === 'number' && typeof b === 'number' ? a - b : 0);
}

/** Whether some task of a machine fails its execution. A task that parks what others failed at is where the chain has to end. */
export function executionMayFail(graph: Graph, machine: string): boolean {
  return failingTasks(graph, machine).length > 0 || (graph.edgesFrom.get(machine) ?? []).length === 0;
}

export function failingTasks(graph: Graph, machine: string): Edge[] {
  const edges = graph.edgesFrom.get(machine) ?? [];
  const parking = new Set(edges.flatMap((edge) => (edge.role === 'failure' ? [edge.to] : [])));
  return edges.filter((edge) => edge.role === 'delivery' && edge.exhausted === 'error-to-caller' && !parking.has(edge.to));
}

/** Factors of the handler runs on a way. */
export function factorsOf(graph: Graph, edges: readonly Edge[]): RunFactor[] {
  const once = edges.map((edge) => leavesOnce(graph, edge)).lastIndexOf(true);
  return edges
    .slice(once + 1)
    .filter((edge) => edge.handlerRuns !== 1)
    .map((edge) => ({ edge, runs: edge.handlerRuns, because: edge.runsBecause }));
}

function withoutRuns(edge: Edge): Edge {
  return edge.handlerRuns === 1 && edge.windowSeconds === 0 ? edge : { ...edge, handlerRuns: 1, windowSeconds: 0 };
}

function endOf(node: Node): PathEnd {
  if (node.deadLetter) return 'dlq';
  if (node.kind === 'topic') return node.resource ? 'drop' : 'unknown';
  if (
    node.kind === 'queue' ||
    node.kind === 'bus' ||
    node.kind === 'stream' ||
    node.kind === 'unknown' ||
    node.kind === 'rule' ||
    node.kind === 'cluster'
  )
    return 'unknown';
  return 'effect';
}

/** Hops don't multiply attempts: what is handed over at one is not tried again at the one before. */
function most(counts: readonly Count[]): Count {
  if (counts.includes('unlimited')) return 'unlimited';
  const numbers = counts.filter((count) => typeof count === 'number');
  return numbers.length === 0 ? (counts.length === 0 ? 1 : 'unknown') : Math.max(...numbers);
}

/** Thirty methods that lead to one function are one way. */
function withoutParallels(edges: readonly Edge[]): Edge[] {
  const kept = new Map<string, Edge>();
  for (const edge of edges) {
    const key = [
      edge.to,
      edge.synchronous,
      edge.exhausted,
      edge.deadLetter,
      edge.handlerRuns,
      edge.windowSeconds,
      edge.handOverSeconds,
    ].join(' ');
    if (!kept.has(key)) kept.set(key, edge);
  }
  return [...kept.values()];
}
