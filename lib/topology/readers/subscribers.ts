import type { Edge } from '../graph';
import { EVENTBRIDGE, EVENTBRIDGE_V2 } from '../limits';
import type { Resource } from '../model';
import { type Reading, sum } from '../reading';

/** Subscribers of the second generation of EventBridge: five retries within 300 seconds, for every failure, then dropped. */
export function readSubscribers(reading: Reading): void {
  for (const subscriber of reading.model.ofType('AWS::EventsV2::Subscriber')) {
    for (const bus of reading.places(subscriber, subscriber.get('EventBusArn'), 'EventBusArn', 'asynchronous')) {
      readSubscriber(reading, subscriber, bus);
    }
  }
  for (const source of reading.model.ofType('AWS::EventsV2::EventSource')) {
    const service = source.get('Configuration', 'AwsServiceEventsConfiguration', 'AwsService').text();
    for (const bus of reading.places(source, source.get('EventBusArn'), 'EventBusArn', 'asynchronous')) {
      const from = reading.builder.outside(`events of ${service ?? 'a partner'}`, 'bus');
      reading.builder.edge({
        from,
        to: bus,
        kind: 'eventbridge-bus-rule',
        role: 'delivery',
        via: [source.ref],
        sizeLimitBytes: EVENTBRIDGE.bytes,
      });
    }
  }
}

function readSubscriber(reading: Reading, subscriber: Resource, from: string) {
  const { builder } = reading;
  const invoke = subscriber.get('InvokeConfiguration');
  const waits = ['LambdaParameters', 'StepFunctionsParameters'].some((parameters) =>
    /REQUEST_RESPONSE|SYNC/i.test(invoke.get(parameters, 'InvocationType').text() ?? ''),
  );
  const onFailure = subscriber.get('OnFailureConfiguration', 'Arn');
  const parked = onFailure.isAbsent
    ? []
    : reading.places(subscriber, onFailure, 'OnFailureConfiguration', 'asynchronous').map((queue) => builder.fail(from, queue, subscriber));
  const sure = parked.length > 0 && !onFailure.mayBeAbsent;
  const retries = subscriber.get('RetryPolicy', 'MaxRetryAttempts').number(EVENTBRIDGE_V2.retries);
  const age = subscriber.get('RetryPolicy', 'MaxEventAgeInSeconds').number(EVENTBRIDGE_V2.ageSeconds);
  const attempts = sum(1, retries);
  for (const to of reading.places(
    subscriber,
    invoke.get('TargetArn'),
    'InvokeConfiguration.TargetArn',
    waits ? 'synchronous' : 'asynchronous',
  )) {
    const { kind } = builder.nodes.get(to)!;
    // Every failure counts: where the target answers the call itself, each attempt runs its handler.
    const answers = waits || kind === 'endpoint' || kind === 'api';
    const runs: Partial<Edge> = answers
      ? { handlerRuns: attempts, runsBecause: `1 + MaxRetryAttempts ${retries}`, windowSeconds: age }
      : {};
    builder.edge({
      from,
      to,
      kind: 'eventbridge-v2-subscriber',
      role: 'delivery',
      via: [subscriber.ref],
      handOverAttempts: attempts,
      handOverSeconds: age,
      ...runs,
      exhausted: sure ? 'dlq' : 'drop',
      ...(sure ? { deadLetter: parked[0] } : {}),
      order: subscriber.get('Type').canBe('FIFO') ? 'per-group' : 'none',
      sizeLimitBytes: reading.accepts(to, waits ? 'synchronous' : 'asynchronous'),
      batch: {
        size: subscriber
          .get('BatchConfiguration', 'MaxBatchSize')
          .number(kind === 'function' || kind === 'asynchronous-invocation' ? 10 : 1),
        reportsFailures: false,
      },
      jitter: true,
      ...(waits
        ? {
            callerTimeoutSeconds: invoke.get('LambdaParameters', 'InvocationTimeoutSeconds').number(EVENTBRIDGE_V2.callSeconds, 'smallest'),
          }
        : {}),
    });
  }
}
