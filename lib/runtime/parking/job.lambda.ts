import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../blocks/contract';
import type { JobStep, JobStepAnswer } from '../../blocks/parking-contract';
import { CLIENT_CONFIG } from '../client-config';
import { systemClock } from '../clock';
import { createTelemetry } from '../telemetry';
import { bodiesIn } from './bodies';
import { takingIn } from './intake';
import { readIntakeSettings } from './intake-settings';
import { createJob } from './job';
import { withLots } from './lots';
import { recordOf } from './received';
import { ParkingStore } from './store';
import { takeIn } from './take-in';

/** Ten bodies of a megabyte go out in one request, and a queue is polled for seconds. */
const QUEUE_CONFIG = {
  ...CLIENT_CONFIG,
  useQueueUrlAsEndpoint: false,
  requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 10_000 },
};

const inEnvironment = readIntakeSettings(process.env);
const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));
const s3 = telemetry.trace.captureClient(new S3Client({ ...CLIENT_CONFIG, requestHandler: QUEUE_CONFIG.requestHandler }));
const clients = {
  sqs: telemetry.trace.captureClient(new SQSClient(QUEUE_CONFIG)),
  cloudWatch: telemetry.trace.captureClient(new CloudWatchClient(CLIENT_CONFIG)),
  eventBridge: telemetry.trace.captureClient(new EventBridgeClient(CLIENT_CONFIG)),
};

const step = withLots(inEnvironment, { clock: systemClock }, (settings) => {
  const intake = takingIn({ settings, dynamoDb, s3, telemetry, clock: systemClock });
  return createJob({
    settings: { tableName: settings.table, bucketName: settings.bucket, lots: settings.lots },
    store: new ParkingStore(settings.table, { dynamoDb, clock: systemClock }),
    bodies: bodiesIn(settings.bucket, s3),
    claimBodies: (bucket) => bodiesIn(bucket, s3),
    dynamoDb,
    ...clients,
    takeIn: (messages, { arn }, deadline) =>
      takeIn(
        messages.map((message) => recordOf(message, arn)),
        intake,
        deadline,
      ),
    telemetry,
    clock: systemClock,
  });
});

export const handler = (input: JobStep, context: Context): Promise<JobStepAnswer> =>
  telemetry.invocation(context, async () => (await step())(input, context.getRemainingTimeInMillis()));
