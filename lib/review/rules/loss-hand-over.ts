import type { Edge } from '../../topology/graph';
import { duration, type Facts } from '../facts';
import type { Draft, Rule } from '../rule';

interface Row {
  readonly kinds: readonly Edge['kind'][];
  readonly id: string;
  readonly reason: string;
  readonly source: string;
  readonly fix: (edge: Edge, facts: Facts) => string;
}

/** Services that keep trying to hand over for a time and drop the event then. One rule for each, because each is fixed elsewhere. */
const ROWS: readonly Row[] = [
  {
    kinds: ['sns-sqs', 'sns-lambda', 'sns-http', 'sns-firehose'],
    id: 'loss-subscription',
    reason: 'SNS discards a message that it can not deliver; a dead-letter queue belongs to each subscription, not to the topic.',
    source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html',
    fix: (edge) =>
      `set RedrivePolicy.deadLetterTargetArn of the subscription ${through(edge)} to an SQS queue with an alarm; in the CDK: deadLetterQueue of the subscription`,
  },
  {
    kinds: ['eventbridge-rule-target'],
    id: 'loss-rule-target',
    reason:
      'EventBridge drops an event when its retries to a target are used up, by default 185 within 24 hours, and at once when access is denied.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html',
    fix: (edge) =>
      `set Targets[].DeadLetterConfig.Arn of the rule ${through(edge)} to an SQS queue with an alarm; in the CDK: deadLetterQueue of the target`,
  },
  {
    kinds: ['eventbridge-v2-subscriber'],
    id: 'loss-subscriber',
    reason: 'A subscriber of the new EventBridge drops an event after five retries or 300 seconds, client errors included.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-eventsv2-subscriber.html',
    fix: (edge) =>
      `set OnFailureConfiguration.Arn of ${through(edge)} to an SQS queue with an alarm, and RetryPolicy.MaxEventAgeInSeconds to what an outage may take`,
  },
  {
    kinds: ['scheduler-target'],
    id: 'loss-schedule',
    reason: 'The Scheduler drops an invocation when its retries are used up, by default 185 within 24 hours.',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html',
    fix: (edge) => `set Target.DeadLetterConfig.Arn of ${through(edge)} to an SQS queue with an alarm`,
  },
];

export const lossHandOver: readonly Rule[] = ROWS.map((row) => ({
  id: row.id,
  category: 'loss',
  severity: 'error',
  reason: row.reason,
  source: row.source,
  check: (facts) => check(row, facts),
}));

function* check(row: Row, facts: Facts): Generator<Draft> {
  for (const edge of facts.liveEdges()) {
    if (!row.kinds.includes(edge.kind) || edge.exhausted !== 'drop' || facts.mayDrop(edge)) continue;
    yield {
      resources: [...edge.via, ...facts.resourcesOf(edge.to)],
      path: facts.wayOver(edge),
      message: `an event that ${facts.label(edge.to)} does not take is dropped ${edge.handOverSeconds === 0 ? 'at once' : `after ${duration(edge.handOverSeconds)}`}: ${through(edge)} has no dead-letter queue`,
      fix: row.fix(edge, facts),
    };
  }
}

function through(edge: Edge): string {
  return edge.via[0]?.logicalId ?? 'between them';
}
