import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { MetricNamespace } from '../../../blocks/contract';
import { CLIENT_CONFIG } from '../../../runtime/client-config';
import { systemClock } from '../../../runtime/clock';
import { EnvironmentReader, positiveInteger } from '../../../runtime/environment';
import { createTelemetry } from '../../../runtime/telemetry';
import { NightEnvironment, type WatchRequest } from '../contract';
import { CALENDAR_ALLOWED, readCalendar } from './business-date';
import { Nights } from './nights';
import { createWatch } from './watch';

const environment = new EnvironmentReader(process.env);
const table = environment.read(NightEnvironment.TABLE, String, 'the name of a table');
const name = environment.read(NightEnvironment.NAME, String, 'the name of the reconciliation');
const calendar = environment.read(NightEnvironment.CALENDAR, readCalendar, CALENDAR_ALLOWED);
const lateAfterSeconds = environment.read(NightEnvironment.LATE_AFTER_SECONDS, positiveInteger, 'a whole number of seconds from 1');
environment.check('watch over a nightly reconciliation', 'The NightlyReconciliation construct sets these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));
const watch = createWatch({
  ...{ calendar, lateAfterSeconds, telemetry },
  nights: new Nights({ table, name }, { dynamoDb, clock: systemClock }),
});

export const handler = (request: WatchRequest, context: Context): Promise<void> => telemetry.invocation(context, () => watch(request));
