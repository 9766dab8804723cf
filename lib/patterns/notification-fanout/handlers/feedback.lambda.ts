import { MetricNamespace } from '../../../blocks/contract';
import { FanoutEnvironment, LANES, type Lane } from '../../../blocks/fanout-contract';
import { TableReader } from '../../../runtime/channels/table-reader';
import { EnvironmentReader } from '../../../runtime/environment';
import { readFanoutSettings } from '../../../runtime/notifications/fanout-settings';
import { createTelemetry } from '../../../runtime/telemetry';
import { createWorker, workerDependencies } from '../../../runtime/worker/worker';
import { createFeedback } from './feedback';

const environment = new EnvironmentReader(process.env);
const tableName = environment.read(FanoutEnvironment.TABLE, String, 'the name of a table');
const planQueues = environment.read(FanoutEnvironment.PLAN_QUEUES, readQueues, 'JSON with the URL of a queue for each lane');
environment.check('feedback of a notification fan-out', 'The NotificationFanout construct sets these.');

const dependencies = workerDependencies(createTelemetry({ metricNamespace: MetricNamespace }));
const { dynamoDb, sqs, clock } = dependencies;

export const handler = createWorker(
  createFeedback({
    ...{ tableName, planQueues, sqs, clock },
    reader: new TableReader({ dynamoDb, tableName }),
    rules: readFanoutSettings().rules,
    publish: process.env[FanoutEnvironment.PUBLISH_DELIVERIES] === 'true',
  }),
  dependencies,
);

function readQueues(value: string): Record<Lane, string> | undefined {
  try {
    const queues = JSON.parse(value) as Record<Lane, unknown>;
    return LANES.every((lane) => typeof queues[lane] === 'string') ? (queues as Record<Lane, string>) : undefined;
  } catch {
    return undefined;
  }
}
