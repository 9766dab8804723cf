import type { Count } from '../graph';
import { LAMBDA } from '../limits';
import type { Resource } from '../model';
import { FUNCTION, type FunctionTarget, product, type Reading, sum } from '../reading';
import type { Value } from '../value';

const IDEMPOTENT = 'cdk-breakwater:idempotent';
const QUALIFIERS = new Set(['AWS::Lambda::Alias', 'AWS::Lambda::Version']);

/** Functions as nodes: timeout, durability, and whether their effects may be repeated. */
export function readFunctions(reading: Reading): void {
  for (const resource of reading.model.ofType('AWS::Lambda::Function')) {
    reading.builder.describe(resource.id, {
      timeoutSeconds: resource.get('Timeout').number(LAMBDA.timeoutSeconds),
      idempotent: resource.metadata(IDEMPOTENT) === true,
      durable: !resource.get('DurableConfig').isAbsent,
    });
  }
}

/** Configured queues of functions, used or not: somebody outside may invoke the function asynchronously. */
export function readConfiguredInvocations(reading: Reading): void {
  const used = new Set([...reading.asynchronous.values()].map((target) => target.function));
  for (const resource of reading.model.ofType('AWS::Lambda::Function')) {
    if (resource.get('DeadLetterConfig').isAbsent) continue;
    const target: FunctionTarget = { function: resource };
    const invoked = used.has(resource);
    if (!invoked) reading.asynchronousByChoice.set(keyOf(target), reading.asynchronousQueue(target));
  }
  for (const { target } of configurations(reading)) reading.asynchronousByChoice.set(keyOf(target), reading.asynchronousQueue(target));
}

/** From the internal queues to the functions, and from there to destinations. Called after all other readers, when it is known which queues are used. */
export function readAsynchronousInvocations(reading: Reading): void {
  const configs = new Map<string, Resource>();
  for (const { config, target } of configurations(reading)) configs.set(keyOf(target), config);
  for (const [queue, target] of reading.asynchronous) addInvocation(reading, queue, target, configs.get(keyOf(target)));
}

function addInvocation(reading: Reading, queue: string, target: FunctionTarget, config: Resource | undefined) {
  const { builder } = reading;
  const { function: handler } = target;
  const durable = !handler.get('DurableConfig').isAbsent;
  const retries = config ? config.get('MaximumRetryAttempts').number(LAMBDA.asynchronousRetries) : LAMBDA.asynchronousRetries;
  const age = config ? config.get('MaximumEventAgeInSeconds').number(LAMBDA.asynchronousAgeSeconds) : LAMBDA.asynchronousAgeSeconds;
  const runs = sum(1, retries);
  const timeout = durable
    ? handler.get('DurableConfig', 'ExecutionTimeout').number('unknown')
    : handler.get('Timeout').number(LAMBDA.timeoutSeconds);
  // A durable function ignores destinations, its dead-letter queue works.
  const parked = [
    ...(config && !durable ? failTo(reading, queue, config, config.get('DestinationConfig', 'OnFailure', 'Destination'), 'OnFailure') : []),
    ...failTo(reading, queue, handler, handler.get('DeadLetterConfig', 'TargetArn'), 'DeadLetterConfig'),
  ];
  const sure = parked.find((one) => one.sure);
  builder.edge({
    from: queue,
    to: builder.node(handler),
    kind: durable ? 'durable-function' : 'lambda-async',
    role: 'delivery',
    via: config ? [config.ref] : [],
    handOverAttempts: attemptsWithin(age),
    handlerRuns: runs,
    runsBecause: `1 + MaximumRetryAttempts ${retries}`,
    windowSeconds: sum(product(runs, timeout), ...LAMBDA.asynchronousWaits.slice(0, typeof retries === 'number' ? retries : 2)),
    handOverSeconds: age,
    exhausted: sure ? 'dlq' : 'drop',
    ...(sure ? { deadLetter: sure.node } : {}),
    sizeLimitBytes: LAMBDA.asynchronousBytes,
    jitter: false,
  });
  const success = config && !durable ? config.get('DestinationConfig', 'OnSuccess', 'Destination') : undefined;
  if (!config || !success || success.isAbsent) return;
  for (const to of reading.places(config, success, 'OnSuccess', 'asynchronous')) {
    const sizeLimitBytes = reading.accepts(to, 'asynchronous');
    builder.edge({ from: builder.node(handler), to, kind: 'lambda-destination', role: 'result', via: [config.ref], sizeLimitBytes });
  }
}

/** In a branch of a condition without a destination the event is dropped, so a destination is only sure when every branch has one. */
function failTo(reading: Reading, queue: string, from: Resource, destination: Value, property: string) {
  if (destination.isAbsent) return [];
  return reading.places(from, destination, property, 'asynchronous').map((to) => ({
    node: reading.builder.fail(queue, to, from, 'lambda-destination', reading.accepts(to, 'asynchronous')),
    sure: !destination.mayBeAbsent,
  }));
}

/** One second, doubled up to five minutes, until the event is too old. */
function attemptsWithin(age: Count): Count {
  if (typeof age !== 'number') return age;
  let attempts = 1;
  for (let waited = 0, wait = 1; waited + wait <= age; wait = Math.min(wait * 2, 300)) {
    waited += wait;
    attempts += 1;
  }
  return attempts;
}

/** Configurations of asynchronous invocations with the function, alias or version each is for. */
function configurations(reading: Reading): Array<{ readonly config: Resource; readonly target: FunctionTarget }> {
  const { model } = reading;
  const aliases = new Map<string, Resource>();
  for (const alias of model.ofType('AWS::Lambda::Alias')) {
    const behind = reading.functionBehind(alias);
    if (behind) for (const name of alias.get('Name').texts()) aliases.set(`${behind.function.id} ${name}`, alias);
  }
  return model.ofType('AWS::Lambda::EventInvokeConfig').flatMap((config) =>
    model.targets(config.get('FunctionName'), FUNCTION).flatMap((target) => {
      const behind = target.kind === 'resource' ? reading.functionBehind(target.resource) : undefined;
      if (!behind) return [];
      const qualifiers = config
        .get('Qualifier')
        .texts()
        .flatMap((text) => [
          ...model.targetsOf(text).flatMap((one) => (one.kind === 'resource' && QUALIFIERS.has(one.resource.type) ? [one.resource] : [])),
          ...[aliases.get(`${behind.function.id} ${text}`) ?? []].flat(),
        ]);
      return [{ config, target: qualifiers[0] ? { function: behind.function, qualifier: qualifiers[0] } : { function: behind.function } }];
    }),
  );
}

function keyOf(target: FunctionTarget): string {
  return `${target.function.id} ${target.qualifier?.id ?? ''}`;
}
