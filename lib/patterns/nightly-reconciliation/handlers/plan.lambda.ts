import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../../blocks/contract';
import { EnvironmentReader, positiveInteger } from '../../../runtime/environment';
import { createTelemetry } from '../../../runtime/telemetry';
import { NightEnvironment, type NightRun, type PlanAnswer, type RulesPlace } from '../contract';
import { createPlan } from './plan';
import { RUN_STORE_CLIENT_CONFIG, RunStore } from './run-store';

const environment = new EnvironmentReader(process.env);
const bucket = environment.read(NightEnvironment.BUCKET, String, 'the name of a bucket');
const rulesPlace = environment.read(NightEnvironment.RULES, readRulesPlace, 'JSON with the bucket and key of the rules');
const partBytes = environment.read(NightEnvironment.PART_BYTES, positiveInteger, 'a whole number of bytes, 1 or more');
environment.check('plan of a nightly reconciliation', 'The NightlyReconciliation construct sets these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const s3 = telemetry.trace.captureClient(new S3Client(RUN_STORE_CLIENT_CONFIG));
const rules = new RunStore(rulesPlace.bucket, s3);
const plan = createPlan({ store: new RunStore(bucket, s3), readRules: () => rules.readText(rulesPlace.key), rulesPlace, partBytes });

/** AWS actions: those of `RunStore` below `runs/`; `s3:GetObject` on the rules. */
export const handler = (run: NightRun, context: Context): Promise<PlanAnswer> => telemetry.invocation(context, () => plan(run));

function readRulesPlace(value: string): RulesPlace | undefined {
  try {
    const place = JSON.parse(value) as Partial<RulesPlace> | null;
    return place?.bucket && place.key ? { bucket: place.bucket, key: place.key } : undefined;
  } catch {
    return undefined;
  }
}
