import type { Edge } from '../../topology/graph';
import type { Facts } from '../facts';
import type { Draft, Rule } from '../rule';

export const repetitionEffect: Rule = {
  id: 'repetition-effect',
  category: 'repetition',
  severity: 'warning',
  reason: 'Every hand-over between services is at least once, so that a handler sees events again, also when nothing failed.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/concepts-event-driven-architectures.html',
  *check(facts) {
    const worst = new Map<string, Edge>();
    for (const edge of facts.liveEdges()) {
      if (!repeats(edge) || isPure(facts, edge) || facts.node(edge.to).kind !== 'function' || facts.isIdempotent(edge.to)) continue;
      const known = worst.get(edge.to);
      if (!known || weight(edge) > weight(known)) worst.set(edge.to, edge);
    }
    for (const edge of worst.values()) yield draftOf(facts, edge);
  },
};

function weight({ handlerRuns }: Edge): number {
  return handlerRuns === 'unlimited' ? Number.POSITIVE_INFINITY : handlerRuns === 'unknown' ? 0 : handlerRuns;
}

/** Also what runs once by default may run again: SQS and Lambda deliver a second time now and then without any failure. */
function repeats(edge: Edge): boolean {
  if (edge.role !== 'delivery' || edge.delivery !== 'at-least-once') return false;
  return !edge.synchronous || edge.handlerRuns !== 1 || edge.kind === 'pipe-enrichment' || edge.kind === 'pipe-target';
}

/** What only answers with a changed record repeats nothing. */
function isPure(facts: Facts, edge: Edge): boolean {
  return edge.kind === 'firehose-transform' && !facts.from(edge.to).some((other) => other.role === 'write');
}

function draftOf(facts: Facts, edge: Edge): Draft {
  const handler = facts.label(edge.to);
  const effects = facts
    .from(edge.to)
    .filter((other) => other.role === 'write')
    .map((other) => facts.label(other.to));
  const times = typeof edge.handlerRuns === 'number' && edge.handlerRuns > 1 ? `${edge.handlerRuns} times or more` : 'more than once';
  return {
    resources: facts.resourcesOf(edge.to),
    path: facts.wayOver(edge),
    message: `${handler} may run ${times} for one event and is not known to be idempotent${effects.length > 0 ? `: its effects on ${effects.join(', ')} may be repeated` : ''}`,
    fix: `make the effects of ${handler} idempotent on the id of the event (a conditional write, or one transaction with an idempotency record) and say so: "idempotent": ["${handler}"] in the assumptions, or Metadata "cdk-breakwater:idempotent": true on the function`,
  };
}
