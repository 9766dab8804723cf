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

const ofDesk = { 'cdk-breakwater:parkingDesk': true };

/** An alarm on groups of parked events that opened at a desk. */
export const groupAlarm = (logicalId = 'Desk', fault = 'ours'): TemplateResource =>
  watching('', {
    Namespace: 'Breakwater',
    MetricName: 'ParkedGroupOpened',
    Statistic: 'Sum',
    Dimensions: [
      { Name: 'service', Value: logicalId },
      { Name: 'fault', Value: fault },
    ],
  });

/** A parking desk without alarms: empties a dead-letter queue, and sends what was in it back to a queue when a person says so. */
export const parkingDesk = (lot = 'ParkingLot', target = 'Queue', logicalId = 'Desk'): Resources => {
  const one = (part: string) => `${logicalId}${part}`;
  const environment = {
    POWERTOOLS_SERVICE_NAME: logicalId,
    BREAKWATER_PARKING_TABLE: ref(one('Table')),
    BREAKWATER_PARKING_BUCKET: ref(one('Bucket')),
    BREAKWATER_PARKING_LOTS: sub(`[{"arn":"<${lot}.Arn>","url":"<${lot}>","targetUrl":"<${target}>"}]`),
  };
  const part = (Role: string, more: Properties = {}) =>
    lambda({ Role: arn(one(Role)), Environment: { Variables: { ...environment, ...more } } }, ofDesk);
  const stores: ReadonlyArray<readonly [readonly string[], unknown]> = [
    [['dynamodb:PutItem', 'dynamodb:UpdateItem'], arn(one('Table'))],
    [['s3:PutObject', 's3:GetObject'], sub(`<${one('Bucket')}.Arn>/bodies/*`)],
  ];
  const defaultBus = sub('arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default');
  return {
    [one('Table')]: table({ GlobalSecondaryIndexes: [{ IndexName: 'byGroup' }], BillingMode: 'PAY_PER_REQUEST' }),
    [one('Bucket')]: bucket(),
    [one('Intake')]: part('IntakeRole'),
    [one('IntakeRole')]: role(...stores, [['sqs:ReceiveMessage', 'sqs:DeleteMessage'], arn(lot)]),
    [one('Source')]: mapping({
      EventSourceArn: arn(lot),
      FunctionName: ref(one('Intake')),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    }),
    [one('Job')]: part('JobRole'),
    [one('JobRole')]: role(...stores, ['sqs:SendMessage', arn(target)], ['events:PutEvents', defaultBus]),
    [one('Jobs')]: {
      ...oneTask({ ...invokes(one('Job')), Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1000 }] }),
      Metadata: ofDesk,
    },
    [one('Answers')]: part('AnswersRole', { BREAKWATER_PARKING_STATE_MACHINE: ref(one('Jobs')) }),
    [one('AnswersRole')]: role(
      ...stores,
      ['states:StartExecution', ref(one('Jobs'))],
      ['lambda:InvokeFunction', arn('Handler')],
      ['events:PutEvents', defaultBus],
    ),
  };
};

/** A function that says that its effects may be repeated. */
export const idempotent = (properties: Properties = {}): TemplateResource => lambda(properties, { 'cdk-breakwater:idempotent': true });
