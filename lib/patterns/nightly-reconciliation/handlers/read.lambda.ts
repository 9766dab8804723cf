import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../../blocks/contract';
import { EnvironmentReader } from '../../../runtime/environment';
import { createTelemetry } from '../../../runtime/telemetry';
import { NightEnvironment, type ReadItem } from '../contract';
import { engineLimits, FUNCTION_MEMORY } from './engine-limits';
import { createRead } from './read';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from './run-store';

const environment = new EnvironmentReader(process.env);
const bucket = environment.read(NightEnvironment.BUCKET, String, 'the name of a bucket');
const memory = environment.read(...FUNCTION_MEMORY);
environment.check('read step of a nightly reconciliation', 'The NightlyReconciliation construct and Lambda set these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const s3 = telemetry.trace.captureClient(new S3Client(RUN_STORE_CLIENT_CONFIG));
const read = createRead({ store: new RunStore(bucket, s3), ...engineLimits(memory) });

/** AWS actions: those of `RunStore` below `runs/`. */
export const handler = (item: ReadItem, context: Context): Promise<void> => telemetry.invocation(context, () => read(item));
