import { duration } from '../facts';
import type { Rule } from '../rule';

export const blockingStream: Rule = {
  id: 'blocking-stream',
  category: 'blocking',
  severity: 'error',
  reason: 'A record that keeps failing stops its shard or partition until it expires, and all records behind it wait, or expire with it.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if (edge.exhausted !== 'blocks' || edge.order !== 'per-shard' || edge.kind === 'firehose-destination') continue;
      const mapping = edge.via[0]?.logicalId ?? '';
      const where = edge.kind === 'pipe-source' ? `SourceParameters of ${mapping}` : mapping;
      yield {
        resources: [...edge.via],
        path: facts.wayOver(edge),
        message: `one record that keeps failing blocks its part of ${facts.label(edge.from)} for ${edge.windowSeconds === 'unknown' ? 'as long as the stream keeps it' : duration(edge.windowSeconds)}: ${mapping} sets neither MaximumRetryAttempts nor MaximumRecordAgeInSeconds`,
        fix: `set MaximumRetryAttempts (for example 4) and MaximumRecordAgeInSeconds on ${where}, with ${edge.kind === 'pipe-source' ? 'DeadLetterConfig' : 'BisectBatchOnFunctionError and DestinationConfig.OnFailure'}`,
      };
    }
  },
};
