import { duration } from '../facts';
import type { Rule } from '../rule';

export const lossAsynchronousInvocation: Rule = {
  id: 'loss-asynchronous-invocation',
  category: 'loss',
  severity: 'error',
  reason: 'Lambda drops an asynchronous event after its retries, unless the function has a failure destination or a dead-letter queue.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if ((edge.kind !== 'lambda-async' && edge.kind !== 'durable-function') || edge.exhausted !== 'drop' || facts.mayDrop(edge)) continue;
      const configured = facts.from(edge.from).some((other) => other.role === 'failure');
      const handler = facts.label(edge.to);
      const why = configured
        ? `the destination of ${handler} is missing in some branch of a condition`
        : `${handler} has neither a failure destination nor a dead-letter queue for these invocations`;
      yield {
        resources: facts.resourcesOf(edge.to),
        path: facts.wayOver(edge),
        message: `an event is dropped after ${edge.handlerRuns} failed runs, or after ${duration(edge.handOverSeconds)} of throttling: ${why}`,
        fix:
          edge.kind === 'durable-function'
            ? `set DeadLetterConfig.TargetArn of ${handler} to an SQS queue with an alarm (durable functions ignore destinations)`
            : `add an AWS::Lambda::EventInvokeConfig for ${handler}, with the qualifier that is invoked, and DestinationConfig.OnFailure to an SQS queue with an alarm; in the CDK: onFailure: new SqsDestination(queue)`,
      };
    }
  },
};
