import type { Context } from 'aws-lambda';
import type { IntakeHandler } from '../../../lib/runtime/parking/intake';
import { type AwsEndpoint, startAwsEndpoint } from '../../support/aws-endpoint';
import { captureOutput } from '../../support/output';
import { lot, parked } from './intake-bench';

let aws: AwsEndpoint;
const environment = { ...process.env };

beforeEach(async () => {
  aws = await startAwsEndpoint(({ operation }) => (operation === 'BatchGetItem' ? { Responses: {}, UnprocessedKeys: {} } : {}));
  process.env = {
    ...environment,
    ...aws.environment,
    AWS_LAMBDA_FUNCTION_NAME: 'intake',
    BREAKWATER_PARKING_TABLE: 'desk',
    BREAKWATER_PARKING_BUCKET: 'bodies',
    BREAKWATER_PARKING_RETENTION_DAYS: '30',
    BREAKWATER_PARKING_LOTS: JSON.stringify([lot]),
    BREAKWATER_PARKING_CUSTOMER_THRESHOLD: '10',
  };
  jest.resetModules();
  captureOutput();
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  aws.stop();
});

/** Loaded anew, as Lambda starts it. */
function start(): IntakeHandler {
  return (require('../../../lib/runtime/parking/intake.lambda') as { handler: IntakeHandler }).handler;
}

test('a message goes to the table and the bucket that the environment names', async () => {
  const context = { functionName: 'intake', getRemainingTimeInMillis: () => 30_000 } as Context;
  await expect(start()({ Records: [parked({ body: '{"amount":5}' })] }, context)).resolves.toEqual({ batchItemFailures: [] });
  const operations = aws.requests.map(({ operation }) => operation);
  expect(operations.filter((operation) => operation.startsWith('PUT '))).toEqual([
    expect.stringMatching(/bodies\/bodies\/[0-9a-f]{16}\/0/),
  ]);
  const written = aws.requests.find(({ operation }) => operation === 'TransactWriteItems')!;
  expect(JSON.stringify(written.body)).toContain('"TableName":"desk"');
});

test('it does not start without its environment, and names all that is wrong with it', () => {
  delete process.env.BREAKWATER_PARKING_TABLE;
  process.env.BREAKWATER_PARKING_RETENTION_DAYS = '0';
  process.env.BREAKWATER_PARKING_LOTS = '[{}]';
  expect(start).toThrow(
    /^parking intake: BREAKWATER_PARKING_TABLE must be .* given nothing; .*RETENTION_DAYS must be .* given "0"; .*LOTS must be/,
  );
});
