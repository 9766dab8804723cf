import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context, SQSRecord } from 'aws-lambda';
import type { ChannelMessage, ChannelSettings, DeliveryStatus } from '../../../lib/blocks/fanout-contract';
import type { Recipient } from '../../../lib/notification-rules/records';
import type { NotificationRule, NotificationRules } from '../../../lib/notification-rules/rules';
import { type Templates, templatesOf } from '../../../lib/notification-templates/templates';
import { type Channel, createChannel } from '../../../lib/runtime/channels/channel';
import type { ChannelAdapter, OutgoingMessage, SentMessage } from '../../../lib/runtime/channels/contract';
import {
  deliveryItem,
  eventItem,
  messageName,
  profileItem,
  readDelivery,
  type StoredDelivery,
  type StoredEvent,
  type StoredItem,
} from '../../../lib/runtime/notifications/store/items';
import { deliveryItemKey } from '../../../lib/runtime/notifications/store/keys';
import { createSecretReader } from '../../../lib/runtime/secret-reader';
import { InMemoryTables, type SentCommand } from '../../support/in-memory-table/in-memory-tables';
import { PARKING_LOT_URL, QUEUE_URL, RecordedClient, type RecordedTelemetry, recordedTelemetry, sqsRecord } from '../worker/worker-bench';
import { ADDRESS } from './messages';

/** Powertools measures its leases by the machine's own clock. */
export const START = Date.now();
const TABLE = 'fanout';

export const RULE: NotificationRule = {
  id: 'order-shipped',
  event: 'order.shipped',
  category: 'orders',
  audience: { field: '/payload/customer' },
  channels: ['email'],
  template: { id: 'shipped', variables: { order: '/payload/order' } },
};
export const TEMPLATES = templatesOf({
  'shipped/email.subject.txt': 'Order {{order}}',
  'shipped/email.txt': 'Order {{order}} left, {{recipient.name}}.',
  'shipped/sms.txt': 'Order {{order}} left, {{recipient.name}}.',
});

/** Thrown where the function died: nobody catches it. */
class Killed extends Error {}

export interface WorldOptions {
  readonly settings?: Partial<ChannelSettings>;
  readonly rules?: Partial<NotificationRules>;
  readonly templates?: Templates;
  readonly publish?: boolean;
  readonly resolution?: Channel['resolution'];
  /** In place of the tables in memory. */
  readonly client?: DynamoDBClient;
}

