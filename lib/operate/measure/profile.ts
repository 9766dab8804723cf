import { HOURS_A_MONTH } from '../../review/cost/amounts';
import type { IngressTraffic, ResourceTraffic, TrafficProfile } from '../../review/cost/traffic';
import type { Resource, Topology } from '../../topology';
import type { MetricRequest, Metrics, Span } from './metrics';

/** Physical ids by logical id, as CloudFormation tells them. */
export type PhysicalIds = ReadonlyMap<string, string>;

export interface MeasuredProfile {
  readonly profile: TrafficProfile;
  /** What CloudWatch had no figures for, by logical id. */
  readonly withoutFigures: readonly string[];
}

/** Fewer runs than this say nothing about a mean. */
const LEAST_RUNS = 1;

/**
 * Measures what a deployed stack did, as a profile for the cost model: events, runs, durations, batch sizes, retries, parked events, written units, log bytes.
 *
 * Inits, payload sizes of what never was in a queue, and what one event means to a table with several writers are in no metric: they stay assumptions.
 */
export async function measureProfile(
  stack: string,
  topology: Topology,
  ids: PhysicalIds,
  metrics: Metrics,
  span: Span,
): Promise<MeasuredProfile> {
  const wanted = [...topology.model.resources.values()].flatMap((resource) => {
    const id = ids.get(resource.ref.logicalId);
    return id === undefined ? [] : requestsOf(resource, id, ids, topology).map((request) => ({ resource, request }));
  });
  const values = await metrics(
    wanted.map(({ request }) => request),
    span,
  );
  const figures = new Figures(wanted.map(({ resource, request }, index) => [resource.ref.logicalId, request.name, values[index]]));
  const hours = (span.to.getTime() - span.from.getTime()) / 3_600_000;
  const ingress: Record<string, IngressTraffic> = {};
  const resources: Record<string, ResourceTraffic> = {};
  const hops: Record<string, number> = {};
  for (const node of topology.graph.nodes.values()) {
    const resource = node.resource && topology.model.resources.get(`${node.resource.stack}/${node.resource.logicalId}`);
    if (!resource || !ids.has(resource.ref.logicalId)) continue;
    const name = resource.ref.logicalId;
    const reviewedSenders = topology.graph.edgesTo.get(node.id) ?? [];
    if (!node.outsideFlow && (node.ingress || reviewedSenders.length === 0)) {
      const events = figures.of(name, ENTERED[resource.type] ?? '');
      if (events !== undefined)
        ingress[name] = { eventsPerMonth: (events / hours) * HOURS_A_MONTH, ...sizeBehind(topology, node.id, figures) };
    }
    if (resource.type === 'AWS::Lambda::Function') resources[name] = functionTraffic(topology, node.id, name, figures);
    for (const [hop, times] of writesOf(topology, node.id, resource, figures)) hops[hop] = times;
  }
  return {
    profile: {
      version: 1,
      measured: { stack, from: span.from.toISOString(), to: span.to.toISOString() },
      ingress,
      resources: Object.fromEntries(Object.entries(resources).filter(([, traffic]) => Object.keys(traffic).length > 0)),
      hops,
    },
    withoutFigures: [...new Set(wanted.map(({ resource }) => resource.ref.logicalId))].filter((name) => !figures.has(name)).sort(),
  };
}

/** The metric that counts what enters. */
const ENTERED: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'Count',
  'AWS::ApiGateway::RestApi': 'Count',
  'AWS::Lambda::Function': 'Invocations',
  'AWS::SQS::Queue': 'NumberOfMessagesSent',
  'AWS::SNS::Topic': 'NumberOfMessagesPublished',
};

function requestsOf(resource: Resource, id: string, ids: PhysicalIds, topology: Topology): MetricRequest[] {
  const of = (namespace: string, dimension: string, value: string, ...names: ReadonlyArray<readonly [string, 'Sum' | 'Average']>) =>
    names.map(([name, statistic]): MetricRequest => ({ namespace, name, statistic, dimensions: { [dimension]: value } }));
  switch (resource.type) {
    case 'AWS::Lambda::Function': {
      const group = topology.model.single(resource.get('LoggingConfig', 'LogGroup'), 'AWS::Logs::LogGroup');
      const logs = (group && ids.get(group.ref.logicalId)) ?? `/aws/lambda/${id}`;
      return [
        ...of('AWS/Lambda', 'FunctionName', id, ['Invocations', 'Sum'], ['Duration', 'Sum']),
        ...of('AWS/Logs', 'LogGroupName', logs, ['IncomingBytes', 'Sum']),
      ];
    }
    case 'AWS::SQS::Queue':
      // The physical id is the URL.
      return of(
        'AWS/SQS',
        'QueueName',
        id.split('/').at(-1)!,
        ['NumberOfMessagesSent', 'Sum'],
        ['NumberOfMessagesReceived', 'Sum'],
        ['NumberOfMessagesDeleted', 'Sum'],
        ['SentMessageSize', 'Average'],
      );
    case 'AWS::SNS::Topic':
      return of('AWS/SNS', 'TopicName', id.split(':').at(-1)!, ['NumberOfMessagesPublished', 'Sum']);
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return of('AWS/DynamoDB', 'TableName', id, ['ConsumedWriteCapacityUnits', 'Sum']);
    case 'AWS::ApiGatewayV2::Api':
      return of('AWS/ApiGateway', 'ApiId', id, ['Count', 'Sum']);
    case 'AWS::ApiGateway::RestApi':
      return of('AWS/ApiGateway', 'ApiName', resource.get('Name').text() ?? id, ['Count', 'Sum']);
    default:
      return [];
  }
}

