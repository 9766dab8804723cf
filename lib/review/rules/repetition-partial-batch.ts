import type { Rule } from '../rule';

const KINDS = ['sqs-lambda', 'dynamodb-stream-lambda', 'kinesis-lambda'];

export const repetitionPartialBatch: Rule = {
  id: 'repetition-partial-batch',
  category: 'repetition',
  severity: 'warning',
  reason: 'Without ReportBatchItemFailures one record that fails brings the whole batch again, those that had their effect included.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if (!KINDS.includes(edge.kind) || !edge.batch || edge.batch.reportsFailures || edge.batch.size === 1) continue;
      const mapping = edge.via[0]?.logicalId ?? '';
      yield {
        resources: [...edge.via],
        path: facts.wayOver(edge),
        message: `one failed record repeats all ${edge.batch.size} of its batch, and counts as a failed run for each: ${mapping} does not report single failures`,
        fix: `set FunctionResponseTypes of ${mapping} to [ReportBatchItemFailures] and return the failed records from ${facts.label(edge.to)}, or set BatchSize to 1`,
      };
    }
  },
};
