import type { Rule } from '../rule';

const ADVISED = 5;

export const stormReceiveCount: Rule = {
  id: 'storm-receive-count',
  category: 'storm',
  severity: 'warning',
  reason: 'Receives that Lambda throttles count too, so that a low maxReceiveCount parks healthy messages in a burst.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const edge of facts.liveEdges()) {
      if (
        edge.kind !== 'sqs-lambda' ||
        edge.exhausted !== 'dlq' ||
        typeof edge.handlerRuns !== 'number' ||
        edge.handlerRuns >= ADVISED ||
        seen.has(edge.from)
      )
        continue;
      seen.add(edge.from);
      const queue = facts.label(edge.from);
      yield {
        resources: facts.resourcesOf(edge.from),
        path: facts.wayOver(edge),
        message: `${queue} parks a message after ${edge.handlerRuns} receives, and a burst that is throttled uses them up without a single run`,
        fix: `set RedrivePolicy.maxReceiveCount of ${queue} to ${ADVISED} or more`,
      };
    }
  },
};
