import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSEvent } from 'aws-lambda';
import { Decimal } from 'decimal.js';
import { FanoutAttribute, RECIPIENT_INDEX } from '../lib/blocks/fanout-contract';
import { createAccept } from '../lib/patterns/notification-fanout/handlers/accept';
import { createPlan } from '../lib/patterns/notification-fanout/handlers/plan';
import { Prices } from '../lib/review/cost/price-list';
import { US_EAST_1 } from '../lib/review/cost/prices/us-east-1';
import { systemClock } from '../lib/runtime/clock';
import { createRecipientStore } from '../lib/runtime/notifications/recipient-store';
import { Expirations } from '../lib/runtime/notifications/store/expirations';
import { FanoutStore } from '../lib/runtime/notifications/store/fanout-store';
import { createWorker } from '../lib/runtime/worker/worker';
import { silentTelemetry } from '../test/proof/world/silent-telemetry';
import { startDynamoDbLocal } from '../test/support/dynamodb-local/server';

const TABLE = 'fanout';
const RECORDS = 'records';
const QUEUES = { transactional: 'plan-transactional', bulk: 'plan-bulk' } as const;
const RECIPIENTS = 3_200;
/** Pages that are planned at a time: an event's audience is one chain of pages for each of its 16 parts. */
const AT_ONCE = 4;
const CHAINS = 16;
const PLANNER_GIGABYTES = 1769 / 1024;
const MILLION = 1_000_000;

/** For each recipient. */
export interface PlanningFigures {
  readonly recipients: number;
  /** By service and operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Of a page chain that plans alone with three others. */
  readonly secondsFor1000: number;
  readonly secondsOfWork: number;
}

interface Capacity {
  readonly CapacityUnits?: number;
}

/** Counts requests, and capacity as DynamoDB Local tells it; for transactions by DynamoDB's rule: two units an item up to 1 KB. */
class Meter {
  readonly requests = new Map<string, number>();
  writeUnits = 0;
  readUnits = 0;

  note(name: string): void {
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
  }

  watch(client: DynamoDBClient): void {
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          this.note(`DynamoDB ${commandName.replace('Command', '')}`);
          const reply = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } } as typeof args);
          const { ConsumedCapacity: capacity } = reply.output as { readonly ConsumedCapacity?: Capacity | readonly Capacity[] };
          const units = [capacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
          const { TransactItems: items } = args.input as { readonly TransactItems?: readonly unknown[] };
          if (/Put|Update|Delete|Write/.test(commandName)) this.writeUnits += items === undefined ? units : 2 * items.length;
          else this.readUnits += units;
          return reply;
        },
      { name: 'meter', step: 'initialize' },
    );
  }
}

/** Plans an event to everybody on DynamoDB Local, by the functions' own code; what they would send is counted, and taken from memory. */
export async function measurePlanning(): Promise<PlanningFigures> {
  const local = await startDynamoDbLocal();
  try {
    const meter = new Meter();
    await createFanoutTable(local.client);
    await local.createTable(RECORDS);
    const clock = systemClock;
    const recipients = Array.from({ length: RECIPIENTS }, (_, index) => ({
      id: `r-${index}`,
      addresses: { email: `r-${index}@example.com` },
    }));
    await createRecipientStore(TABLE, { dynamoDb: local.client, clock }).putMany(recipients);
    meter.watch(local.client);
    const waiting: string[] = [];
    const sqs = { send: async ({ input }: { readonly input: SentBatch }) => take(input, waiting, meter) } as never;
    const { accept, plan } = workers(local.client, sqs);
    await accept(eventOf(JSON.stringify({ metadata: { eventId: 'e', contract: 'told', version: 1 }, data: {} })), CONTEXT);
    const started = performance.now();
    let work = 0;
    const planNext = async (): Promise<void> => {
      for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
        const began = performance.now();
        await plan(eventOf(body), CONTEXT);
        work += performance.now() - began;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, planNext));
    const seconds = (performance.now() - started) / 1000;
    return {
      recipients: RECIPIENTS,
      requests: Object.fromEntries([...meter.requests].map(([name, count]) => [name, count / RECIPIENTS])),
      writeUnits: meter.writeUnits / RECIPIENTS,
      readUnits: meter.readUnits / RECIPIENTS,
      secondsFor1000: (seconds * 1000) / RECIPIENTS,
      secondsOfWork: work / 1000 / RECIPIENTS,
    };
  } finally {
    await local.stop();
  }
}

