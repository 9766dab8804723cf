import fc, { type GeneratorValue } from 'fast-check';
import { alarm, arn, invokes, ref, type TemplateResource } from '../topology/resources';

/** A template as somebody might have written it. */
export interface PlausibleTemplate {
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/**
 * Templates of a few queues, topics, functions, streams, tables, buckets, buses, rules, schedules, pipes, machines, APIs and alarms, wired at random by every kind of reference.
 *
 * @param prefix begins every logical id, so that two templates share no name
 */
export function plausibleTemplates(prefix = ''): fc.Arbitrary<PlausibleTemplate> {
  return fc.gen().map((generator) => new Wiring(generator, prefix).template());
}

const KINDS = {
  Queue: 'AWS::SQS::Queue',
  Topic: 'AWS::SNS::Topic',
  Function: 'AWS::Lambda::Function',
  Table: 'AWS::DynamoDB::Table',
  Stream: 'AWS::Kinesis::Stream',
  Bucket: 'AWS::S3::Bucket',
  Bus: 'AWS::Events::EventBus',
  Machine: 'AWS::StepFunctions::StateMachine',
} as const;
type Kind = keyof typeof KINDS;

class Wiring {
  private readonly resources: Record<string, TemplateResource> = {};
  private readonly ids: Record<Kind, string[]> = {
    Queue: [],
    Topic: [],
    Function: [],
    Table: [],
    Stream: [],
    Bucket: [],
    Bus: [],
    Machine: [],
  };

  public constructor(
    private readonly g: GeneratorValue,
    private readonly prefix: string,
  ) {}

