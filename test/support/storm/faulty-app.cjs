// The example's app with one function replaced by a careless one, so that tests see a storm find the fault. Argument: which.
const path = require('node:path');
const { App } = require('aws-cdk-lib');
const { WebhookIngestionExample } = require('../../../dist/examples/webhook-ingestion/stack.js');

// Plain SDK, as it is often written: each run of the handler writes, and nothing knows whether an earlier one did.
const UNGUARDED_WORKER = `
const { DynamoDBClient, TransactWriteItemsCommand } = require('@aws-sdk/client-dynamodb');
const { randomUUID } = require('node:crypto');
const client = new DynamoDBClient({});
exports.handler = async ({ Records }) => {
  for (const { body } of Records) {
    let event;
    try {
      event = JSON.parse(JSON.parse(body).body.data);
    } catch {
      continue;
    }
    const { id, customer, amount } = event;
    await client.send(new TransactWriteItemsCommand({ TransactItems: [
      { Put: { TableName: process.env.LEDGER_TABLE, Item: { id: { S: 'entry#' + randomUUID() }, event: { S: id }, customer: { S: customer },
        amount: { N: String(amount) }, recordedAt: { S: new Date().toISOString() } } } },
      { Update: { TableName: process.env.LEDGER_TABLE, Key: { id: { S: 'customer#' + customer } }, UpdateExpression: 'ADD balance :amount',
        ExpressionAttributeValues: { ':amount': { N: String(amount) } } } },
    ] }));
  }
};`;

// Answers before the event is safe, and then it never is.
const LOSSY_RECEIVER = `exports.handler = async () => ({ statusCode: 202 });`;

const FAULTS = {
  unguarded: (payments) => [payments.queueWorker.workerFunction, UNGUARDED_WORKER],
  lossy: (payments) => [payments.receiverFunction, LOSSY_RECEIVER],
};

process.chdir(path.resolve(__dirname, '../../..'));
const stack = new WebhookIngestionExample(new App(), 'WebhookIngestion');
const [handler, code] = FAULTS[process.argv[2]](stack.node.findChild('Payments'));
handler.lambdaFunction.node.defaultChild.code = { zipFile: code };