/** What a million costs, by the list and the day that prices are of. */
export function costOfMillion({ requests, writeUnits, readUnits, secondsOfWork }: PlanningFigures): Readonly<Record<string, Decimal>> {
  const prices = new Prices(US_EAST_1, false);
  const of = (key: `${string}/${string}`, amount: number): Decimal => {
    const price = prices.of(key, new Decimal(amount * MILLION));
    if (price === undefined) throw new Error(`${key}: not in the price file`);
    return price;
  };
  const toQueues = Object.entries(requests).reduce((sum, [name, count]) => sum + (name.startsWith('SQS') ? count : 0), 0);
  const dynamoDb = of('AmazonDynamoDB/WriteRequestUnits', writeUnits).plus(of('AmazonDynamoDB/ReadRequestUnits', readUnits));
  const sqs = of('AWSQueueService/Requests-Tier1', toQueues);
  const lambda = of('AWSLambda/Lambda-GB-Second-ARM', secondsOfWork * PLANNER_GIGABYTES);
  return { dynamoDb, sqs, lambda, total: dynamoDb.plus(sqs).plus(lambda) };
}

/** Seconds of a million, at so many pages side by side; each chain is as fast as those that were measured. */
export function secondsOfMillion({ secondsFor1000 }: PlanningFigures): { readonly chains: number; readonly seconds: number } {
  return { chains: CHAINS, seconds: (secondsFor1000 * AT_ONCE * (MILLION / 1000)) / CHAINS };
}

interface SentBatch {
  readonly QueueUrl?: string;
  readonly Entries?: ReadonlyArray<{ readonly Id: string; readonly MessageBody: string }>;
}

function take({ QueueUrl, Entries = [] }: SentBatch, waiting: string[], meter: Meter): object {
  meter.note('SQS SendMessageBatch');
  if (Object.values<string>(QUEUES).includes(QueueUrl!)) waiting.push(...Entries.map(({ MessageBody }) => MessageBody));
  return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
}

function workers(client: DynamoDBClient, sqs: never) {
  const clock = systemClock;
  const rules = {
    version: 1 as const,
    events: [{ name: 'told', version: 1 }],
    rules: [
      {
        ...{ id: 'all', event: 'told', category: 'news', audience: { all: true as const }, channels: ['email'] },
        urgency: 'bulk' as const,
      },
    ],
  };
  const settings = { rules, contracts: { faultOf: () => undefined }, templates: {} };
  const shared = {
    ...{ settings, clock, sqs, telemetry: silentTelemetry },
    store: new FanoutStore(TABLE, { dynamoDb: client, clock }),
    expirations: new Expirations(rules, 120 * 86_400),
  };
  const worker = {
    ...{ dynamoDb: client, sqs, telemetry: silentTelemetry, clock, s3: () => Promise.reject(new Error('no claims')) },
    settings: {
      ...{ idempotencyTable: RECORDS, retentionSeconds: 86_400, queueUrl: 'own', parkingLotUrl: 'lot', functionName: 'bench' },
      retryBudget: { attempts: 5, baseDelaySeconds: 1, maxDelaySeconds: 10 },
    },
  };
  const timers = { scheduler: sqs, group: 'timers', role: 'role', deadLetters: 'dead', targets: QUEUES, queues: QUEUES };
  const channels = { email: { transactional: 'email-transactional', bulk: 'email-bulk' } };
  return {
    accept: createWorker(createAccept({ ...shared, queues: QUEUES }), worker),
    plan: createWorker(createPlan({ ...shared, ...timers, channels, publish: true }), worker),
  };
}

async function createFanoutTable(client: DynamoDBClient): Promise<void> {
  const { PARTITION_KEY, SORT_KEY, RECIPIENT, PLANNED_AT } = FanoutAttribute;
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [PARTITION_KEY, SORT_KEY, RECIPIENT, PLANNED_AT].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
        { AttributeName: SORT_KEY, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: RECIPIENT_INDEX,
          KeySchema: [
            { AttributeName: RECIPIENT, KeyType: 'HASH' },
            { AttributeName: PLANNED_AT, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
}

let messages = 0;

function eventOf(body: string): SQSEvent {
  messages += 1;
  const now = String(Date.now());
  return {
    Records: [
      {
        messageId: `00000000-0000-4000-8000-${String(messages).padStart(12, '0')}`,
        receiptHandle: `handle-${messages}`,
        body,
        attributes: { ApproximateReceiveCount: '1', SentTimestamp: now, SenderId: 'bench', ApproximateFirstReceiveTimestamp: now },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:plan',
        awsRegion: 'us-east-1',
      },
    ],
  };
}

const CONTEXT = { getRemainingTimeInMillis: () => 60_000 } as never;