class Figures {
  private readonly values = new Map<string, number>();
  private readonly names = new Set<string>();

  constructor(entries: ReadonlyArray<readonly [string, string, number | undefined]>) {
    for (const [name, metric, value] of entries) {
      if (value === undefined) continue;
      this.values.set(`${name} ${metric}`, value);
      this.names.add(name);
    }
  }

  public of(name: string, metric: string): number | undefined {
    return this.values.get(`${name} ${metric}`);
  }

  public has(name: string): boolean {
    return this.names.has(name);
  }
}

function functionTraffic(topology: Topology, id: string, name: string, figures: Figures): ResourceTraffic {
  const runs = figures.of(name, 'Invocations') ?? 0;
  if (runs < LEAST_RUNS) return {};
  const duration = figures.of(name, 'Duration');
  const logs = figures.of(name, 'IncomingBytes');
  return {
    ...(duration === undefined ? {} : { durationMilliseconds: round(duration / runs) }),
    ...(logs === undefined ? {} : { logBytes: round(logs / runs) }),
    ...queueTraffic(topology, id, runs, figures),
  };
}

/** What the queue in front of a function tells of it. */
function queueTraffic(topology: Topology, id: string, runs: number, figures: Figures): ResourceTraffic {
  const sources = (topology.graph.edgesTo.get(id) ?? []).filter((edge) => edge.kind === 'sqs-lambda');
  const [source] = sources;
  if (!source || sources.length > 1) return {};
  const label = topology.graph.nodes.get(source.from)!.label;
  const received = figures.of(label, 'NumberOfMessagesReceived');
  const sent = figures.of(label, 'NumberOfMessagesSent');
  if (received === undefined || sent === undefined || sent === 0) return {};
  const parkingLot = source.deadLetter === undefined ? undefined : topology.graph.nodes.get(source.deadLetter)?.label;
  const parked = (parkingLot === undefined ? undefined : figures.of(parkingLot, 'NumberOfMessagesSent')) ?? 0;
  const allowed = typeof source.handlerRuns === 'number' ? source.handlerRuns : 1;
  const done = Math.max(0, sent - parked);
  // What was received more often than sent, beyond the runs of those that were parked, are retries of the others.
  const retries = done === 0 ? 0 : Math.min(1, Math.max(0, received - sent - parked * (allowed - 1)) / done);
  return { recordsPerRun: Math.max(1, round(received / runs)), failures: round(Math.min(1, parked / sent)), retries: round(retries) };
}

function sizeBehind(topology: Topology, id: string, figures: Figures): IngressTraffic {
  const seen = new Set([id]);
  const waiting = [id];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    const node = topology.graph.nodes.get(at)!;
    const bytes = node.kind === 'queue' ? figures.of(node.label, 'SentMessageSize') : undefined;
    if (bytes !== undefined) return { payloadBytes: round(bytes) };
    for (const edge of topology.graph.edgesFrom.get(at) ?? []) {
      if (edge.role === 'failure' || seen.has(edge.to)) continue;
      seen.add(edge.to);
      waiting.push(edge.to);
    }
  }
  return {};
}

/** Written items for each event, for a table with one writer that takes its events from a queue. */
function writesOf(topology: Topology, id: string, table: Resource, figures: Figures): Array<readonly [string, number]> {
  if (!table.type.startsWith('AWS::DynamoDB::')) return [];
  const units = figures.of(table.ref.logicalId, 'ConsumedWriteCapacityUnits');
  const writers = (topology.graph.edgesTo.get(id) ?? []).filter((edge) => edge.role === 'write');
  const [writer] = writers;
  if (units === undefined || !writer || writers.length > 1) return [];
  const node = topology.graph.nodes.get(writer.from)!;
  const source = (topology.graph.edgesTo.get(writer.from) ?? []).find((edge) => edge.kind === 'sqs-lambda');
  const events = source
    ? figures.of(topology.graph.nodes.get(source.from)!.label, 'NumberOfMessagesReceived')
    : figures.of(node.label, 'Invocations');
  if (!events) return [];
  return [[`${node.label} -> ${table.ref.logicalId}`, round(units / (node.idempotent ? 2 : 1) / events)]];
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
