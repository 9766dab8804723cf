import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { MetricNamespace } from '../../blocks/contract';
import { CLIENT_CONFIG } from '../client-config';
import { systemClock } from '../clock';
import { createTelemetry } from '../telemetry';
import { createIntake } from './intake';
import { readIntakeSettings } from './intake-settings';

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });

export const handler = createIntake({
  settings: readIntakeSettings(process.env),
  dynamoDb: telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG)),
  s3: telemetry.trace.captureClient(new S3Client(CLIENT_CONFIG)),
  telemetry,
  clock: systemClock,
});
