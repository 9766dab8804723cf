import { NoSuchKey } from '@aws-sdk/client-s3';
import type { Context, SQSRecord } from 'aws-lambda';
import { IdempotencyAttribute } from '../../../lib/blocks/contract';
import {
  type DeskAnswers,
  type DeskRequest,
  type JobStep,
  ParkingKey,
  type ParkingLotSettings,
} from '../../../lib/blocks/parking-contract';
import { createWorker, PermanentError, type WorkerDependencies } from '../../../lib/runtime';
import { bodiesIn } from '../../../lib/runtime/parking/bodies';
import { createDesk, type DeskDependencies, type RequestFor } from '../../../lib/runtime/parking/desk';
import { takingIn } from '../../../lib/runtime/parking/intake';
import { fromItem, type GroupItem, type JobItem, type MessageItem } from '../../../lib/runtime/parking/items';
import { createJob, type JobDependencies } from '../../../lib/runtime/parking/job';
import { recordOf } from '../../../lib/runtime/parking/received';
import { ParkingStore } from '../../../lib/runtime/parking/store';
import { takeIn } from '../../../lib/runtime/parking/take-in';
import { InMemoryTables, type SentCommand } from '../../support/in-memory-table/in-memory-tables';
import { NOW, type RecordedTelemetry, recordedTelemetry } from '../worker/worker-bench';
import { Queues } from './queues';

const arn = (name: string) => `arn:aws:sqs:us-east-1:111122223333:${name}`;
const url = (name: string) => `https://sqs.us-east-1.amazonaws.com/111122223333/${name}`;

export const SETTLED_WITHIN_SECONDS = 120;

/** What the worker's handler gets. */
export interface Order {
  readonly id: string;
  /** What it says about the fault that parked it; nothing for one that does no harm. */
  readonly fault?: string;
}

/** Thrown by a client when the process is killed at this request. */
export class Killed extends Error {}

/** Called around each request of the desk's functions. Throwing `Killed` kills the function there. */
export type Interference = (request: string, when: 'before' | 'after') => void | Promise<void>;

interface Execution {
  readonly name: string;
  readonly input: string;
  at: number;
  running: boolean;
}

/**
 * A parking desk with all that is around it, in memory: real desk, job, intake and worker; tables, queues, buckets, alarms and a state machine as AWS has them. Time passes
 * when somebody waits.
 */
export class World {
  now = NOW;
  readonly tables = new InMemoryTables({ now: () => this.now });
  readonly queues = new Queues(() => this.now);
  readonly objects = new Map<string, Uint8Array>();
  readonly executions: Execution[] = [];
  readonly events: { readonly DetailType: string; readonly Detail: string }[] = [];
  readonly ringing = new Set<string>();
  readonly telemetry: RecordedTelemetry = recordedTelemetry();
  /** Answers a validation. */
  validation: (payload: string) => { readonly Payload?: string; readonly FunctionError?: string } = () => ({ Payload: '{"valid":true}' });
  interfere: Interference = () => {};
  /** Whether requests are those of a step of a job. */
  stepping = false;
  /** Steps begun so far. */
  steps = 0;
  /** Faults that have been mended. */
  readonly mended = new Set<string>();
  workerRuns = true;
  /** Orders in the order in which the worker's handler saw them. */
  readonly handled: string[] = [];
  readonly lot: ParkingLotSettings;
  readonly store: ParkingStore;
  readonly #fifo: string;
  readonly #desk: ReturnType<typeof createDesk>;
  readonly #step: ReturnType<typeof createJob>;
  readonly #worker: (records: readonly SQSRecord[]) => Promise<readonly string[]>;
  #names = 0;

