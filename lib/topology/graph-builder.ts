import type { Count, Edge, EdgeKind, Node, NodeKind, ResourceRef, Unknown } from './graph';
import type { Model, Resource, Target } from './model';
import type { Value } from './value';

const KIND_OF_TYPE: Readonly<Record<string, NodeKind>> = {
  'AWS::ApiGateway::RestApi': 'api',
  'AWS::ApiGatewayV2::Api': 'api',
  'AWS::AppSync::GraphQLApi': 'api',
  'AWS::Lambda::Url': 'function-url',
  'AWS::Lambda::Function': 'function',
  'AWS::SQS::Queue': 'queue',
  'AWS::SNS::Topic': 'topic',
  'AWS::Events::EventBus': 'bus',
  'AWS::EventsV2::EventBus': 'bus',
  'AWS::Events::Rule': 'rule',
  'AWS::Scheduler::Schedule': 'schedule',
  'AWS::Pipes::Pipe': 'pipe',
  'AWS::Kinesis::Stream': 'stream',
  'AWS::DynamoDB::Table': 'table',
  'AWS::DynamoDB::GlobalTable': 'table',
  'AWS::S3::Bucket': 'bucket',
  'AWS::S3Express::DirectoryBucket': 'bucket',
  'AWS::StepFunctions::StateMachine': 'state-machine',
  'AWS::KinesisFirehose::DeliveryStream': 'delivery-stream',
  'AWS::MSK::Cluster': 'cluster',
  'AWS::MSK::ServerlessCluster': 'cluster',
  'AWS::AmazonMQ::Broker': 'cluster',
  'AWS::CloudWatch::Alarm': 'alarm',
  'AWS::CloudWatch::CompositeAlarm': 'alarm',
  'AWS::RDS::DBCluster': 'store',
  'AWS::RDS::DBInstance': 'store',
  'AWS::RDS::DBProxy': 'store',
  'AWS::DocDB::DBCluster': 'store',
  'AWS::Neptune::DBCluster': 'store',
  'AWS::OpenSearchService::Domain': 'store',
  'AWS::OpenSearchServerless::Collection': 'store',
  'AWS::Elasticsearch::Domain': 'store',
  'AWS::Redshift::Cluster': 'store',
  'AWS::RedshiftServerless::Workgroup': 'store',
  'AWS::Timestream::Table': 'store',
  'AWS::Logs::LogGroup': 'store',
  'AWS::S3Tables::TableBucket': 'store',
  'AWS::SSM::Parameter': 'store',
  'AWS::Events::ApiDestination': 'endpoint',
  'AWS::ECS::Cluster': 'endpoint',
  'AWS::ECS::TaskDefinition': 'endpoint',
  'AWS::Batch::JobQueue': 'endpoint',
  'AWS::CodeBuild::Project': 'endpoint',
  'AWS::StepFunctions::Activity': 'endpoint',
  'AWS::SES::EmailIdentity': 'endpoint',
};

const KIND_OF_SERVICE: Readonly<Record<string, NodeKind>> = {
  sqs: 'queue',
  sns: 'topic',
  lambda: 'function',
  dynamodb: 'table',
  kinesis: 'stream',
  s3: 'bucket',
  states: 'state-machine',
  firehose: 'delivery-stream',
  kafka: 'cluster',
  logs: 'store',
};

type EdgeStart = Pick<Edge, 'from' | 'to' | 'kind' | 'role'> & Partial<Edge>;
type NodeDetails = Partial<Pick<Node, 'idempotent' | 'fifo' | 'timeoutSeconds' | 'durable' | 'keepsFailures' | 'outsideFlow'>>;
type MutableNode = { -readonly [K in keyof Node]: Node[K] };

/** Collects nodes and edges while templates are read. Says nothing about delivery: that is the readers' part. */
export class GraphBuilder {
  public readonly nodes = new Map<string, MutableNode>();
  public readonly edges: Edge[] = [];
  public readonly unknowns: Unknown[] = [];
  private readonly details = new Map<string, NodeDetails>();
  private readonly knownUnknowns = new Set<string>();
  private readonly edgeIds = new Map<string, number>();

  public constructor(public readonly model: Model) {}

  /** Node of a resource. Aliases and versions are to be followed to their function before. */
  public node(resource: Resource): string {
    const existing = this.nodes.get(resource.id);
    if (!existing) this.add(resource.id, KIND_OF_TYPE[resource.type] ?? 'unknown', resource.ref.logicalId, resource.ref);
    return resource.id;
  }

  /** A node that shares its resource with another, for example the asynchronous queue of a function. */
  public part(resource: Resource, suffix: string, kind: NodeKind): string {
    const id = `${resource.id}#${suffix}`;
    if (!this.nodes.has(id)) this.add(id, kind, resource.ref.logicalId, resource.ref);
    return id;
  }

