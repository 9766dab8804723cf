import type { Edge } from '../graph';
import { EVENTBRIDGE } from '../limits';
import type { Resource } from '../model';
import { type Reading, sum } from '../reading';
import { isRecord } from '../record';
import type { Value } from '../value';
import { bucketsWithEventBridge } from './buckets';
import { defaultBus } from './service-calls';

/** EventBridge rules of the classic buses, schedules among them. */
export function readRules(reading: Reading): void {
  const buckets = bucketsWithEventBridge(reading);
  for (const rule of reading.model.ofType('AWS::Events::Rule')) {
    const node = reading.builder.node(rule);
    if (!rule.get('EventPattern').isAbsent) readSources(reading, rule, node, buckets);
    for (const target of rule.get('Targets').items()) readTarget(reading, rule, node, target);
  }
}

function readSources(reading: Reading, rule: Resource, node: string, buckets: readonly Resource[]) {
  const { builder } = reading;
  const pattern = patternOf(reading, rule.get('EventPattern'));
  const sources = textsOf(pattern.source);
  const ofServices = sources.length > 0 && sources.every((source) => source.startsWith('aws.'));
  for (const bus of busesOf(reading, rule, ofServices)) {
    builder.edge({
      from: bus,
      to: node,
      kind: 'eventbridge-bus-rule',
      role: 'delivery',
      via: [rule.ref],
      filtered: true,
      sizeLimitBytes: EVENTBRIDGE.bytes,
    });
  }
  if (!sources.includes('aws.s3')) return;
  for (const bucket of buckets) {
    if (!mentions(reading, pattern, bucket)) continue;
    builder.edge({
      from: builder.node(bucket),
      to: node,
      kind: 's3-eventbridge',
      role: 'delivery',
      via: [rule.ref],
      handOverAttempts: 'unknown',
      filtered: true,
      sizeLimitBytes: EVENTBRIDGE.bytes,
    });
  }
}

function busesOf(reading: Reading, rule: Resource, ofServices: boolean): string[] {
  const bus = rule.get('EventBusName');
  const named =
    bus.isAbsent || bus.canBe('default') ? [] : reading.places(rule, bus, 'EventBusName', 'asynchronous', ['AWS::Events::EventBus']);
  if (named.length > 0) return named;
  return [ofServices ? reading.builder.outside('events of AWS services', 'bus') : defaultBus(reading)];
}

function readTarget(reading: Reading, rule: Resource, from: string, target: Value) {
  const { builder } = reading;
  const retry = target.get('RetryPolicy');
  const deadLetter = target.get('DeadLetterConfig', 'Arn');
  for (const to of reading.places(rule, target.get('Arn'), 'Targets.Arn', 'asynchronous')) {
    const parked = deadLetter.isAbsent
      ? []
      : reading.places(rule, deadLetter, 'Targets.DeadLetterConfig', 'asynchronous').map((queue) => builder.fail(from, queue, rule));
    const sure = parked.length > 0 && !deadLetter.mayBeAbsent;
    builder.edge({
      from,
      to,
      kind: 'eventbridge-rule-target',
      role: 'delivery',
      via: [rule.ref],
      ...scheduledDelivery(retry, builder.nodes.get(to)!.kind === 'endpoint' || builder.nodes.get(to)!.kind === 'api'),
      exhausted: sure ? 'dlq' : 'drop',
      ...(sure ? { deadLetter: parked[0] } : {}),
      sizeLimitBytes: reading.accepts(to, 'asynchronous'),
    });
  }
}

/**
 * Attempts of EventBridge rules and of the Scheduler: the first, and 185 retries within 24 hours, with backoff and jitter.
 *
 * @param answers whether the target answers the call itself, so that each attempt runs its handler
 */
export function scheduledDelivery(retry: Value, answers: boolean): Partial<Edge> {
  const retries = retry.get('MaximumRetryAttempts').number(EVENTBRIDGE.retries);
  const age = retry.get('MaximumEventAgeInSeconds').number(EVENTBRIDGE.ageSeconds);
  const attempts = sum(1, retries);
  return {
    handOverAttempts: attempts,
    handOverSeconds: retries === 0 ? 0 : age,
    jitter: true,
    ...(answers ? { handlerRuns: attempts, runsBecause: `1 + MaximumRetryAttempts ${retries}`, windowSeconds: age } : {}),
  };
}

/** A pattern may be written as a mapping or as JSON text. */
export function patternOf(reading: Reading, value: Value): Readonly<Record<string, unknown>> {
  const plain = value.plain(reading.model.marks);
  if (isRecord(plain)) return plain;
  try {
    const parsed: unknown = JSON.parse(String(plain));
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Whether a pattern can match events of a bucket: by its name, or because it names none. */
function mentions(reading: Reading, pattern: Readonly<Record<string, unknown>>, bucket: Resource): boolean {
  const detail = isRecord(pattern.detail) ? pattern.detail : {};
  const names = isRecord(detail.bucket) ? textsOf(detail.bucket.name) : [];
  if (names.length === 0) return true;
  return names.some((name) =>
    reading.model
      .targetsOf(name)
      .some((target) =>
        target.kind === 'resource'
          ? target.resource === bucket
          : target.kind === 'unresolved' || bucket.get('BucketName').canBe(target.text),
      ),
  );
}
