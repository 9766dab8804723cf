import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { MAX_INLINE_MESSAGE_BYTES } from '../../../../lib/patterns/webhook-ingestion/contract';
import type { Receive } from '../../../../lib/patterns/webhook-ingestion/handlers/receive';
import { captureOutput } from '../../../support/output';
import { httpApiEvent } from '../../../support/receive/receiver';
import { SENDERS } from '../../../support/signatures/signed-requests';

const SECRET = 'hush';
const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/111122223333/events';

interface Call {
  readonly operation: string;
  readonly path: string;
  readonly body: Buffer;
}

/** The AWS services over HTTP, as the SDK reaches them. */
const calls: Call[] = [];
let silent: string | undefined;
let services: Server;
const environment = { ...process.env };
let output: ReturnType<typeof captureOutput>;

beforeEach(async () => {
  calls.length = 0;
  silent = undefined;
  services = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const operation = String(request.headers['x-amz-target'] ?? request.method).replace(/^.*\./, '');
      calls.push({ operation, path: request.url ?? '', body });
      if (operation === silent) return;
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      const [status, answer] = answerTo(operation, body);
      response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => services.listen(0, '127.0.0.1', resolve));
  process.env = {
    ...environment,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(services.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    BREAKWATER_QUEUE_URL: QUEUE_URL,
    BREAKWATER_CLAIM_BUCKET: 'claims-bucket',
    BREAKWATER_SENDERS: JSON.stringify({
      github: { provider: 'github', secretArns: ['arn:github'], config: {} },
      broken: { provider: 'square', secretArns: ['arn:square'], config: {} },
    }),
  };
  output = captureOutput();
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  services.closeAllConnections();
  services.close();
});

function answerTo(operation: string, body: Buffer): [status: number, answer: string] {
  if (operation === 'GetSecretValue') {
    const { VersionStage } = JSON.parse(body.toString()) as { VersionStage: string };
    if (VersionStage === 'AWSCURRENT') return [200, JSON.stringify({ SecretString: SECRET })];
    return [400, JSON.stringify({ __type: 'ResourceNotFoundException', message: 'no such version' })];
  }
  if (operation === 'SendMessage') {
    const { MessageBody } = JSON.parse(body.toString()) as { MessageBody: string };
    return [200, JSON.stringify({ MessageId: '1', MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') })];
  }
  return [200, ''];
}

function coldStart(): Receive {
  let handler: Receive | undefined;
  jest.isolateModules(() => {
    ({ handler } = require('../../../../lib/patterns/webhook-ingestion/handlers/receive.lambda') as { handler: Receive });
  });
  return handler!;
}

function deliver(handler: Receive, body?: string) {
  const { request } = SENDERS.github({ secret: SECRET, ...(body !== undefined && { body }) });
  return handler(httpApiEvent('github', request), { functionName: 'receive', awsRequestId: 'r' } as Context);
}

test('from its environment alone it reads the secret, enqueues, and claims what is too large', async () => {
  const handler = coldStart();
  expect((await deliver(handler)).statusCode).toBe(200);
  expect((await deliver(handler, 'x'.repeat(MAX_INLINE_MESSAGE_BYTES + 1))).statusCode).toBe(200);
  expect(calls.map(({ operation }) => operation)).toEqual(['GetSecretValue', 'GetSecretValue', 'SendMessage', 'PUT', 'SendMessage']);
  const [, , first, put] = calls as [Call, Call, Call, Call];
  expect(JSON.parse(first.body.toString())).toMatchObject({ QueueUrl: QUEUE_URL });
  expect(put.path).toMatch(/^\/claims-bucket\/claims\/github\/[0-9a-f]{64}/);
  expect(put.body).toHaveLength(MAX_INLINE_MESSAGE_BYTES + 1);
});

test('a queue that does not answer is given up before the function is cut off, which is after 5 seconds at the earliest', async () => {
  silent = 'SendMessage';
  const handler = coldStart();
  const begun = performance.now();
  expect((await deliver(handler)).statusCode).toBe(503);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('a sender whose settings are wrong is named once at the start', () => {
  coldStart();
  expect(output.lines()).toEqual([
    expect.objectContaining({ level: 'ERROR', sender: 'broken', problem: expect.stringContaining('notificationUrl') }),
  ]);
});

test.each(['BREAKWATER_QUEUE_URL', 'BREAKWATER_CLAIM_BUCKET', 'BREAKWATER_SENDERS'])('it does not start without %s', (name) => {
  delete process.env[name];
  expect(coldStart).toThrow(`environment variable ${name} is missing`);
});
