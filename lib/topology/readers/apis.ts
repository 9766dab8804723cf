import type { Edge, NodeKind, ResourceRef } from '../graph';
import { API_GATEWAY, LAMBDA } from '../limits';
import type { Resource } from '../model';
import type { Permissions } from '../permissions';
import { FUNCTION, type Manner, product, type Reading, unique } from '../reading';
import type { Value } from '../value';
import { defaultBus } from './service-calls';

/** Services an API can hand a request to: resource types, the kind of node, and whether the API waits for what is behind. */
const SERVICES: Readonly<Record<string, { readonly types: readonly string[]; readonly kind: NodeKind }>> = {
  sqs: { types: ['AWS::SQS::Queue'], kind: 'queue' },
  sns: { types: ['AWS::SNS::Topic'], kind: 'topic' },
  events: { types: ['AWS::Events::EventBus', 'AWS::EventsV2::EventBus'], kind: 'bus' },
  eventbridge: { types: ['AWS::Events::EventBus', 'AWS::EventsV2::EventBus'], kind: 'bus' },
  states: { types: ['AWS::StepFunctions::StateMachine'], kind: 'state-machine' },
  stepfunctions: { types: ['AWS::StepFunctions::StateMachine'], kind: 'state-machine' },
  kinesis: { types: ['AWS::Kinesis::Stream'], kind: 'stream' },
  firehose: { types: ['AWS::KinesisFirehose::DeliveryStream'], kind: 'delivery-stream' },
  dynamodb: { types: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'], kind: 'table' },
  s3: { types: ['AWS::S3::Bucket'], kind: 'bucket' },
};

interface Integration {
  readonly api: string;
  readonly holder: Resource;
  readonly type: string;
  readonly uri: Value;
  /** Text in which the target may be named: templates and parameters. */
  readonly mappings: readonly string[];
  readonly credentials: Value;
  readonly subtype?: string;
  readonly timeoutSeconds: Edge['callerTimeoutSeconds'];
}

/** API Gateway, REST and HTTP and WebSocket: what is behind each integration. */
export function readApis(reading: Reading, permissions: Permissions): void {
  for (const integration of [...restIntegrations(reading), ...httpIntegrations(reading), ...openApiIntegrations(reading)])
    integrate(reading, permissions, integration);
}

function* restIntegrations(reading: Reading): Generator<Integration> {
  for (const method of reading.model.ofType('AWS::ApiGateway::Method')) {
    const integration = method.get('Integration');
    const type = integration.get('Type').text()?.toUpperCase() ?? '';
    if (integration.isAbsent || type === 'MOCK') continue;
    for (const api of reading.places(method, method.get('RestApiId'), 'RestApiId', 'synchronous')) {
      yield {
        api,
        holder: method,
        type,
        uri: integration.get('Uri'),
        mappings: textsWithin(integration.get('RequestTemplates'), integration.get('RequestParameters')),
        credentials: integration.get('Credentials'),
        timeoutSeconds: seconds(integration.get('TimeoutInMillis'), API_GATEWAY.restSeconds),
      };
    }
  }
}

function* httpIntegrations(reading: Reading): Generator<Integration> {
  for (const integration of reading.model.ofType('AWS::ApiGatewayV2::Integration')) {
    for (const api of reading.places(integration, integration.get('ApiId'), 'ApiId', 'synchronous')) {
      const subtype = integration.get('IntegrationSubtype').text();
      yield {
        api,
        holder: integration,
        type: integration.get('IntegrationType').text()?.toUpperCase() ?? '',
        uri: integration.get('IntegrationUri'),
        mappings: textsWithin(integration.get('RequestParameters'), integration.get('RequestTemplates')),
        credentials: integration.get('CredentialsArn'),
        ...(subtype === undefined ? {} : { subtype }),
        timeoutSeconds: seconds(integration.get('TimeoutInMillis'), API_GATEWAY.httpSeconds),
      };
    }
  }
}

/** APIs written as an OpenAPI document inside the template. */
function* openApiIntegrations(reading: Reading): Generator<Integration> {
  for (const api of reading.model.ofType('AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api')) {
    const whole = api.type === 'AWS::ApiGateway::RestApi' ? API_GATEWAY.restSeconds : API_GATEWAY.httpSeconds;
    for (const [, path] of api.get('Body', 'paths').entries()) {
      for (const [, operation] of path.entries()) {
        const integration = operation.get('x-amazon-apigateway-integration');
        const type = integration.get('type').text()?.toUpperCase() ?? '';
        if (integration.isAbsent || type === 'MOCK') continue;
        const subtype = integration.get('integrationSubtype').text();
        yield {
          api: reading.builder.node(api),
          holder: api,
          type,
          uri: integration.get('uri'),
          mappings: textsWithin(integration.get('requestTemplates'), integration.get('requestParameters')),
          credentials: integration.get('credentials'),
          ...(subtype === undefined ? {} : { subtype }),
          timeoutSeconds: seconds(integration.get('timeoutInMillis'), whole),
        };
      }
    }
  }
}

function integrate(reading: Reading, permissions: Permissions, integration: Integration) {
  const { service, action } = serviceOf(integration);
  if (integration.type.startsWith('HTTP')) {
    for (const text of integration.uri.texts())
      addEdge(reading, integration, reading.builder.outside(reading.model.marks.readable(text), 'endpoint'), 'api-service', true);
    return;
  }
  if (service === 'lambda' || service === undefined) {
    const leaves =
      integration.mappings.some((text) => /'?Event'?$/.test(text)) && integration.mappings.some((text) => /Invocation-?Type/i.test(text));
    for (const to of functionsOf(reading, integration, leaves ? 'asynchronous' : 'synchronous'))
      addEdge(reading, integration, to, 'api-lambda', !leaves);
    return;
  }
  const waits = /sync/i.test(action) && service.startsWith('st');
  for (const to of targetsOf(reading, permissions, integration, service)) addEdge(reading, integration, to, 'api-service', waits);
}

function addEdge(reading: Reading, integration: Integration, to: string, kind: 'api-lambda' | 'api-service', synchronous: boolean) {
  const node = reading.builder.nodes.get(to)!;
  reading.builder.edge({
    from: integration.api,
    to,
    kind,
    role: 'delivery',
    via: [integration.holder.ref] satisfies ResourceRef[],
    synchronous,
    delivery: 'at-most-once',
    exhausted: 'error-to-caller',
    sizeLimitBytes: node.kind === 'function' ? LAMBDA.synchronousBytes : reading.accepts(to, 'asynchronous'),
    ...(integration.timeoutSeconds === undefined || !synchronous ? {} : { callerTimeoutSeconds: integration.timeoutSeconds }),
  });
}

function functionsOf(reading: Reading, integration: Integration, manner: Manner): string[] {
  const targets = reading.builder.targets(integration.holder, integration.uri, 'Integration.Uri');
  const functions = targets.filter((target) => target.kind === 'resource' && reading.functionBehind(target.resource));
  return unique(
    (functions.length > 0 ? functions : targets).map((target) => {
      const inner = target.kind === 'outside' ? /functions\/(arn:[^/]+)\/invocations/.exec(target.text)?.[1] : undefined;
      const [written] = inner === undefined ? [] : reading.model.targetsOf(inner);
      return reading.place(written ?? target, integration.holder, 'Integration.Uri', manner);
    }),
  );
}

/** Named in the address or in a template; otherwise whatever the API's role may reach. */
function targetsOf(reading: Reading, permissions: Permissions, integration: Integration, service: string): string[] {
  const row = SERVICES[service];
  if (!row) return [reading.builder.outside(`${service} behind an API`, 'endpoint')];
  const ofType = (text: string) =>
    reading.model
      .targetsOf(text)
      .flatMap((target) => (target.kind === 'resource' && row.types.includes(target.resource.type) ? [target.resource] : []));
  const uris = integration.uri.texts();
  const named = [...uris, ...integration.mappings].flatMap(ofType);
  const found =
    named.length > 0
      ? named
      : permissions
          .of(integration.credentials)
          .flatMap((allowed) => allowed.resources.items().flatMap((item) => item.texts().flatMap(ofType)));
  if (found.length > 0) return unique(found.map((resource) => reading.builder.node(resource)));
  const last = uris
    .flatMap((uri) => uri.split('/').at(-1) ?? [])
    .flatMap((name) => row.types.flatMap((type) => reading.model.byName(type, name) ?? []));
  if (last.length > 0) return unique(last.map((resource) => reading.builder.node(resource)));
  if (row.kind === 'bus') return [defaultBus(reading)];
  const reason = `which ${row.kind} the integration writes to can't be told`;
  reading.builder.unknown(integration.holder, 'Integration', reason);
  return [reading.builder.outside(`${row.kind} behind ${integration.holder.ref.logicalId}`, row.kind)];
}

function serviceOf(integration: Integration): { readonly service: string | undefined; readonly action: string } {
  const [name, action] = integration.subtype?.split('-') ?? [];
  if (name !== undefined && integration.subtype !== undefined) return { service: name.toLowerCase(), action: action ?? '' };
  for (const uri of integration.uri.texts()) {
    const match = /:apigateway:[^:]*:([a-z0-9.-]+):(?:path|action)\/([^/?]*)/.exec(uri);
    if (match) return { service: match[1]!.split('.').at(-1)!, action: match[2]! };
  }
  return { service: undefined, action: '' };
}

function textsWithin(...values: readonly Value[]): string[] {
  return values.flatMap((value) => value.entries().flatMap(([key, inner]) => [key, ...inner.texts()]));
}

function seconds(milliseconds: Value, whenAbsent: number): Edge['callerTimeoutSeconds'] {
  return product(milliseconds.number(whenAbsent * 1000, 'smallest'), 0.001);
}

/** Function URLs: the caller waits. */
export function readFunctionUrls(reading: Reading): void {
  for (const url of reading.model.ofType('AWS::Lambda::Url')) {
    for (const to of reading.places(url, url.get('TargetFunctionArn'), 'TargetFunctionArn', 'synchronous', FUNCTION)) {
      reading.builder.edge({
        from: reading.builder.node(url),
        to,
        kind: 'function-url-lambda',
        role: 'delivery',
        via: [url.ref],
        synchronous: true,
        delivery: 'at-most-once',
        exhausted: 'error-to-caller',
        sizeLimitBytes: LAMBDA.synchronousBytes,
      });
    }
  }
}

const TABLES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];

