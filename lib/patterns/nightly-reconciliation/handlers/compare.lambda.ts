import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../../blocks/contract';
import { EnvironmentReader } from '../../../runtime/environment';
import { createTelemetry } from '../../../runtime/telemetry';
import { type CompareItem, NightEnvironment } from '../contract';
import { createCompare } from './compare';
import { engineLimits, FUNCTION_MEMORY } from './engine-limits';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from './run-store';

const environment = new EnvironmentReader(process.env);
const bucket = environment.read(NightEnvironment.BUCKET, String, 'the name of a bucket');
const memory = environment.read(...FUNCTION_MEMORY);
environment.check('compare step of a nightly reconciliation', 'The NightlyReconciliation construct and Lambda set these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const s3 = telemetry.trace.captureClient(new S3Client(RUN_STORE_CLIENT_CONFIG));
const compare = createCompare({ store: new RunStore(bucket, s3), ...engineLimits(memory) });

/** AWS actions: those of `RunStore` below `runs/`. */
export const handler = (item: CompareItem, context: Context): Promise<void> => telemetry.invocation(context, () => compare(item));
