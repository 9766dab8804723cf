import { type GetObjectCommand, NoSuchKey, type PutObjectCommand } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { ParkedReason } from '../../../lib/blocks/contract';
import { ParkingKey, type ParkingLotSettings } from '../../../lib/blocks/parking-contract';
import { createIntake, type IntakeDependencies } from '../../../lib/runtime/parking/intake';
import type { IntakeSettings } from '../../../lib/runtime/parking/intake-settings';
import { fromItem, type GroupItem, type ItemKey, type JobItem, type MessageItem } from '../../../lib/runtime/parking/items';
import { recordOf } from '../../../lib/runtime/parking/received';
import { parkedAttributes } from '../../../lib/runtime/worker/parked-attributes';
import { InMemoryTables, type SentCommand } from '../../support/in-memory-table/in-memory-tables';
import { NOW, type RecordedTelemetry, type RecordParts, recordedTelemetry, sqsRecord } from '../worker/worker-bench';

export const LOT = 'arn:aws:sqs:us-east-1:111122223333:parking-lot';
const SOURCE = 'arn:aws:sqs:us-east-1:111122223333:payments';
const TABLE = 'parking';

export const lot: ParkingLotSettings = {
  ...{ arn: LOT, url: 'https://lot', targetUrl: 'https://source' },
  ...{ settledWithinSeconds: 60, claimBucket: 'claims' },
};

/** Called before and after each request, of which this is the how manyth; what it throws is what the caller gets. */
export type Interference = (name: string, when: 'before' | 'after', call: number) => void | Promise<void>;

/** A desk's store in memory, with an intake before it. */
export class IntakeBench {
  readonly tables = new InMemoryTables({ now: () => this.now });
  /** Bodies by `bucket/key`. */
  readonly objects = new Map<string, string>();
  readonly telemetry: RecordedTelemetry = recordedTelemetry();
  now = NOW;
  interfere: Interference = () => {};
  calls = 0;
  readonly dependencies: IntakeDependencies;

  constructor(settings: Partial<IntakeSettings> = {}, more: Partial<IntakeDependencies> = {}) {
    this.tables.createTable(TABLE, ParkingKey.PARTITION, ParkingKey.SORT);
    this.tables.createIndex(TABLE, ParkingKey.INDEX, ParkingKey.INDEX_PARTITION, ParkingKey.INDEX_SORT);
    const sending = (answer: (command: SentCommand) => object) => ({
      send: async (command: SentCommand) => {
        const name = command.constructor.name.replace(/Command$/, '');
        const call = ++this.calls;
        await this.interfere(name, 'before', call);
        try {
          return answer(command);
        } finally {
          await this.interfere(name, 'after', call);
        }
      },
    });
    this.dependencies = {
      settings: { table: TABLE, bucket: 'bodies', retentionDays: 90, lots: [lot], customerThreshold: 3, ...settings },
      dynamoDb: sending((command) => this.tables.answer(command)),
      s3: sending((command) => this.#object(command)),
      telemetry: this.telemetry,
      clock: {
        now: () => this.now,
        random: () => 0.5,
        after: (milliseconds: number, callback: () => void) => {
          this.now += milliseconds;
          setImmediate(callback);
          return () => {};
        },
      },
      ...more,
    } as unknown as IntakeDependencies;
  }

  /** One invocation with these records. @returns those that stay in the queue */
  async run(...records: readonly SQSRecord[]): Promise<SQSBatchResponse['batchItemFailures']> {
    const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
    return (await createIntake(this.dependencies)({ Records: [...records] }, context)).batchItemFailures;
  }

  get messages(): MessageItem[] {
    return this.#items<MessageItem>('message#');
  }

  get groups(): GroupItem[] {
    return this.#items<GroupItem>('group#');
  }

  get jobs(): JobItem[] {
    return this.#items<JobItem>('job#');
  }

  group(): GroupItem {
    return only(this.groups);
  }

  message(): MessageItem {
    return only(this.messages);
  }

  get announced(): { readonly ours: number; readonly customer: number } {
    const { counts } = this.telemetry;
    return { ours: counts['ParkedGroupOpened:ours'] ?? 0, customer: counts['ParkedGroupOpened:customer'] ?? 0 };
  }

  /** Changes an item as somebody else does. */
  change(key: ItemKey, changes: Readonly<Record<string, unknown>>): void {
    const item = this.tables.items(TABLE).find((one) => one[ParkingKey.PARTITION]!.S === key[ParkingKey.PARTITION].S) ?? key;
    const Item = { ...item, ...marshall(changes, { removeUndefinedValues: true }) };
    this.tables.answer({ constructor: { name: 'PutItemCommand' }, input: { TableName: TABLE, Item } });
  }

  #items<T extends MessageItem | GroupItem | JobItem>(prefix: string): T[] {
    return this.tables
      .items(TABLE)
      .filter((item) => item[ParkingKey.PARTITION]!.S!.startsWith(prefix))
      .map((item) => fromItem<T>(item));
  }

  #object(command: SentCommand): object {
    const { Bucket, Key, Body } = command.input as PutObjectCommand['input'] & GetObjectCommand['input'];
    const place = `${Bucket}/${Key}`;
    if (command.constructor.name === 'PutObjectCommand') {
      this.objects.set(place, Buffer.from(Body as Uint8Array).toString());
      return {};
    }
    const found = this.objects.get(place);
    if (found === undefined) throw new NoSuchKey({ message: `there is no ${place}`, $metadata: {} });
    return { Body: { transformToByteArray: async () => Buffer.from(found) } };
  }
}

function only<T>(found: readonly T[]): T {
  if (found.length !== 1) throw new Error(`there are ${found.length} of them, not one`);
  return found[0]!;
}

export interface ParkedParts extends RecordParts {
  readonly lot?: string;
  readonly reason?: ParkedReason;
  readonly error?: unknown;
  readonly parkedAt?: string;
  readonly key?: string;
  readonly handler?: string;
}

/** A message that a worker parked, as the intake receives it. */
export function parked({ reason = 'permanent', error = new Error('no such account'), key, ...parts }: ParkedParts): SQSRecord {
  const original = sqsRecord(parts);
  const { parkedAt = new Date(NOW).toISOString(), handler = 'record-payment' } = parts;
  const cause = { reason, error, attempt: 3, parkedAt, correlationId: 'correlation-1', handler, key };
  const attributes = parkedAttributes(original, cause);
  if (attributes === undefined) throw new Error('there is no room for the cause');
  const { messageId: MessageId, body: Body, attributes: Attributes } = original;
  return recordOf({ MessageId, Body, Attributes: { ...Attributes }, MessageAttributes: attributes }, parts.lot ?? LOT);
}

/** A message that the queue itself moved. */
export function moved(parts: RecordParts): SQSRecord {
  const original = sqsRecord(parts);
  return { ...original, eventSourceARN: LOT, attributes: { ...original.attributes, DeadLetterQueueSourceArn: SOURCE } };
}
