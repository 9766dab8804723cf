import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { MetricNamespace } from '../../../blocks/contract';
import { FanoutEnvironment } from '../../../blocks/fanout-contract';
import { CLIENT_CONFIG } from '../../../runtime/client-config';
import { systemClock } from '../../../runtime/clock';
import { EnvironmentReader, positiveInteger } from '../../../runtime/environment';
import { loadFanoutSettings } from '../../../runtime/notifications/settings';
import { Expirations } from '../../../runtime/notifications/store/expirations';
import { FanoutStore } from '../../../runtime/notifications/store/fanout-store';
import { createTelemetry } from '../../../runtime/telemetry';
import { QUEUE_CLIENT_CONFIG, worker } from '../../../runtime/worker/worker';
import { createAccept } from './accept';
import { byLane, PER_LANE } from './lane-setting';

const environment = new EnvironmentReader(process.env);
const table = environment.read(FanoutEnvironment.TABLE, String, 'the name of a table');
const queues = environment.read(FanoutEnvironment.PLAN_QUEUES, byLane, PER_LANE);
const retentionSeconds = environment.read(FanoutEnvironment.RETENTION_SECONDS, positiveInteger, 'a whole number of seconds, 1 or more');
environment.check('acceptance of a notification fan-out', 'The NotificationFanout construct sets these.');

const settings = loadFanoutSettings();
const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));

export const handler = worker(
  createAccept({
    settings,
    store: new FanoutStore(table, { dynamoDb, clock: systemClock }),
    expirations: new Expirations(settings.rules, retentionSeconds),
    sqs: telemetry.trace.captureClient(new SQSClient(QUEUE_CLIENT_CONFIG)),
    queues,
    telemetry,
    clock: systemClock,
  }),
);
