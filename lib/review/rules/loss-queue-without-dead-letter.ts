import { duration } from '../facts';
import type { Rule } from '../rule';

export const lossQueueWithoutDeadLetter: Rule = {
  id: 'loss-queue-without-dead-letter',
  category: 'loss',
  severity: 'error',
  reason: 'Without a redrive policy a message that fails is received again and again until it expires, and then it is gone.',
  source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const edge of facts.liveEdges()) {
      const isQueue = facts.node(edge.from).kind === 'queue' && (edge.kind === 'sqs-lambda' || edge.kind === 'pipe-source');
      if (
        !isQueue ||
        edge.exhausted === 'dlq' ||
        edge.exhausted === 'unknown' ||
        facts.node(edge.from).deadLetter ||
        seen.has(edge.from) ||
        facts.mayDrop(edge)
      )
        continue;
      seen.add(edge.from);
      const queue = facts.label(edge.from);
      yield {
        resources: facts.resourcesOf(edge.from),
        path: facts.wayOver(edge),
        message: `a message that keeps failing is tried up to ${edge.handOverAttempts} times and expires after ${duration(edge.windowSeconds)}: ${queue} has no dead-letter queue`,
        fix: `set RedrivePolicy of ${queue} with deadLetterTargetArn and a maxReceiveCount of 5 or more, and alarm on the dead-letter queue`,
      };
    }
  },
};
