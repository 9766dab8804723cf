import type { ResourceRef } from './graph';
import { Marks } from './marks';
import type { ParsedTemplate } from './parse-template';
import { isRecord } from './record';
import { Scope } from './scope';
import { Value } from './value';

/** A stack as the loader found it. */
export interface SourceStack {
  readonly name: string;
  readonly template: ParsedTemplate;
  /** Files of the assembly by asset hash, for templates and definitions that are deployed as assets. */
  readonly assets: ReadonlyMap<string, string>;
  /** `aws:cdk:path` by logical id, where the assembly tells it beside the template. */
  readonly constructPaths: ReadonlyMap<string, string>;
  /** Stacks inside this one, by the logical id of their resource. */
  readonly nested: ReadonlyMap<string, SourceStack>;
}

/** A resource with its properties resolved on demand. */
export class Resource {
  public readonly id: string;
  public readonly type: string;
  public readonly properties: Value;
  private readonly known = new Map<string, Value>();

  public constructor(
    public readonly ref: ResourceRef,
    private readonly raw: Readonly<Record<string, unknown>>,
    public readonly scope: Scope,
    public readonly source: SourceStack,
  ) {
    this.id = `${ref.stack}/${ref.logicalId}`;
    this.type = ref.type;
    this.properties = isRecord(raw.Properties) || Array.isArray(raw.Properties) ? scope.value(raw.Properties) : Value.absent;
  }

  public get(...path: readonly string[]): Value {
    const key = path.length === 1 ? path[0]! : path.join('\n');
    const known = this.known.get(key);
    if (known) return known;
    const value = this.properties.get(...path);
    this.known.set(key, value);
    return value;
  }

  public metadata(key: string): unknown {
    return isRecord(this.raw.Metadata) ? this.raw.Metadata[key] : undefined;
  }
}

/** What a property leads to. */
export type Target =
  | { readonly kind: 'resource'; readonly resource: Resource; readonly attribute?: string }
  /** A known name or ARN of something that is in no reviewed template. */
  | { readonly kind: 'outside'; readonly text: string }
  | { readonly kind: 'unresolved'; readonly reason: string };

/** Properties under which a resource can be named by hand, so that a written ARN or name still leads to it. */
const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Events::EventBus': 'Name',
  'AWS::EventsV2::EventBus': 'Name',
  'AWS::KinesisFirehose::DeliveryStream': 'DeliveryStreamName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
  'AWS::IAM::Role': 'RoleName',
};

const SERVICE_OF_ARN: Readonly<Record<string, readonly string[]>> = {
  sqs: ['AWS::SQS::Queue'],
  sns: ['AWS::SNS::Topic'],
  lambda: ['AWS::Lambda::Function'],
  dynamodb: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
  kinesis: ['AWS::Kinesis::Stream'],
  s3: ['AWS::S3::Bucket'],
  states: ['AWS::StepFunctions::StateMachine'],
  events: ['AWS::Events::EventBus', 'AWS::EventsV2::EventBus'],
  firehose: ['AWS::KinesisFirehose::DeliveryStream'],
  cloudwatch: ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'],
  iam: ['AWS::IAM::Role'],
};

/** All reviewed stacks, with every reference between them. */
export class Model {
  public readonly marks = new Marks();
  public readonly resources = new Map<string, Resource>();
  private readonly types = new Map<string, Resource[]>();
  private readonly scopes = new Map<string, Scope>();
  private readonly nestedScopes = new Map<string, Scope>();
  private exports?: Map<string, Value>;
  private names?: Map<string, Resource>;

  public constructor(public readonly stacks: readonly SourceStack[]) {
    for (const stack of stacks) this.add(stack, () => undefined);
  }

  public ofType(...types: readonly string[]): Resource[] {
    return types.flatMap((type) => this.types.get(type) ?? []);
  }

  /**
   * Resources a value leads to: through references, written ARNs, and every branch of a condition.
   *
   * @param types what a plain name in this property can be the name of
   */
  public targets(value: Value, types: readonly string[] = []): Target[] {
    const targets = new Map<string, Target>();
    for (const text of value.texts()) for (const target of this.targetsOf(text, types)) targets.set(keyOf(target), target);
    if (targets.size === 0 && value.options.some((option) => option.kind === 'map' || option.kind === 'list')) {
      return [{ kind: 'unresolved', reason: 'a name or ARN was expected here' }];
    }
    return [...targets.values()];
  }

