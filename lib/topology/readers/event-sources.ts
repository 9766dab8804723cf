import type { Count, Edge, EdgeKind } from '../graph';
import { LAMBDA, STREAM } from '../limits';
import type { Resource } from '../model';
import { FUNCTION, isOfDesk, product, type Reading, sum } from '../reading';
import { readQueueSource } from './queues';

/** What is read in order and kept for a time, and blocks when its reader keeps failing. */
export interface StreamSettings {
  readonly retries: Count;
  readonly ageSeconds: Count;
  readonly retentionSeconds: Count;
  readonly callSeconds: Count;
  readonly deadLetter?: string;
}

const KIND_OF_SOURCE: Readonly<Record<string, EdgeKind>> = {
  'AWS::DynamoDB::Table': 'dynamodb-stream-lambda',
  'AWS::DynamoDB::GlobalTable': 'dynamodb-stream-lambda',
  'AWS::Kinesis::Stream': 'kinesis-lambda',
  'AWS::MSK::Cluster': 'kafka-lambda',
  'AWS::MSK::ServerlessCluster': 'kafka-lambda',
};

/** Event source mappings: queues, streams of tables, Kinesis, Kafka. */
export function readEventSources(reading: Reading): void {
  for (const mapping of reading.model.ofType('AWS::Lambda::EventSourceMapping')) {
    const handlers = reading.places(mapping, mapping.get('FunctionName'), 'FunctionName', 'synchronous', FUNCTION);
    for (const handler of handlers) readMapping(reading, mapping, handler);
  }
}

function readMapping(reading: Reading, mapping: Resource, handler: string) {
  const { builder } = reading;
  const source = mapping.get('EventSourceArn');
  if (source.isAbsent) {
    const kafka = !mapping.get('SelfManagedEventSource').isAbsent;
    const node = builder.outside(kafka ? 'self-managed Kafka' : `source of ${mapping.ref.logicalId}`, kafka ? 'cluster' : 'unknown');
    if (kafka) addStream(reading, mapping, node, handler, 'kafka-lambda', 'unknown');
    else addUnfollowed(reading, mapping, node, handler);
    return;
  }
  for (const target of builder.targets(mapping, source, 'EventSourceArn')) {
    const place = reading.place(target, mapping, 'EventSourceArn', 'asynchronous');
    if (builder.nodes.get(place)!.kind === 'queue' && isOfDesk(reading.model.resources.get(handler)))
      reading.intakes.push({ mapping, queue: place, intake: handler });
    else readSource(reading, mapping, place, handler);
  }
}

/** What a mapping hands over from one source. */
export function readSource(reading: Reading, mapping: Resource, node: string, handler: string): void {
  const resource = reading.model.resources.get(node);
  const kind = kindOf(reading.builder.nodes.get(node)!.kind, resource?.type);
  if (resource?.type === 'AWS::SQS::Queue') readQueueSource(reading, mapping, resource, handler);
  else if (kind === 'kafka-lambda') addStream(reading, mapping, node, handler, kind, 'unknown');
  else if (kind) addStream(reading, mapping, node, handler, kind, retentionOf(reading, node));
  else addUnfollowed(reading, mapping, node, handler);
}

function kindOf(nodeKind: string, type: string | undefined): EdgeKind | undefined {
  if (type !== undefined && type in KIND_OF_SOURCE) return KIND_OF_SOURCE[type];
  if (nodeKind === 'stream') return 'kinesis-lambda';
  if (nodeKind === 'table') return 'dynamodb-stream-lambda';
  return undefined;
}

function retentionOf(reading: Reading, node: string): Count {
  const stream = reading.model.resources.get(node);
  if (stream?.type !== 'AWS::Kinesis::Stream') return STREAM.retentionSeconds;
  return product(stream.get('RetentionPeriodHours').number(24), 3600);
}

