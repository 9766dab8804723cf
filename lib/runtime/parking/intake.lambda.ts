import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { MetricNamespace } from '../../blocks/contract';
import { CLIENT_CONFIG } from '../client-config';
import { systemClock } from '../clock';
import { createTelemetry } from '../telemetry';
import { createIntake, type IntakeHandler } from './intake';
import { readIntakeSettings } from './intake-settings';
import { withLots } from './lots';

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });

const clients = {
  dynamoDb: telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG)),
  s3: telemetry.trace.captureClient(new S3Client(CLIENT_CONFIG)),
};
const intake = withLots(readIntakeSettings(process.env), { clock: systemClock }, (settings) =>
  createIntake({ settings, ...clients, telemetry, clock: systemClock }),
);

export const handler: IntakeHandler = async (event, context) => (await intake())(event, context);
