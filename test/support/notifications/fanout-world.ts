import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type ChannelMessage, FanoutAttribute, type PlanMessage, RECIPIENT_INDEX } from '../../../lib/blocks/fanout-contract';
import type { EventContracts } from '../../../lib/notification-rules/event-fault';
import type { ReceivedEvent } from '../../../lib/notification-rules/records';
import type { NotificationRules } from '../../../lib/notification-rules/rules';
import { createAccept } from '../../../lib/patterns/notification-fanout/handlers/accept';
import { createPlan } from '../../../lib/patterns/notification-fanout/handlers/plan';
import type { Clock } from '../../../lib/runtime/clock';
import { createRecipientStore, type RecipientStore } from '../../../lib/runtime/notifications/recipient-store';
import { Expirations } from '../../../lib/runtime/notifications/store/expirations';
import { FanoutStore } from '../../../lib/runtime/notifications/store/fanout-store';
import { readDelivery, type StoredDelivery } from '../../../lib/runtime/notifications/store/items';
import { createWorker, type WorkerHandler } from '../../../lib/runtime/worker/worker';
import { silentTelemetry } from '../../proof/world/silent-telemetry';
import { InMemoryTables, type SentCommand } from '../in-memory-table/in-memory-tables';

export const TABLE = 'fanout';
const RECORDS = 'records';
const CHANNELS = ['email', 'sms', 'push', 'chat', 'webhook', 'in_app'];
export const EVENTS_QUEUE = 'events';
export const PLAN_QUEUES = { transactional: 'plan-transactional', bulk: 'plan-bulk' } as const;
const CHANNEL_QUEUES = Object.fromEntries(
  CHANNELS.map((channel) => [channel, { transactional: `${channel}-transactional`, bulk: `${channel}-bulk` }]),
);

/** A message on a queue. */
export interface Queued {
  readonly queue: string;
  readonly body: string;
  receives: number;
}

export interface Scheduled {
  readonly name: string;
  readonly at: number;
  readonly queue: string;
  readonly input: string;
}

/** A request that a worker sent. */
export interface SentRequest {
  readonly kind: string;
  readonly input: object;
}

/** The worker was killed: it sends nothing more. */
export class Killed extends Error {}

export interface FanoutWorldOptions {
  readonly rules: NotificationRules;
  readonly contracts: EventContracts;
  readonly now: number;
  readonly publish?: boolean;
  /** Of the retry budget. */
  readonly attempts?: number;
  /** In place of tables in memory. */
  readonly dynamoDb?: { send(command: SentCommand): Promise<object> };
}

/** Accepting and planning over tables, queues and schedules in memory, on a clock that only the test moves. */
export class FanoutWorld {
  readonly tables: InMemoryTables;
  readonly requests: SentRequest[] = [];
  readonly scheduled = new Map<string, Scheduled>();
  /** In the order they were sent; those of the queues of channels stay. */
  queued: Queued[] = [];
  readonly parked: { readonly body: string; readonly cause: string }[] = [];
  now: number;
  /** Called before each request; `after`: it was answered, and the answer is about to be read. */
  intercept: (request: SentRequest, moment: 'before' | 'after') => void | Promise<void> = () => {};
  readonly clock: Clock;
  readonly recipients: RecipientStore;
  readonly store: FanoutStore;
  #accept: WorkerHandler;
  #plan: WorkerHandler;

