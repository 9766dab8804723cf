import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { MetricNamespace } from '../../../blocks/contract';
import { createSecretReader } from '../../../runtime/secret-reader';
import { verify } from '../../../runtime/signatures';
import { createTelemetry } from '../../../runtime/telemetry';
import { ReceiveEnvironment } from '../contract';
import { createCertificateFetcher } from './certificates';
import { createClaimStore } from './claims';
import { createEnqueue } from './queue';
import { createReceive } from './receive';
import { readSenders } from './senders';

/**
 * The sender retries, so requests of ours do not: one more attempt is for a connection that died while the function was frozen. The times leave room
 * to answer within Slack's 3 seconds, the shortest deadline. Without `throwOnRequestTimeout` a timeout is only a warning.
 */
const CLIENT_CONFIG = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};
/** The SDK would send to the URL's own host; an endpoint that is set for the service (a VPC's, a proxy's) goes before. */
const QUEUE_CLIENT_CONFIG = { ...CLIENT_CONFIG, useQueueUrlAsEndpoint: false };
/** A body of 6 MB takes its time. */
const CLAIM_CLIENT_CONFIG = { ...CLIENT_CONFIG, requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 2_000 } };

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const { logger, trace } = telemetry;
const now = (): number => Date.now();

const senders = readSenders(environment(ReceiveEnvironment.SENDERS));
for (const sender of senders.values()) {
  if ('problem' in sender)
    logger.error('sender misconfigured, its requests are answered 500', { sender: sender.name, problem: sender.problem });
}

const secretsManager = trace.captureClient(new SecretsManagerClient(CLIENT_CONFIG));

export const handler = createReceive({
  senders,
  secrets: createSecretReader({ getSecretValue: (request) => secretsManager.send(new GetSecretValueCommand(request)), now }),
  verify,
  fetchCertificate: createCertificateFetcher((...request) => fetch(...request)),
  putClaim: createClaimStore(async () => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    return trace.captureClient(new S3Client(CLAIM_CLIENT_CONFIG));
  }, environment(ReceiveEnvironment.CLAIM_BUCKET)),
  enqueue: createEnqueue(trace.captureClient(new SQSClient(QUEUE_CLIENT_CONFIG)), environment(ReceiveEnvironment.QUEUE_URL)),
  telemetry,
  now,
});

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`environment variable ${name} is missing: the WebhookIngestion construct sets it`);
  return value;
}
