import type { Edge } from '../../topology/graph';
import { factorsOf } from '../../topology/paths';
import type { Facts } from '../facts';
import type { Draft, Rule } from '../rule';

export const stormRetryBudget: Rule = {
  id: 'storm-retry-budget',
  category: 'storm',
  severity: 'error',
  reason: 'Retries at several hops multiply: each handler run repeats everything behind it, just when something is overloaded.',
  source: 'https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_mitigate_interaction_failure_limit_retries.html',
  *check(facts) {
    const { handlerRuns: budget } = facts.budget;
    for (const edge of facts.liveEdges()) {
      if (edge.role === 'failure' || edge.handlerRuns === 1) continue;
      const way = facts.ways.worstTo(edge.from);
      // A stream without a limit is a finding of its own.
      if (typeof edge.handlerRuns !== 'number') continue;
      const runs = way.runs * edge.handlerRuns;
      if (runs <= budget) continue;
      yield draftOf(facts, [...way.edges, edge], runs, budget);
    }
  },
};

function draftOf(facts: Facts, edges: readonly Edge[], runs: number, budget: number): Draft {
  const factors = factorsOf(facts.graph, edges).filter((factor) => typeof factor.runs === 'number');
  const last = edges.at(-1)!;
  const calls = facts
    .from(last.to)
    .filter((edge) => edge.role === 'write' && typeof edge.clientAttempts === 'number' && edge.clientAttempts > 1 && edge.handlerRuns === 1)
    .map((edge) => ({ to: facts.label(edge.to), attempts: edge.clientAttempts as number }));
  const shown = factors.map((factor) => `${facts.retrier(factor.edge)} ${factor.runs}`).join(' x ');
  const [call] = calls;
  const behind = call
    ? `; behind it ${shown} x SDK in ${facts.label(last.to)} ${call.attempts} = ${runs * call.attempts} calls of ${call.to}`
    : '';
  const multiplied = factors.length > 1 ? `${shown} = ${runs}` : shown;
  return {
    resources: facts.resourcesOf(...factors.map((factor) => factor.edge.from), last.to),
    path: [edges[0]!.from, ...edges.map((edge) => edge.to)],
    message: `one event may run ${facts.label(last.to)} ${runs} times, the budget is ${budget}: ${multiplied} (${factors.map((factor) => factor.because).join(', ')})${behind}`,
    fix:
      factors.length > 1
        ? `retry at one layer: keep the retries of ${facts.retrier(factors[0]!.edge)} and lower the others, so that the product is at most ${budget}`
        : `lower the retries of ${facts.retrier(factors[0]!.edge)}, so that ${facts.label(last.to)} runs ${budget} times or fewer, or raise budget.handlerRuns if that is meant`,
  };
}