/** A channel of a fan-out with its table in memory, its provider, and the queue as far as a message goes. */
export class ChannelWorld {
  readonly sent: OutgoingMessage[] = [];
  readonly telemetry: RecordedTelemetry = recordedTelemetry();
  readonly queue: SQSRecord[] = [];
  readonly parked: Record<string, unknown>[] = [];
  /** Requests to the tables, and calls of providers. */
  requests = 0;
  readonly requestsByKind: Record<string, number> = {};
  /** What the provider does with a message that it has got. */
  provider: (message: OutgoingMessage) => Promise<SentMessage | undefined> = async () => ({ id: 'provider-1' });
  /** Called before each request; may throw `Killed`. */
  #beforeRequest: () => void = () => {};
  #afterRequest: () => void = () => {};
  #now = START;
  readonly #tables = new InMemoryTables({ now: () => this.#now });
  readonly #options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.#tables.createTable(TABLE, 'pk', 'sk');
    this.#tables.createTable('idempotency', 'id');
  }

  get now(): number {
    return this.#now;
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** What the planner has written, and the message it has sent. */
  plan({
    recipient = 'ann',
    occurrence = 'occurrence-1',
    profile = {},
    delivery = {},
    event = {},
    lane = 'transactional',
    status = 'queued',
    channel = 'email',
  }: {
    readonly recipient?: string;
    readonly occurrence?: string;
    readonly profile?: Partial<Recipient> | null;
    readonly delivery?: Partial<StoredDelivery>;
    readonly event?: Partial<StoredEvent> | null;
    readonly lane?: 'transactional' | 'bulk';
    readonly status?: DeliveryStatus;
    readonly channel?: string;
  } = {}): SQSRecord {
    const message = { channel, rule: RULE.id, lane, status, reason: 'open: nothing is against it', at: START };
    const isDigest = delivery.digest !== undefined;
    const eventId = `event-of-${occurrence}`;
    this.put(
      deliveryItem(
        {
          ...{ occurrence, recipient, receivedAt: START - 2_000, correlationId: 'correlation-1', plannedAt: new Date(START).toISOString() },
          ...(!isDigest && { event: eventId }),
          messages: { [messageName(message)]: message },
          timeline: [{ channel: message.channel, rule: RULE.id, status, reason: message.reason, at: START }],
          timers: [],
          ...delivery,
        },
        START / 1000 + 1_000_000,
      ),
    );
    if (profile !== null) {
      const whole = { id: recipient, addresses: { email: ADDRESS }, data: { name: 'Ann' }, ...profile };
      this.put(profileItem({ recipient: whole, revision: 1 }));
    }
    if (event !== null) this.putEvent({ id: eventId, occurrence, ...event });
    const body: ChannelMessage = { kind: 'message', occurrence, ...(!isDigest && { event: eventId }), recipient, channel, rule: RULE.id };
    const record = sqsRecord({ body: JSON.stringify(body) });
    this.queue.push(record);
    return record;
  }

  putEvent(event: Partial<StoredEvent> & Pick<StoredEvent, 'id' | 'occurrence'>): void {
    const whole: StoredEvent = {
      ...{ name: 'order.shipped', version: 1, payload: { customer: 'ann', order: 7 }, receivedAt: START - 2_000 },
      ...{ correlationId: 'correlation-1', state: 'running' as const, segments: 1 },
      ...event,
    };
    this.put(eventItem(whole, START / 1000 + 1_000_000));
  }

  put(item: Record<string, unknown>): void {
    this.#tables.answer(command('PutItemCommand', { TableName: TABLE, Item: item }));
  }

  update(input: object): void {
    this.#tables.answer(command('UpdateItemCommand', { TableName: TABLE, ...input }));
  }

  item(key: object): Record<string, unknown> | undefined {
    const found = this.#tables.items(TABLE).find((item) => Object.entries(key).every(([name, value]) => item[name]?.S === value));
    return found && unmarshall(found);
  }

  /** What the planner has written. */
  planned(): StoredItem[] {
    return this.#tables.items(TABLE) as StoredItem[];
  }

  delivery(recipient = 'ann', occurrence = 'occurrence-1'): StoredDelivery {
    const key = deliveryItemKey({ occurrence, recipient });
    return readDelivery(this.#tables.items(TABLE).find((item) => item.pk!.S === key.pk && item.sk!.S === key.sk)!);
  }

  message(recipient = 'ann', occurrence = 'occurrence-1', channel = 'email') {
    return this.delivery(recipient, occurrence).messages[messageName({ channel, rule: RULE.id })]!;
  }

  get client(): Pick<DynamoDBClient, 'send'> {
    const send = async (sent: SentCommand): Promise<object> => {
      const name = sent.constructor.name.replace(/Command$/, '');
      this.requestsByKind[name] = (this.requestsByKind[name] ?? 0) + 1;
      return this.request(() => this.#tables.answer(sent));
    };
    // As much of a client as Powertools asks for.
    const client = { config: {}, middlewareStack: { identify: () => [], addRelativeTo: () => {} }, send };
    return client as unknown as DynamoDBClient;
  }

  /** A request of the function: it may die before, or after it was carried out. */
  async request<T>(work: () => T | Promise<T>): Promise<T> {
    this.#beforeRequest();
    this.requests++;
    const answer = await work();
    this.#afterRequest();
    return answer;
  }

  /** A function instance of the channel. */
  worker(overrides: Partial<Channel> = {}) {
    const { settings, rules, templates, publish = false, resolution } = this.#options;
    const send: ChannelAdapter = (message) =>
      this.request(async () => {
        const answer = await this.provider(message);
        this.sent.push(message);
        return answer;
      });
    const sqs = new RecordedClient((name, input) => {
      if (name === 'SendMessage') {
        if (input.QueueUrl === PARKING_LOT_URL) this.parked.push(input);
        else this.queue.push(sqsRecord({ body: String(input.MessageBody), messageAttributes: receivedAttributes(input) }));
      }
      return {};
    });
    return createChannel({
      settings: {
        ...{ tableName: TABLE, channel: 'email', publish },
        settings: { providers: [], unknownOutcome: 'park', unsubscribe: false, ...settings },
        ...(settings?.unsubscribe && { unsubscribe: { secretArn: 'arn:secret', url: 'https://n.example.org/unsubscribe' } }),
      },
      rules: { rules: { version: 1, events: [], rules: [RULE], ...rules }, templates: templates ?? TEMPLATES },
      secrets: createSecretReader({ now: () => this.#now, getSecretValue: async () => ({ SecretString: 'a secret' }) }),
      senders: () => [{ name: 'only', send }],
      ...(resolution !== undefined && { resolution }),
      ...overrides,
      worker: {
        settings: {
          ...{ idempotencyTable: 'idempotency', retentionSeconds: 1_000_000, queueUrl: QUEUE_URL, parkingLotUrl: PARKING_LOT_URL },
          ...{ retryBudget: { attempts: 5, baseDelaySeconds: 1, maxDelaySeconds: 60 }, functionName: 'send-email' },
        },
        dynamoDb: this.#options.client ?? this.client,
        sqs: { send: (sent: SentCommand) => this.request(() => sqs.send(sent)) } as never,
        s3: () => Promise.reject(new Error('no claims here')),
        telemetry: this.telemetry,
        clock: {
          now: () => this.#now,
          random: () => 0.5,
          after: (milliseconds, callback) => {
            const timer = setTimeout(callback, Math.min(milliseconds, 5_000));
            return () => clearTimeout(timer);
          },
        },
      },
    });
  }

  /** Receives what is on the queue once, all in one batch. What failed stays, with one more receive. */
  async receive(worker = this.worker(), remainingMilliseconds = 30_000): Promise<void> {
    const batch = this.queue.splice(0);
    const context = { getRemainingTimeInMillis: () => remainingMilliseconds } as Context;
    const { batchItemFailures } = await worker({ Records: batch }, context);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    this.queue.push(...batch.filter(({ messageId }) => failed.has(messageId)).map(receivedAgain));
  }

  /** Receives until nothing is left, each time later: leases have ended, delays are over. @returns how often */
  async settle(): Promise<number> {
    for (let round = 1; round <= 20; round++) {
      await this.receive();
      if (this.queue.length === 0) return round;
      this.pass(120_000);
    }
    throw new Error('the queue did not become empty');
  }

  /**
   * Receives, and lets the function die at its n-th request: before or after that is carried out. The queue makes the messages visible again.
   *
   * @returns whether it died
   */
  async receiveAndDie(nth: number, when: 'before' | 'after'): Promise<boolean> {
    const batch = [...this.queue];
    const first = this.requests;
    let dead = false;
    const die = () => {
      if (dead || this.requests - first >= nth) {
        dead = true;
        throw new Killed(`died ${when} request ${nth}`);
      }
    };
    if (when === 'after') this.#afterRequest = die;
    this.#beforeRequest = () => {
      if (dead || (when === 'before' && this.requests - first >= nth - 1)) {
        dead = true;
        throw new Killed(`died ${when} request ${nth}`);
      }
    };
    await this.receive().catch(() => undefined);
    this.#beforeRequest = () => {};
    this.#afterRequest = () => {};
    if (dead) this.queue.splice(0, this.queue.length, ...batch.map(receivedAgain));
    this.pass(120_000);
    return dead;
  }
}

function receivedAgain(record: SQSRecord): SQSRecord {
  const receives = Number(record.attributes.ApproximateReceiveCount) + 1;
  return { ...record, attributes: { ...record.attributes, ApproximateReceiveCount: String(receives) } };
}

function receivedAttributes(input: Record<string, unknown>): SQSRecord['messageAttributes'] {
  const attributes = (input.MessageAttributes ?? {}) as Record<string, { DataType: string; StringValue: string }>;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue }]) => [
      name,
      { dataType: DataType as 'String', stringValue: StringValue },
    ]),
  );
}

function command(name: string, input: object): SentCommand {
  const kind = { [name]: class {} }[name]!;
  return Object.assign(new kind(), { input }) as unknown as SentCommand;
}
