import type { Count, Edge } from '../graph';
import { LAMBDA, STREAM } from '../limits';
import type { Resource } from '../model';
import { product, type Reading } from '../reading';
import { type Value, worstOf } from '../value';
import { streamDelivery, unbounded } from './event-sources';
import { queueDelivery, redriveOf } from './queues';

const PARAMETERS: Readonly<Record<string, string>> = {
  queue: 'SqsQueueParameters',
  stream: 'KinesisStreamParameters',
  table: 'DynamoDBStreamParameters',
  cluster: 'ManagedStreamingKafkaParameters',
};

/** EventBridge Pipes: the source's retries decide; enrichment and target are called while it waits. */
export function readPipes(reading: Reading): void {
  for (const pipe of reading.model.ofType('AWS::Pipes::Pipe')) {
    const node = reading.builder.node(pipe);
    const runs = runsOf(
      reading.places(pipe, pipe.get('Source'), 'Source', 'asynchronous').map((source) => readSource(reading, pipe, source, node)),
    );
    const enrichment = pipe.get('Enrichment');
    if (!enrichment.isAbsent) {
      for (const to of reading.places(pipe, enrichment, 'Enrichment', 'synchronous')) {
        const sizeLimitBytes = reading.accepts(to, 'synchronous');
        reading.builder.edge({
          from: node,
          to,
          kind: 'pipe-enrichment',
          role: 'delivery',
          via: [pipe.ref],
          synchronous: true,
          ...runs,
          exhausted: 'error-to-caller',
          sizeLimitBytes,
        });
      }
    }
    readTarget(reading, pipe, node, runs);
  }
}

type Runs = Pick<Edge, 'handlerRuns' | 'runsBecause'>;

/** A pipe runs nothing itself: its source's retries run what answers behind it. What only takes the event over is not given it again. */
function runsOf(sources: readonly Edge[]): Runs {
  return {
    handlerRuns: worstOf(
      sources.map((edge) => edge.handOverAttempts),
      'largest',
    ),
    runsBecause: sources.map((edge) => edge.runsBecause).join(' or '),
  };
}

function readTarget(reading: Reading, pipe: Resource, node: string, runs: Runs) {
  const parameters = pipe.get('TargetParameters');
  const leavesFunction = parameters.get('LambdaFunctionParameters', 'InvocationType').canBe('FIRE_AND_FORGET');
  const waitsForMachine = parameters.get('StepFunctionStateMachineParameters', 'InvocationType').canBe('REQUEST_RESPONSE');
  for (const to of reading.places(pipe, pipe.get('Target'), 'Target', leavesFunction ? 'asynchronous' : 'synchronous')) {
    const { kind } = reading.builder.nodes.get(to)!;
    const synchronous = kind === 'function' || kind === 'endpoint' || kind === 'api' || (kind === 'state-machine' && waitsForMachine);
    reading.builder.edge({
      from: node,
      to,
      kind: 'pipe-target',
      role: 'delivery',
      via: [pipe.ref],
      synchronous,
      ...(synchronous ? runs : {}),
      exhausted: 'error-to-caller',
      sizeLimitBytes: reading.accepts(to, synchronous ? 'synchronous' : 'asynchronous'),
    });
  }
}

function readSource(reading: Reading, pipe: Resource, from: string, node: string): Edge {
  const { builder, model } = reading;
  const { kind } = builder.nodes.get(from)!;
  const parameters = pipe.get('SourceParameters', PARAMETERS[kind] ?? '');
  const resource = model.resources.get(from);
  return builder.edge({
    from,
    to: node,
    kind: 'pipe-source',
    role: 'delivery',
    via: [pipe.ref],
    ...deliveryOf(reading, pipe, parameters, from, resource),
    handlerRuns: 1,
    filtered: !pipe.get('SourceParameters', 'FilterCriteria').isAbsent,
    batch: {
      size: parameters.get('BatchSize').number(kind === 'queue' ? 10 : STREAM.batch),
      // A pipe reports partial failures by itself when its target or enrichment does.
      reportsFailures: kind === 'queue' || parameters.get('OnPartialBatchItemFailure').canBe('AUTOMATIC_BISECT'),
    },
  });
}

function deliveryOf(reading: Reading, pipe: Resource, parameters: Value, from: string, resource: Resource | undefined): Partial<Edge> {
  const { builder } = reading;
  const { kind } = builder.nodes.get(from)!;
  if (kind === 'queue') {
    if (resource) return queueDelivery(redriveOf(reading, resource));
    return {
      handlerRuns: 'unknown',
      handOverAttempts: 'unknown',
      windowSeconds: 'unknown',
      unknown: 'the queue is in no reviewed template',
    };
  }
  if (kind !== 'stream' && kind !== 'table' && kind !== 'cluster') {
    const unknown = 'a source of a pipe that is not followed';
    builder.unknown(pipe, 'Source', unknown);
    return { handlerRuns: 'unknown', handOverAttempts: 'unknown', windowSeconds: 'unknown', order: 'unknown', unknown };
  }
  const deadLetter = parameters.get('DeadLetterConfig', 'Arn');
  const parked = deadLetter.isAbsent
    ? []
    : reading.places(pipe, deadLetter, 'SourceParameters.DeadLetterConfig', 'asynchronous').map((queue) => builder.fail(from, queue, pipe));
  return streamDelivery({
    retries: unbounded(parameters.get('MaximumRetryAttempts').number(-1)),
    ageSeconds: unbounded(parameters.get('MaximumRecordAgeInSeconds').number(-1)),
    retentionSeconds: retention(resource),
    callSeconds: slowest(reading, pipe),
    ...(parked.length > 0 && !deadLetter.mayBeAbsent ? { deadLetter: parked[0] } : {}),
  });
}

function retention(resource: Resource | undefined): Count {
  return resource?.type === 'AWS::Kinesis::Stream'
    ? product(resource.get('RetentionPeriodHours').number(24), 3600)
    : STREAM.retentionSeconds;
}

function slowest(reading: Reading, pipe: Resource): Count {
  const target = reading.model.single(pipe.get('Target'), 'AWS::Lambda::Function');
  return target ? target.get('Timeout').number(LAMBDA.timeoutSeconds) : 'unknown';
}
