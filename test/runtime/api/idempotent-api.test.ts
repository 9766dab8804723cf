import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { idempotentApi } from '../../../lib/runtime';
import { captureOutput } from '../../support/output';

/** DynamoDB over HTTP, as the SDK reaches it. It is silent to the first request. */
let table: Server;
let operations: string[];
const environment = { ...process.env };

beforeEach(async () => {
  operations = [];
  table = createServer((request, response) => {
    request.resume().on('end', () => {
      operations.push(String(request.headers['x-amz-target']).replace(/^.*\./, ''));
      if (operations.length > 1) response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => table.listen(0, '127.0.0.1', resolve));
  process.env = {
    ...environment,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(table.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    BREAKWATER_IDEMPOTENCY_TABLE: 'idempotency',
    BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '86400',
  };
  captureOutput();
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  table.closeAllConnections();
  table.close();
});

test('a table that does not answer is asked again after 3 seconds, not waited for', async () => {
  const handler = idempotentApi({ name: 'greet', caller: () => 'anybody', handle: () => ({ statusCode: 200 }) });
  const event = {
    rawPath: '/',
    rawQueryString: '',
    headers: { 'idempotency-key': 'key' },
    body: '{}',
    isBase64Encoded: false,
    requestContext: { requestId: 'request', http: { method: 'POST' } },
  } as unknown as APIGatewayProxyEventV2;
  const context = { functionName: 'greet', awsRequestId: 'request', getRemainingTimeInMillis: () => 10_000 } as Context;
  await expect(handler(event, context)).resolves.toMatchObject({ statusCode: 200 });
  expect(operations).toEqual(['PutItem', 'PutItem', 'UpdateItem']);
}, 10_000);

test.each(['BREAKWATER_IDEMPOTENCY_TABLE', 'BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS'])('it does not start without %s', (name) => {
  delete process.env[name];
  expect(() => idempotentApi({ name: 'greet', caller: () => 'anybody', handle: () => ({ statusCode: 200 }) })).toThrow(name);
});
