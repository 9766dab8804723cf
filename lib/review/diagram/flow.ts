import { showable } from '../../markup/showable';
import type { Edge, Graph, Node, NodeKind } from '../../topology/graph';
import { keepsEvents } from '../../topology/keepers';
import { executionMayFail } from '../../topology/paths';
import { parkingAlarms } from '../rules/parking-lots';
import { arrowLabel, arrowTitle, exhaustedLabel } from './labels';
import { readableNames } from './names';

/** How a figure is drawn: what it does with events, not which service it is. */
export type Shape = 'source' | 'queue' | 'function' | 'store' | 'parking-lot' | 'outside' | 'caller' | 'drop' | 'blocks' | 'unknown';

/** A place of the flow: a node of the graph, or an end that no resource stands for. */
export interface Figure {
  readonly id: string;
  readonly shape: Shape;
  /** What it is, in a word or two; empty where the name says it. */
  readonly caption: string;
  readonly name: string;
  /** What a reader has to know beside the name. */
  readonly notes: readonly string[];
  /** Logical id, type, construct path: for the tooltip. */
  readonly title: string;
  /** Logical id, where it is a resource. */
  readonly logicalId?: string;
}

/** How an event goes over: while the giver waits, later, because of a failure, into nothing, or nobody knows. */
export type Manner = 'synchronous' | 'asynchronous' | 'parks' | 'loses' | 'unknown';

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly manner: Manner;
  /** Short lines: `5x, batch 10`. */
  readonly labels: readonly string[];
  readonly title: string;
}

/** What a diagram shows, in stable order. */
export interface Flow {
  readonly figures: readonly Figure[];
  readonly arrows: readonly Arrow[];
}

const SHAPE_OF_KIND: Readonly<Record<NodeKind, Shape>> = {
  api: 'source',
  'function-url': 'source',
  schedule: 'source',
  rule: 'queue',
  function: 'function',
  'asynchronous-invocation': 'queue',
  queue: 'queue',
  topic: 'queue',
  bus: 'queue',
  stream: 'queue',
  pipe: 'function',
  table: 'store',
  bucket: 'store',
  'state-machine': 'function',
  'delivery-stream': 'queue',
  cluster: 'queue',
  alarm: 'source',
  store: 'store',
  endpoint: 'outside',
  unknown: 'unknown',
};

const CAPTION_OF_KIND: Readonly<Partial<Record<NodeKind, string>>> = {
  api: 'API',
  'function-url': 'function URL',
  'asynchronous-invocation': 'asynchronous calls of',
  'state-machine': 'state machine',
  'delivery-stream': 'delivery stream',
  endpoint: 'outside',
  unknown: 'not known',
};

const MOST_LABELS = 3;

/** The flow of events in a graph: places, ends, and the ways between them. What serves deployments and alarms only is no part of it. */
export function flowOf(graph: Graph): Flow {
  return new Drawing(graph).flow();
}

class Drawing {
  private readonly nodes: ReadonlyMap<string, Node>;
  private readonly names: ReadonlyMap<string, string>;
  private readonly figures = new Map<string, Figure>();
  private readonly arrows = new Map<string, { readonly arrow: Arrow; readonly labels: string[]; readonly titles: string[] }>();

  constructor(private readonly graph: Graph) {
    this.nodes = new Map([...graph.nodes].filter(([, node]) => !node.outsideFlow && node.kind !== 'alarm'));
    this.names = readableNames(this.nodes.values());
  }

  public flow(): Flow {
    for (const node of this.nodes.values()) this.figures.set(node.id, this.figure(node));
    for (const node of this.nodes.values()) this.entrance(node);
    for (const edge of this.graph.edges) {
      const from = this.nodes.get(edge.from);
      const to = this.nodes.get(edge.to);
      if (from && to) this.handOver(edge, from, to);
    }
    for (const node of this.nodes.values()) this.end(node);
    return {
      figures: [...this.figures.values()],
      arrows: [...this.arrows.values()].map(({ arrow, labels, titles }) => ({ ...arrow, labels: few(labels), title: titles.join('\n') })),
    };
  }

