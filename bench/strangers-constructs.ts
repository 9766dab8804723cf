import { ApiGatewayToDynamoDB } from '@aws-solutions-constructs/aws-apigateway-dynamodb';
import { ApiGatewayToLambda } from '@aws-solutions-constructs/aws-apigateway-lambda';
import { DynamoDBStreamsToLambda } from '@aws-solutions-constructs/aws-dynamodbstreams-lambda';
import { EventbridgeToLambda } from '@aws-solutions-constructs/aws-eventbridge-lambda';
import { EventbridgeToSqs } from '@aws-solutions-constructs/aws-eventbridge-sqs';
import { LambdaToDynamoDB } from '@aws-solutions-constructs/aws-lambda-dynamodb';
import { LambdaToSns } from '@aws-solutions-constructs/aws-lambda-sns';
import { LambdaToSqs } from '@aws-solutions-constructs/aws-lambda-sqs';
import { S3ToLambda } from '@aws-solutions-constructs/aws-s3-lambda';
import { SnsToLambda } from '@aws-solutions-constructs/aws-sns-lambda';
import { SqsToLambda } from '@aws-solutions-constructs/aws-sqs-lambda';
import { Duration } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Schedule } from 'aws-cdk-lib/aws-events';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Stranger } from './strangers-stack';

const lambdaFunctionProps = {
  runtime: Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = async () => {};'),
};

/** AWS Solutions Constructs, each in the minimal definition of its README. */
export const CONSTRUCTS: readonly Stranger[] = [
  {
    name: 'aws-sqs-lambda',
    build: (stack) => new SqsToLambda(stack, 'SqsToLambda', { lambdaFunctionProps }),
  },
  {
    name: 'aws-sqs-lambda, the handler given 60 s',
    build: (stack) =>
      new SqsToLambda(stack, 'SqsToLambda', { lambdaFunctionProps: { ...lambdaFunctionProps, timeout: Duration.seconds(60) } }),
  },
  {
    name: 'aws-sns-lambda',
    build: (stack) => new SnsToLambda(stack, 'SnsToLambda', { lambdaFunctionProps }),
  },
  {
    name: 'aws-eventbridge-lambda',
    build: (stack) =>
      new EventbridgeToLambda(stack, 'EventbridgeToLambda', {
        lambdaFunctionProps,
        eventRuleProps: { schedule: Schedule.rate(Duration.minutes(5)) },
      }),
  },
  {
    name: 'aws-eventbridge-lambda, a bus of its own',
    build: (stack) =>
      new EventbridgeToLambda(stack, 'EventbridgeToLambda', {
        existingEventBusInterface: new EventBus(stack, 'Bus'),
        lambdaFunctionProps,
        eventRuleProps: { eventPattern: { source: ['shop.orders'] } },
      }),
  },
  {
    name: 'aws-eventbridge-sqs',
    build: (stack) => new EventbridgeToSqs(stack, 'EventbridgeToSqs', { eventRuleProps: { schedule: Schedule.rate(Duration.minutes(5)) } }),
  },
  {
    name: 'aws-dynamodbstreams-lambda',
    build: (stack) => new DynamoDBStreamsToLambda(stack, 'DynamoDBStreamsToLambda', { lambdaFunctionProps }),
  },
  {
    name: 'aws-s3-lambda',
    build: (stack) => new S3ToLambda(stack, 'S3ToLambda', { lambdaFunctionProps }),
  },
  {
    name: 'aws-apigateway-lambda',
    build: (stack) => new ApiGatewayToLambda(stack, 'ApiGatewayToLambda', { lambdaFunctionProps }),
  },
  {
    name: 'aws-apigateway-dynamodb',
    build: (stack) =>
      new ApiGatewayToDynamoDB(stack, 'ApiGatewayToDynamoDB', {
        dynamoTableProps: { partitionKey: { name: 'id', type: AttributeType.STRING } },
        allowCreateOperation: true,
        createRequestTemplate: JSON.stringify({ TableName: 'orders', Item: { id: { S: "$input.path('$.id')" } } }),
      }),
  },
  {
    name: 'aws-lambda-dynamodb',
    build: (stack) => new LambdaToDynamoDB(stack, 'LambdaToDynamoDB', { lambdaFunctionProps }),
  },
  {
    name: 'aws-lambda-sns',
    build: (stack) => new LambdaToSns(stack, 'LambdaToSns', { lambdaFunctionProps }),
  },
  {
    name: 'aws-lambda-sqs',
    build: (stack) => new LambdaToSqs(stack, 'LambdaToSqs', { lambdaFunctionProps }),
  },
  {
    name: 'aws-sqs-lambda + aws-lambda-sns + aws-sns-lambda',
    build: (stack) => {
      const worker = new LambdaFunction(stack, 'Worker', lambdaFunctionProps);
      new SqsToLambda(stack, 'SqsToLambda', { existingLambdaObj: worker });
      const { snsTopic } = new LambdaToSns(stack, 'LambdaToSns', { existingLambdaObj: worker });
      new SnsToLambda(stack, 'SnsToLambda', { existingTopicObj: snsTopic, lambdaFunctionProps });
    },
  },
];
