import type { Count, Edge, Exhausted } from '../graph';
import { SQS } from '../limits';
import type { Resource } from '../model';
import { product, type Reading } from '../reading';
import type { Value } from '../value';

/** What a queue does with a message that nobody deletes. */
export interface Redrive {
  readonly maxReceiveCount: Count;
  /** Node of the dead-letter queue, if there is one in every branch. */
  readonly deadLetter?: string;
  readonly visibilitySeconds: Count;
  readonly retentionSeconds: Count;
  readonly fifo: boolean;
}

/** Queues as nodes, with the way to their dead-letter queues. */
export function readQueues(reading: Reading): void {
  for (const queue of reading.model.ofType('AWS::SQS::Queue')) {
    reading.builder.describe(reading.builder.node(queue), { fifo: isFifo(queue) });
    for (const to of deadLetterTargets(reading, queue)) reading.builder.fail(reading.builder.node(queue), to, queue, 'sqs-redrive');
  }
}

export function isFifo(resource: Resource): boolean {
  return (
    resource.get('FifoQueue').canBe('true') ||
    resource.get('FifoTopic').canBe('true') ||
    resource
      .get(resource.type === 'AWS::SNS::Topic' ? 'TopicName' : 'QueueName')
      .texts()
      .some((name) => name.endsWith('.fifo'))
  );
}

/** The redrive policy, which may be written as a mapping or as JSON text. */
export function redrivePolicy(resource: Resource): Value {
  const policy = resource.get('RedrivePolicy');
  const text = policy.text();
  if (text === undefined || !text.trimStart().startsWith('{')) return policy;
  try {
    return resource.scope.value(JSON.parse(text));
  } catch {
    return policy;
  }
}

export function redriveOf(reading: Reading, queue: Resource): Redrive {
  const policy = redrivePolicy(queue);
  const visibilitySeconds = queue.get('VisibilityTimeout').number(SQS.visibilitySeconds);
  const retentionSeconds = queue.get('MessageRetentionPeriod').number(SQS.retentionSeconds);
  const targets = deadLetterTargets(reading, queue);
  const sure = targets.length > 0 && !policy.mayBeAbsent && !policy.get('deadLetterTargetArn').mayBeAbsent;
  return {
    maxReceiveCount: sure
      ? policy.get('maxReceiveCount').number(SQS.maxReceiveCount)
      : receivesUntilExpiry(retentionSeconds, visibilitySeconds),
    ...(sure ? { deadLetter: targets[0] } : {}),
    visibilitySeconds,
    retentionSeconds,
    fifo: isFifo(queue),
  };
}

/** What every consumer of a queue shares: how often it gets a message, and what becomes of one that is never deleted. */
export function queueDelivery(
  redrive: Redrive,
): Pick<
  Edge,
  'handOverAttempts' | 'handlerRuns' | 'runsBecause' | 'windowSeconds' | 'handOverSeconds' | 'exhausted' | 'deadLetter' | 'order' | 'jitter'
> {
  const { deadLetter, maxReceiveCount, visibilitySeconds, retentionSeconds } = redrive;
  // Without a dead-letter queue a message comes again until it expires; in a FIFO queue its group waits for that.
  const exhausted: Exhausted = deadLetter !== undefined ? 'dlq' : redrive.fifo ? 'blocks' : 'drop';
  const windowSeconds = deadLetter !== undefined ? product(maxReceiveCount, visibilitySeconds) : retentionSeconds;
  return {
    handOverAttempts: maxReceiveCount,
    handlerRuns: maxReceiveCount,
    runsBecause:
      deadLetter !== undefined
        ? `maxReceiveCount ${maxReceiveCount}`
        : `no redrive policy: every ${visibilitySeconds} s until the message expires after ${retentionSeconds} s`,
    windowSeconds,
    handOverSeconds: windowSeconds,
    exhausted,
    ...(deadLetter !== undefined ? { deadLetter } : {}),
    order: redrive.fifo ? 'per-group' : 'none',
    jitter: false,
  };
}

/** Event source mapping from a queue to a function. */
export function readQueueSource(reading: Reading, mapping: Resource, queue: Resource, handler: string): void {
  const redrive = redriveOf(reading, queue);
  reading.builder.edge({
    from: reading.builder.node(queue),
    to: handler,
    kind: 'sqs-lambda',
    role: 'delivery',
    via: [mapping.ref],
    ...queueDelivery(redrive),
    sizeLimitBytes: 'unlimited',
    filtered: !mapping.get('FilterCriteria').isAbsent,
    batch: {
      size: mapping.get('BatchSize').number(SQS.batch),
      reportsFailures: mapping
        .get('FunctionResponseTypes')
        .items()
        .some((item) => item.canBe('ReportBatchItemFailures')),
    },
  });
}

function deadLetterTargets(reading: Reading, queue: Resource): string[] {
  const target = redrivePolicy(queue).get('deadLetterTargetArn');
  return target.isAbsent ? [] : reading.places(queue, target, 'RedrivePolicy.deadLetterTargetArn', 'asynchronous');
}

function receivesUntilExpiry(retention: Count, visibility: Count): Count {
  if (typeof retention !== 'number' || typeof visibility !== 'number') return 'unknown';
  return visibility <= 0 ? 'unlimited' : Math.max(1, Math.floor(retention / visibility));
}
