import type { Edge } from '../../topology/graph';
import type { Facts } from '../facts';
import type { Rule } from '../rule';

interface Row {
  readonly kinds: readonly Edge['kind'][];
  readonly metrics: readonly string[];
  /** Whether the metric is the receiver's. */
  readonly ofReceiver?: boolean;
}

const ROWS: readonly Row[] = [
  { kinds: ['sqs-lambda', 'pipe-source'], metrics: ['ApproximateAgeOfOldestMessage'] },
  { kinds: ['dynamodb-stream-lambda'], metrics: ['IteratorAge'], ofReceiver: true },
  { kinds: ['kinesis-lambda'], metrics: ['IteratorAge', 'GetRecords.IteratorAgeMilliseconds'] },
  { kinds: ['kafka-lambda'], metrics: ['OffsetLag', 'MaxOffsetLag', 'SumOffsetLag', 'EstimatedMaxTimeLag'], ofReceiver: true },
];

export const timeAgeAlarm: Rule = {
  id: 'time-age-alarm',
  category: 'time',
  severity: 'warning',
  reason: 'The promise of an asynchronous path is the age of its events; a consumer that stands still raises no error, only the age.',
  source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const edge of facts.liveEdges()) {
      const row = ROWS.find((one) => one.kinds.includes(edge.kind));
      if (!row || (edge.kind === 'pipe-source' && facts.node(edge.from).kind !== 'queue') || !facts.node(edge.from).resource) continue;
      const key = row.ofReceiver ? `${edge.from} ${edge.to}` : edge.from;
      if (facts.node(edge.from).deadLetter || seen.has(key) || isWatched(facts, edge, row)) continue;
      seen.add(key);
      const subject = row.ofReceiver ? facts.label(edge.to) : facts.label(edge.from);
      yield {
        resources: facts.resourcesOf(edge.from),
        path: facts.wayOver(edge),
        message: `nobody is told when events grow old in ${facts.label(edge.from)}: no alarm with an action watches ${row.metrics[0]} of ${subject}`,
        fix: `add an alarm with an action on ${row.metrics[0]} (Maximum) of ${subject}, at the age that you promise`,
      };
    }
  },
};

function isWatched(facts: Facts, edge: Edge, row: Row): boolean {
  return [...facts.alarmsOn(edge.from), ...facts.alarmsOn(edge.to)].some(
    (alarm) => (alarm.composite || row.metrics.includes(alarm.metricName ?? '')) && facts.tells(alarm),
  );
}
