import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, SQSRecord } from 'aws-lambda';
import { createWorker, FencedDynamoDBPersistenceLayer, PermanentError, type WorkerDependencies, type WorkerHandler } from '../lib/runtime';
import { systemClock } from '../lib/runtime/clock';
import { createTelemetry, type Telemetry } from '../lib/runtime/telemetry';
import type { Payment } from './effects-load';

export interface Tables {
  readonly records: string;
  readonly payments: string;
}

/** One way to give events their effect. */
export interface Subject {
  readonly name: string;
  /** What a function on these tables does with one batch of the queue, its records side by side as far as the way allows. */
  start(client: DynamoDBClient, tables: Tables): (batch: readonly SQSRecord[]) => Promise<void>;
}

export const POWERTOOLS = 'Powertools 2.35 as is';
export const SINGLE = 'worker, one event a transaction';
export const TENS = 'worker, ten events a transaction';

export const SUBJECTS: readonly Subject[] = [
  {
    name: POWERTOOLS,
    start: (client, tables) =>
      aroundHandler(client, tables, new DynamoDBPersistenceLayer({ tableName: tables.records, awsSdkV3Client: client })),
  },
  {
    name: 'fenced layer',
    start: (client, tables) =>
      aroundHandler(
        client,
        tables,
        new FencedDynamoDBPersistenceLayer({ tableName: tables.records, keyPrefix: 'payments', awsSdkV3Client: client }),
      ),
  },
  {
    name: SINGLE,
    start: (client, tables) => {
      const handler = paymentWorker(client, tables);
      return async (batch) => void (await Promise.all(batch.map((record) => handler({ Records: [record] }, context))));
    },
  },
  {
    name: TENS,
    start: (client, tables) => {
      const handler = paymentWorker(client, tables);
      return async (batch) => void (await handler({ Records: [...batch] }, context));
    },
  },
];

const context = {
  awsRequestId: 'bench',
  functionName: 'bench',
  getRemainingTimeInMillis: () => 30_000,
} as Context;

/** The condition of poison that is refused: nothing like it stands. */
const REFUSED = { ConditionExpression: 'attribute_exists(id)' } as const;

function aroundHandler(client: DynamoDBClient, { payments }: Tables, persistenceStore: BasePersistenceLayer) {
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'id', throwOnNoIdempotencyKey: true, lambdaContext: context });
  const handle = makeIdempotent(
    async (event: Payment) => {
      if (event.poison === 'throws') throw new PermanentError('no such account');
      await client.send(new PutItemCommand({ TableName: payments, Item: marshall(event), ...(event.poison === 'refused' && REFUSED) }));
      return { id: event.id };
    },
    { persistenceStore, config },
  );
  return async (batch: readonly SQSRecord[]) =>
    // What fails is reported to the queue, and not of interest here.
    void (await Promise.allSettled(batch.map(async ({ body }) => handle(JSON.parse(body) as Payment))));
}

/** As in a function there is one. */
let telemetry: Telemetry | undefined;

/** The package's own worker with its own telemetry, which is told to be silent, on a queue that answers at once. */
function paymentWorker(client: DynamoDBClient, { records, payments }: Tables): WorkerHandler {
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  telemetry ??= createTelemetry({ metricNamespace: 'Bench' });
  const dependencies: WorkerDependencies = {
    settings: {
      idempotencyTable: records,
      retentionSeconds: 86_400,
      queueUrl: 'https://queue.invalid/payments',
      parkingLotUrl: 'https://queue.invalid/parking-lot',
      retryBudget: { attempts: 5, baseDelaySeconds: 2, maxDelaySeconds: 60 },
      functionName: 'bench',
    },
    dynamoDb: client,
    sqs: { send: async () => ({}) },
    s3: () => Promise.reject(new Error('no body of this load is claimed')),
    telemetry,
    clock: systemClock,
  };
  return createWorker<Payment>(
    {
      idempotencyKey: ({ id }) => id,
      handle: (event, { transaction }) => {
        if (event.poison === 'throws') throw new PermanentError('no such account');
        transaction.put({ TableName: payments, Item: { ...event }, ...(event.poison === 'refused' && REFUSED) });
      },
    },
    dependencies,
  );
}
