import type { Edge, Graph, Node, ParkingDesk, ResourceRef } from './graph';
import { edgeBase, GraphBuilder } from './graph-builder';
import type { Model, Resource } from './model';
import { Permissions } from './permissions';
import { readAlarms } from './readers/alarms';
import { readApis, readFunctionUrls, readGraphApis } from './readers/apis';
import { readBuckets } from './readers/buckets';
import { readDeliveryStreams } from './readers/delivery-streams';
import { readEventSources } from './readers/event-sources';
import { readAsynchronousInvocations, readConfiguredInvocations, readFunctions } from './readers/functions';
import { readHelpers, readInvokers, spreadOutsideFlow } from './readers/invokers';
import { readParkingDesks } from './readers/parking-desks';
import { readPipes } from './readers/pipes';
import { readQueues } from './readers/queues';
import { readRules } from './readers/rules';
import { readSchedules } from './readers/schedules';
import { readStateMachines } from './readers/state-machines';
import { readSubscribers } from './readers/subscribers';
import { readTopics } from './readers/topics';
import { readWrites } from './readers/writes';
import { Reading } from './reading';

/** Types that aren't followed and could move events all the same: shown as unknown, so that nobody takes silence for safety. */
const NOT_FOLLOWED = /^(?:AWS::Serverless::|AWS::IoT::TopicRule$|AWS::AppFlow::Flow$|AWS::DMS::|Fn::ForEach$|Fn::Transform$)/;

/** Reads every hand-over of the reviewed stacks. */
export function readGraph(model: Model): Graph {
  const reading = new Reading(model, new GraphBuilder(model));
  const permissions = new Permissions(model);
  readFunctions(reading);
  readHelpers(reading);
  readQueues(reading);
  readApis(reading, permissions);
  readFunctionUrls(reading);
  readGraphApis(reading);
  readEventSources(reading);
  readTopics(reading);
  readBuckets(reading);
  readRules(reading);
  readSubscribers(reading);
  readSchedules(reading);
  readPipes(reading);
  readStateMachines(reading);
  readDeliveryStreams(reading);
  const alarms = readAlarms(reading);
  readInvokers(reading);
  readConfiguredInvocations(reading);
  // From here on it is known which internal queues of functions are used.
  readAsynchronousInvocations(reading);
  const desks = readParkingDesks(reading);
  readWrites(reading, permissions);
  readLonely(reading);
  spreadOutsideFlow(reading, permissions);
  for (const [id, node] of reading.builder.nodes) node.acceptsBytes = reading.accepts(id, 'asynchronous');
  return finish(reading, alarms, desks);
}

const ALWAYS = [
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGatewayV2::Api',
  'AWS::Lambda::Function',
  'AWS::Events::EventBus',
  'AWS::EventsV2::EventBus',
  'AWS::Kinesis::Stream',
];

/** Nodes for what nothing leads to or from, and notes about what can't be followed at all. */
function readLonely(reading: Reading) {
  for (const resource of reading.model.ofType(...ALWAYS)) reading.builder.node(resource);
  for (const resource of reading.model.resources.values()) {
    if (NOT_FOLLOWED.test(resource.type))
      reading.builder.unknown(
        resource,
        'Type',
        `${resource.type} is not followed${resource.type.startsWith('AWS::Serverless::') ? ': review the template after its transform, as cdk synth or sam build write it' : ''}`,
      );
    if (resource.type === 'AWS::CloudFormation::Stack' && !resource.source.nested.has(resource.ref.logicalId)) {
      reading.builder.unknown(resource, 'TemplateURL', 'the template of this nested stack is not here');
    }
  }
}

function finish(reading: Reading, alarms: Graph['alarms'], desks: readonly ParkingDesk[]): Graph {
  const { builder } = reading;
  const nodes = new Map<string, Node>([...builder.nodes].sort(([a], [b]) => compare(a, b)));
  const edges = inStableOrder(builder.edges);
  const edgesFrom = group(edges, (edge) => edge.from);
  const edgesTo = group(edges, (edge) => edge.to);
  markIngress(builder, nodes, edgesFrom, edgesTo);
  noteOpenEnds(reading, edgesFrom);
  noteUnread(reading, desks);
  return {
    nodes,
    edges,
    edgesFrom,
    edgesTo,
    alarms: [...alarms].sort((a, b) =>
      compare(`${a.resource.stack}/${a.resource.logicalId}`, `${b.resource.stack}/${b.resource.logicalId}`),
    ),
    desks: new Map([...desks].sort((a, b) => compare(a.lot, b.lot)).map((desk) => [desk.lot, desk])),
    unknowns: [...builder.unknowns].sort((a, b) => compare(keyOf(a), keyOf(b))),
  };
}

const ENTRANCES: ReadonlySet<string> = new Set(['api', 'function-url', 'schedule']);

/**
 * Where events enter: APIs and schedules, and whatever nothing reviewed writes to. A loop that nothing leads into is entered at its first node, so that it is
 * not left out.
 */
