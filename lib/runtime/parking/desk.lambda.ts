import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../blocks/contract';
import type { DeskAnswers, DeskRequest } from '../../blocks/parking-contract';
import { CLIENT_CONFIG } from '../client-config';
import { systemClock } from '../clock';
import { createTelemetry } from '../telemetry';
import { bodiesIn } from './bodies';
import { createDesk, type RequestFor } from './desk';
import { DeskError } from './desk-error';
import { withLots } from './lots';
import { readDeskSettings } from './settings';
import { ParkingStore } from './store';

/** A worker that starts cold, and fetches a large body to validate it, may take its time. */
const VALIDATION_CONFIG = { ...CLIENT_CONFIG, maxAttempts: 1, requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 25_000 } };

const inEnvironment = readDeskSettings(process.env);
const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));
const s3 = telemetry.trace.captureClient(new S3Client(CLIENT_CONFIG));

const clients = {
  dynamoDb,
  sfn: telemetry.trace.captureClient(new SFNClient(CLIENT_CONFIG)),
  lambda: telemetry.trace.captureClient(new LambdaClient(VALIDATION_CONFIG)),
  cloudWatch: telemetry.trace.captureClient(new CloudWatchClient(CLIENT_CONFIG)),
  eventBridge: telemetry.trace.captureClient(new EventBridgeClient(CLIENT_CONFIG)),
};
const desk = withLots(inEnvironment, { clock: systemClock }, (settings) =>
  createDesk({
    settings,
    store: new ParkingStore(settings.tableName, { dynamoDb, clock: systemClock }),
    bodies: bodiesIn(settings.bucketName, s3),
    claimBodies: (bucket) => bodiesIn(bucket, s3),
    ...clients,
    clock: systemClock,
  }),
);

export const handler = (request: DeskRequest, context: Context): Promise<DeskAnswers[keyof DeskAnswers]> =>
  telemetry.invocation(context, async () => {
    try {
      return await (await desk())(request as RequestFor<DeskRequest['command']>);
    } catch (error) {
      if (!(error instanceof DeskError)) telemetry.logger.error('the desk failed', { command: request.command, error: error as Error });
      throw error;
    }
  });
