import { LAMBDA, SQS } from '../../topology/limits';
import { duration } from '../facts';
import type { Rule } from '../rule';
import { mappingOf } from './blocking-concurrency';

const TIMES = 6;

export const timeVisibility: Rule = {
  id: 'time-visibility',
  category: 'time',
  severity: 'warning',
  reason:
    'A message that becomes visible while Lambda still retries its batch runs twice at a time; AWS advises six times the function timeout.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      const queue = facts.resource(edge.from);
      const handler = facts.resource(edge.to);
      if (edge.kind !== 'sqs-lambda' || !queue || !handler) continue;
      const visibility = queue.get('VisibilityTimeout').number(SQS.visibilitySeconds, 'smallest');
      const timeout = handler.get('Timeout').number(LAMBDA.timeoutSeconds);
      const window = mappingOf(facts, edge)?.get('MaximumBatchingWindowInSeconds').number(0) ?? 0;
      if (typeof visibility !== 'number' || typeof timeout !== 'number' || typeof window !== 'number') continue;
      const needed = TIMES * timeout + window;
      if (visibility >= needed) continue;
      yield {
        resources: [queue.ref, handler.ref],
        path: facts.wayOver(edge),
        message: `${queue.ref.logicalId} shows a message again after ${duration(visibility)}, ${handler.ref.logicalId} may take ${duration(timeout)}${window > 0 ? ` after waiting ${duration(window)} for a batch` : ''}`,
        fix: `set VisibilityTimeout of ${queue.ref.logicalId} to ${Math.min(needed, 43_200)} or more (${TIMES} x ${timeout}${window > 0 ? ` + ${window}` : ''})`,
      };
    }
  },
};