  constructor(private readonly options: FanoutWorldOptions) {
    this.now = options.now;
    this.clock = {
      now: () => this.now,
      // Waits between tries are none; what gives a handler up, which has a minute, must not come before it.
      after(milliseconds, callback) {
        if (milliseconds < 5_000) {
          const soon = setImmediate(callback);
          return () => clearImmediate(soon);
        }
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
      random: () => 0.5,
    };
    this.tables = new InMemoryTables({ now: () => this.now });
    this.tables.createTable(TABLE, FanoutAttribute.PARTITION_KEY, FanoutAttribute.SORT_KEY);
    this.tables.createIndex(TABLE, RECIPIENT_INDEX, FanoutAttribute.RECIPIENT, FanoutAttribute.PLANNED_AT);
    this.tables.createTable(RECORDS, 'id');
    const quiet = { dynamoDb: (options.dynamoDb ?? this.tables) as never, clock: this.clock };
    this.recipients = createRecipientStore(TABLE, quiet);
    this.store = new FanoutStore(TABLE, quiet);
    [this.#accept, this.#plan] = this.workers();
  }

  /** New ones, as after a crash. */
  restart(): void {
    [this.#accept, this.#plan] = this.workers();
  }

  workers(): [accept: WorkerHandler, plan: WorkerHandler] {
    const { rules, contracts, publish = false, attempts = 5 } = this.options;
    const client = { send: (command: SentCommand) => this.#send(command) } as never;
    const { clock } = this;
    const store = new FanoutStore(TABLE, { dynamoDb: client, clock });
    const settings = { rules, contracts, templates: {} };
    const shared = { settings, store, expirations: new Expirations(rules, 30 * 86_400), telemetry: silentTelemetry, clock, sqs: client };
    const worker = {
      ...{ dynamoDb: client, sqs: client, telemetry: silentTelemetry, clock, s3: () => Promise.reject(new Error('no claims')) },
      settings: {
        ...{ idempotencyTable: RECORDS, retentionSeconds: 86_400, queueUrl: 'own', parkingLotUrl: 'lot', functionName: 'test' },
        retryBudget: { attempts, baseDelaySeconds: 0, maxDelaySeconds: 0 },
      },
    };
    const accept = createAccept({ ...shared, queues: PLAN_QUEUES });
    const timers = { scheduler: client, group: 'timers', role: 'role', deadLetters: 'dead', targets: PLAN_QUEUES, queues: PLAN_QUEUES };
    const plan = createPlan({ ...shared, ...timers, channels: CHANNEL_QUEUES, publish });
    return [createWorker(accept, worker), createWorker(plan, worker)];
  }

  /** Puts an event on its queue. */
  publish({ id, name, version, payload }: Omit<ReceivedEvent, 'receivedAt'>): void {
    const metadata = { eventId: id, contract: name, version, correlationId: `of ${id}` };
    this.queued.push({ queue: EVENTS_QUEUE, body: JSON.stringify({ metadata, data: payload }), receives: 0 });
  }

  tell(message: PlanMessage): void {
    this.queued.push({ queue: PLAN_QUEUES.transactional, body: JSON.stringify(message), receives: 0 });
  }

  /** Those that accept and plan. */
  waiting(): readonly Queued[] {
    return this.queued.filter(({ queue }) => queue === EVENTS_QUEUE || Object.values<string>(PLAN_QUEUES).includes(queue));
  }

  /** @returns whether the message is done with */
  async deliver(message: Queued, workers: readonly [WorkerHandler, WorkerHandler] = [this.#accept, this.#plan]): Promise<boolean> {
    message.receives += 1;
    const [accept, plan] = workers;
    const handler = message.queue === EVENTS_QUEUE ? accept : plan;
    const answer = (await handler(sqsEvent(message, this.now), CONTEXT)) as SQSBatchResponse;
    const isDone = answer.batchItemFailures.length === 0;
    if (isDone) this.queued = this.queued.filter((one) => one !== message);
    return isDone;
  }

  /** Delivers until nothing waits. */
  async settle(): Promise<void> {
    for (let deliveries = 0; ; deliveries += 1) {
      const [next] = this.waiting();
      if (next === undefined) return;
      if (deliveries > 10_000) throw new Error('it never settles');
      await this.deliver(next);
    }
  }

  /** Messages for channels: each as often as it was handed over. */
  handedOver(): readonly ChannelMessage[] {
    return this.queued.filter((one) => !this.waiting().includes(one)).map(({ body }) => JSON.parse(body) as ChannelMessage);
  }

  deliveries(): readonly StoredDelivery[] {
    const items = this.tables.items(TABLE).filter((item) => item[FanoutAttribute.SORT_KEY]!.S === 'DELIVERY');
    return items.map(readDelivery);
  }

  async #send(command: SentCommand): Promise<object> {
    const request = { kind: command.constructor.name.replace(/Command$/, ''), input: command.input };
    await this.intercept(request, 'before');
    this.requests.push(request);
    const answer = await this.#answer(command, request.kind);
    await this.intercept(request, 'after');
    return answer;
  }

  #answer(command: SentCommand, kind: string): object | Promise<object> {
    switch (kind) {
      case 'SendMessageBatch': {
        const { QueueUrl, Entries } = command.input as { QueueUrl: string; Entries: { Id: string; MessageBody: string }[] };
        if (Entries.length > 10) throw new Error('a batch has 10 entries at most');
        this.queued.push(...Entries.map(({ MessageBody }) => ({ queue: QueueUrl, body: MessageBody, receives: 0 })));
        return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
      }
      case 'SendMessage': {
        const { MessageBody, MessageAttributes } = command.input as {
          MessageBody: string;
          MessageAttributes: Record<string, { StringValue: string }>;
        };
        this.parked.push({ body: MessageBody, cause: MessageAttributes.BreakwaterErrorMessage!.StringValue });
        return {};
      }
      case 'ChangeMessageVisibility':
        return {};
      case 'CreateSchedule': {
        const { Name, ScheduleExpression, Target } = command.input as {
          Name: string;
          ScheduleExpression: string;
          Target: { Arn: string; Input: string };
        };
        if (this.scheduled.has(Name)) throw Object.assign(new Error('it is there'), { name: 'ConflictException' });
        const at = Date.parse(`${/at\((.*)\)/.exec(ScheduleExpression)![1]}Z`);
        this.scheduled.set(Name, { name: Name, at, queue: Target.Arn, input: Target.Input });
        return {};
      }
      default:
        return (this.options.dynamoDb ?? this.tables).send(command);
    }
  }
}

const CONTEXT = { functionName: 'test', getRemainingTimeInMillis: () => 60_000 } as never;

function sqsEvent({ body, receives }: Queued, now: number): SQSEvent {
  const attributes = {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(now),
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '0',
  };
  return {
    Records: [
      {
        ...{ messageId: 'message', receiptHandle: 'handle', body, md5OfBody: '', eventSource: 'aws:sqs', awsRegion: 'us-east-1' },
        ...{ eventSourceARN: 'arn:aws:sqs:us-east-1:1:queue', attributes, messageAttributes: {} },
      },
    ],
  };
}
