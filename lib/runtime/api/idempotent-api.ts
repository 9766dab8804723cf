import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import type { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { MetricNamespace, WorkerEnvironment } from '../../blocks/contract';
import { CLIENT_CONFIG } from '../client-config';
import { type Clock, systemClock } from '../clock';
import { type External, externalFor } from '../external/external';
import {
  ConditionFailedError,
  HandlerTimeoutError,
  IdempotencyConflictError,
  InvalidOperationError,
  MalformedMessageError,
  requestedDelay,
  SchemaError,
} from '../failures';
import { checkDistinctItems, GUARD_BYTES } from '../idempotency/plan';
import type { RecordTable } from '../idempotency/record';
import { storable } from '../lease/storable';
import { decodeBody } from '../message/decode';
import { sha256 } from '../message/message';
import { type StandardSchema, validate } from '../standard-schema';
import { createTelemetry, type Telemetry } from '../telemetry';
import { withinTime } from '../time-limit';
import { checkLimits } from '../transaction/limits';
import { type Transaction, TransactionCollector } from '../transaction/transaction';
import { type ApiAnswer, type KeptAnswer, keep, problem, send } from './answers';
import { ApiLease } from './api-lease';
import { type ApiRequest, LONGEST_IDEMPOTENCY_KEY, payloadHashOf, readRequest } from './request';

export interface IdempotentApiOptions<T> {
  /** Names the operation, for example `create-order`: keys of different operations never meet. Keep it when the function is renamed. 1 to 100 characters. */
  readonly name: string;
  /**
   * Who calls, for example the subject of the token: keys of different callers never meet, so that nobody gets another's answer. For an API without callers
   * return a constant.
   */
  readonly caller: (event: APIGatewayProxyEventV2) => string;
  /** Says what the effect is and what is answered. Both are kept together or not at all. What it throws is not kept and leaves nothing of `transaction`: the caller may try again. */
  readonly handle: (body: T, context: ApiHandlerContext) => ApiAnswer | Promise<ApiAnswer>;
  /** Any Standard Schema. A body it refuses is answered with 400. @default the body is taken as it comes */
  readonly schema?: StandardSchema<T>;
}

export interface ApiHandlerContext {
  readonly transaction: Transaction;
  readonly external: External;
  readonly request: ApiRequest;
  /** Log no bodies. */
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
}

export type IdempotentApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export interface IdempotentApiDependencies {
  readonly table: RecordTable;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/** Metrics of a function behind an API, namespace `Breakwater`. */
export const ApiMetric = { DONE: 'Done', REPLAYED: 'Replayed', CONFLICT: 'Conflict', IN_PROGRESS: 'InProgress', FAILED: 'Failed' } as const;

/**
 * The handler of a function behind an HTTP API (payload 2.0) whose callers repeat a request under the same `Idempotency-Key`.
 *
 * Same key and same request: the first answer, word for word, with `Idempotent-Replayed: true`. Same key and another request: 422. Still in progress:
 * 409 with `Retry-After`. No key: 400.
 *
 * A failure on our side is 5xx, and does not tell whether the effect stands: what the handler throws leaves none, but when every reply of the committing write was lost, or
 * another attempt has taken over meanwhile, there is one. So a caller repeats a 5xx under the same key: it is given the kept answer when the effect stands, runs
 * when it does not, and has 409 in between, until the lease of the failed attempt ends.
 *
 * @throws at start-up, when the function's environment names no idempotency table or no retention
 */
export function idempotentApi<T>(options: IdempotentApiOptions<T>): IdempotentApiHandler {
  const tableName = process.env[WorkerEnvironment.IDEMPOTENCY_TABLE];
  const retentionSeconds = Number(process.env[WorkerEnvironment.IDEMPOTENCY_RETENTION_SECONDS]);
  if (!tableName || !(retentionSeconds >= 1)) {
    throw new Error(
      `idempotentApi(): ${WorkerEnvironment.IDEMPOTENCY_TABLE} must be the name of a table and ${WorkerEnvironment.IDEMPOTENCY_RETENTION_SECONDS} a number of seconds from 1`,
    );
  }
  const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
  const dynamoDb = telemetry.trace.captureClient(new DynamoDBClient(CLIENT_CONFIG));
  return createIdempotentApi(options, { table: { tableName, retentionSeconds }, dynamoDb, telemetry, clock: systemClock });
}

/** `idempotentApi` on given clients, for tests. */
export function createIdempotentApi<T>(options: IdempotentApiOptions<T>, dependencies: IdempotentApiDependencies): IdempotentApiHandler {
  const { telemetry } = dependencies;
  if (options.name.length < 1 || options.name.length > 100) {
    throw new Error(`idempotentApi(): name has ${options.name.length} characters, allowed are 1 to 100`);
  }
  return (event, context) =>
    telemetry.invocation(context, () =>
      telemetry.correlated(event.requestContext.requestId, () => answer(event, context, options, dependencies)),
    );
}

async function answer<T>(
  event: APIGatewayProxyEventV2,
  context: Context,
  options: IdempotentApiOptions<T>,
  dependencies: IdempotentApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { table, dynamoDb, telemetry, clock } = dependencies;
  const request = readRequest(event);
  const headerKey = request.headers['idempotency-key'];
  if (!headerKey || headerKey.length > LONGEST_IDEMPOTENCY_KEY) {
    return problem(
      400,
      'Idempotency-Key is missing or too long',
      `Send a key of 1 to ${LONGEST_IDEMPOTENCY_KEY} characters, and the same with every repetition.`,
    );
  }
  const key = `api#${options.name}#${sha256(Buffer.from(JSON.stringify([options.caller(event), headerKey])))}`;
  const lease = new ApiLease(dynamoDb, table, { key, payloadHash: payloadHashOf(request, event.rawQueryString) }, clock);
  let ran = false;
  try {
    const decoded = decodeBody(request.body, request.headers['content-type']);
    const body = options.schema === undefined ? (decoded as T) : await validate(options.schema, decoded);
    const config = new IdempotencyConfig({ expiresAfterSeconds: table.retentionSeconds, lambdaContext: context });
    if (!config.isEnabled()) throw new Error('POWERTOOLS_IDEMPOTENCY_DISABLED is set: nothing is run unprotected');
    const work = async (_key: string): Promise<KeptAnswer> => {
      ran = true;
      return run(body, request, lease, context, key, options, dependencies);
    };
    const kept = await makeIdempotent(work, { persistenceStore: lease, config, keyPrefix: key })(key);
    telemetry.count(ran ? ApiMetric.DONE : ApiMetric.REPLAYED);
    return send(kept, ran ? {} : { 'idempotent-replayed': 'true' });
  } catch (error) {
    return failure(error, lease, telemetry, clock);
  }
}

async function run<T>(
  body: T,
  request: ApiRequest,
  lease: ApiLease,
  context: Context,
  key: string,
  options: IdempotentApiOptions<T>,
  { table, dynamoDb, telemetry, clock }: IdempotentApiDependencies,
): Promise<KeptAnswer> {
  const now = clock.now();
  const end = now + context.getRemainingTimeInMillis();
  const transaction = new TransactionCollector({ ...table, causedBy: key, correlationId: context.awsRequestId, nowMilliseconds: now });
  let givenUp = false;
  const external = externalFor(
    lease.openEvent,
    (error) => transaction.refuse(error),
    () => givenUp,
    {
      ...{ dynamoDb, table, clock, remainingMilliseconds: () => Math.max(1, end - clock.now()) },
    },
  );
  try {
    const handled = Promise.resolve(options.handle(body, { transaction, external, request, logger: telemetry.logger }));
    const kept = keep(await withinTime(handled, end - Math.min(3_000, (end - now) / 4), clock));
    const operations = transaction.close();
    checkLimits(key, operations, GUARD_BYTES);
    checkDistinctItems(operations, new Map());
    // Here nothing has happened yet: an answer that could not be kept must not have an effect.
    if (!storable(kept).kept) throw new InvalidOperationError('the answer is over 400 KB and could not be given again');
    lease.operations = operations;
    return kept;
  } catch (error) {
    givenUp = true;
    transaction.abandon();
    throw error;
  }
}

function failure(thrown: unknown, lease: ApiLease, telemetry: Telemetry, clock: Clock): APIGatewayProxyStructuredResultV2 {
  const isWrapped = thrown instanceof Error && ['IdempotencyPersistenceLayerError', 'IdempotencyUnknownError'].includes(thrown.name);
  const error: unknown = isWrapped ? (thrown.cause ?? thrown) : thrown;
  if (error instanceof SchemaError || error instanceof MalformedMessageError)
    return problem(400, 'The request is not as it must be', error.message);
  if (error instanceof IdempotencyConflictError) {
    telemetry.count(ApiMetric.CONFLICT);
    return problem(422, 'The key was used for another request', 'Send a new Idempotency-Key with a new request.');
  }
  if (error instanceof Error && error.name === 'IdempotencyAlreadyInProgressError') {
    telemetry.count(ApiMetric.IN_PROGRESS);
    return problem(409, 'The request is in progress', 'Repeat it later under the same key.', {
      'retry-after': String(lease.secondsUntilFree(clock.now())),
    });
  }
  telemetry.count(ApiMetric.FAILED);
  telemetry.logger.error('the request failed', { error: error instanceof Error ? error : new Error(String(error)) });
  if (error instanceof ConditionFailedError) return problem(409, 'The state does not allow it', 'Nothing was changed.');
  const delay = requestedDelay(error) ?? (error instanceof HandlerTimeoutError ? 1 : undefined);
  if (delay !== undefined)
    return problem(503, 'Not now', 'Repeat the request under the same key.', {
      'retry-after': String(Math.ceil(delay)),
    });
  return problem(500, 'The request failed', 'Repeat it under the same key.');
}
