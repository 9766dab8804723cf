import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { MetricNamespace, RelayEnvironment } from '../../blocks/contract';
import { systemClock } from '../clock';
import { createTelemetry } from '../telemetry';
import { createOutboxRelay } from './relay';

const REQUEST_TIMES = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
// The relay tries again itself, with what the bus said of each single event.
const eventBridge = telemetry.trace.captureClient(new EventBridgeClient({ maxAttempts: 1, requestHandler: REQUEST_TIMES }));

export const handler = createOutboxRelay({
  eventBridge: { putEvents: (input) => eventBridge.send(new PutEventsCommand(input)) },
  sqs: telemetry.trace.captureClient(new SQSClient({ maxAttempts: 2, useQueueUrlAsEndpoint: false, requestHandler: REQUEST_TIMES })),
  eventBusName: environment(RelayEnvironment.EVENT_BUS),
  parkingLotUrl: environment(RelayEnvironment.PARKING_LOT_URL),
  parkAfterSeconds: Number(environment(RelayEnvironment.PARK_AFTER_SECONDS)),
  functionName: environment('AWS_LAMBDA_FUNCTION_NAME'),
  telemetry,
  clock: systemClock,
});

function environment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is missing: the OutboxRelay construct sets it`);
  return value;
}
