import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A folder with a CDK app as a user would have it: `body` is its code, in which `cdk` is aws-cdk-lib and `app` the app. Other files by their paths.
 */
export function appFolder(body: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-app-'));
  const library = JSON.stringify(require.resolve('aws-cdk-lib'));
  const all = {
    'app.js': `const cdk = require(${library});\nconst app = new cdk.App();\n${body}\napp.synth();\n`,
    'cdk.json': '{"app":"node app.js"}',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** A queue, a table, a function that writes into it, an API before the function, and an alarm that the engine refuses. */
export const SHOP = `
const stack = new cdk.Stack(app, 'Shop');
const queue = new cdk.aws_sqs.Queue(stack, 'Queue');
const table = new cdk.aws_dynamodb.Table(stack, 'Table', { partitionKey: { name: 'id', type: cdk.aws_dynamodb.AttributeType.STRING } });
const handler = new cdk.aws_lambda.Function(stack, 'Order', {
  runtime: cdk.aws_lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  environment: { TABLE: table.tableName },
  code: cdk.aws_lambda.Code.fromInline(\`
    const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
    exports.handler = async (event) => {
      console.log('order ' + event.rawPath);
      await new DynamoDBClient({}).send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: event.rawPath } } }));
      return { statusCode: 201, body: 'stored' };
    };\`),
});
if (app.node.tryGetContext('grant') === 'yes') table.grantWriteData(handler);
const integration = new cdk.aws_apigatewayv2_integrations.HttpLambdaIntegration('Integration', handler);
const api = new cdk.aws_apigatewayv2.HttpApi(stack, 'Api', { defaultIntegration: integration });
const alarm = queue.metricApproximateNumberOfMessagesVisible().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
new cdk.aws_cloudwatch.CompositeAlarm(stack, 'Both', {
  alarmRule: cdk.aws_cloudwatch.AlarmRule.fromAlarm(alarm, cdk.aws_cloudwatch.AlarmState.ALARM),
});
new cdk.CfnOutput(stack, 'Url', { value: api.url });
new cdk.CfnOutput(stack, 'TableName', { value: table.tableName });
new cdk.CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
`;
