import type { RemovalPolicy } from 'aws-cdk-lib';
import { Duration, Names, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Seconds after which an HTTP API gives up on its integration. Hard limit: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const API_TIMEOUT_SECONDS = 30;

/** What the runbook looks for in an access log line. Bodies, query strings and signatures are left out. */
const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  userAgent: '$context.identity.userAgent',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseLatency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integration.status',
  integrationError: '$context.integrationErrorMessage',
  responseLength: '$context.responseLength',
};

/** The API in front of the receive function: `POST /{sender}`, throttled, with access logs and metrics per route. */
export function makeReceiveApi(scope: Construct, receiver: IFunction, removalPolicy: RemovalPolicy) {
  const api = new HttpApi(scope, 'Api', {
    apiName: Names.uniqueResourceName(scope, { maxLength: 128, separator: '-' }),
    createDefaultStage: false,
    description: `Receives webhooks for ${scope.node.path}`,
  });
  const accessLogs = new LogGroup(scope, 'AccessLogs', { retention: RetentionDays.ONE_MONTH, removalPolicy });
  const stage = new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    detailedMetricsEnabled: true,
    // A 429 makes the sender try again later. The account's own limit is 10,000 a second, shared with every other API.
    throttle: { rateLimit: 1000, burstLimit: 2000 },
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLogs),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
    },
  });
  const [route] = api.addRoutes({
    path: '/{sender}',
    methods: [HttpMethod.POST],
    integration: new HttpLambdaIntegration('Receive', receiver, { timeout: Duration.seconds(29) }),
  });
  Validations.of(route!).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason:
      'Webhook senders sign the body: the receive function checks that signature, which no authorizer can, because it does not get the body.',
  });
  return { api, stage, route: route! };
}
