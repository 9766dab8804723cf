import type { Resource } from '../model';
import type { Permissions } from '../permissions';
import { FUNCTION, isOfDesk, type Reading } from '../reading';
import { writtenBy } from './writes';

/** Services that leave an event with Lambda; all others wait for the answer. */
const ASYNCHRONOUS = /^(?:s3|sns|events|scheduler|logs|ses|config|iot|codecommit|cloudformation|codepipeline|lambda\.alarms|cloudwatch)\b/;

/** Functions that only run while stacks are deployed, or that decide about requests and carry none. */
export function readHelpers(reading: Reading): void {
  const { model, builder } = reading;
  const mark = (resource: Resource, property: string) => {
    for (const target of model.targets(resource.get(property))) {
      const behind = target.kind === 'resource' ? reading.functionBehind(target.resource) : undefined;
      if (behind) builder.describe(behind.function.id, { outsideFlow: true });
    }
  };
  for (const resource of model.resources.values()) {
    if (resource.type.startsWith('Custom::') || resource.type === 'AWS::CloudFormation::CustomResource') mark(resource, 'ServiceToken');
  }
  for (const authorizer of model.ofType('AWS::ApiGateway::Authorizer', 'AWS::ApiGatewayV2::Authorizer')) mark(authorizer, 'AuthorizerUri');
  for (const rotation of model.ofType('AWS::SecretsManager::RotationSchedule')) mark(rotation, 'RotationLambdaARN');
}

/** Marks whatever is only reached from helpers and alarms: what a custom resource calls, the topic that alarms are published to. */
export function spreadOutsideFlow(reading: Reading, permissions: Permissions): void {
  const { builder, model } = reading;
  const givers = new Map<string, Set<string>>();
  const touched = new Set(builder.edges.flatMap((edge) => [edge.from, edge.to]));
  for (const edge of builder.edges) {
    const known = givers.get(edge.to);
    if (known) known.add(edge.from);
    else givers.set(edge.to, new Set([edge.from]));
  }
  const called = new Set<string>();
  const follow = (handler: Resource | undefined) => {
    if (handler?.type !== 'AWS::Lambda::Function') return;
    for (const to of writtenBy(reading, handler, permissions).keys()) {
      // A desk sends back to queues, and tells on the default bus: what leads on from there is the flow.
      if (!isOfDesk(handler) || builder.nodes.get(to)!.kind === 'function' || !touched.has(to)) called.add(to);
    }
  };
  for (const [id, node] of builder.nodes) {
    if (node.outsideFlow) follow(model.resources.get(id));
    if (node.kind === 'alarm') node.outsideFlow = true;
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const [id, node] of builder.nodes) {
      if (node.outsideFlow || node.kind === 'table' || node.kind === 'bucket') continue;
      const from = givers.get(id);
      const onlyHelpers = from ? [...from].every((one) => builder.nodes.get(one)!.outsideFlow) : called.has(id);
      if (!onlyHelpers) continue;
      node.outsideFlow = true;
      changed = true;
      follow(model.resources.get(id));
    }
  }
}

/** Functions that no reader found an invoker for, but that a service has the permission to invoke. */
export function readInvokers(reading: Reading): void {
  const { builder, model } = reading;
  const reached = new Set(builder.edges.map((edge) => edge.to));
  for (const queue of reading.asynchronous.values()) reached.add(queue.function.id);
  for (const permission of model.ofType('AWS::Lambda::Permission')) {
    const service = permission.get('Principal').text();
    if (service === undefined || !service.endsWith('.amazonaws.com')) continue;
    for (const target of model.targets(permission.get('FunctionName'), FUNCTION)) {
      const behind = target.kind === 'resource' ? reading.functionBehind(target.resource) : undefined;
      if (!behind || reached.has(behind.function.id) || builder.nodes.get(behind.function.id)?.outsideFlow) continue;
      const asynchronous = ASYNCHRONOUS.test(service);
      const to = asynchronous ? reading.asynchronousQueue(behind) : builder.node(behind.function);
      builder.edge({
        from: builder.outside(service, 'unknown'),
        to,
        kind: 'unfollowed',
        role: 'delivery',
        via: [permission.ref],
        synchronous: !asynchronous,
        delivery: 'unknown',
        handOverAttempts: 'unknown',
        exhausted: asynchronous ? 'unknown' : 'error-to-caller',
        unknown: `${service} may invoke it; how it retries is not followed`,
        sizeLimitBytes: reading.accepts(to, asynchronous ? 'asynchronous' : 'synchronous'),
      });
    }
  }
}