  private figure(node: Node): Figure {
    const name = this.names.get(node.id)!;
    const { resource } = node;
    const notKnown = /^unresolved: (.*)$/.exec(name)?.[1];
    return {
      id: node.id,
      shape: node.deadLetter ? 'parking-lot' : resource || node.kind === 'unknown' ? SHAPE_OF_KIND[node.kind] : 'outside',
      caption: this.graph.desks.has(node.id) ? `${captionOf(node)} with desk` : captionOf(node),
      name: notKnown ?? name,
      notes: this.notes(node),
      title: resource
        ? showable([resource.logicalId, resource.type, resource.constructPath ?? '', `stack ${resource.stack}`].filter(Boolean).join(', '))
        : showable(node.label),
      ...(resource ? { logicalId: resource.logicalId } : {}),
    };
  }

  private notes(node: Node): string[] {
    if (node.deadLetter && node.kind === 'queue' && node.resource) {
      const alarms = parkingAlarms(this.graph, node);
      if (alarms.length === 0) return ['no alarm'];
      return [`${alarms.length} ${alarms.length === 1 ? 'alarm' : 'alarms'}`];
    }
    if (node.kind === 'function' && node.idempotent) return ['idempotent'];
    if (node.kind === 'state-machine' && node.keepsFailures && executionMayFail(this.graph, node.id)) return ['keeps failed executions'];
    return [];
  }

  /** Who calls an API, so that errors have somewhere to go; and who runs a function that nothing reviewed invokes. */
  private entrance(node: Node) {
    if (!node.ingress) return;
    if (node.kind === 'function') {
      const id = this.pseudo(node, 'unknown', 'not known', 'who runs it');
      this.arrow({ from: id, to: node.id, manner: 'unknown', labels: [], title: `nothing in the reviewed templates runs ${node.label}` });
    }
    if (node.kind !== 'api' && node.kind !== 'function-url') return;
    const answers = (this.graph.edgesFrom.get(node.id) ?? []).some((edge) => edge.exhausted === 'error-to-caller');
    const id = this.pseudo(node, 'caller', '', 'caller');
    this.arrow({
      from: id,
      to: node.id,
      manner: 'synchronous',
      labels: answers ? ['errors come back'] : [],
      title: answers ? 'waits for the answer; an error goes back to the caller' : 'waits for the answer',
    });
  }

  private handOver(edge: Edge, from: Node, to: Node) {
    const titles = arrowTitle(edge, from, to);
    if (edge.role === 'failure') {
      this.arrow({ from: edge.from, to: edge.to, manner: 'parks', labels: this.parkingLabels(edge), title: titles });
      return;
    }
    const manner =
      edge.unknown !== undefined || edge.delivery === 'unknown' ? 'unknown' : edge.synchronous ? 'synchronous' : 'asynchronous';
    this.arrow({ from: edge.from, to: edge.to, manner, labels: arrowLabel(edge, to), title: titles });
    this.exhaustion(edge, from, to);
  }

  /** Where an event stays when this hand-over, or the handler behind it, fails for good. */
  private exhaustion(edge: Edge, from: Node, to: Node) {
    if (edge.role === 'result') return;
    const label = exhaustedLabel(edge, keepsEvents(to, edge));
    if (edge.exhausted === 'drop') this.lose(from, label);
    if (edge.exhausted === 'blocks') {
      const id = this.pseudo(from, 'blocks', '', from.fifo ? 'blocks its group' : 'blocks what follows');
      this.arrow({
        from: from.id,
        to: id,
        manner: 'loses',
        labels: label,
        title: 'what fails is tried until it expires; what follows waits',
      });
    }
    if (edge.exhausted === 'unknown' && !keepsEvents(to, edge)) {
      const id = this.pseudo(from, 'unknown', 'not known', 'what fails');
      this.arrow({ from: from.id, to: id, manner: 'unknown', labels: [], title: edge.unknown ?? 'what becomes of a failure is not known' });
    }
    if (edge.exhausted === 'dlq' && edge.deadLetter !== undefined && this.nodes.has(edge.deadLetter)) {
      const told = (this.graph.edgesFrom.get(from.id) ?? []).some((one) => one.role === 'failure' && one.to === edge.deadLetter);
      if (!told) this.arrow({ from: from.id, to: edge.deadLetter, manner: 'parks', labels: label, title: 'after the last attempt' });
    }
  }

