import { readMachines } from '../../topology/readers/state-machines';
import type { Rule } from '../rule';

export const stormJitter: Rule = {
  id: 'storm-jitter',
  category: 'storm',
  severity: 'warning',
  reason: 'Executions that fail together retry together, unless JitterStrategy spreads their waits.',
  source: 'https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html',
  *check(facts) {
    for (const { resource, definitions } of readMachines(facts)) {
      if (!facts.ways.reaches(resource.id) || facts.node(resource.id).outsideFlow) continue;
      const states = definitions
        .flatMap((definition) => definition.tasks)
        .filter((task) => task.retriers.some((retrier) => !retrier.jitter && retrier.maxAttempts !== 0))
        .map((task) => task.name);
      if (states.length === 0) continue;
      yield {
        resources: [resource.ref],
        path: [...facts.wayTo(resource.id).nodes],
        message: `${resource.ref.logicalId} retries without jitter in ${states.join(', ')}`,
        fix: `set "JitterStrategy": "FULL" in each Retry of ${resource.ref.logicalId}; in the CDK: jitterStrategy: JitterType.FULL, and retryOnServiceExceptions: false where LambdaInvoke adds a Retry of its own`,
      };
    }
  },
};
