import type { S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { MessageEnvelope } from '../../../lib/blocks/contract';
import type { SenderSettings } from '../../../lib/patterns/webhook-ingestion/contract';
import { createClaimStore } from '../../../lib/patterns/webhook-ingestion/handlers/claims';
import { createEnqueue } from '../../../lib/patterns/webhook-ingestion/handlers/queue';
import { createReceive, type ReceiveDependencies } from '../../../lib/patterns/webhook-ingestion/handlers/receive';
import { readSenders } from '../../../lib/patterns/webhook-ingestion/handlers/senders';
import { createSecretReader } from '../../../lib/runtime/secret-reader';
import { type SignedRequest, type VerificationInput, verify } from '../../../lib/runtime/signatures';
import { createTelemetry } from '../../../lib/runtime/telemetry';
import { NOW } from '../signatures/signed-requests';
import { BucketService, QueueService, SecretsManagerService } from './services';

export const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/111122223333/events';

export interface Receiver {
  readonly secretsManager: SecretsManagerService;
  readonly queue: QueueService;
  readonly bucket: BucketService;
  /** Lets time go by. */
  readonly wait: (seconds: number) => void;
  readonly receive: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;
  /** The messages on the queue, opened. */
  readonly envelopes: () => MessageEnvelope[];
}

/** A receive function whose senders know the secrets of the given requests, each by the name of its provider. */
export function makeReceiver(known: readonly VerificationInput[], change: Partial<ReceiveDependencies> = {}): Receiver {
  const secretsManager = new SecretsManagerService();
  const queue = new QueueService();
  const bucket = new BucketService();
  let now = NOW * 1000;
  const settings: Record<string, SenderSettings> = {};
  for (const { provider, secrets, config } of known) {
    const secretArns = secrets.map((_, index) => secretArn(provider, index));
    secrets.forEach((secret, index) => {
      secretsManager.put(secretArns[index]!, secret);
    });
    settings[provider] = { provider, secretArns, config: { ...config } };
  }
  const receive = createReceive({
    senders: readSenders(JSON.stringify(settings)),
    secrets: createSecretReader({
      getSecretValue: (request) => secretsManager.send(new GetSecretValueCommand(request)) as Promise<{ SecretString?: string }>,
      now: () => now,
    }),
    verify,
    fetchCertificate: () => Promise.reject(new Error('no certificate is fetched here')),
    putClaim: createClaimStore(async () => bucket as unknown as S3Client, 'claims-bucket'),
    enqueue: createEnqueue(queue as unknown as SQSClient, QUEUE_URL),
    telemetry: createTelemetry({ metricNamespace: 'Breakwater', service: 'Test' }),
    now: () => now,
    ...change,
  });
  return {
    secretsManager,
    queue,
    bucket,
    wait: (seconds) => {
      now += seconds * 1000;
    },
    receive: (event) => receive(event, CONTEXT),
    envelopes: () => queue.messages.map(({ MessageBody }) => JSON.parse(MessageBody!) as MessageEnvelope),
  };
}

export function secretArn(sender: string, index = 0): string {
  return `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${sender}-${index}-AbCdEf`;
}

/** The event an HTTP API makes of a request (payload format 2.0). */
export function httpApiEvent(sender: string, request: SignedRequest, isBase64Encoded = false): APIGatewayProxyEventV2 {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]},${value}`;
  }
  const [, rawQueryString = ''] = request.path.split('?');
  return {
    version: '2.0',
    routeKey: 'POST /{sender}',
    rawPath: `/${sender}`,
    rawQueryString,
    headers,
    pathParameters: { sender },
    requestContext: { http: { method: request.method, path: `/${sender}` } },
    body: Buffer.from(request.body).toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  } as unknown as APIGatewayProxyEventV2;
}

const CONTEXT = { functionName: 'receive', awsRequestId: 'request-1', memoryLimitInMB: '256' } as Context;