/** AppSync data sources: functions, tables, buses, HTTP endpoints. */
export function readGraphApis(reading: Reading): void {
  for (const source of reading.model.ofType('AWS::AppSync::DataSource')) {
    const targets: ReadonlyArray<readonly [readonly string[], Manner]> = [
      [['LambdaConfig', 'LambdaFunctionArn'], 'synchronous'],
      [['DynamoDBConfig', 'TableName'], 'synchronous'],
      [['EventBridgeConfig', 'EventBusArn'], 'asynchronous'],
      [['HttpConfig', 'Endpoint'], 'synchronous'],
    ];
    for (const api of reading.places(source, source.get('ApiId'), 'ApiId', 'synchronous')) {
      for (const [path, manner] of targets) {
        const value = source.get(...path);
        if (value.isAbsent) continue;
        for (const to of reading.places(source, value, path.join('.'), manner, TABLES)) {
          const lambda = reading.builder.nodes.get(to)!.kind === 'function';
          reading.builder.edge({
            from: api,
            to,
            kind: lambda ? 'appsync-lambda' : 'api-service',
            role: 'delivery',
            via: [source.ref],
            synchronous: manner === 'synchronous',
            delivery: 'at-most-once',
            exhausted: 'error-to-caller',
            sizeLimitBytes: reading.accepts(to, 'synchronous'),
            ...(lambda ? { callerTimeoutSeconds: 30 } : {}),
          });
        }
      }
    }
  }
}
