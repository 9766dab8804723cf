import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../../blocks/contract';
import { systemClock } from '../../../runtime/clock';
import { EnvironmentReader } from '../../../runtime/environment';
import { createTelemetry } from '../../../runtime/telemetry';
import { NightEnvironment, type SnapshotAnswer, type SnapshotRequest } from '../contract';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from './run-store';
import { createSnapshot } from './snapshot';
import { readSources, SOURCES_ALLOWED } from './snapshot-sources';

const environment = new EnvironmentReader(process.env);
const bucket = environment.read(NightEnvironment.BUCKET, String, 'the name of a bucket');
const sources = environment.read(NightEnvironment.SOURCES, readSources, SOURCES_ALLOWED);
environment.check('snapshot of a nightly reconciliation', 'The NightlyReconciliation construct sets these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const s3 = telemetry.trace.captureClient(new S3Client(RUN_STORE_CLIENT_CONFIG));
const snapshot = createSnapshot({
  sources,
  store: new RunStore(bucket, s3),
  s3,
  // A page of a scan is a megabyte.
  dynamoDb: telemetry.trace.captureClient(new DynamoDBClient(RUN_STORE_CLIENT_CONFIG)),
  telemetry,
  clock: systemClock,
});

export const handler = (request: SnapshotRequest, context: Context): Promise<SnapshotAnswer> =>
  telemetry.invocation(context, () => snapshot(request, context.getRemainingTimeInMillis()));