  private parkingLabels(failure: Edge): string[] {
    if (failure.kind === 'lambda-write') return ['parks'];
    const given = (this.graph.edgesFrom.get(failure.from) ?? []).filter(
      (edge) => edge.role !== 'failure' && edge.deadLetter === failure.to,
    );
    return given.flatMap((edge) => exhaustedLabel(edge, keepsEvents(this.nodes.get(edge.to) ?? this.graph.nodes.get(edge.to)!, edge)));
  }

  /** Ends that no edge tells of. */
  private end(node: Node) {
    const onward = (this.graph.edgesFrom.get(node.id) ?? []).some((edge) => edge.role !== 'failure');
    if (node.kind === 'state-machine' && !node.keepsFailures && node.resource && this.isStartedAndLeft(node))
      this.lose(node, ['failed execution']);
    if (onward || node.deadLetter || !node.resource) return;
    if (node.kind === 'topic') this.lose(node, ['nobody subscribes']);
    else if (['queue', 'bus', 'stream', 'rule', 'cluster'].includes(node.kind)) {
      const id = this.pseudo(node, 'unknown', 'not known', 'who reads it');
      this.arrow({ from: node.id, to: id, manner: 'unknown', labels: [], title: `nothing in the reviewed templates reads ${node.label}` });
    }
  }

  private isStartedAndLeft(machine: Node): boolean {
    const left = (this.graph.edgesTo.get(machine.id) ?? []).some((edge) => keepsEvents(machine, edge));
    return left && executionMayFail(this.graph, machine.id);
  }

  private lose(from: Node, labels: readonly string[]) {
    const id = this.pseudo(from, 'drop', '', 'dropped');
    this.arrow({ from: from.id, to: id, manner: 'loses', labels, title: 'given up here, the event is lost' });
  }

  private pseudo(of: Node, shape: Shape, caption: string, name: string): string {
    const id = `${of.id}#${shape} ${name}`;
    if (!this.figures.has(id)) this.figures.set(id, { id, shape, caption, name, notes: [], title: `${name}: ${showable(of.label)}` });
    return id;
  }

  private arrow(arrow: Arrow) {
    const key = JSON.stringify([arrow.from, arrow.to, arrow.manner]);
    const known = this.arrows.get(key) ?? { arrow, labels: [], titles: [] };
    this.arrows.set(key, known);
    for (const label of arrow.labels) if (!known.labels.includes(label)) known.labels.push(label);
    if (!known.titles.includes(arrow.title)) known.titles.push(arrow.title);
  }
}

function few(labels: readonly string[]): string[] {
  return labels.length <= MOST_LABELS ? [...labels] : [...labels.slice(0, MOST_LABELS - 1), `and ${labels.length - MOST_LABELS + 1} more`];
}

/** What a node is, in a word or two. */
export function captionOf(node: Node): string {
  const kind = CAPTION_OF_KIND[node.kind] ?? node.kind;
  const caption = `${node.fifo ? 'FIFO ' : ''}${kind}`;
  if (node.deadLetter) return node.kind === 'queue' ? `${node.fifo ? 'FIFO ' : ''}parking lot` : `parking lot (${caption})`;
  return node.resource || node.kind === 'unknown' || node.kind === 'endpoint' ? caption : `${caption}, outside`;
}
