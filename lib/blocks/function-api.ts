import type { RemovalPolicy } from 'aws-cdk-lib';
import { Duration, Names, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, type HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Seconds after which an HTTP API gives up on its integration. Hard limit: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const API_TIMEOUT_SECONDS = 30;

export interface FunctionApiProps {
  readonly function: IFunction;
  readonly description: string;
  /** `/{name}` */
  readonly path: string;
  readonly methods: HttpMethod[];
  /** Requests a second, and at once. The account's own limit is 10,000 a second, shared with every other API. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Why the route asks for no authorization. */
  readonly openBecause: string;
  readonly removalPolicy: RemovalPolicy;
}

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

/** An HTTP API with one route to a function, throttled, with access logs and metrics per route. */
export function makeFunctionApi(scope: Construct, props: FunctionApiProps) {
  const api = new HttpApi(scope, 'Api', {
    apiName: Names.uniqueResourceName(scope, { maxLength: 128, separator: '-' }),
    createDefaultStage: false,
    description: props.description,
  });
  const accessLogs = new LogGroup(scope, 'AccessLogs', { retention: RetentionDays.ONE_MONTH, removalPolicy: props.removalPolicy });
  const stage = new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    detailedMetricsEnabled: true,
    throttle: props.throttle,
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLogs),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
    },
  });
  const routes = api.addRoutes({
    path: props.path,
    methods: props.methods,
    integration: new HttpLambdaIntegration('Receive', props.function, { timeout: Duration.seconds(API_TIMEOUT_SECONDS - 1) }),
  });
  for (const route of routes) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason: props.openBecause });
  return { api, stage };
}
