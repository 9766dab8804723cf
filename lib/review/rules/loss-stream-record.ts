import { duration } from '../facts';
import type { Rule } from '../rule';

const KINDS = ['dynamodb-stream-lambda', 'kinesis-lambda', 'kafka-lambda', 'pipe-source'];

export const lossStreamRecord: Rule = {
  id: 'loss-stream-record',
  category: 'loss',
  severity: 'error',
  reason: 'A stream record that outlives its retries or its age is skipped, and without a destination nobody learns which one it was.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if (!KINDS.includes(edge.kind) || edge.exhausted !== 'drop' || edge.order !== 'per-shard' || facts.mayDrop(edge)) continue;
      const mapping = edge.via[0]?.logicalId ?? '';
      yield {
        resources: [...edge.via],
        path: facts.wayOver(edge),
        message: `records that keep failing are skipped after ${edge.handOverAttempts} attempts or ${duration(edge.windowSeconds)}: ${mapping} has no failure destination in every branch`,
        fix:
          edge.kind === 'pipe-source'
            ? `set SourceParameters.*.DeadLetterConfig.Arn of ${mapping} to an SQS queue with an alarm`
            : `set DestinationConfig.OnFailure.Destination of ${mapping} to an SQS queue, or to a bucket, which keeps whole records; alarm on it`,
      };
    }
  },
};
