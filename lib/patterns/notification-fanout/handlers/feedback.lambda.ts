import { MetricNamespace } from '../../../blocks/contract';
import { FanoutEnvironment } from '../../../blocks/fanout-contract';
import { TableReader } from '../../../runtime/channels/table-reader';
import { EnvironmentReader } from '../../../runtime/environment';
import { loadFanoutSettings } from '../../../runtime/notifications/settings';
import { createTelemetry } from '../../../runtime/telemetry';
import { createWorker, workerDependencies } from '../../../runtime/worker/worker';
import { createFeedback } from './feedback';
import { byLane, PER_LANE } from './lane-setting';

const environment = new EnvironmentReader(process.env);
const tableName = environment.read(FanoutEnvironment.TABLE, String, 'the name of a table');
const planQueues = environment.read(FanoutEnvironment.PLAN_QUEUES, byLane, PER_LANE);
environment.check('feedback of a notification fan-out', 'The NotificationFanout construct sets these.');

const dependencies = workerDependencies(createTelemetry({ metricNamespace: MetricNamespace }));
const { dynamoDb, sqs, clock } = dependencies;

export const handler = createWorker(
  createFeedback({
    ...{ tableName, planQueues, sqs, clock },
    reader: new TableReader({ dynamoDb, tableName }),
    rules: loadFanoutSettings().rules,
    publish: process.env[FanoutEnvironment.PUBLISH_DELIVERIES] === 'true',
  }),
  dependencies,
);
