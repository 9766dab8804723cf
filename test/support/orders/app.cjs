// Orders come in over an HTTP API and over a queue; both tell of them on an event bus, and a queue keeps what was told.
const { App, CfnOutput, Duration, Stack } = require('aws-cdk-lib');
const { HttpApi, HttpMethod } = require('aws-cdk-lib/aws-apigatewayv2');
const { HttpLambdaIntegration } = require('aws-cdk-lib/aws-apigatewayv2-integrations');
const { AttributeType, TableV2 } = require('aws-cdk-lib/aws-dynamodb');
const { EventBus, Rule } = require('aws-cdk-lib/aws-events');
const { SqsQueue } = require('aws-cdk-lib/aws-events-targets');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const { Alarms, Handler, HandlerFunction, IdempotencyTable, OutboxRelay, QueueWorker } = require('cdk-breakwater');

const stack = new Stack(new App(), 'Orders');
const alarms = Alarms.none();
const orders = new TableV2(stack, 'Table', { partitionKey: { name: 'id', type: AttributeType.STRING } });
const environment = { ORDERS_TABLE: orders.tableName };

const idempotencyTable = new IdempotencyTable(stack, 'Idempotency');
const createOrder = new HandlerFunction(stack, 'CreateOrder', {
  handler: Handler.fromEntry('test/support/orders/create-order.ts', { environment }),
});
idempotencyTable.guardRequests(createOrder, { repeatedWithin: Duration.hours(1) });
orders.grantReadWriteData(createOrder);
const api = new HttpApi(stack, 'Api');
api.addRoutes({
  path: '/orders',
  methods: [HttpMethod.POST],
  integration: new HttpLambdaIntegration('CreateOrder', createOrder.function),
});

const imports = new QueueWorker(stack, 'Imports', {
  worker: Handler.fromEntry('test/support/orders/import-order.ts', { environment }),
  idempotencyTable,
  alarms,
});
orders.grantWriteData(imports.worker);

const eventBus = new EventBus(stack, 'Bus');
new OutboxRelay(stack, 'Outbox', { table: idempotencyTable, eventBus, alarms });
const told = new Queue(stack, 'Told');
new Rule(stack, 'Tell', { eventBus, eventPattern: { source: ['test.orders'] }, targets: [new SqsQueue(told)] });

const outputs = {
  Url: api.url,
  OrdersTable: orders.tableName,
  IdempotencyTable: idempotencyTable.table.tableName,
  ImportsUrl: imports.queue.queueUrl,
  ToldUrl: told.queueUrl,
};
for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
stack.node.root.synth();
