import type { Rule } from '../rule';
import { mappingOf } from './blocking-concurrency';

export const blockingProvisionedPollers: Rule = {
  id: 'blocking-provisioned-pollers',
  category: 'blocking',
  severity: 'error',
  reason: 'Provisioned pollers and MaximumConcurrency exclude each other: Lambda refuses an event source that has both.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      const mapping = edge.kind === 'sqs-lambda' ? mappingOf(facts, edge) : undefined;
      if (!mapping || mapping.get('ProvisionedPollerConfig').isAbsent || mapping.get('ScalingConfig', 'MaximumConcurrency').isAbsent)
        continue;
      yield {
        resources: [mapping.ref],
        path: facts.wayOver(edge),
        message: `${mapping.ref.logicalId} has ProvisionedPollerConfig and ScalingConfig.MaximumConcurrency`,
        fix: `remove ScalingConfig of ${mapping.ref.logicalId} and limit it by ProvisionedPollerConfig.MaximumPollers, 10 concurrent runs each`,
      };
    }
  },
};
