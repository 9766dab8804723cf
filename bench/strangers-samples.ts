import { CustomResource, Duration, RemovalPolicy, Size, type Stack } from 'aws-cdk-lib';
import { LambdaRestApi, StepFunctionsRestApi } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpSqsIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule as RuleSchedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { DeliveryStream, LambdaFunctionProcessor, S3Bucket } from 'aws-cdk-lib/aws-kinesisfirehose';
import { Code, type FunctionProps, Function as LambdaFn, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { DynamoEventSource, KinesisEventSource, S3EventSourceV2, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Bucket, EventType } from 'aws-cdk-lib/aws-s3';
import { LambdaDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, JsonPath, Map as MapState, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { DynamoAttributeValue, DynamoPutItem, LambdaInvoke as LambdaTask } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId, Provider } from 'aws-cdk-lib/custom-resources';
import type { Stranger } from './strangers-stack';

function lambda(stack: Stack, id = 'Handler', props: Partial<FunctionProps> = {}) {
  return new LambdaFn(stack, id, {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
    ...props,
  });
}

function table(stack: Stack, stream = false) {
  return new TableV2(stack, 'Table', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    ...(stream ? { dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
  });
}

/** L2 constructs of the CDK, written as its documentation shows them. */
export const SAMPLES: readonly Stranger[] = [
  {
    name: 'SQS to Lambda',
    build: (stack) => lambda(stack).addEventSource(new SqsEventSource(new Queue(stack, 'Queue'))),
  },
  {
    name: 'SQS with DLQ to Lambda to DynamoDB',
    build: (stack) => {
      const queue = new Queue(stack, 'Queue', { deadLetterQueue: { queue: new Queue(stack, 'Dlq'), maxReceiveCount: 3 } });
      const handler = lambda(stack);
      handler.addEventSource(new SqsEventSource(queue, { batchSize: 10, maxBatchingWindow: Duration.seconds(5) }));
      table(stack).grantWriteData(handler);
    },
  },
  {
    name: 'SNS to Lambda',
    build: (stack) => new Topic(stack, 'Topic').addSubscription(new LambdaSubscription(lambda(stack))),
  },
  {
    name: 'SNS to SQS to Lambda',
    build: (stack) => {
      const queue = new Queue(stack, 'Queue');
      new Topic(stack, 'Topic').addSubscription(new SqsSubscription(queue));
      lambda(stack).addEventSource(new SqsEventSource(queue));
    },
  },
  {
    name: 'EventBridge rule to Lambda',
    build: (stack) => new Rule(stack, 'Rule', { eventPattern: { source: ['shop.orders'] }, targets: [new LambdaFunction(lambda(stack))] }),
  },
  {
    name: 'EventBridge rule with DLQ and two attempts to Lambda',
    build: (stack) =>
      new Rule(stack, 'Rule', {
        schedule: RuleSchedule.rate(Duration.minutes(1)),
        targets: [
          new LambdaFunction(lambda(stack), {
            deadLetterQueue: new Queue(stack, 'Dlq'),
            maxEventAge: Duration.hours(2),
            retryAttempts: 2,
          }),
        ],
      }),
  },
  {
    name: 'EventBridge rule to SQS',
    build: (stack) =>
      new Rule(stack, 'Rule', { eventPattern: { source: ['shop.orders'] }, targets: [new SqsQueue(new Queue(stack, 'Queue'))] }),
  },
  {
    name: 'DynamoDB stream to Lambda',
    build: (stack) =>
      lambda(stack).addEventSource(
        new DynamoEventSource(table(stack, true), {
          startingPosition: StartingPosition.TRIM_HORIZON,
          batchSize: 5,
          bisectBatchOnError: true,
          onFailure: new SqsDlq(new Queue(stack, 'Dlq')),
          retryAttempts: 10,
        }),
      ),
  },
  {
    name: 'Kinesis to Lambda',
    build: (stack) =>
      lambda(stack).addEventSource(
        new KinesisEventSource(new Stream(stack, 'Stream'), { batchSize: 100, startingPosition: StartingPosition.TRIM_HORIZON }),
      ),
  },
  {
    name: 'REST API to Lambda to DynamoDB',
    build: (stack) => {
      const handler = lambda(stack);
      new LambdaRestApi(stack, 'Api', { handler });
      table(stack).grantReadWriteData(handler);
    },
  },
  {
    name: 'HTTP API to SQS',
    build: (stack) =>
      new HttpApi(stack, 'Api').addRoutes({
        path: '/orders',
        methods: [HttpMethod.POST],
        integration: new HttpSqsIntegration('Send', { queue: new Queue(stack, 'Queue') }),
      }),
  },
  {
    name: 'REST API to Step Functions Express',
    build: (stack) => {
      const stateMachine = new StateMachine(stack, 'Flow', {
        definitionBody: DefinitionBody.fromChainable(new LambdaTask(stack, 'Work', { lambdaFunction: lambda(stack) })),
        stateMachineType: StateMachineType.EXPRESS,
      });
      new StepFunctionsRestApi(stack, 'Api', { stateMachine });
    },
  },
  {
    name: 'Scheduler to Lambda',
    build: (stack) =>
      new Schedule(stack, 'Schedule', {
        schedule: ScheduleExpression.rate(Duration.hours(12)),
        target: new LambdaInvoke(lambda(stack)),
      }),
  },
  {
    name: 'Scheduler with DLQ and three attempts to Lambda',
    build: (stack) =>
      new Schedule(stack, 'Schedule', {
        schedule: ScheduleExpression.rate(Duration.hours(1)),
        target: new LambdaInvoke(lambda(stack), {
          deadLetterQueue: new Queue(stack, 'Dlq'),
          maxEventAge: Duration.minutes(1),
          retryAttempts: 3,
        }),
      }),
  },
  {
    name: 'Step Functions with a map, on a schedule',
    build: (stack) => {
      const store = new DynamoPutItem(stack, 'Store', {
        table: table(stack),
        item: { id: DynamoAttributeValue.fromString(JsonPath.stringAt('$.id')) },
      });
      const work = new LambdaTask(stack, 'Work', { lambdaFunction: lambda(stack), outputPath: '$.Payload' });
      const flow = new StateMachine(stack, 'Flow', {
        definitionBody: DefinitionBody.fromChainable(
          new MapState(stack, 'Each', { maxConcurrency: 10, itemsPath: JsonPath.stringAt('$.orders') }).itemProcessor(work.next(store)),
        ),
      });
      const nightly = new Rule(stack, 'Nightly', { schedule: RuleSchedule.rate(Duration.days(1)) });
      nightly.addTarget(new SfnStateMachine(flow));
    },
  },
  {
    name: 'S3 to Lambda',
    build: (stack) => new Bucket(stack, 'Bucket').addEventNotification(EventType.OBJECT_CREATED, new LambdaDestination(lambda(stack))),
  },
  {
    name: 'S3 to Lambda to the same bucket',
    build: (stack) => {
      const bucket = new Bucket(stack, 'Bucket', { autoDeleteObjects: true, removalPolicy: RemovalPolicy.DESTROY });
      const handler = lambda(stack);
      handler.addEventSource(new S3EventSourceV2(bucket, { events: [EventType.OBJECT_CREATED], filters: [{ prefix: 'in/' }] }));
      bucket.grantReadWrite(handler);
    },
  },
  {
    name: 'Pipes from SQS to Step Functions',
    build: (stack) => {
      const source = new Queue(stack, 'Source');
      const flow = new StateMachine(stack, 'Flow', {
        definitionBody: DefinitionBody.fromChainable(new LambdaTask(stack, 'Work', { lambdaFunction: lambda(stack) })),
      });
      const role = new Role(stack, 'PipeRole', { assumedBy: new ServicePrincipal('pipes.amazonaws.com') });
      source.grantConsumeMessages(role);
      flow.grantStartExecution(role);
      new CfnPipe(stack, 'Pipe', {
        roleArn: role.roleArn,
        source: source.queueArn,
        target: flow.stateMachineArn,
        targetParameters: { stepFunctionStateMachineParameters: { invocationType: 'FIRE_AND_FORGET' } },
      });
    },
  },
  {
    name: 'Firehose with a transform to S3',
    build: (stack) =>
      new DeliveryStream(stack, 'Delivery', {
        destination: new S3Bucket(new Bucket(stack, 'Bucket'), {
          processor: new LambdaFunctionProcessor(lambda(stack, 'Transform', { timeout: Duration.minutes(1) }), {
            bufferInterval: Duration.minutes(5),
            bufferSize: Size.mebibytes(3),
            retries: 5,
          }),
        }),
      }),
  },
  {
    name: 'Lambda with a failure destination, invoked from elsewhere',
    build: (stack) =>
      lambda(stack, 'Handler', {
        onFailure: new SqsDestination(new Queue(stack, 'Failures')),
        maxEventAge: Duration.hours(1),
        retryAttempts: 1,
      }),
  },
  {
    name: 'Custom resources and log retention',
    build: (stack) => {
      const provider = new Provider(stack, 'Provider', {
        onEventHandler: lambda(stack, 'OnEvent'),
        isCompleteHandler: lambda(stack, 'IsComplete'),
      });
      new CustomResource(stack, 'Custom', { serviceToken: provider.serviceToken });
      new AwsCustomResource(stack, 'Call', {
        onUpdate: {
          service: 'sns',
          action: 'Publish',
          parameters: { TopicArn: 'arn:aws:sns:eu-west-1:111122223333:deployed' },
          physicalResourceId: PhysicalResourceId.of('Call'),
        },
        policy: AwsCustomResourcePolicy.fromStatements([
          new PolicyStatement({
            effect: Effect.ALLOW,
            actions: ['sns:Publish'],
            resources: ['arn:aws:sns:eu-west-1:111122223333:deployed'],
          }),
        ]),
      });
      lambda(stack, 'Handler', { logRetention: RetentionDays.ONE_WEEK }).addEventSource(new SqsEventSource(new Queue(stack, 'Queue')));
    },
  },
];
