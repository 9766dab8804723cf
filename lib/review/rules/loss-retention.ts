import { SQS } from '../../topology/limits';
import { duration } from '../facts';
import type { Rule } from '../rule';

export const lossRetention: Rule = {
  id: 'loss-retention',
  category: 'loss',
  severity: 'warning',
  reason: 'A message keeps its age when it is moved to a standard dead-letter queue, so that it can expire there the moment it arrives.',
  source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html',
  *check(facts) {
    for (const edge of facts.graph.edges) {
      if (edge.kind !== 'sqs-redrive' || !facts.ways.reaches(edge.from)) continue;
      const queue = facts.resource(edge.from);
      const parkingLot = facts.resource(edge.to);
      // FIFO queues start the age anew when they move a message.
      if (!queue || !parkingLot || facts.node(edge.from).fifo) continue;
      const kept = parkingLot.get('MessageRetentionPeriod').number(SQS.retentionSeconds, 'smallest');
      const before = queue.get('MessageRetentionPeriod').number(SQS.retentionSeconds);
      if (typeof kept !== 'number' || typeof before !== 'number' || kept > before) continue;
      yield {
        resources: [parkingLot.ref, queue.ref],
        path: [...facts.wayTo(edge.from).nodes, edge.to],
        message: `a message may spend ${duration(before)} in ${queue.ref.logicalId} and is kept ${duration(kept)} in all by ${parkingLot.ref.logicalId}, so it can expire as soon as it is parked`,
        fix:
          before < SQS.longestRetentionSeconds
            ? `set MessageRetentionPeriod of ${parkingLot.ref.logicalId} to ${SQS.longestRetentionSeconds} (14 days), longer than that of ${queue.ref.logicalId}`
            : `lower MessageRetentionPeriod of ${queue.ref.logicalId} below the 14 days that ${parkingLot.ref.logicalId} can keep a message`,
      };
    }
  },
};
