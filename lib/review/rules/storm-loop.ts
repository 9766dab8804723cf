import type { Edge } from '../../topology/graph';
import type { Facts } from '../facts';
import type { Rule } from '../rule';

export const stormLoop: Rule = {
  id: 'storm-loop',
  category: 'storm',
  severity: 'warning',
  reason: 'A handler that writes to where its events come from runs itself again, without end and at your cost.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const back of facts.ways.loops) {
      // One loop for each resource to which events come back: cutting it shows the next.
      if (!facts.isLive(back) || back.role === 'failure' || seen.has(back.to) || returnsUnstarted(facts, back)) continue;
      seen.add(back.to);
      const loop = loopOf(facts, back);
      if (!loop) continue;
      const nodes = [back.to, ...loop.map((edge) => edge.to), ...(loop.at(-1)?.to === back.from || loop.length === 0 ? [back.to] : [])];
      const kinds = nodes.map((id) => facts.node(id).kind);
      // What comes back may not match the filter, and a queue that is written back to is often meant to wait.
      const filtered = kinds.includes('queue') || [...loop, back].some((edge) => edge.filtered);
      yield {
        resources: facts.resourcesOf(...new Set(nodes.slice(0, -1))),
        path: nodes,
        message: `an event can come back to where it came from: ${readable(facts, nodes)}`,
        fix: kinds.includes('bucket')
          ? 'write to another bucket, or under a prefix that the notification filters out'
          : 'write to another resource, filter out what the handler itself wrote, or end the loop by a counter in the event',
        severity: filtered ? 'info' : kinds.includes('bucket') ? 'error' : 'warning',
      };
    }
  },
};

/** Whether the handler says that only events which it has not begun go back to their queue: none of them runs it once more. */
function returnsUnstarted(facts: Facts, back: Edge): boolean {
  const isSource = facts.from(back.to).some((edge) => edge.role === 'delivery' && edge.to === back.from);
  return isSource && facts.resource(back.from)?.metadata('cdk-breakwater:returnsUnstarted') === true;
}

function readable(facts: Facts, nodes: readonly string[]): string {
  return nodes
    .map((id) => facts.label(id))
    .filter((label, index, all) => label !== all[index - 1])
    .join(' -> ');
}

/** Shortest way from where the loop closes back to where it began. */
function loopOf(facts: Facts, back: Edge): Edge[] | undefined {
  if (back.from === back.to) return [];
  const cut = new Set<Edge>();
  for (;;) {
    const edges = shortest(facts, back, cut);
    const unmatched = edges && unmatchedOf(facts, [...edges, back]);
    if (unmatched === undefined) return edges;
    if (unmatched === back) return undefined;
    cut.add(unmatched);
  }
}

/** Where a loop ends all the same: at a rule that takes nothing of what the handler before says that it publishes. */
function unmatchedOf(facts: Facts, loop: readonly Edge[]): Edge | undefined {
  return loop.find((edge, index) => {
    const publisher = facts.resource(loop.at(index - 1)!.from);
    const published = publisher?.metadata('cdk-breakwater:publishes') as readonly Published[] | undefined;
    const pattern = facts.resource(edge.to)?.get('EventPattern');
    if (facts.node(edge.from).kind !== 'bus' || published === undefined || pattern === undefined || pattern.isAbsent) return false;
    const takes = (field: string, value: string) =>
      pattern.get(field).isAbsent ||
      pattern
        .get(field)
        .items()
        .some((item) => item.canBe(value));
    return !published.some(({ source, detailType }) => takes('source', source) && takes('detail-type', detailType));
  });
}

interface Published {
  readonly source: string;
  readonly detailType: string;
}

function shortest(facts: Facts, back: Edge, cut: ReadonlySet<Edge>): Edge[] | undefined {
  const into = new Map<string, Edge>();
  const queue = [back.to];
  for (let at = 0; at < queue.length; at += 1) {
    for (const edge of facts.from(queue[at]!)) {
      if (edge.role === 'failure' || into.has(edge.to) || edge.to === back.to || cut.has(edge)) continue;
      into.set(edge.to, edge);
      queue.push(edge.to);
    }
  }
  const edges: Edge[] = [];
  for (let edge = into.get(back.from); edge !== undefined; edge = into.get(edge.from)) edges.unshift(edge);
  return edges.length > 0 ? edges : undefined;
}
