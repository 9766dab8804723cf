import type { Edge, Node } from '../../topology/graph';
import type { Facts } from '../facts';
import { code } from '../markdown';

/** What events that are put into these places again will run, and whether that repeats anything. */
export function replayOf(facts: Facts, starts: readonly string[], names: ReadonlyMap<string, string>): string[] {
  const reached = new Set(starts);
  const queue = [...starts];
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    for (const edge of facts.from(next)) {
      if (edge.role === 'failure' || reached.has(edge.to)) continue;
      reached.add(edge.to);
      queue.push(edge.to);
    }
  const handlers = [...reached]
    .map((id) => facts.node(id))
    .filter((node) => (node.kind === 'function' || node.kind === 'endpoint') && !node.outsideFlow);
  if (handlers.length === 0) return ['Not known: no handler that would see the event again stands in the reviewed templates.'];
  return handlers.map((node) => verdict(facts, node, names));
}

function verdict(facts: Facts, node: Node, names: ReadonlyMap<string, string>): string {
  const name = code(names.get(node.id) ?? node.label);
  if (node.idempotent)
    return `${name}: safe. Its metadata (\`cdk-breakwater:idempotent\`) says that it keeps its effects apart by event: what had its effect is recognised and not repeated.`;
  if (facts.isIdempotent(node.id))
    return `${name}: safe, as the assumption \`idempotent\` in the configuration says. The template does not show it.`;
  const effects = facts
    .from(node.id)
    .filter((edge: Edge) => edge.role !== 'failure')
    .map((edge) => code(names.get(edge.to) ?? facts.label(edge.to)));
  const repeated =
    effects.length > 0
      ? ` A run that failed half-way may already have written to ${effects.join(', ')}; replaying writes there again.`
      : '';
  return `${name}: **not known**. Nothing says that its effects may be repeated.${repeated} Look the event up by its id in what the handler changes before it runs again.`;
}
