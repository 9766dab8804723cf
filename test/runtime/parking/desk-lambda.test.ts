import type { Context } from 'aws-lambda';
import { type AwsEndpoint, type ReceivedRequest, startAwsEndpoint } from '../../support/aws-endpoint';
import { captureOutput } from '../../support/output';

let aws: AwsEndpoint;
let answer: (request: ReceivedRequest) => object;
const environment = { ...process.env };
const lot = {
  arn: 'arn:aws:sqs:eu-central-1:111122223333:parked',
  url: 'https://parked',
  targetUrl: 'https://orders',
  settledWithinSeconds: 60,
};

beforeEach(async () => {
  aws = await startAwsEndpoint((request) => answer(request));
  process.env = {
    ...environment,
    ...aws.environment,
    AWS_LAMBDA_FUNCTION_NAME: 'desk',
    BREAKWATER_PARKING_TABLE: 'parking',
    BREAKWATER_PARKING_BUCKET: 'bodies',
    BREAKWATER_PARKING_LOTS: JSON.stringify([lot]),
    BREAKWATER_PARKING_STATE_MACHINE: 'arn:aws:states:eu-central-1:111122223333:stateMachine:jobs',
    BREAKWATER_PARKING_RETENTION_DAYS: '90',
    BREAKWATER_PARKING_CUSTOMER_THRESHOLD: '100',
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
function start(name: 'desk' | 'job'): (event: object) => Promise<unknown> {
  const { handler } = require(`../../../lib/runtime/parking/${name}.lambda`) as {
    handler: (event: object, context: Context) => Promise<unknown>;
  };
  return (event) => handler(event, { functionName: name, getRemainingTimeInMillis: () => 60_000 } as Context);
}

const operations = () => aws.requests.map(({ operation }) => operation);

test('the desk answers what it is invoked with from the table that the environment names', async () => {
  answer = () => ({ Items: [] });
  await expect(start('desk')({ command: 'groups' })).resolves.toEqual({ groups: [] });
  expect(aws.requests).toEqual([{ operation: 'Query', body: expect.objectContaining({ TableName: 'parking', IndexName: 'byGroup' }) }]);
});

test('what the desk refuses is an error by which the command line knows it', async () => {
  answer = () => ({});
  await expect(start('desk')({ command: 'job', job: 'redrive-1' })).rejects.toMatchObject({
    name: 'DeskError',
    message: 'There is no job redrive-1.',
  });
});

test('the desk starts an execution of the state machine that the environment names', async () => {
  const group = { group: { S: 'abc' }, sample: { S: 'm1' }, counts: { M: { parked: { N: '1' } } }, state: { S: 'open' } };
  const message = { id: { S: 'm1' }, lot: { S: lot.arn } };
  answer = ({ operation, body }) => {
    if (operation === 'GetItem') return { Item: JSON.stringify(body).includes('group#') ? group : message };
    return operation === 'StartExecution' ? { executionArn: 'a', startDate: 0 } : {};
  };
  await start('desk')({ command: 'redrive', group: 'abc', rate: 1, canary: 0, by: 'ann' });
  expect(operations()).toEqual(['GetItem', 'GetItem', 'TransactWriteItems', 'StartExecution']);
  expect(aws.requests.at(-1)!.body).toMatchObject({ stateMachineArn: process.env.BREAKWATER_PARKING_STATE_MACHINE });
});

test('a step takes its job and gives it back', async () => {
  const Attributes = { id: { S: 'wake-1' }, kind: { S: 'wake' }, state: { S: 'finished' }, executions: { N: '1' } };
  answer = ({ operation }) => (operation === 'UpdateItem' ? { Attributes } : {});
  await expect(start('job')({ job: 'wake-1', execution: 1 })).resolves.toEqual({ next: 'end', waitSeconds: 0 });
  expect(operations()).toEqual(['UpdateItem', 'TransactWriteItems']);
});

test('the desk and the job name every fault of their environment at once', () => {
  delete process.env.BREAKWATER_PARKING_TABLE;
  process.env.BREAKWATER_PARKING_LOTS = '[{}]';
  delete process.env.BREAKWATER_PARKING_STATE_MACHINE;
  expect(() => start('desk')).toThrow(
    /^parking desk: .*_TABLE must be .*_LOTS must be .*_STATE_MACHINE must be .* The ParkingDesk block sets these\.$/,
  );
  expect(() => start('job')).toThrow(/_TABLE must be .*_LOTS must be /);
});
