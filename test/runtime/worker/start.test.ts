import { createHash } from 'node:crypto';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { worker } from '../../../lib/runtime';
import { type AwsEndpoint, startAwsEndpoint } from '../../support/aws-endpoint';
import { captureOutput } from '../../support/output';
import { envelope, PARKING_LOT_URL, QUEUE_URL, sqsRecord } from './worker-bench';

let aws: AwsEndpoint;
const environment = { ...process.env };

beforeEach(async () => {
  aws = await startAwsEndpoint(({ operation }) => (operation.startsWith('GET ') ? Buffer.from('"claimed"') : {}));
  process.env = {
    ...environment,
    ...aws.environment,
    AWS_LAMBDA_FUNCTION_NAME: 'record-payment',
    BREAKWATER_IDEMPOTENCY_TABLE: 'idempotency',
    BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '86400',
    BREAKWATER_QUEUE_URL: QUEUE_URL,
    BREAKWATER_PARKING_LOT_URL: PARKING_LOT_URL,
    BREAKWATER_RETRY_BUDGET: '{"attempts":3,"baseDelaySeconds":1,"maxDelaySeconds":60}',
    BREAKWATER_CLAIM_BUCKET: 'claims',
  };
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  aws.stop();
});

function run(handle: (event: unknown) => void, ...records: SQSRecord[]) {
  const context = { functionName: 'record-payment', getRemainingTimeInMillis: () => 10_000 } as Context;
  return worker({ handle })({ Records: records } as SQSEvent, context);
}

test('a worker that starts from its environment writes to its table and publishes its metrics', async () => {
  const { lines } = captureOutput();
  await expect(run(() => {}, sqsRecord({ body: envelope(1) }))).resolves.toEqual({ batchItemFailures: [] });
  expect(aws.requests.map(({ operation }) => operation)).toEqual(['TransactWriteItems']);
  expect(aws.requests[0]!.body.TransactItems).toMatchObject([{ Put: { TableName: 'idempotency' } }]);
  expect(lines().find(({ Done }) => Done !== undefined)).toMatchObject({
    Done: 1,
    _aws: { CloudWatchMetrics: [{ Namespace: 'Breakwater' }] },
  });
});

test('it reaches its queue at the endpoint of the service, not at that of the URL', async () => {
  captureOutput();
  const record = sqsRecord({ body: envelope(1) });
  const failing = run(() => {
    throw new Error('later');
  }, record);
  await expect(failing).resolves.toEqual({ batchItemFailures: [{ itemIdentifier: record.messageId }] });
  expect(aws.requests).toEqual([{ operation: 'ChangeMessageVisibility', body: expect.objectContaining({ QueueUrl: QUEUE_URL }) }]);
});

test('it reads a claimed body from its bucket', async () => {
  captureOutput();
  const seen: unknown[] = [];
  const claim = { key: 'claims/1', bytes: 9, sha256: createHash('sha256').update('"claimed"').digest('hex') };
  await run((event) => void seen.push(event), sqsRecord({ body: envelope(undefined, { body: undefined, claim }) }));
  expect(seen).toEqual(['claimed']);
  expect(aws.requests[0]!.operation).toMatch(/^GET \/claims\/claims\/1/);
});
