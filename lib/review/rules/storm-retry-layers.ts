import { factorsOf } from '../../topology/paths';
import type { Rule } from '../rule';

export const stormRetryLayers: Rule = {
  id: 'storm-retry-layers',
  category: 'storm',
  severity: 'info',
  reason: 'Retries at more than one layer turn one failure into many calls; one layer should retry, and the others fail fast.',
  source: 'https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_mitigate_interaction_failure_limit_retries.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      // Only what is called while somebody waits: behind a queue a retry is a new event.
      if (!edge.synchronous || edge.role === 'failure' || edge.handlerRuns === 1) continue;
      const way = facts.ways.worstTo(edge.from);
      if (typeof edge.handlerRuns !== 'number') continue;
      const factors = factorsOf(facts.graph, [...way.edges, edge]).filter((factor) => typeof factor.runs === 'number');
      const runs = way.runs * edge.handlerRuns;
      if (factors.length < 2 || runs > facts.budget.handlerRuns) continue;
      yield {
        resources: facts.resourcesOf(...factors.map((factor) => factor.edge.from)),
        path: [...way.nodes, edge.to],
        message: `${factors.length} layers retry ${facts.label(edge.to)}: ${factors.map((factor) => `${facts.retrier(factor.edge)} ${factor.runs}`).join(' x ')} = ${runs} runs`,
        fix: `keep the retries of ${facts.retrier(factors[0]!.edge)} and let ${facts.retrier(edge)} fail fast`,
      };
    }
  },
};
