import { SQSClient } from '@aws-sdk/client-sqs';
import { MetricNamespace } from '../../blocks/contract';
import { systemClock } from '../clock';
import { createTelemetry } from '../telemetry';
import { RelayEnvironment } from './contract';
import { createOutboxRelay, type EventPublisher, type OutboxRelayHandler } from './relay';

/**
 * The handler of the function on the stream of the idempotency table which publishes what `transaction.emit` put there.
 *
 * @param options.eventBridge the SDK's `EventBridge` client, made by the caller: workers that emit nothing need not carry it
 * @throws at start-up, when the function's environment lacks the event bus or the parking lot
 */
export function outboxRelay(options: { readonly eventBridge: EventPublisher }): OutboxRelayHandler {
  const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
  return createOutboxRelay({
    eventBridge: options.eventBridge,
    sqs: telemetry.trace.captureClient(new SQSClient({ maxAttempts: 2, useQueueUrlAsEndpoint: false })),
    eventBusName: required(RelayEnvironment.EVENT_BUS),
    parkingLotUrl: required(RelayEnvironment.PARKING_LOT_URL),
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'relay',
    telemetry,
    clock: systemClock,
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`outboxRelay(): ${name} is not set in the function's environment`);
  return value;
}
