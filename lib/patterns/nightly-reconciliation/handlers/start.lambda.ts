import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';
import { MetricNamespace, type StartAnswer, type StartRequest } from '../../../blocks/contract';
import { CLIENT_CONFIG } from '../../../runtime/client-config';
import { systemClock } from '../../../runtime/clock';
import { EnvironmentReader } from '../../../runtime/environment';
import { createTelemetry } from '../../../runtime/telemetry';
import { NightEnvironment } from '../contract';
import { CALENDAR_ALLOWED, readCalendar } from './business-date';
import { Nights } from './nights';
import { createStart } from './start';

const environment = new EnvironmentReader(process.env);
const table = environment.read(NightEnvironment.TABLE, String, 'the name of a table');
const name = environment.read(NightEnvironment.NAME, String, 'the name of the reconciliation');
const stateMachine = environment.read(NightEnvironment.STATE_MACHINE, String, 'the ARN of a state machine');
const calendar = environment.read(NightEnvironment.CALENDAR, readCalendar, CALENDAR_ALLOWED);
environment.check('start of a nightly reconciliation', 'The NightlyReconciliation construct sets these.');

const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));
const start = createStart({
  calendar,
  stateMachine,
  nights: new Nights({ table, name }, { dynamoDb, clock: systemClock }),
  sfn: telemetry.trace.captureClient(new SFNClient(CLIENT_CONFIG)),
  telemetry,
  clock: systemClock,
});

export const handler = (request: StartRequest, context: Context): Promise<StartAnswer> =>
  telemetry.invocation(context, () => start(request));