function markIngress(builder: GraphBuilder, nodes: ReadonlyMap<string, Node>, edgesFrom: Graph['edgesFrom'], edgesTo: Graph['edgesTo']) {
  const reached = new Set<string>();
  const enter = (id: string) => {
    builder.nodes.get(id)!.ingress = true;
    const stack = [id];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      for (const edge of edgesFrom.get(next) ?? []) stack.push(edge.to);
    }
  };
  const inFlow = [...nodes.values()].filter((node) => !node.outsideFlow);
  const isFed = (node: Node) => (edgesTo.get(node.id) ?? []).some((edge) => edge.from !== node.id);
  for (const node of inFlow) if ((ENTRANCES.has(node.kind) || !isFed(node)) && leadsOn(node, edgesFrom)) enter(node.id);
  const unreached = inFlow.filter((node) => !reached.has(node.id) && leadsOn(node, edgesFrom));
  // Queues that park their failures in each other are entered where somebody takes events out.
  const handsOn = (node: Node) => (edgesFrom.get(node.id) ?? []).some((edge) => edge.role !== 'failure');
  for (const nodes of [unreached.filter(handsOn), unreached])
    for (const id of sourcesFirst(nodes, edgesFrom)) if (!reached.has(id)) enter(id);
}

/** Several hand-overs of a kind between the same two nodes are numbered by what they say, not by their place in the template. */
function inStableOrder(edges: readonly Edge[]): Edge[] {
  const contents = new Map<Edge, string>();
  const contentsOf = (edge: Edge) => {
    const known = contents.get(edge) ?? JSON.stringify({ ...edge, id: '' });
    contents.set(edge, known);
    return known;
  };
  const numbered = new Map<string, number>();
  return edges
    .map((edge) => ({ edge, base: edgeBase(edge) }))
    .sort((a, b) => compare(a.base, b.base) || compare(contentsOf(a.edge), contentsOf(b.edge)))
    .map(({ edge, base }) => {
      const number = (numbered.get(base) ?? 0) + 1;
      numbered.set(base, number);
      return { ...edge, id: number === 1 ? base : `${base} ${number}` };
    });
}

/** Resources that are there to hand something over. */
const HAND_OVERS = [
  'AWS::ApiGateway::Method',
  'AWS::ApiGatewayV2::Integration',
  'AWS::AppSync::DataSource',
  'AWS::Events::Rule',
  'AWS::EventsV2::Subscriber',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Url',
  'AWS::Pipes::Pipe',
  'AWS::SNS::Subscription',
  'AWS::Scheduler::Schedule',
  'Custom::S3BucketNotifications',
];

/** Answers of their own: no event passes. */
function isMock(resource: Resource): boolean {
  const types = [resource.get('Integration', 'Type'), resource.get('IntegrationType'), resource.get('Type')];
  return types.some((type) => type.canBe('MOCK') || type.canBe('NONE'));
}

/** A hand-over that could not be read is said, not left out. */
function noteUnread({ model, builder }: Reading, desks: readonly ParkingDesk[]) {
  const read = new Set([
    ...builder.edges.flatMap((edge) => edge.via.map(idOf)),
    ...builder.unknowns.map((unknown) => idOf(unknown.resource)),
    ...desks.map((desk) => idOf(desk.via)),
  ]);
  for (const resource of model.ofType(...HAND_OVERS)) {
    if (read.has(resource.id) || isMock(resource)) continue;
    builder.unknown(resource, 'Properties', `what this ${resource.type} hands over, and to whom, could not be read`);
  }
}

function idOf(ref: ResourceRef): string {
  return `${ref.stack}/${ref.logicalId}`;
}

const HANDS_ON: ReadonlySet<string> = new Set(['queue', 'topic', 'bus', 'rule', 'stream', 'cluster']);

/** Where events come from or go on in a way that no reviewed template tells: said, since silence would look like safety. */
function noteOpenEnds(reading: Reading, edgesFrom: Graph['edgesFrom']) {
  for (const node of reading.builder.nodes.values()) {
    const resource = node.resource ? reading.model.resources.get(node.id) : undefined;
    if (!resource || node.outsideFlow || node.deadLetter) continue;
    const leaves = (edgesFrom.get(node.id) ?? []).some((edge) => edge.role !== 'failure');
    if (node.kind === 'function' && node.ingress)
      reading.builder.unknown(
        resource,
        'invocation',
        'nothing in the reviewed templates invokes it: who retries, and what a failure loses, is open',
      );
    if (HANDS_ON.has(node.kind) && !leaves)
      reading.builder.unknown(
        resource,
        'consumers',
        'nothing in the reviewed templates takes events out of it: what becomes of them is open',
      );
  }
}

/** Nodes in an order in which every loop stands before what it leads to: the reverse of the order in which a depth-first walk leaves them. */
function sourcesFirst(nodes: readonly Node[], edgesFrom: Graph['edgesFrom']): string[] {
  const left: string[] = [];
  const seen = new Set<string>();
  const among = new Set(nodes.map((node) => node.id));
  for (const { id } of nodes) {
    const stack: Array<{ readonly id: string; readonly leaving: boolean }> = [{ id, leaving: false }];
    for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
      if (step.leaving) left.push(step.id);
      else if (!seen.has(step.id) && among.has(step.id)) {
        seen.add(step.id);
        stack.push({ id: step.id, leaving: true });
        for (const edge of edgesFrom.get(step.id) ?? []) stack.push({ id: edge.to, leaving: false });
      }
    }
  }
  return left.reverse();
}

function leadsOn(node: Node, edgesFrom: Graph['edgesFrom']): boolean {
  return node.kind === 'function' || (edgesFrom.get(node.id) ?? []).length > 0;
}

function group(edges: readonly Edge[], key: (edge: Edge) => string): ReadonlyMap<string, readonly Edge[]> {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) {
    const group = groups.get(key(edge));
    if (group) group.push(edge);
    else groups.set(key(edge), [edge]);
  }
  return groups;
}

function keyOf(unknown: Graph['unknowns'][number]) {
  return `${unknown.resource.stack}/${unknown.resource.logicalId} ${unknown.property} ${unknown.reason}`;
}

/** Code units, not the locale: the order is the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
