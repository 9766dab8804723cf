import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { addTo } from '../examples/notification-fanout/stack';

/** What one would write first: a function behind a queue that asks who is to be told, and tells one after the other. */
const LOOP = `
const { DynamoDBClient, GetItemCommand, paginateScan } = require('@aws-sdk/client-dynamodb');
const { SESv2Client, SendEmailCommand } = require('@aws-sdk/client-sesv2');
const dynamoDb = new DynamoDBClient({}), ses = new SESv2Client({});
const TableName = process.env.TABLE;
async function* audience(data) {
  if (data.customer) return yield (await dynamoDb.send(new GetItemCommand({ TableName, Key: { id: { S: data.customer } } }))).Item;
  for await (const { Items } of paginateScan({ client: dynamoDb }, { TableName })) yield* Items;
}
exports.handler = async ({ Records }) => {
  for (const { body } of Records) {
    const { metadata, data } = JSON.parse(body);
    for await (const recipient of audience(data)) {
      const { addresses = {}, preferences = {} } = JSON.parse(recipient?.profile.S ?? '{}');
      if (!addresses.email || preferences.global === false || preferences.channels?.email === false || preferences.categories?.news === false) continue;
      await ses.send(new SendEmailCommand({
        FromEmailAddress: 'loop@shop.example',
        Destination: { ToAddresses: [addresses.email] },
        Content: { Simple: { Subject: { Data: 'Told' }, Body: { Text: { Data: '[' + recipient.id.S + ' loop ' + metadata.eventId + ']' } } } },
      }));
    }
  }
};`;

class LoopStack extends Stack {
  constructor(scope: Construct) {
    super(scope, 'Loop');
    const table = new TableV2(this, 'Recipients', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const queue = new Queue(this, 'Events', { visibilityTimeout: Duration.minutes(15) });
    const loop = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline(LOOP),
      timeout: Duration.minutes(15),
      memorySize: 1024,
      environment: { TABLE: table.tableName },
    });
    loop.addEventSource(new SqsEventSource(queue, { batchSize: 1, maxConcurrency: 5 }));
    loop.addToRolePolicy(new PolicyStatement({ actions: ['ses:SendEmail'], resources: ['*'] }));
    table.grantReadData(loop);
    new Rule(this, 'Rule', { eventPattern: { source: ['loop'] }, targets: [new SqsQueue(queue)] });
    new CfnOutput(this, 'LoopTable', { value: table.tableName });
    new CfnOutput(this, 'LoopQueue', { value: queue.queueUrl });
  }
}

const app = new App();
addTo(app);
new LoopStack(app);
