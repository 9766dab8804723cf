import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../../blocks/contract';
import { CLIENT_CONFIG } from '../../../runtime/client-config';
import { systemClock } from '../../../runtime/clock';
import { EnvironmentReader } from '../../../runtime/environment';
import { RegisterStore } from '../../../runtime/reconciliation/register-store';
import { createTelemetry } from '../../../runtime/telemetry';
import { NightEnvironment, type NightRun } from '../contract';
import { engineLimits, FUNCTION_MEMORY } from './engine-limits';
import { createFinish } from './finish';
import { Nights } from './nights';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from './run-store';

const environment = new EnvironmentReader(process.env);
const bucket = environment.read(NightEnvironment.BUCKET, String, 'the name of a bucket');
const table = environment.read(NightEnvironment.TABLE, String, 'the name of a table');
const name = environment.read(NightEnvironment.NAME, String, 'the name of the reconciliation');
const memory = environment.read(...FUNCTION_MEMORY);
environment.check('finish of a nightly reconciliation', 'The NightlyReconciliation construct and Lambda set these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));
const finish = createFinish({
  store: new RunStore(bucket, telemetry.trace.captureClient(new S3Client(RUN_STORE_CLIENT_CONFIG))),
  register: new RegisterStore(table, { dynamoDb, clock: systemClock }),
  nights: new Nights({ table, name }, { dynamoDb, clock: systemClock }),
  eventBridge: telemetry.trace.captureClient(new EventBridgeClient(CLIENT_CONFIG)),
  telemetry,
  memoryBytes: engineLimits(memory).memoryBytes,
});

/**
 * AWS actions: those of `RunStore` below `runs/` and `reports/`; on the table `dynamodb:GetItem`, `dynamodb:BatchGetItem`, `dynamodb:ConditionCheckItem`, `dynamodb:PutItem`, `dynamodb:UpdateItem`, on its
 * index `dynamodb:Query`; `events:PutEvents` on the default bus.
 */
export const handler = (run: NightRun, context: Context): Promise<void> => telemetry.invocation(context, () => finish(run));