  /** A node for something known that is in no reviewed template. */
  public outside(label: string, kind: NodeKind): string {
    const shown = `(${label})`;
    const id = `outside ${shown}`;
    if (!this.nodes.has(id)) this.add(id, kind, shown, undefined);
    return id;
  }

  /** Node of whatever a property leads to. What can't be resolved gets a node too, and is noted. */
  public targetNode(target: Target, from: Resource, property: string): string {
    if (target.kind === 'resource') return this.node(target.resource);
    if (target.kind === 'outside') return this.outside(target.text, kindOfText(target.text));
    this.unknown(from, property, target.reason);
    return this.outside(`unresolved: ${target.reason}`, 'unknown');
  }

  public targets(from: Resource, value: Value, property: string, types: readonly string[] = []): Target[] {
    const targets = this.model.targets(value, types);
    if (targets.length > 0) return targets;
    return [{ kind: 'unresolved', reason: `${property} of ${from.ref.logicalId} is empty` }];
  }

  public describe(nodeId: string, details: NodeDetails): void {
    this.details.set(nodeId, { ...this.details.get(nodeId), ...details });
    const node = this.nodes.get(nodeId);
    if (node) Object.assign(node, details);
  }

  public unknown(resource: Resource, property: string, reason: string): void {
    const key = `${resource.id} ${property} ${reason}`;
    if (this.knownUnknowns.has(key)) return;
    this.knownUnknowns.add(key);
    this.unknowns.push({ resource: resource.ref, property, reason });
  }

  /** Adds an edge; what is not given is what a single synchronous hand-over without retries has. */
  public edge(start: EdgeStart): Edge {
    const base = edgeBase(start);
    const count = (this.edgeIds.get(base) ?? 0) + 1;
    this.edgeIds.set(base, count);
    const edge: Edge = {
      id: count === 1 ? base : `${base} ${count}`,
      via: [],
      synchronous: false,
      delivery: 'at-least-once',
      handOverAttempts: 1,
      handlerRuns: 1,
      runsBecause: '',
      windowSeconds: 0,
      handOverSeconds: 0,
      exhausted: 'unknown',
      order: 'none',
      sizeLimitBytes: 'unlimited',
      ...start,
      ...knownCounts(start),
    };
    this.edges.push(edge);
    if (edge.deadLetter !== undefined) this.nodes.get(edge.deadLetter)!.deadLetter = true;
    return edge;
  }

  /** Where events go that an edge gives up: a node for it and the edge that leads there. */
  public failureEdge(from: string, target: Target, resource: Resource, property: string, kind: EdgeKind = 'dead-letter'): string {
    const to = this.targetNode(target, resource, property);
    return this.fail(from, to, resource, kind);
  }

  /** An edge to a node in which failed events are parked; one for each pair of nodes. */
  public fail(
    from: string,
    to: string,
    resource: Resource,
    kind: EdgeKind = 'dead-letter',
    sizeLimitBytes: Edge['sizeLimitBytes'] = 'unlimited',
  ): string {
    const edge = { from, to, kind, role: 'failure', via: [resource.ref], sizeLimitBytes } as const;
    if (!this.edgeIds.has(edgeBase(edge))) this.edge(edge);
    this.nodes.get(to)!.deadLetter = true;
    return to;
  }

  private add(id: string, kind: NodeKind, label: string, resource: ResourceRef | undefined) {
    this.nodes.set(id, {
      id,
      kind,
      label,
      ...(resource ? { resource } : {}),
      ingress: false,
      outsideFlow: false,
      deadLetter: false,
      idempotent: false,
      durable: false,
      keepsFailures: false,
      acceptsBytes: 'unlimited',
      fifo: false,
      ...this.details.get(id),
    });
  }
}

/** No service takes a number below zero; what it would do instead is not known. */
function knownCounts(start: EdgeStart): Partial<Edge> {
  return Object.fromEntries(
    (['handOverAttempts', 'handlerRuns', 'windowSeconds', 'handOverSeconds'] as const).flatMap((name): Array<[string, Count]> => {
      const count = start[name];
      return typeof count === 'number' && count < 0 ? [[name, 'unknown']] : [];
    }),
  );
}

/** What the ids of all hand-overs of a kind between two nodes begin with. */
export function edgeBase(edge: Pick<Edge, 'from' | 'to' | 'kind' | 'role'>): string {
  return `${edge.from} -> ${edge.to} ${edge.kind} ${edge.role}`;
}

function kindOfText(text: string): NodeKind {
  const service = /^arn:[^:]*:([^:]*):/.exec(text)?.[1];
  if (service !== undefined) {
    if (service === 'events') return text.includes(':event-bus/') ? 'bus' : 'endpoint';
    return KIND_OF_SERVICE[service] ?? 'unknown';
  }
  if (/^https:\/\/sqs\./.test(text)) return 'queue';
  return /^https?:\/\//.test(text) ? 'endpoint' : 'unknown';
}
