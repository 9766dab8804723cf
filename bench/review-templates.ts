const arn = (logicalId: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [logicalId, attribute] });

/** Ten resources that work together, as an application has many of: an API's function, a queue with its dead-letter queue and alarm, a worker, a table, a topic. */
function service(index: number): Record<string, object> {
  const id = (name: string) => `${name}${index}`;
  const metadata = (name: string) => ({ Metadata: { 'aws:cdk:path': `Shop/Service${index}/${name}/Resource` } });
  const resource = (name: string, Type: string, Properties: object) => [id(name), { Type, Properties, ...metadata(name) }] as const;
  const role = (action: string, target: object) => ({
    AssumeRolePolicyDocument: {
      Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
    },
    Policies: [{ PolicyName: 'Writes', PolicyDocument: { Statement: [{ Action: action, Effect: 'Allow', Resource: target }] } }],
  });
  return Object.fromEntries([
    resource('Queue', 'AWS::SQS::Queue', {
      VisibilityTimeout: 180,
      RedrivePolicy: { deadLetterTargetArn: arn(id('ParkingLot')), maxReceiveCount: 5 },
    }),
    resource('ParkingLot', 'AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600 }),
    resource('Alarm', 'AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: arn(id('ParkingLot'), 'QueueName') }],
      Threshold: 1,
    }),
    resource('Source', 'AWS::Lambda::EventSourceMapping', { EventSourceArn: arn(id('Queue')), FunctionName: { Ref: id('Worker') } }),
    resource('Worker', 'AWS::Lambda::Function', {
      Role: arn(id('WorkerRole')),
      Timeout: 30,
      Environment: { Variables: { TABLE: { Ref: id('Table') } } },
    }),
    resource('WorkerRole', 'AWS::IAM::Role', role('dynamodb:PutItem', arn(id('Table')))),
    resource('Table', 'AWS::DynamoDB::Table', { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }),
    resource('Topic', 'AWS::SNS::Topic', {}),
    resource('Subscription', 'AWS::SNS::Subscription', { TopicArn: { Ref: id('Topic') }, Protocol: 'sqs', Endpoint: arn(id('Queue')) }),
    resource('Rule', 'AWS::Events::Rule', {
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Id: 'Worker', Arn: { 'Fn::Join': ['', [arn(id('Worker'))]] } }],
    }),
  ]);
}

/** A template with so many resources. */
export function stackOfResources(count: number): object {
  return { Resources: Object.assign({}, ...Array.from({ length: count / 10 }, (_, index) => service(index))) };
}
