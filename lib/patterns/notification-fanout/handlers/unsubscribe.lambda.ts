import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { MetricNamespace } from '../../../blocks/contract';
import { FanoutEnvironment } from '../../../blocks/fanout-contract';
import { CLIENT_CONFIG } from '../../../runtime/client-config';
import { systemClock } from '../../../runtime/clock';
import { EnvironmentReader } from '../../../runtime/environment';
import { createRecipientStore } from '../../../runtime/notifications/recipient-store';
import { createSecretReader } from '../../../runtime/secret-reader';
import { createTelemetry } from '../../../runtime/telemetry';
import { createUnsubscribe } from './unsubscribe';

const environment = new EnvironmentReader(process.env);
const tableName = environment.read(FanoutEnvironment.TABLE, String, 'the name of a table');
const secretArn = environment.read(FanoutEnvironment.UNSUBSCRIBE_SECRET, String, 'the ARN of a secret');
environment.check('unsubscribe of a notification fan-out', 'The NotificationFanout construct sets these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const secretsManager = telemetry.trace.captureClient(new SecretsManagerClient(CLIENT_CONFIG));
const clients = { dynamoDb: telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG)), clock: systemClock };

export const handler = createUnsubscribe({
  secrets: createSecretReader({
    getSecretValue: (request) => secretsManager.send(new GetSecretValueCommand(request)),
    now: () => Date.now(),
  }),
  secretArn,
  unsubscribe: createRecipientStore(tableName, clients).unsubscribe,
  telemetry,
});
