import { duration } from '../facts';
import type { Rule } from '../rule';

export const blockingMessageGroup: Rule = {
  id: 'blocking-message-group',
  category: 'blocking',
  severity: 'warning',
  reason: 'In a FIFO queue a message that keeps failing holds back every later message of its group until it is deleted or moved.',
  source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const edge of facts.liveEdges()) {
      if (
        edge.order !== 'per-group' ||
        facts.node(edge.from).kind !== 'queue' ||
        (edge.kind !== 'sqs-lambda' && edge.kind !== 'pipe-source') ||
        seen.has(edge.from)
      )
        continue;
      seen.add(edge.from);
      const objective = facts.config.objectives?.asynchronousSeconds;
      const endless = edge.exhausted === 'blocks';
      if (!endless && (objective === undefined || typeof edge.windowSeconds !== 'number' || edge.windowSeconds <= objective)) continue;
      const queue = facts.label(edge.from);
      yield {
        resources: facts.resourcesOf(edge.from),
        path: facts.wayOver(edge),
        message: `one message that keeps failing blocks its group in ${queue} for ${duration(edge.windowSeconds)}${endless ? ', until it expires' : `, the objective is ${duration(objective!)}`}`,
        fix: endless
          ? `set RedrivePolicy of ${queue} to a FIFO dead-letter queue with an alarm`
          : `lower maxReceiveCount or VisibilityTimeout of ${queue}, so that a bad message leaves its group sooner`,
        severity: endless ? 'error' : 'warning',
      };
    }
  },
};
