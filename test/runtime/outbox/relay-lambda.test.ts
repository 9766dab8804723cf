import { createHash } from 'node:crypto';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import type { OutboxRelayHandler } from '../../../lib/runtime';
import { outboxPut } from '../../../lib/runtime/outbox/outbox';
import { type AwsEndpoint, type ReceivedRequest, startAwsEndpoint } from '../../support/aws-endpoint';
import { captureOutput } from '../../support/output';

let aws: AwsEndpoint;
let answer: (request: ReceivedRequest) => object | Promise<object>;
let output: ReturnType<typeof captureOutput>;
const environment = { ...process.env };

beforeEach(async () => {
  aws = await startAwsEndpoint((request) => answer(request));
  process.env = {
    ...environment,
    ...aws.environment,
    AWS_LAMBDA_FUNCTION_NAME: 'relay',
    BREAKWATER_EVENT_BUS: 'bus',
    BREAKWATER_PARKING_LOT_URL: 'https://sqs.eu-central-1.amazonaws.com/111122223333/parking-lot',
    BREAKWATER_PARK_AFTER_SECONDS: '60',
  };
  jest.resetModules();
  output = captureOutput();
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  aws.stop();
});

/** Loaded anew, as Lambda starts it. */
function start(): OutboxRelayHandler {
  return (require('../../../lib/runtime/outbox/relay.lambda') as { handler: OutboxRelayHandler }).handler;
}

/** An event whose effect stands for so many seconds. */
function relayed(handler: OutboxRelayHandler, age: number, remaining = 1_000) {
  const contract = { name: 'payment.recorded', version: 1, source: 'acme.payments' };
  const now = Date.now();
  const outbox = { tableName: 't', retentionSeconds: 100, causedBy: 'stripe#evt_1', correlationId: 'c-1', nowMilliseconds: now };
  const NewImage = outboxPut(contract, { amount: 5 }, 0, outbox).Item as never;
  const dynamodb = { NewImage, SequenceNumber: '1', ApproximateCreationDateTime: now / 1000 - age };
  const event: DynamoDBStreamEvent = { Records: [{ eventName: 'INSERT', dynamodb }] };
  return handler(event, { functionName: 'relay', getRemainingTimeInMillis: () => remaining } as Context);
}

test('what was emitted is published to the bus that the environment names', async () => {
  answer = () => ({ Entries: [{ EventId: 'e-1' }], FailedEntryCount: 0 });
  await expect(relayed(start(), 0)).resolves.toEqual({ batchItemFailures: [] });
  expect(aws.requests).toEqual([
    { operation: 'PutEvents', body: { Entries: [expect.objectContaining({ EventBusName: 'bus', Source: 'acme.payments' })] } },
  ]);
});

test('it counts what it publishes in the namespace of this package', async () => {
  answer = () => ({ Entries: [{ EventId: 'e-1' }], FailedEntryCount: 0 });
  await relayed(start(), 0);
  expect(output.lines().find(({ Published }) => Published !== undefined)).toMatchObject({
    Published: 1,
    _aws: { CloudWatchMetrics: [{ Namespace: 'Breakwater' }] },
  });
});

describe('a bus that', () => {
  const GIVEN_BACK = { batchItemFailures: [{ itemIdentifier: '1' }] };

  test('fails is tried four times, by the relay alone', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    answer = () => Promise.reject(new Error('broken'));
    await expect(relayed(start(), 0, 60_000)).resolves.toEqual(GIVEN_BACK);
    expect(aws.requests.map(({ operation }) => operation)).toEqual(Array(4).fill('PutEvents'));
  });

  test('does not answer is not waited for', async () => {
    const { setTimeout: later } = globalThis;
    const hastened = (callback: () => void, milliseconds = 0) => later(callback, milliseconds / 30);
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(hastened as typeof setTimeout);
    answer = () => new Promise(() => {});
    await expect(relayed(start(), 0, 10)).resolves.toEqual(GIVEN_BACK);
  });
});

test('what could not be published in the time that the environment allows is parked at the endpoint of the service', async () => {
  // The SDK checks that the queue has understood the body.
  answer = ({ operation, body: { MessageBody } }) =>
    operation === 'PutEvents'
      ? { Entries: [{ ErrorCode: 'InternalFailure' }] }
      : { MessageId: 'm-1', MD5OfMessageBody: createHash('md5').update(String(MessageBody)).digest('hex') };
  const handler = start();
  await expect(relayed(handler, 50)).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(aws.requests.filter(({ operation }) => operation === 'SendMessage')).toEqual([]);
  await expect(relayed(handler, 70)).resolves.toEqual({ batchItemFailures: [] });
  expect(aws.requests.at(-1)).toMatchObject({
    operation: 'SendMessage',
    body: { QueueUrl: process.env.BREAKWATER_PARKING_LOT_URL, MessageAttributes: { BreakwaterHandler: { StringValue: 'relay' } } },
  });
});

test.each(['BREAKWATER_EVENT_BUS', 'BREAKWATER_PARKING_LOT_URL', 'BREAKWATER_PARK_AFTER_SECONDS', 'AWS_LAMBDA_FUNCTION_NAME'])(
  'it does not start without %s',
  (name) => {
    delete process.env[name];
    expect(start).toThrow(`environment variable ${name} is missing: the OutboxRelay construct sets it`);
  },
);
