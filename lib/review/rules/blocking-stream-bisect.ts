import type { Rule } from '../rule';

export const blockingStreamBisect: Rule = {
  id: 'blocking-stream-bisect',
  category: 'blocking',
  severity: 'warning',
  reason:
    'Without bisecting, or reporting single failures, one bad record holds up its whole batch and sends good records to the failure destination with it.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if (edge.kind !== 'dynamodb-stream-lambda' && edge.kind !== 'kinesis-lambda') continue;
      if (!edge.batch || edge.batch.reportsFailures || edge.batch.size === 1) continue;
      const mapping = edge.via.map((ref) => facts.model.resources.get(`${ref.stack}/${ref.logicalId}`)).find((one) => one !== undefined);
      if (!mapping || mapping.get('BisectBatchOnFunctionError').isTrue()) continue;
      yield {
        resources: [mapping.ref],
        path: facts.wayOver(edge),
        message: `one bad record fails its whole batch of up to ${edge.batch.size} in ${mapping.ref.logicalId}`,
        fix: `set BisectBatchOnFunctionError of ${mapping.ref.logicalId} to true, or FunctionResponseTypes to [ReportBatchItemFailures]`,
      };
    }
  },
};
