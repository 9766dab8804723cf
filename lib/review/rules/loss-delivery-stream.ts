import { duration } from '../facts';
import type { Rule } from '../rule';

const FRESHNESS = /DataFreshness$/;

export const lossDeliveryStream: Rule = {
  id: 'loss-delivery-stream',
  category: 'loss',
  severity: 'info',
  reason:
    'Firehose keeps records for 24 hours while it can not write to S3, and drops them then; only an alarm on the age of its data tells in time.',
  source: 'https://docs.aws.amazon.com/firehose/latest/dev/retry.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if (edge.kind !== 'firehose-destination' || edge.exhausted !== 'drop' || facts.mayDrop(edge)) continue;
      if (facts.alarmsOn(edge.from).some((alarm) => FRESHNESS.test(alarm.metricName ?? '') && facts.tells(alarm))) continue;
      const stream = facts.label(edge.from);
      yield {
        resources: facts.resourcesOf(edge.from),
        path: facts.wayOver(edge),
        message: `when ${facts.label(edge.to)} refuses records for ${duration(edge.handOverSeconds)}, ${stream} drops them, and no alarm tells before`,
        fix: `add an alarm with an action on DeliveryToS3.DataFreshness of ${stream}`,
      };
    }
  },
};
