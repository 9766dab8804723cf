import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
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
import { byChannelAndLane, byLane, PER_CHANNEL_AND_LANE, PER_LANE } from './lane-setting';
import { createPlan } from './plan';

const environment = new EnvironmentReader(process.env);
const table = environment.read(FanoutEnvironment.TABLE, String, 'the name of a table');
const queues = environment.read(FanoutEnvironment.PLAN_QUEUES, byLane, PER_LANE);
const channels = environment.read(FanoutEnvironment.CHANNEL_QUEUES, byChannelAndLane, PER_CHANNEL_AND_LANE);
const targets = environment.read(FanoutEnvironment.TIMER_TARGETS, byLane, PER_LANE);
const group = environment.read(FanoutEnvironment.TIMER_GROUP, String, 'the name of a schedule group');
const role = environment.read(FanoutEnvironment.TIMER_ROLE, String, 'the ARN of a role');
const deadLetters = environment.read(FanoutEnvironment.TIMER_DEAD_LETTERS, String, 'the ARN of a queue');
const retentionSeconds = environment.read(FanoutEnvironment.RETENTION_SECONDS, positiveInteger, 'a whole number of seconds, 1 or more');
environment.check('planning of a notification fan-out', 'The NotificationFanout construct sets these.');

const settings = loadFanoutSettings();
const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));

export const handler = worker(
  createPlan({
    settings,
    store: new FanoutStore(table, { dynamoDb, clock: systemClock }),
    expirations: new Expirations(settings.rules, retentionSeconds),
    sqs: telemetry.trace.captureClient(new SQSClient(QUEUE_CLIENT_CONFIG)),
    scheduler: telemetry.trace.captureClient(new SchedulerClient(CLIENT_CONFIG)),
    ...{ queues, channels, targets, group, role, deadLetters },
    publish: process.env[FanoutEnvironment.PUBLISH_DELIVERIES] === 'true',
    telemetry,
    clock: systemClock,
  }),
);