function addStream(reading: Reading, mapping: Resource, from: string, handler: string, kind: EdgeKind, retentionSeconds: Count) {
  const { builder } = reading;
  // A share group counts deliveries in the broker: Lambda itself doesn't retry.
  const shareGroup = ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'].some((config) =>
    mapping.get(config, 'ConsumptionMode').canBe('Queue'),
  );
  const destination = mapping.get('DestinationConfig', 'OnFailure', 'Destination');
  const parked = destination.isAbsent
    ? []
    : reading.places(mapping, destination, 'DestinationConfig.OnFailure', 'asynchronous').map((to) => builder.fail(from, to, mapping));
  const function_ = reading.model.resources.get(handler);
  builder.edge({
    from,
    to: handler,
    kind,
    role: 'delivery',
    via: [mapping.ref],
    filtered: !mapping.get('FilterCriteria').isAbsent,
    ...streamDelivery({
      retries: unbounded(shareGroup ? 0 : mapping.get('MaximumRetryAttempts').number(-1)),
      ageSeconds: unbounded(mapping.get('MaximumRecordAgeInSeconds').number(-1)),
      retentionSeconds,
      callSeconds: function_ ? function_.get('Timeout').number(LAMBDA.timeoutSeconds) : 'unknown',
      ...(parked.length > 0 && !destination.mayBeAbsent ? { deadLetter: parked[0] } : {}),
    }),
    batch: {
      size: mapping.get('BatchSize').number(STREAM.batch),
      reportsFailures: mapping
        .get('FunctionResponseTypes')
        .items()
        .some((item) => item.canBe('ReportBatchItemFailures')),
    },
  });
}

/** -1 stands for no limit; one branch without a limit is enough to block. */
export function unbounded(count: Count): Count {
  return typeof count === 'number' && count < 0 ? 'unlimited' : count;
}

/** How records of a shard are delivered: in order, again and again until one of the limits is reached. */
export function streamDelivery(
  settings: StreamSettings,
): Pick<
  Edge,
  'handOverAttempts' | 'handlerRuns' | 'runsBecause' | 'windowSeconds' | 'handOverSeconds' | 'exhausted' | 'deadLetter' | 'order' | 'jitter'
> {
  const { retries, ageSeconds, retentionSeconds, callSeconds, deadLetter } = settings;
  const endless = retries === 'unlimited' && ageSeconds === 'unlimited';
  const runs = retries === 'unlimited' ? 'unlimited' : sum(1, retries);
  const byRuns = product(runs, callSeconds);
  const byAge = ageSeconds === 'unlimited' ? retentionSeconds : ageSeconds;
  const window =
    typeof byRuns === 'number' && typeof byAge === 'number' ? Math.min(byRuns, byAge) : byRuns === 'unlimited' ? byAge : byRuns;
  return {
    handOverAttempts: runs,
    handlerRuns: runs,
    runsBecause: retries === 'unlimited' ? 'MaximumRetryAttempts is unlimited' : `1 + MaximumRetryAttempts ${retries}`,
    windowSeconds: window,
    handOverSeconds: byAge,
    // What outlives every retry is blocked until it expires, and lost then.
    exhausted: endless ? 'blocks' : deadLetter !== undefined ? 'dlq' : 'drop',
    ...(deadLetter !== undefined && !endless ? { deadLetter } : {}),
    order: 'per-shard',
    jitter: false,
  };
}

function addUnfollowed(reading: Reading, mapping: Resource, from: string, handler: string) {
  const unknown = 'an event source that is not followed';
  reading.builder.unknown(mapping, 'EventSourceArn', unknown);
  reading.builder.edge({
    from,
    to: handler,
    kind: 'unfollowed',
    role: 'delivery',
    via: [mapping.ref],
    handlerRuns: 'unknown',
    handOverAttempts: 'unknown',
    windowSeconds: 'unknown',
    delivery: 'unknown',
    order: 'unknown',
    unknown,
  });
}
