import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../../blocks/contract';
import { CLIENT_CONFIG } from '../../../runtime/client-config';
import { systemClock } from '../../../runtime/clock';
import { EnvironmentReader } from '../../../runtime/environment';
import { createTelemetry } from '../../../runtime/telemetry';
import { type FailRequest, NightEnvironment } from '../contract';
import { createFail } from './fail';
import { Nights } from './nights';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from './run-store';

const environment = new EnvironmentReader(process.env);
const bucket = environment.read(NightEnvironment.BUCKET, String, 'the name of a bucket');
const table = environment.read(NightEnvironment.TABLE, String, 'the name of a table');
const reconciliation = environment.read(NightEnvironment.NAME, String, 'the name of the reconciliation');
environment.check('end of a nightly reconciliation that failed', 'The NightlyReconciliation construct sets these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const { captureClient } = telemetry.trace;
const dynamoDb = captureClient(new DynamoDBClient(CLIENT_CONFIG));
const fail = createFail({
  reconciliation,
  store: new RunStore(bucket, captureClient(new S3Client(RUN_STORE_CLIENT_CONFIG))),
  nights: new Nights({ table, name: reconciliation }, { dynamoDb, clock: systemClock }),
  eventBridge: captureClient(new EventBridgeClient(CLIENT_CONFIG)),
  telemetry,
});

export const handler = (request: FailRequest, context: Context): Promise<void> => telemetry.invocation(context, () => fail(request));