  /** The one resource of these types that a value leads to, if there is exactly one. */
  public single(value: Value, ...types: readonly string[]): Resource | undefined {
    const found = this.targets(value).flatMap((target) =>
      target.kind === 'resource' && types.includes(target.resource.type) ? [target.resource] : [],
    );
    return found.length === 1 ? found[0] : undefined;
  }

  public targetsOf(text: string, types: readonly string[] = []): Target[] {
    const references = this.marks.resourcesIn(text);
    const unresolved = this.marks.unresolvedIn(text);
    if (references.length > 0 || unresolved.length > 0) {
      return [
        ...references.flatMap((mark): Target[] => {
          const resource = this.resources.get(mark.resource);
          return resource ? [{ kind: 'resource', resource, attribute: mark.attribute }] : [];
        }),
        ...unresolved.map((reason): Target => ({ kind: 'unresolved', reason })),
      ];
    }
    if (text === '') return [];
    const named = this.named(text) ?? types.map((type) => this.byName(type, text)).find((one) => one !== undefined);
    return [named ? { kind: 'resource', resource: named } : { kind: 'outside', text }];
  }

  private named(text: string): Resource | undefined {
    this.names ??= this.indexNames();
    const arn = /^arn:[^:]*:([^:]*):[^:]*:[^:]*:(.+)$/.exec(text);
    const url = /^https:\/\/sqs\.[^/]+\/[^/]+\/([^/]+)$/.exec(text);
    if (url) return this.names.get(`AWS::SQS::Queue ${url[1]}`);
    if (!arn) return undefined;
    for (const type of SERVICE_OF_ARN[arn[1]!] ?? []) {
      const parts = arn[2]!.split(/[:/]/);
      for (const part of [arn[2]!, parts[1], parts[0]]) {
        const found = part === undefined ? undefined : this.names.get(`${type} ${part}`);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** A resource by type and the name that was given to it by hand. */
  public byName(type: string, name: string): Resource | undefined {
    this.names ??= this.indexNames();
    return this.names.get(`${type} ${name}`);
  }

  private indexNames() {
    const names = new Map<string, Resource>();
    for (const [type, property] of Object.entries(NAME_PROPERTY)) {
      for (const resource of this.ofType(type)) for (const name of resource.get(property).texts()) names.set(`${type} ${name}`, resource);
    }
    return names;
  }

  private add(stack: SourceStack, given: (parameter: string) => Value | undefined) {
    const scope = new Scope(
      stack.name,
      stack.template,
      {
        marks: this.marks,
        exported: (name) => this.exported(name),
        output: (stackName, outputName) => this.scopes.get(stackName)?.output(outputName),
        nested: (resourceId) => this.nestedScopes.get(resourceId),
      },
      given,
    );
    this.scopes.set(stack.name, scope);
    for (const [logicalId, raw] of Object.entries(stack.template.resources)) {
      const written = isRecord(raw.Metadata) ? raw.Metadata['aws:cdk:path'] : undefined;
      const path = written ?? stack.constructPaths.get(logicalId);
      const type = String(raw.Type);
      const ref: ResourceRef = {
        stack: stack.name,
        logicalId,
        type,
        ...(typeof path === 'string' ? { constructPath: path } : {}),
        template: stack.template.file,
      };
      const resource = new Resource(ref, raw, scope, stack);
      this.resources.set(resource.id, resource);
      const sameType = this.types.get(type);
      if (sameType) sameType.push(resource);
      else this.types.set(type, [resource]);
      const nested = stack.nested.get(logicalId);
      // Asked for later: the values may be outputs of nested stacks that are not read yet.
      const parameterOf = (parameter: string) => {
        const value = resource.get('Parameters', parameter);
        return value.isAbsent ? undefined : value;
      };
      if (nested) this.nestedScopes.set(resource.id, this.add(nested, parameterOf));
    }
    return scope;
  }

  private exported(name: string): Value | undefined {
    if (!this.exports) {
      this.exports = new Map();
      for (const scope of this.scopes.values()) for (const [exportName, value] of scope.exports()) this.exports.set(exportName, value);
      for (const writer of this.ofType('Custom::CrossRegionExportWriter')) {
        for (const [exportName, value] of writer.get('WriterProps', 'exports').entries()) this.exports.set(exportName, value);
      }
    }
    return this.exports.get(name);
  }
}

function keyOf(target: Target): string {
  if (target.kind === 'resource') return `r ${target.resource.id} ${target.attribute ?? ''}`;
  return target.kind === 'outside' ? `o ${target.text}` : `u ${target.reason}`;
}
