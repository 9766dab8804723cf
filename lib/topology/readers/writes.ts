import type { Count, NodeKind } from '../graph';
import { SDK } from '../limits';
import type { Resource, Target } from '../model';
import { type Allowed, covers, type Permissions } from '../permissions';
import { type Reading, unique } from '../reading';
import { defaultBus } from './service-calls';

interface Permission {
  readonly actions: readonly string[];
  readonly types: readonly string[];
  readonly kind: NodeKind;
}

/** Actions by which code hands an event over or changes something that others see. */
const WRITES: readonly Permission[] = [
  { actions: ['sqs:SendMessage'], types: ['AWS::SQS::Queue'], kind: 'queue' },
  { actions: ['sns:Publish'], types: ['AWS::SNS::Topic'], kind: 'topic' },
  { actions: ['events:PutEvents'], types: ['AWS::Events::EventBus', 'AWS::EventsV2::EventBus'], kind: 'bus' },
  { actions: ['states:StartExecution', 'states:StartSyncExecution'], types: ['AWS::StepFunctions::StateMachine'], kind: 'state-machine' },
  { actions: ['lambda:InvokeFunction'], types: ['AWS::Lambda::Function', 'AWS::Lambda::Alias', 'AWS::Lambda::Version'], kind: 'function' },
  { actions: ['kinesis:PutRecord', 'kinesis:PutRecords'], types: ['AWS::Kinesis::Stream'], kind: 'stream' },
  { actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'], types: ['AWS::KinesisFirehose::DeliveryStream'], kind: 'delivery-stream' },
  {
    actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'],
    types: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
    kind: 'table',
  },
  { actions: ['s3:PutObject', 's3:DeleteObject'], types: ['AWS::S3::Bucket'], kind: 'bucket' },
  {
    actions: ['rds-data:ExecuteStatement', 'rds-data:BatchExecuteStatement', 'rds-db:connect'],
    types: ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::RDS::DBProxy'],
    kind: 'store',
  },
  { actions: ['es:ESHttpPost', 'es:ESHttpPut'], types: ['AWS::OpenSearchService::Domain', 'AWS::Elasticsearch::Domain'], kind: 'store' },
  { actions: ['kafka-cluster:WriteData'], types: ['AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster'], kind: 'cluster' },
];

/** Stores a function reaches over the network: no permission tells, but the environment does. */
const NETWORK_STORES = [
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBProxy',
  'AWS::DocDB::DBCluster',
  'AWS::Redshift::Cluster',
];

/** What functions may write to: read from their policies, and from their environment where a policy names everything. */
export function readWrites(reading: Reading, permissions: Permissions): void {
  const configured = new Set(
    reading.builder.edges.flatMap((edge) => (edge.role === 'failure' || edge.kind === 'lambda-destination' ? [edge.to] : [])),
  );
  for (const handler of reading.model.ofType('AWS::Lambda::Function')) {
    if (reading.builder.nodes.get(handler.id)?.outsideFlow) continue;
    const environment = environmentOf(reading, handler);
    for (const [to, holder] of writtenBy(reading, handler, permissions, environment)) {
      // Lambda itself needs this permission for destinations and dead-letter queues; code that uses it too is given the address.
      const given = [...environment].some((resource) => resource.id === to);
      if (to !== handler.id && (given || !configured.has(to))) addWrite(reading, handler, to, holder);
    }
  }
}

/** Nodes a function may write to, with the policy that says so. */
export function writtenBy(
  reading: Reading,
  handler: Resource,
  permissions: Permissions,
  environment = environmentOf(reading, handler),
): ReadonlyMap<string, Resource> {
  const written = new Map<string, Resource>();
  for (const allowed of permissions.of(handler.get('Role'))) {
    for (const permission of WRITES) {
      if (!permission.actions.some((action) => allowed.actions.some((pattern) => covers(pattern, action)))) continue;
      for (const to of writtenTo(reading, handler, allowed, permission, environment)) if (!written.has(to)) written.set(to, allowed.holder);
    }
  }
  for (const resource of environment) if (NETWORK_STORES.includes(resource.type)) written.set(reading.builder.node(resource), handler);
  return written;
}

function addWrite(reading: Reading, handler: Resource, to: string, holder: Resource) {
  const { builder } = reading;
  const node = builder.nodes.get(to)!;
  const attempts = clientAttempts(handler);
  const waits = node.kind === 'function';
  // Of state machines only express ones can be started by a call that waits for their end.
  const starts = node.kind === 'state-machine' && !isExpress(reading.model.resources.get(to));
  const parks = node.kind === 'queue' && node.deadLetter;
  builder.edge({
    from: builder.node(handler),
    to,
    kind: 'lambda-write',
    role: parks ? 'failure' : 'write',
    via: [holder.ref],
    synchronous: !starts,
    handOverAttempts: attempts,
    clientAttempts: attempts,
    ...(waits ? { handlerRuns: attempts, runsBecause: `${attempts} attempts of the SDK` } : {}),
    exhausted: 'error-to-caller',
    sizeLimitBytes: reading.accepts(to, waits ? 'synchronous' : 'asynchronous'),
    jitter: true,
  });
}

function isExpress(machine: Resource | undefined): boolean {
  return machine?.get('StateMachineType').canBe('EXPRESS') ?? true;
}

function writtenTo(
  reading: Reading,
  handler: Resource,
  allowed: Allowed,
  permission: Permission,
  environment: ReadonlySet<Resource>,
): string[] {
  const nodes: string[] = [];
  for (const item of allowed.resources.items()) {
    for (const text of item.texts()) {
      const targets = reading.model.targetsOf(text);
      if (text === '*' || targets.every((target) => target.kind === 'outside' && /[*?]/.test(target.text)))
        nodes.push(...anyOf(reading, handler, allowed, permission, environment));
      else for (const target of targets) nodes.push(...nodesOf(reading, handler, allowed, permission, target));
    }
  }
  return unique(nodes);
}

function nodesOf(reading: Reading, handler: Resource, allowed: Allowed, permission: Permission, target: Target): string[] {
  if (target.kind === 'resource') return permission.types.includes(target.resource.type) ? [nodeOf(reading, target.resource, handler)] : [];
  if (target.kind === 'outside') {
    if (permission.kind === 'bus' && target.text.endsWith(':event-bus/default')) return [defaultBus(reading)];
    return serviceFits(target.text, permission) ? [reading.place(target, handler, 'Role', 'synchronous')] : [];
  }
  if (!namesService(allowed, permission)) return [];
  reading.builder.unknown(handler, `Role: ${allowed.actions.join(', ')}`, target.reason);
  return [reading.builder.outside(`unresolved: ${target.reason}`, permission.kind)];
}

/** A policy for every resource says little; what the function is given in its environment says which are meant. */
function anyOf(
  reading: Reading,
  handler: Resource,
  allowed: Allowed,
  permission: Permission,
  environment: ReadonlySet<Resource>,
): string[] {
  const given = [...environment].filter((one) => permission.types.includes(one.type));
  if (given.length > 0) return given.map((one) => nodeOf(reading, one, handler));
  if (!namesService(allowed, permission)) return [];
  if (permission.kind === 'bus') return [defaultBus(reading)];
  reading.builder.unknown(
    handler,
    `Role: ${allowed.actions.join(', ')}`,
    `may write to any ${permission.kind}, and its environment names none`,
  );
  return [reading.builder.outside(`any ${permission.kind} for ${handler.ref.logicalId}`, permission.kind)];
}

/** Whether a statement is about this service, and not a wildcard over all of them. */
function namesService(allowed: Allowed, permission: Permission): boolean {
  return permission.actions.some((action) =>
    allowed.actions.some(
      (pattern) => pattern.toLowerCase().startsWith(`${action.split(':')[0]!.toLowerCase()}:`) && covers(pattern, action),
    ),
  );
}

/** A callee with settings for asynchronous invocations is called that way. */
function nodeOf(reading: Reading, resource: Resource, from: Resource): string {
  const behind = reading.functionBehind(resource);
  if (!behind) return reading.place({ kind: 'resource', resource }, from, 'Role', 'synchronous');
  return reading.asynchronousByChoice.get(`${behind.function.id} ${behind.qualifier?.id ?? ''}`) ?? reading.builder.node(behind.function);
}

function serviceFits(arn: string, permission: Permission): boolean {
  const service = /^arn:[^:]*:([^:]*):/.exec(arn)?.[1];
  return service !== undefined && permission.actions.some((action) => action.startsWith(`${service}:`));
}

function environmentOf(reading: Reading, handler: Resource): ReadonlySet<Resource> {
  const values = handler.get('Environment', 'Variables').entries();
  return new Set(
    values.flatMap(([, value]) =>
      value.texts().flatMap((text) => {
        const referred = reading.model.targetsOf(text);
        return referred.flatMap((target) => (target.kind === 'resource' ? [target.resource] : []));
      }),
    ),
  );
}

/** `AWS_MAX_ATTEMPTS` in the environment is read by every SDK. */
function clientAttempts(handler: Resource): Count {
  return handler.get('Environment', 'Variables', 'AWS_MAX_ATTEMPTS').number(SDK.attempts);
}
