import type { Edge } from '../../topology/graph';
import type { Resource } from '../../topology/model';
import type { Facts } from '../facts';
import type { Rule } from '../rule';

/** What Lambda scales the pollers of a standard queue to when nothing limits it. */
const MOST_CONCURRENT = 1_250;

export const blockingConcurrency: Rule = {
  id: 'blocking-concurrency',
  category: 'blocking',
  severity: 'warning',
  reason:
    'Pollers that hand over more than the reserved concurrency are throttled, and each throttled message loses a receive until it is parked without a run.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
  *check(facts) {
    const byHandler = new Map<string, Edge[]>();
    for (const edge of facts.liveEdges()) {
      if (edge.kind === 'sqs-lambda') byHandler.set(edge.to, [...(byHandler.get(edge.to) ?? []), edge]);
    }
    for (const [handler, edges] of byHandler) {
      const resource = facts.resource(handler);
      const reserved = resource?.get('ReservedConcurrentExecutions').number('unlimited', 'smallest');
      if (!resource || typeof reserved !== 'number') continue;
      const limits = edges.map((edge) => limitOf(facts, edge));
      if (limits.includes('unknown')) continue;
      const wanted = limits.reduce<number>((total, limit) => total + (typeof limit === 'number' ? limit : 0), 0);
      if (wanted <= reserved) continue;
      const mappings = edges.flatMap((edge) => edge.via);
      yield {
        resources: [...mappings, resource.ref],
        path: facts.wayOver(edges[0]!),
        message: `${edges.map((edge) => facts.label(edge.from)).join(', ')} may start ${wanted} runs of ${resource.ref.logicalId} at a time, which reserves ${reserved}`,
        fix: `set ScalingConfig.MaximumConcurrency of ${mappings.map((ref) => ref.logicalId).join(', ')} so that their sum is at most ${reserved}, or raise ReservedConcurrentExecutions`,
      };
    }
  },
};

function limitOf(facts: Facts, edge: Edge) {
  const mapping = mappingOf(facts, edge);
  const fifo = facts.node(edge.from).fifo;
  return mapping ? mapping.get('ScalingConfig', 'MaximumConcurrency').number(fifo ? 0 : MOST_CONCURRENT) : 'unknown';
}

export function mappingOf(facts: Facts, edge: Edge): Resource | undefined {
  return edge.via
    .map((ref) => facts.model.resources.get(`${ref.stack}/${ref.logicalId}`))
    .find((one) => one?.type === 'AWS::Lambda::EventSourceMapping');
}
