import { GetItemCommand, PutItemCommand, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { ParkedAttribute } from '../../../lib/blocks/contract';
import { PermanentError, type WorkerOptions } from '../../../lib/runtime';
import type { Tables } from '../../support/in-memory-table/tables';
import { bench, envelope, NOW, RecordedClient, sqsRecord } from './worker-bench';

interface Payment {
  readonly account: string;
  readonly amount: number;
}

const pay: WorkerOptions<Payment> = {
  handle: (event, { transaction }) =>
    transaction.update({
      TableName: 'ledger',
      Key: { id: event.account },
      UpdateExpression: 'ADD balance :amount',
      ExpressionAttributeValues: { ':amount': event.amount },
    }),
};

function redriven(sent: Record<string, unknown>): SQSRecord {
  const attributes = sent.MessageAttributes as Record<string, MessageAttributeValue>;
  return sqsRecord({
    body: String(sent.MessageBody),
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, { DataType, StringValue }]) => [
        name,
        { dataType: DataType as 'String', stringValue: StringValue },
      ]),
    ),
  });
}

export function workerBehaviour(local: () => Tables): void {
  let tables = 0;
  let account = '';
  const balance = async () => {
    const { Item } = await local().client.send(
      new GetItemCommand({ TableName: 'ledger', Key: { id: { S: account } }, ConsistentRead: true }),
    );
    return Number(Item?.balance?.N ?? 0);
  };
  const idempotencyRecord = async (id: string) =>
    (await local().client.send(new GetItemCommand({ TableName: 'idempotency', Key: { id: { S: id } }, ConsistentRead: true }))).Item;
  const payment = (overrides: Parameters<typeof envelope>[1] = {}, amount = 5) =>
    envelope({ account, amount }, { id: `evt-of-${account}`, ...overrides });
  const table = () => ({ dynamoDb: local().client });

  beforeAll(async () => {
    await local().createTable('idempotency');
    await local().createTable('ledger');
  });
  beforeEach(() => {
    account = `account-${++tables}`;
  });

  test('writes effect and record together, with the contract its record is read by', async () => {
    const { run, telemetry } = bench(pay, table());
    await expect(run([sqsRecord({ body: payment() })])).resolves.toEqual({ batchItemFailures: [] });
    expect(await balance()).toBe(5);
    expect(await idempotencyRecord(`stripe#evt-of-${account}`)).toEqual({
      id: { S: `stripe#evt-of-${account}` },
      status: { S: 'COMPLETED' },
      validation: { S: expect.stringMatching(/^[0-9a-f]{64}$/) },
      expiration: { N: String(NOW / 1000 + 1_000_000) },
    });
    expect(telemetry.counts).toMatchObject({ Done: 1, EndToEndTime: 2000 });
  });

  test('acknowledges a duplicate without effect', async () => {
    const { run, telemetry } = bench(pay, table());
    await run([sqsRecord({ body: payment() })]);
    await expect(run([sqsRecord({ body: payment({ correlationId: 'another delivery' }) })])).resolves.toEqual({ batchItemFailures: [] });
    expect(await balance()).toBe(5);
    expect(telemetry.counts).toMatchObject({ Done: 1, Duplicate: 1 });
  });

  test('takes the effect again once the record has expired', async () => {
    const { run } = bench(pay, table());
    await run([sqsRecord({ body: payment() })]);
    const { run: later } = bench(pay, { ...table(), clock: { now: () => NOW + 1_000_002_000, random: () => 0, after: () => () => {} } });
    await later([sqsRecord({ body: payment() })]);
    expect(await balance()).toBe(10);
  });

  test('takes an event that was rendered anew for a duplicate when the ingress says that it is the same', async () => {
    const { run, telemetry } = bench(pay, table());
    const [same, other] = ['a', 'b'].map((letter) => letter.repeat(64));
    await run([sqsRecord({ body: payment({ payloadHash: same }) })]);
    await run([sqsRecord({ body: payment({ payloadHash: same }, 6) })]);
    expect(telemetry.counts).toMatchObject({ Done: 1, Duplicate: 1 });
    await run([sqsRecord({ body: payment({ payloadHash: other }) })]);
    expect(telemetry.counts).toMatchObject({ 'Parked:conflict': 1 });
    expect(await balance()).toBe(5);
  });

  test('parks another payload under the same key as a conflict', async () => {
    const { run, sqs, telemetry } = bench(pay, table());
    await run([sqsRecord({ body: payment() })]);
    await expect(run([sqsRecord({ body: payment({}, 6) })])).resolves.toEqual({ batchItemFailures: [] });
    expect(await balance()).toBe(5);
    expect(telemetry.counts).toMatchObject({ 'Parked:conflict': 1 });
    expect(sqs.named('SendMessage')[0]!.MessageAttributes).toMatchObject({
      [ParkedAttribute.REASON]: { StringValue: 'conflict' },
      [ParkedAttribute.ERROR_NAME]: { StringValue: 'IdempotencyConflictError' },
    });
  });

  test('does not park what failed late when the effect stands already', async () => {
    await bench(pay, table()).run([sqsRecord({ body: payment() })]);
    const { run, sqs, telemetry } = bench<Payment>({ handle: () => Promise.reject(new PermanentError('no such account')) }, table());
    await expect(run([sqsRecord({ body: payment() })])).resolves.toEqual({ batchItemFailures: [] });
    expect(sqs.sent).toEqual([]);
    expect(telemetry.counts).toEqual({ Duplicate: 1 });
  });

  test('a parked event has no effect through another copy, until one is redriven', async () => {
    const failing = bench<Payment>({ handle: () => Promise.reject(new PermanentError('no such account')) }, table());
    await failing.run([sqsRecord({ body: payment() })]);
    const parked = failing.sqs.named('SendMessage')[0]!;

    const mended = bench(pay, table());
    await mended.run([sqsRecord({ body: payment() })]);
    expect(await balance()).toBe(0);
    const copy = mended.sqs.named('SendMessage')[0]!;
    expect(copy.MessageAttributes).toMatchObject({
      [ParkedAttribute.REASON]: { StringValue: 'permanent' },
      [ParkedAttribute.ERROR_NAME]: { StringValue: 'AlreadyParkedError' },
    });

    await mended.run([redriven(parked)]);
    expect(await balance()).toBe(5);
    await mended.run([redriven(copy)]);
    expect(await balance()).toBe(5);
    expect(mended.telemetry.counts).toMatchObject({ Done: 1, Duplicate: 1 });
  });

  test('a redriven copy that fails again can be redriven again, an older copy of it can not', async () => {
    const failing = bench<Payment>({ handle: () => Promise.reject(new PermanentError('no such account')) }, table());
    await failing.run([sqsRecord({ body: payment() })]);
    const first = redriven(failing.sqs.named('SendMessage')[0]!);
    const later = bench<Payment>(
      { handle: () => Promise.reject(new PermanentError('still none')) },
      { ...table(), clock: { now: () => NOW + 60_000, random: () => 0, after: () => () => {} } },
    );
    await later.run([first]);
    const second = redriven(later.sqs.named('SendMessage')[0]!);

    const mended = bench(pay, table());
    await mended.run([first]);
    expect(await balance()).toBe(0);
    await mended.run([second]);
    expect(await balance()).toBe(5);
  });

  test('retries in place when another transaction was in the way', async () => {
    let refusals = 2;
    const dynamoDb = new RecordedClient((name, input) => {
      if (name === 'TransactWriteItems' && refusals-- > 0) {
        throw Object.assign(new TransactionCanceledException({ message: '', $metadata: {} }), {
          CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
        });
      }
      return local().client.send(new TransactWriteItemsCommand(input as never));
    });
    const { run, sqs } = bench(pay, { dynamoDb: dynamoDb as never });
    await expect(run([sqsRecord({ body: payment() })])).resolves.toEqual({ batchItemFailures: [] });
    expect(await balance()).toBe(5);
    expect(dynamoDb.named('TransactWriteItems')).toHaveLength(3);
    expect(sqs.sent).toEqual([]);
  });

  test('a lost reply of a committed transaction is neither repeated nor reported as failed', async () => {
    let losses = 1;
    const dynamoDb = new RecordedClient(async (_name, input) => {
      const reply = await local().client.send(new TransactWriteItemsCommand(input as never));
      if (losses-- > 0) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return reply;
    });
    const { run, telemetry } = bench(pay, { dynamoDb: dynamoDb as never });
    await expect(run([sqsRecord({ body: payment() })])).resolves.toEqual({ batchItemFailures: [] });
    expect(await balance()).toBe(5);
    expect(telemetry.counts).toMatchObject({ Done: 1 });
  });

  test('a business condition that is not met is retried, named, and writes nothing of its event', async () => {
    await local().client.send(new PutItemCommand({ TableName: 'ledger', Item: { id: { S: account }, balance: { N: '1' } } }));
    const withdraw = bench<Payment>(
      {
        handle: (event, { transaction }) => {
          transaction.put({ TableName: 'ledger', Item: { id: `entry-of-${event.account}` } });
          transaction.update({
            TableName: 'ledger',
            Key: { id: event.account },
            UpdateExpression: 'SET balance = balance - :amount',
            ConditionExpression: 'balance >= :amount',
            ExpressionAttributeValues: { ':amount': event.amount },
          });
        },
      },
      table(),
    );
    const record = sqsRecord({ body: payment() });
    await expect(withdraw.run([record])).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: record.messageId }] });
    expect(withdraw.sqs.named('ChangeMessageVisibility')).toEqual([expect.objectContaining({ VisibilityTimeout: 5 })]);
    expect(JSON.stringify(withdraw.telemetry.lines.find(({ level }) => level === 'warn')?.extra, errorText)).toContain(
      'operation 1 (update on ledger)',
    );
    expect(await idempotencyRecord(`stripe#evt-of-${account}`)).toBeUndefined();
  });
}

function errorText(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
