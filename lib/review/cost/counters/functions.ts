import type { Resource } from '../../../topology';
import { gigabytes, SECONDS_A_MONTH, SECONDS_OF_A_DAYS_HOUR, shown } from '../amounts';
import type { Counter, Counting } from '../charge';
import type { NodeFlow } from '../flow';
import type { PriceKey } from '../price-list';
import type { Traffic } from '../traffic';
import { countPutsElsewhere } from './event-buses';
import { archivedBytes } from './logs';
import { shareOfMonth } from './parking-desks';

const DEFAULT_MEMORY_MEGABYTES = 128;
const FREE_STORAGE_MEGABYTES = 512;
/** What X-Ray samples unless it is told otherwise: the first request each second, and a twentieth of the others. */
const SAMPLED = { eachSecond: 1, share: 0.05 };

/** Lambda functions: requests, compute, init, provisioned concurrency, logs, traces. */
export const functions: Counter = {
  types: ['AWS::Lambda::Function'],
  count(resource, counting) {
    const flow = counting.flows.node(resource.id);
    const memory = numberOf(resource.get('MemorySize').number(DEFAULT_MEMORY_MEGABYTES), DEFAULT_MEMORY_MEGABYTES) / 1024;
    const arm = resource
      .get('Architectures')
      .items()
      .some((item) => item.canBe('arm64'));
    countRuns(resource, counting, flow, memory, arm);
    countLogs(resource, counting, flow);
    countTraces(resource, counting, flow);
    countPutsElsewhere(resource, counting);
    const metrics = counting.traffic.given('metrics', resource);
    if (metrics)
      counting.quantity(
        resource,
        'metrics and alarms',
        'AmazonCloudWatch/CW:MetricMonitorUsage',
        metrics * shareOfMonth(flow),
        () => `${metrics} metrics of its own`,
      );
  },
};

function countRuns(resource: Resource, counting: Counting, { runs, handling: { handled } }: NodeFlow, memory: number, arm: boolean) {
  const { traffic } = counting;
  const { milliseconds, cold } = runTimesOf(resource, traffic);
  const init = traffic.resource('initMilliseconds', resource, 300, '300 ms an init');
  const provisioned = provisionedConcurrency(resource, counting);
  const seconds = runs * (milliseconds / 1000);
  const because = () =>
    `${shown(runs)} runs${runs === handled ? '' : ` for ${shown(handled)} records`} x ${milliseconds} ms x ${shown(memory)} GB`;
  counting.quantity(resource, 'requests', 'AWSLambda/Request', runs, () => `${shown(runs)} runs`);
  if (provisioned > 0) {
    // What exceeds the provisioned environments is billed on demand; without durations at hand all runs are taken to fit.
    counting.quantity(resource, 'compute', processor('AWSLambda/Lambda-Provisioned-GB-Second', arm), seconds * memory, because);
    counting.quantity(
      resource,
      'provisioned',
      processor('AWSLambda/Lambda-Provisioned-Concurrency', arm),
      provisioned * memory * SECONDS_A_MONTH,
      () => `${provisioned} environments all month x ${shown(memory)} GB`,
    );
  } else {
    const inits = runs * cold * (init / 1000);
    counting.quantity(resource, 'compute', processor('AWSLambda/Lambda-GB-Second', arm), seconds * memory, because);
    counting.quantity(
      resource,
      'compute',
      processor('AWSLambda/Lambda-GB-Second', arm),
      inits * memory,
      () => `${shown(runs * cold)} inits x ${init} ms x ${shown(memory)} GB`,
    );
  }
  const storage = numberOf(resource.get('EphemeralStorage', 'Size').number(FREE_STORAGE_MEGABYTES), FREE_STORAGE_MEGABYTES);
  const extra = Math.max(0, storage - FREE_STORAGE_MEGABYTES) / 1024;
  if (extra > 0)
    counting.quantity(
      resource,
      'compute',
      'AWSLambda/Lambda-Storage-GB-Second',
      seconds * extra,
      () => `${shown(seconds)} s x ${shown(extra)} GB of /tmp above 512 MB`,
    );
  if (!resource.get('SnapStart').isAbsent && resource.get('SnapStart', 'ApplyOn').canBe('PublishedVersions'))
    counting.unpriced(resource, 'SnapStart: cache and restores depend on the runtime and on how often versions are published');
  if (!resource.get('DurableConfig').isAbsent)
    counting.unpriced(resource, 'durable execution: operations and stored state are not in a template');
}

