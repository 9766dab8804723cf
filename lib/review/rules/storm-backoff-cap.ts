import { readMachines } from '../../topology/readers/state-machines';
import { duration } from '../facts';
import type { Rule } from '../rule';

/** Waits of all attempts together that are long enough to ask for a cap, in seconds. */
const LONG = 900;

export const stormBackoffCap: Rule = {
  id: 'storm-backoff-cap',
  category: 'storm',
  severity: 'info',
  reason: 'Waits that double without MaxDelaySeconds soon outlast the outage they wait for.',
  source: 'https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html',
  *check(facts) {
    for (const { resource, definitions } of readMachines(facts)) {
      if (!facts.ways.reaches(resource.id) || facts.node(resource.id).outsideFlow) continue;
      for (const task of definitions.flatMap((definition) => definition.tasks)) {
        const uncapped = task.retriers.find(
          (retrier) =>
            !retrier.capped &&
            (retrier.waitSeconds === 'unlimited' || (typeof retrier.waitSeconds === 'number' && retrier.waitSeconds > LONG)),
        );
        if (!uncapped) continue;
        yield {
          resources: [resource.ref],
          path: [...facts.wayTo(resource.id).nodes],
          message: `the retries of ${task.name} in ${resource.ref.logicalId} wait ${duration(uncapped.waitSeconds)} in all, without a cap on a single wait`,
          fix: `set MaxDelaySeconds in the Retry of ${task.name}; in the CDK: maxDelay`,
        };
      }
    }
  },
};
