import type { Count, Edge } from '../graph';
import { SNS } from '../limits';
import type { Resource, Target } from '../model';
import { product, type Reading, sum, unique } from '../reading';
import type { Value } from '../value';
import { isFifo, redrivePolicy } from './queues';

/** Topics and their subscriptions, those written inside the topic included. */
export function readTopics(reading: Reading): void {
  const { builder, model } = reading;
  for (const topic of model.ofType('AWS::SNS::Topic')) {
    builder.describe(builder.node(topic), { fifo: isFifo(topic) });
    for (const subscription of topic.get('Subscription').items()) {
      subscribe(reading, topic, builder.node(topic), subscription.get('Protocol'), subscription.get('Endpoint'));
    }
  }
  for (const subscription of model.ofType('AWS::SNS::Subscription')) {
    for (const topic of reading.places(subscription, subscription.get('TopicArn'), 'TopicArn', 'asynchronous')) {
      subscribe(reading, subscription, topic, subscription.get('Protocol'), subscription.get('Endpoint'));
    }
  }
}

function subscribe(reading: Reading, holder: Resource, topic: string, protocols: Value, endpoint: Value) {
  for (const protocol of unique(protocols.texts())) {
    const targets = reading.builder.targets(holder, endpoint, 'Endpoint');
    for (const target of targets) subscribeTarget(reading, holder, topic, protocol, target);
  }
}

function subscribeTarget(reading: Reading, subscription: Resource, topic: string, protocol: string, target: Target) {
  const { builder } = reading;
  const service = protocol === 'sqs' || protocol === 'lambda' || protocol === 'firehose';
  const to = service
    ? reading.place(target, subscription, 'Endpoint', 'asynchronous')
    : endpointNode(reading, subscription, protocol, target);
  const delivery = service ? AWS_ENDPOINT : protocol === 'http' || protocol === 'https' ? httpDelivery(subscription) : OTHER_ENDPOINT;
  builder.edge({
    from: topic,
    to,
    kind: service
      ? (`sns-${protocol}` as 'sns-sqs' | 'sns-lambda' | 'sns-firehose')
      : protocol.startsWith('http')
        ? 'sns-http'
        : 'sns-endpoint',
    role: 'delivery',
    via: [subscription.ref],
    ...delivery,
    filtered: !subscription.get('FilterPolicy').isAbsent,
    ...parking(reading, subscription, topic),
    order: builder.nodes.get(topic)!.fifo ? 'per-group' : 'none',
    sizeLimitBytes: reading.accepts(to, 'asynchronous'),
  });
}

function endpointNode(reading: Reading, subscription: Resource, protocol: string, target: Target): string {
  if (target.kind === 'outside') return reading.builder.outside(`${protocol} ${target.text}`, 'endpoint');
  // The address is a parameter or the URL of an API: it leads outside in any case.
  const label = target.kind === 'resource' ? target.resource.ref.logicalId : subscription.ref.logicalId;
  return reading.builder.outside(`${protocol} endpoint of ${label}`, 'endpoint');
}

/** A dead-letter queue belongs to the subscription, not to the topic. */
function parking(reading: Reading, subscription: Resource, topic: string): Pick<Edge, 'exhausted' | 'deadLetter'> {
  const policy = redrivePolicy(subscription);
  const arn = policy.get('deadLetterTargetArn');
  if (arn.isAbsent) return { exhausted: 'drop' };
  const parked = reading
    .places(subscription, arn, 'RedrivePolicy.deadLetterTargetArn', 'asynchronous')
    .map((to) => reading.builder.fail(topic, to, subscription));
  return parked.length > 0 && !arn.mayBeAbsent ? { exhausted: 'dlq', deadLetter: parked[0] } : { exhausted: 'drop' };
}

const AWS_ENDPOINT = { handOverAttempts: SNS.attempts, handOverSeconds: SNS.windowSeconds, jitter: true } as const;

/** Mail, phones and apps: 50 attempts over six hours. @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const OTHER_ENDPOINT = { handOverAttempts: 50, handOverSeconds: 21_600, jitter: false } as const;

/** Every attempt reaches the endpoint's own handler, so attempts are runs there. */
function httpDelivery(subscription: Resource): Partial<Edge> {
  const policy = subscription.get('DeliveryPolicy', 'healthyRetryPolicy');
  const retries: Count = policy.get('numRetries').number(SNS.httpRetries);
  const attempts = sum(1, retries);
  const window = product(retries, policy.get('maxDelayTarget').number(SNS.httpDelaySeconds));
  return {
    handOverAttempts: attempts,
    handlerRuns: attempts,
    runsBecause: `1 + numRetries ${retries}`,
    windowSeconds: window,
    handOverSeconds: window,
    jitter: false,
  };
}