/** Billed time of a run, and the share of the runs that begin with an init. */
export function runTimesOf(resource: Resource, traffic: Traffic): { readonly milliseconds: number; readonly cold: number } {
  return {
    milliseconds: traffic.resource('durationMilliseconds', resource, 100, '100 ms a run'),
    cold: traffic.resource('coldShare', resource, 0.01, 'one run of a hundred begins with an init'),
  };
}

/** The share of the sampled events of which X-Ray keeps a trace is counted where the trace begins. */
function countTraces(resource: Resource, counting: Counting, flow: NodeFlow) {
  if (!resource.get('TracingConfig', 'Mode').canBe('Active') || isTraced(resource.id, counting)) return;
  const sampled = (some: number, seconds: number) =>
    Math.min(some, SAMPLED.eachSecond * seconds) + Math.max(0, some - SAMPLED.eachSecond * seconds) * SAMPLED.share;
  const even = flow.hours.every((share) => share === flow.hours[0]);
  const traces = even
    ? sampled(flow.runs, SECONDS_A_MONTH)
    : flow.hours.reduce((sum, share) => sum + sampled(flow.runs * share, SECONDS_OF_A_DAYS_HOUR), 0);
  counting.quantity(
    resource,
    'traces',
    'AWSXRay/XRay-TracesStored',
    traces,
    () => `${shown(traces)} traces begin here: one a second and 5 % of the others`,
  );
}

/** Whether an event arrives here with a trace that began before. */
function isTraced(id: string, counting: Counting): boolean {
  const { graph, model } = counting.topology;
  const seen = new Set<string>([id]);
  const stack = [id];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const edge of graph.edgesTo.get(at) ?? []) {
      if (edge.role === 'failure' || seen.has(edge.from)) continue;
      seen.add(edge.from);
      const before = model.resources.get(edge.from);
      if (before?.type === 'AWS::Lambda::Function' && before.get('TracingConfig', 'Mode').canBe('Active')) return true;
      stack.push(edge.from);
    }
  }
  return false;
}

function countLogs(resource: Resource, counting: Counting, { runs }: NodeFlow) {
  const each = counting.traffic.resource('logBytes', resource, 1000, '1 KB of logs a run, the platform lines included');
  const bytes = runs * each;
  const group = counting.topology.model.single(resource.get('LoggingConfig', 'LogGroup'), 'AWS::Logs::LogGroup');
  const infrequent = group?.get('LogGroupClass').canBe('INFREQUENT_ACCESS') ?? false;
  counting.quantity(
    resource,
    'logs',
    infrequent ? 'AmazonCloudWatch/DataProcessingIA-Bytes' : 'AmazonCloudWatch/DataProcessing-Bytes',
    gigabytes(bytes),
    () => `${shown(runs)} runs x ${each} bytes`,
  );
  const stored = archivedBytes(bytes, group, counting);
  counting.quantity(resource, 'storage', 'AmazonCloudWatch/TimedStorage-ByteHrs', gigabytes(stored.bytes), stored.because);
}

/** Environments that are kept warm on aliases and versions of a function; for autoscaled ones the least that is kept. */
function provisionedConcurrency(resource: Resource, counting: Counting): number {
  const { model } = counting.topology;
  let sum = 0;
  for (const qualifier of model.ofType('AWS::Lambda::Alias', 'AWS::Lambda::Version')) {
    if (!model.targets(qualifier.get('FunctionName')).some((target) => target.kind === 'resource' && target.resource.id === resource.id))
      continue;
    const fixed = qualifier.get('ProvisionedConcurrencyConfig', 'ProvisionedConcurrentExecutions').number(0);
    sum += numberOf(fixed, 0);
    for (const target of model.ofType('AWS::ApplicationAutoScaling::ScalableTarget')) {
      const scaled = model.marks.resourcesIn(target.get('ResourceId').text() ?? '').some((mark) => mark.resource === qualifier.id);
      if (scaled) sum += Math.max(0, numberOf(target.get('MinCapacity').number(0), 0) - numberOf(fixed, 0));
    }
  }
  return sum;
}

function processor(key: PriceKey, arm: boolean): PriceKey {
  return arm ? `${key}-ARM` : key;
}

function numberOf(count: number | 'unlimited' | 'unknown', otherwise: number): number {
  return typeof count === 'number' ? count : otherwise;
}