  constructor({
    fifo = false,
    lot = {},
    remaining = 60_000,
  }: { fifo?: boolean; lot?: Partial<ParkingLotSettings>; remaining?: number } = {}) {
    this.#fifo = fifo ? '.fifo' : '';
    this.lot = {
      ...{ arn: arn(`parked${this.#fifo}`), url: url(`parked${this.#fifo}`), targetUrl: url(`orders${this.#fifo}`) },
      ...{ idempotencyTable: 'idempotency', claimBucket: 'claims', worker: 'worker', alarms: ['orders-late'] },
      ...{ settledWithinSeconds: SETTLED_WITHIN_SECONDS, ...lot },
    };
    this.tables.createTable('parking', ParkingKey.PARTITION, ParkingKey.SORT);
    this.tables.createIndex('parking', ParkingKey.INDEX, ParkingKey.INDEX_PARTITION, ParkingKey.INDEX_SORT);
    this.tables.createTable('idempotency', IdempotencyAttribute.KEY);
    this.tables.createTable('effects', 'id');

    const dynamoDb = this.#client((command) => this.tables.answer(command));
    const s3 = this.#client((command) => this.#object(command));
    this.store = new ParkingStore('parking', { dynamoDb, clock: this.#clock });
    const shared = {
      settings: {
        ...{ tableName: 'parking', bucketName: 'bodies', stateMachine: 'arn:machine' },
        lots: [
          this.lot,
          { ...{ arn: arn('old-dlq'), url: url('old-dlq'), targetUrl: url('old') }, adopted: true, settledWithinSeconds: 60 },
        ],
      },
      ...{ dynamoDb, store: this.store, bodies: bodiesIn('bodies', s3), claimBodies: (bucket: string) => bodiesIn(bucket, s3) },
      cloudWatch: this.#client(({ input }) => ({
        MetricAlarms: (input as { AlarmNames: string[] }).AlarmNames.filter((name) => this.ringing.has(name)).map((AlarmName) => ({
          AlarmName,
        })),
      })),
      eventBridge: this.#client(({ input }) => {
        this.events.push(...(input as { Entries: { DetailType: string; Detail: string }[] }).Entries);
        return { Entries: [{ EventId: 'e' }] };
      }),
      clock: this.#clock,
    };
    const intake = takingIn({
      settings: { table: 'parking', bucket: 'bodies', retentionDays: 90, lots: shared.settings.lots, customerThreshold: 3 },
      ...{ dynamoDb, s3, telemetry: this.telemetry, clock: this.#clock },
    } as never);
    this.#takeIn = (records) => takeIn(records, intake, this.now + 60_000);
    this.#desk = createDesk({
      ...shared,
      sfn: this.#client(({ input }) => this.#start(input as { name: string; input: string })),
      lambda: this.#client(({ input }) => {
        const { Payload, FunctionError } = this.validation(String((input as { Payload: string }).Payload));
        return { Payload: Payload && { transformToString: () => Payload }, FunctionError };
      }),
    } as unknown as DeskDependencies);
    this.#step = createJob({
      ...shared,
      sqs: this.#client((command) => this.queues.send(command)),
      telemetry: this.telemetry,
      takeIn: async (messages, { arn }) => this.#takeIn(messages.map((message) => recordOf(message, arn))),
    } as JobDependencies);
    this.#remaining = remaining;
    this.#worker = this.#makeWorker();
  }

  readonly #takeIn: (records: readonly SQSRecord[]) => Promise<string[]>;
  readonly #remaining: number;

  ask<C extends DeskRequest['command']>(request: RequestFor<C>): Promise<DeskAnswers[C]> {
    // A person takes their time.
    this.now += 1_000;
    return this.#desk(request);
  }

  /** Puts orders on the queue. */
  async order(
    orders: readonly Order[],
    { envelope = {}, group }: { envelope?: object; group?: (order: Order) => string } = {},
  ): Promise<void> {
    for (const order of orders) {
      const data = JSON.stringify(order);
      const body = { encoding: 'utf8', data };
      const stamp = {
        breakwater: 1,
        id: order.id,
        source: 'shop',
        correlationId: `c-${order.id}`,
        receivedAt: new Date(this.now).toISOString(),
      };
      await this.put({ ...stamp, contentType: 'application/json', body, ...envelope }, group?.(order));
      this.now += 10;
    }
  }

  async put(message: unknown, group = 'all'): Promise<void> {
    const MessageBody = typeof message === 'string' ? message : JSON.stringify(message);
    const ordered = this.#fifo === '' ? {} : { MessageGroupId: group, MessageDeduplicationId: `in-${++this.#names}` };
    await this.queues.send({
      input: { QueueUrl: this.lot.targetUrl, MessageBody, ...ordered },
      constructor: { name: 'SendMessageCommand' },
    });
  }

  /** Worker and intake do what there is to do. */
  async settle(): Promise<void> {
    for (let work = true; work; ) {
      work = false;
      const records = this.workerRuns ? this.queues.records(this.lot.targetUrl, arn(`orders${this.#fifo}`)) : [];
      if (records.length > 0) {
        work = true;
        const again = await this.#worker(records);
        if (again.length > 0) throw new Error('the worker of this test parks at once, or is done');
        for (const { receiptHandle } of records) this.queues.delete(this.lot.targetUrl, receiptHandle);
      }
      work = (await this.intake(this.lot.arn, this.lot.url)) || work;
    }
  }

  async intake(lotArn: string, lotUrl: string): Promise<boolean> {
    const parked = this.queues.records(lotUrl, lotArn);
    if (parked.length === 0) return false;
    const failed = await this.#takeIn(parked);
    for (const { messageId, receiptHandle } of parked) if (!failed.includes(messageId)) this.queues.delete(lotUrl, receiptHandle);
    return true;
  }

  /** Runs all executions to their ends. Between steps the worker does its work. @param until stops earlier */
  async run(until: () => boolean = () => false, mostSteps = 500): Promise<void> {
    for (let steps = 0; !until(); steps++) {
      await this.settle();
      const next = this.executions.filter(({ running }) => running).sort((left, right) => left.at - right.at)[0];
      if (next === undefined) return;
      if (steps > mostSteps) throw new Error('the executions do not end');
      this.now = Math.max(this.now, next.at);
      await this.stepOf(next);
    }
    await this.settle();
  }

  async stepOf(execution: Execution): Promise<void> {
    this.stepping = true;
    this.steps++;
    try {
      const answer = await this.#step(JSON.parse(execution.input) as JobStep, this.#remaining);
      execution.running = answer.next === 'again';
      execution.at = this.now + answer.waitSeconds * 1000;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      // The state machine notices it when the function's time is over, and tries again.
      execution.at = this.now + 1_000;
    } finally {
      this.stepping = false;
    }
  }

  async group(): Promise<GroupItem> {
    return this.groups()[0]!;
  }

  groups(): GroupItem[] {
    return this.all<GroupItem>('group#');
  }

  jobs(): JobItem[] {
    return this.all<JobItem>('job#');
  }

  async job(id: string): Promise<JobItem> {
    return (await this.store.job(id))!;
  }

  messages(): MessageItem[] {
    return this.all<MessageItem>('message#');
  }

  /** Stored items whose partition begins so. */
  all<T extends GroupItem | MessageItem | JobItem>(prefix: string): T[] {
    return this.tables.items('parking').flatMap((item) => (item[ParkingKey.PARTITION]?.S?.startsWith(prefix) ? [fromItem<T>(item)] : []));
  }

  /** How often each order had its effect. */
  effects(): Record<string, number> {
    return Object.fromEntries(this.tables.items('effects').map(({ id, times }) => [id!.S!, Number(times!.N)]));
  }

  readonly #clock = {
    now: () => this.now,
    random: () => (++this.#names * 0.618) % 1,
    after: (milliseconds: number, callback: () => void) => {
      this.now += milliseconds;
      setImmediate(callback);
      return () => {};
    },
  };

  #client(answer: (command: SentCommand) => unknown): never {
    return {
      send: async (command: SentCommand) => {
        const name = command.constructor.name.replace(/Command$/, '');
        await this.interfere(name, 'before');
        const answered = await answer(command);
        await this.interfere(name, 'after');
        return answered;
      },
    } as never;
  }

  #object(command: SentCommand): object {
    const { Bucket, Key, Body } = command.input as { Bucket: string; Key: string; Body: Uint8Array };
    if (command.constructor.name === 'PutObjectCommand') {
      this.objects.set(`${Bucket}/${Key}`, Buffer.from(Body));
      return {};
    }
    const found = this.objects.get(`${Bucket}/${Key}`);
    if (found === undefined) throw new NoSuchKey({ message: Key, $metadata: { httpStatusCode: 404 } });
    return { Body: { transformToByteArray: async () => found, transformToString: async () => Buffer.from(found).toString() } };
  }

  #start({ name, input }: { readonly name: string; readonly input: string }): object {
    const known = this.executions.find((execution) => execution.name === name);
    if (known !== undefined && !(known.running && known.input === input)) {
      throw Object.assign(new Error('Execution Already Exists'), { name: 'ExecutionAlreadyExists', $metadata: { httpStatusCode: 400 } });
    }
    if (known === undefined) this.executions.push({ name, input, at: this.now, running: true });
    return { executionArn: name };
  }

  #makeWorker(): (records: readonly SQSRecord[]) => Promise<readonly string[]> {
    const handler = createWorker<Order>(
      {
        idempotencyKey: ({ id }) => `plain-${id}`,
        handle: ({ id, fault }, { transaction }) => {
          this.handled.push(id);
          if (fault !== undefined && !this.mended.has(fault)) throw new PermanentError(`${fault} of order ${id}`);
          transaction.update({
            ...{ TableName: 'effects', Key: { id }, UpdateExpression: 'ADD times :one' },
            ExpressionAttributeValues: { ':one': 1 },
          });
        },
      },
      {
        settings: {
          ...{ idempotencyTable: 'idempotency', retentionSeconds: 10_000_000, functionName: 'take-order', claimBucket: 'claims' },
          ...{ queueUrl: this.lot.targetUrl, parkingLotUrl: this.lot.url },
          retryBudget: { attempts: 3, baseDelaySeconds: 1, maxDelaySeconds: 10 },
        },
        dynamoDb: { send: this.tables.send },
        sqs: { send: this.queues.send },
        s3: async () => ({ send: async (command: SentCommand) => this.#object(command) }),
        telemetry: recordedTelemetry(),
        clock: { ...this.#clock, after: () => () => {} },
      } as unknown as WorkerDependencies,
    );
    return async (records) => {
      const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
      return (await handler({ Records: [...records] }, context)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    };
  }
}
