import { LAMBDA } from '../../topology/limits';
import { duration } from '../facts';
import type { Rule } from '../rule';

const WAITING = ['sqs-lambda', 'dynamodb-stream-lambda', 'kinesis-lambda', 'kafka-lambda', 'api-lambda', 'function-url-lambda'];

export const timeDurableFunction: Rule = {
  id: 'time-durable-function',
  category: 'time',
  severity: 'error',
  reason: 'Event sources and synchronous callers wait for a whole durable execution, and for at most 15 minutes.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      const handler = facts.resource(edge.to);
      if (!WAITING.includes(edge.kind) || !handler || handler.get('DurableConfig').isAbsent) continue;
      const takes = handler.get('DurableConfig', 'ExecutionTimeout').number('unknown');
      if (typeof takes !== 'number' || takes <= LAMBDA.durableSynchronousSeconds) continue;
      yield {
        resources: [handler.ref, ...edge.via],
        path: facts.wayOver(edge),
        message: `${facts.label(edge.from)} waits for the whole execution of ${handler.ref.logicalId}, which may take ${duration(takes)}; ${duration(LAMBDA.durableSynchronousSeconds)} is the limit`,
        fix: `set DurableConfig.ExecutionTimeout of ${handler.ref.logicalId} to ${LAMBDA.durableSynchronousSeconds} or less, or start it asynchronously`,
      };
    }
  },
};
