/** Smallest CloudFormation resources that hand events over, as a template holds them. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}
export type Resources = Readonly<Record<string, TemplateResource>>;
type Properties = Readonly<Record<string, unknown>>;

export const ref = (logicalId: string) => ({ Ref: logicalId });
export const arn = (logicalId: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [logicalId, attribute] });

/** `Fn::Sub` with `<Name>` for a variable. */
export const sub = (text: string) => ({ 'Fn::Sub': text.replace(/<([^>]+)>/g, '\u0024{$1}') });

const of =
  (Type: string) =>
  (Properties: Properties = {}, Metadata?: Properties): TemplateResource =>
    Metadata ? { Type, Properties, Metadata } : { Type, Properties };

export const lambda = of('AWS::Lambda::Function');
export const queue = of('AWS::SQS::Queue');
export const topic = of('AWS::SNS::Topic');
export const subscription = of('AWS::SNS::Subscription');
export const table = of('AWS::DynamoDB::Table');
export const bucket = of('AWS::S3::Bucket');
export const stream = of('AWS::Kinesis::Stream');
export const bus = of('AWS::Events::EventBus');
export const rule = of('AWS::Events::Rule');
export const schedule = of('AWS::Scheduler::Schedule');
export const pipe = of('AWS::Pipes::Pipe');
export const mapping = of('AWS::Lambda::EventSourceMapping');
export const invokeConfig = of('AWS::Lambda::EventInvokeConfig');
export const busV2 = of('AWS::EventsV2::EventBus');
export const subscriber = of('AWS::EventsV2::Subscriber');
export const alarm = of('AWS::CloudWatch::Alarm');
export const api = of('AWS::ApiGateway::RestApi');
export const method = of('AWS::ApiGateway::Method');
export const httpApi = of('AWS::ApiGatewayV2::Api');
export const integration = of('AWS::ApiGatewayV2::Integration');

/** A role that may do the actions on the resources. */
export const role = (
  ...statements: ReadonlyArray<readonly [actions: string | readonly string[], resource: unknown]>
): TemplateResource => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    Policies: [
      {
        PolicyName: 'Writes',
        PolicyDocument: { Statement: statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })) },
      },
    ],
  },
});

export const machine = (definition: unknown, properties: Properties = {}): TemplateResource => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: { Definition: definition, ...properties },
});

/** A machine with one task. */
export const oneTask = (task: Properties, properties: Properties = {}): TemplateResource =>
  machine({ StartAt: 'Work', States: { Work: { Type: 'Task', End: true, ...task } } }, properties);

export const invokes = (logicalId: string): Properties => ({
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: arn(logicalId) },
});

/** A dead-letter queue that keeps long and whose alarm tells somebody. */
export const parkingLot = (logicalId = 'ParkingLot'): Resources => ({
  [logicalId]: queue({ MessageRetentionPeriod: 1_209_600 }),
  [`${logicalId}Alarm`]: watching(logicalId),
});

/** An alarm on the messages in a queue. */
export const watching = (logicalId: string, properties: Properties = {}): TemplateResource =>
  alarm({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: arn(logicalId, 'QueueName') }],
    Statistic: 'Maximum',
    Threshold: 1,
    AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:on-call'],
    AlarmDescription: 'Events are parked. Runbook: docs/runbook.md#parked',
    ...properties,
  });

/** An alarm on the age of messages in a queue. */
export const aging = (logicalId: string): TemplateResource =>
  watching(logicalId, { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 300 });

/** A function that says that its effects may be repeated. */
export const idempotent = (properties: Properties = {}): TemplateResource => lambda(properties, { 'cdk-breakwater:idempotent': true });