  public template(): PlausibleTemplate {
    const most: Readonly<Record<Kind, number>> = { Queue: 4, Topic: 2, Function: 4, Table: 2, Stream: 1, Bucket: 1, Bus: 1, Machine: 2 };
    for (const kind of Object.keys(KINDS) as Kind[]) {
      const count: number = Math.max(kind === 'Queue' || kind === 'Function' ? 1 : 0, this.upTo(most[kind]));
      for (let index = 0; index < count; index += 1) this.ids[kind].push(`${this.prefix}${kind}${index}`);
    }
    for (const id of this.ids.Queue) this.add(id, KINDS.Queue, this.queue());
    for (const id of this.ids.Topic) this.add(id, KINDS.Topic, {});
    for (const id of this.ids.Function) this.function(id);
    for (const id of this.ids.Table) this.add(id, KINDS.Table, {});
    for (const id of this.ids.Stream) this.add(id, KINDS.Stream, this.maybe(() => ({ RetentionPeriodHours: this.one(24, 48, 168) })) ?? {});
    for (const id of this.ids.Bucket) this.add(id, KINDS.Bucket, this.notifications());
    for (const id of this.ids.Bus) this.add(id, KINDS.Bus, { Name: id });
    for (const id of this.ids.Machine) this.machine(id);
    const wires = [this.mapping, this.subscription, this.rule, this.schedule, this.pipe, this.api, this.alarm, this.invokeConfig];
    const count = 1 + this.upTo(9);
    for (let index = 0; index < count; index += 1)
      this.one<(this: Wiring, id: string) => void>(...wires).call(this, `${this.prefix}Wire${index}`);
    return { Conditions: { Flag: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] } }, Resources: this.resources };
  }

  private queue() {
    const others = this.ids.Queue;
    return {
      ...this.maybe(() => ({ VisibilityTimeout: this.one<number>(0, 30, 60, 900) })),
      ...this.maybe(() => ({ MessageRetentionPeriod: this.one(60, 345_600, 1_209_600) })),
      ...this.maybe(() => ({ FifoQueue: true })),
      ...this.maybe(() => ({
        RedrivePolicy: {
          deadLetterTargetArn: this.arnOf(this.one(...others)),
          ...this.maybe(() => ({ maxReceiveCount: this.one<unknown>(1, 3, 5, '10') })),
        },
      })),
    };
  }

  private function(id: string) {
    const role = `${id}Role`;
    const targets = [...this.ids.Queue, ...this.ids.Topic, ...this.ids.Table, ...this.ids.Function, ...this.ids.Bus, ...this.ids.Machine];
    const actions = [
      'sqs:SendMessage',
      'sns:Publish',
      'dynamodb:PutItem',
      'lambda:InvokeFunction',
      'events:PutEvents',
      'states:StartExecution',
    ];
    this.add(id, KINDS.Function, {
      Role: arn(role),
      ...this.maybe(() => ({ Timeout: this.one(3, 30, 900) })),
      ...this.maybe(() => ({ ReservedConcurrentExecutions: this.one(1, 10) })),
      ...this.maybe(() => ({ DeadLetterConfig: { TargetArn: this.arnOf(this.one(...this.ids.Queue)) } })),
    });
    this.add(role, 'AWS::IAM::Role', {
      Policies: [
        {
          PolicyName: 'Writes',
          PolicyDocument: {
            Statement: Array.from({ length: this.upTo(2) }, () => ({
              Effect: 'Allow',
              Action: this.one(...actions),
              Resource: this.arnOf(this.one(...targets)),
            })),
          },
        },
      ],
    });
  }

  private machine(id: string) {
    const retry = this.maybe(() => ({ Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: this.one(1, 3, 6) }] }));
    const parks = this.maybe(() => ({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] }));
    const queue = this.one(...this.ids.Queue);
    this.add(id, KINDS.Machine, {
      ...this.maybe(() => ({ StateMachineType: this.one('STANDARD', 'EXPRESS') })),
      Definition: {
        StartAt: 'Work',
        States: {
          Work: { Type: 'Task', End: true, ...invokes(this.one(...this.ids.Function)), ...retry, ...parks },
          Caught: { Type: 'Task', End: true, Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: { QueueUrl: ref(queue) } },
        },
      },
    });
  }

  private notifications() {
    return (
      this.maybe(() => ({
        NotificationConfiguration: {
          LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: this.arnOf(this.one(...this.ids.Function)) }],
        },
      })) ?? {}
    );
  }

  private mapping(id: string) {
    const source = this.one(...this.ids.Queue, ...this.ids.Stream, ...this.ids.Table);
    this.add(id, 'AWS::Lambda::EventSourceMapping', {
      EventSourceArn: this.ids.Table.includes(source) ? arn(source, 'StreamArn') : this.arnOf(source),
      FunctionName: this.one<(id: string) => unknown>(ref, arn)(this.one(...this.ids.Function)),
      ...this.maybe(() => ({ BatchSize: this.one(1, 10) })),
      ...this.maybe(() => ({ MaximumRetryAttempts: this.one(-1, 4), BisectBatchOnFunctionError: true })),
      ...this.maybe(() => ({ FunctionResponseTypes: ['ReportBatchItemFailures'] })),
      ...this.maybe(() => ({ DestinationConfig: { OnFailure: { Destination: this.arnOf(this.one(...this.ids.Queue)) } } })),
    });
  }

  private subscription(id: string) {
    if (this.ids.Topic.length === 0) return;
    const queue = this.one(true, false);
    this.add(id, 'AWS::SNS::Subscription', {
      TopicArn: ref(this.one(...this.ids.Topic)),
      Protocol: queue ? 'sqs' : 'lambda',
      Endpoint: this.arnOf(this.one(...(queue ? this.ids.Queue : this.ids.Function))),
      ...this.maybe(() => ({ RedrivePolicy: { deadLetterTargetArn: this.arnOf(this.one(...this.ids.Queue)) } })),
    });
  }

  private rule(id: string) {
    const [bus] = this.ids.Bus;
    this.add(id, 'AWS::Events::Rule', {
      ...(bus && this.one(true, false)
        ? { EventBusName: ref(bus), EventPattern: { source: ['shop'] } }
        : { ScheduleExpression: 'rate(1 hour)' }),
      Targets: [{ Id: 'One', ...this.target() }],
    });
  }

  private schedule(id: string) {
    this.add(id, 'AWS::Scheduler::Schedule', { Target: this.target() });
  }

  private target() {
    const target = this.one(...this.ids.Queue, ...this.ids.Function, ...this.ids.Machine);
    return {
      Arn: this.arnOf(target),
      ...this.maybe(() => ({ RetryPolicy: { MaximumRetryAttempts: this.one(0, 3), MaximumEventAgeInSeconds: 3600 } })),
      ...this.maybe(() => ({ DeadLetterConfig: { Arn: this.arnOf(this.one(...this.ids.Queue)) } })),
    };
  }

  private pipe(id: string) {
    this.add(id, 'AWS::Pipes::Pipe', {
      Source: this.arnOf(this.one(...this.ids.Queue, ...this.ids.Stream)),
      Target: this.arnOf(this.one(...this.ids.Function, ...this.ids.Machine, ...this.ids.Queue)),
    });
  }

  private api(id: string) {
    this.add(id, 'AWS::ApiGatewayV2::Api', { ProtocolType: 'HTTP' });
    const common = { ApiId: ref(id), IntegrationType: 'AWS_PROXY' };
    const toQueue = { IntegrationSubtype: 'SQS-SendMessage', RequestParameters: { QueueUrl: ref(this.one(...this.ids.Queue)) } };
    const toFunction = { IntegrationUri: this.arnOf(this.one(...this.ids.Function)) };
    this.add(`${id}Integration`, 'AWS::ApiGatewayV2::Integration', { ...common, ...this.one<object>(toQueue, toFunction) });
  }

  private alarm(id: string) {
    this.resources[id] = alarm({
      Namespace: 'AWS/SQS',
      MetricName: this.one('ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage', 'NumberOfMessagesSent'),
      Dimensions: [{ Name: 'QueueName', Value: arn(this.one(...this.ids.Queue), 'QueueName') }],
      Threshold: 1,
      ...this.maybe(() => ({ AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:on-call'] })),
    });
  }

  private invokeConfig() {
    const handler = this.one(...this.ids.Function);
    // Lambda has one for each qualifier.
    this.add(`${handler}Config`, 'AWS::Lambda::EventInvokeConfig', {
      FunctionName: ref(handler),
      Qualifier: '$LATEST',
      ...this.maybe(() => ({ MaximumRetryAttempts: this.one(0, 1, 2) })),
      ...this.maybe(() => ({ DestinationConfig: { OnFailure: { Destination: this.arnOf(this.one(...this.ids.Queue)) } } })),
    });
  }

  /** The ARN of a resource, in one of the ways to write it. */
  private arnOf(id: string): unknown {
    const plain = this.ids.Topic.includes(id) || this.ids.Machine.includes(id) ? ref(id) : arn(id);
    const text = plain === undefined || 'Ref' in plain ? `\${${id}}` : `\${${id}.Arn}`;
    return this.one<unknown>(
      plain,
      plain,
      'Ref' in plain ? plain : { 'Fn::GetAtt': `${id}.Arn` },
      { 'Fn::Sub': text },
      { 'Fn::Join': ['', [plain]] },
      { 'Fn::If': ['Flag', plain, plain] },
      { 'Fn::If': ['Flag', plain, { Ref: 'AWS::NoValue' }] },
    );
  }

  private add(id: string, Type: string, Properties: Readonly<Record<string, unknown>>) {
    this.resources[id] = { Type, Properties };
  }

  private one<T>(...values: readonly T[]): T {
    return values[this.g(fc.nat, { max: values.length - 1 })]!;
  }

  private upTo(most: number): number {
    return this.g(fc.nat, { max: most });
  }

  private maybe<T>(value: () => T): T | undefined {
    return this.g(fc.boolean) ? value() : undefined;
  }
}

/** The same template under other logical ids. */
export function renamed(template: PlausibleTemplate, rename: (id: string) => string): PlausibleTemplate {
  const named = new Set(Object.keys(template.Resources));
  const name = (id: unknown) => (typeof id === 'string' && named.has(id) ? rename(id) : id);
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key === 'Ref') return [key, name(inner)];
        if (key === 'Fn::GetAtt' && Array.isArray(inner)) return [key, [name(inner[0]), ...inner.slice(1)]];
        if (key === 'Fn::GetAtt') return [key, String(inner).replace(/^[^.]+/, (id) => String(name(id)))];
        if (key === 'Fn::Sub') return [key, String(inner).replace(/\$\{([^.}]+)/g, (_, id: string) => `\${${String(name(id))}`)];
        return [key, walk(inner)];
      }),
    );
  };
  const Resources = Object.fromEntries(
    Object.entries(template.Resources).map(([id, resource]) => [rename(id), walk(resource) as TemplateResource]),
  );
  return { ...template, Resources };
}
