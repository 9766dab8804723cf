import path from 'node:path';
import { DynamoDBClient, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { deploy, type LocalEngine, localUrl, startEngine } from '../../lib/operate/local';
import type { EmittedDetail } from '../../lib/runtime';
import { deterministicId } from '../../lib/runtime/deterministic-id';
import { until } from '../support/engine/processes';

jest.setTimeout(180_000);

interface Told {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: EmittedDetail<{ readonly id: string }>;
}

let engine: LocalEngine;
let outputs: Readonly<Record<string, string>>;
let sqs: SQSClient;
let dynamoDb: DynamoDBClient;

beforeAll(async () => {
  const progress = () => {};
  engine = await startEngine({ progress });
  const app = 'node test/support/orders/app.cjs';
  const { stacks } = await deploy({ engine, app, workingDirectory: path.resolve(__dirname, '../..'), progress });
  outputs = stacks[0]!.outputs;
  sqs = new SQSClient(engine.clientConfig);
  dynamoDb = new DynamoDBClient(engine.clientConfig);
});
afterAll(async () => {
  sqs?.destroy();
  dynamoDb?.destroy();
  await engine?.stop();
});

async function post(key: string, order: object) {
  const response = await fetch(`${localUrl(engine, outputs.Url!)}orders`, {
    method: 'POST',
    headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** What was told since the last call, until an event of this order is among it. */
async function toldUntil(id: string): Promise<Told[]> {
  const QueueUrl = outputs.ToldUrl;
  const told: Told[] = [];
  await until(
    `order ${id} is told of`,
    async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      told.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Told));
      return told.some(({ detail }) => detail.data.id === id);
    },
    60_000,
  );
  return told;
}

describe('a request over an HTTP API', () => {
  test('gets the first answer again under its key, and another request under that key is refused', async () => {
    const first = await post('a', { id: 'order-a' });
    expect([first.status, JSON.parse(first.body).id, first.headers.get('idempotent-replayed')]).toEqual([201, 'order-a', null]);
    const again = await post('a', { id: 'order-a' });
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, first.body, 'true']);
    expect((await post('a', { id: 'order-b' })).status).toBe(422);
    expect((await post('', { id: 'order-b' })).status).toBe(400);
    const { Items: orders = [] } = await dynamoDb.send(new ScanCommand({ TableName: outputs.OrdersTable }));
    expect(orders).toEqual([{ id: { S: 'order-a' } }]);
    const told = await toldUntil('order-a');
    expect(told.map(({ detail }) => detail.data)).toEqual([{ id: 'order-a' }]);
  });

  test('is told to wait while the same is in progress', async () => {
    const order = { id: 'order-c', after: 'released' };
    const both = [post('c', order), post('c', order)];
    const second = await Promise.race(both);
    expect(second.status).toBe(409);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await dynamoDb.send(new PutItemCommand({ TableName: outputs.OrdersTable, Item: { id: { S: 'released' } } }));
    const first = (await Promise.all(both)).find((answer) => answer !== second)!;
    expect(first.status).toBe(201);
    expect(await post('c', order)).toMatchObject({ status: 201, body: first.body });
    await toldUntil('order-c');
  });
});

describe('events that a worker emitted', () => {
  const orders = Array.from({ length: 10 }, (_, index) => `import-${index}`);
  const idOf = (order: string, index: number) => deterministicId(`import#${order}`, 'test.orders', 'order.created', 1, index);

  test('are on the bus once each, though their messages came twice, and again under the same id when they are published again', async () => {
    for (let copy = 0; copy < 2; copy++) {
      const Entries = orders.map((id) => ({ Id: id, MessageBody: JSON.stringify({ id }) }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: outputs.ImportsUrl, Entries }));
    }
    await until(
      'the queue is empty',
      async () => {
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl: outputs.ImportsUrl,
            AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
          }),
        );
        return Object.values(Attributes).every((count) => count === '0');
      },
      60_000,
    );
    // The stream is read in order: once the last is told of, all before it are.
    await post('last', { id: 'last' });
    const told = await toldUntil('last');

    const idsOf = (order: string) =>
      told.filter(({ detail }) => detail.metadata.causedBy === `import#${order}`).map(({ detail }) => detail.metadata.eventId);
    for (const order of orders) expect(idsOf(order).sort()).toEqual([idOf(order, 0), idOf(order, 1)].sort());
    expect(told).toHaveLength(2 * orders.length + 1);
    expect(told.find(({ detail }) => detail.metadata.eventId === idOf('import-3', 1))).toMatchObject({
      source: 'test.orders',
      'detail-type': 'order.created',
      detail: { data: { id: 'import-3, again' }, metadata: { contract: 'order.created', version: 1 } },
    });

    const Key = { id: { S: `outbox#${idOf('import-3', 1)}` } };
    const ExpressionAttributeValues = { ':now': { S: new Date().toISOString() } };
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: outputs.IdempotencyTable,
        Key,
        ConditionExpression: 'attribute_exists(id)',
        UpdateExpression: 'SET publishAgain = :now',
        ExpressionAttributeValues,
      }),
    );
    expect((await toldUntil('import-3, again')).map(({ detail }) => detail.metadata.eventId)).toEqual([idOf('import-3', 1)]);
  });
});
