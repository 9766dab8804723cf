import { AsyncLocalStorage } from 'node:async_hooks';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { MessageEnvelope } from '../../../lib/blocks/contract';
import { createWorker, type WorkerDependencies, type WorkerOptions } from '../../../lib/runtime';
import type { Telemetry } from '../../../lib/runtime/telemetry';

export const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/source';
export const PARKING_LOT_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/parking-lot';
export const NOW = Date.parse('2026-05-01T12:00:00.000Z');

interface SentCommand {
  readonly input: object;
  readonly constructor: { readonly name: string };
}

/** Answers what it is told to and remembers what it was asked. */
export class RecordedClient {
  readonly sent: { readonly name: string; readonly input: Record<string, unknown> }[] = [];
  readonly #answer: (name: string, input: Record<string, unknown>) => unknown;

  constructor(answer: (name: string, input: Record<string, unknown>) => unknown = () => ({})) {
    this.#answer = answer;
  }

  send = async (command: SentCommand): Promise<unknown> => {
    const call = { name: command.constructor.name.replace(/Command$/, ''), input: command.input as Record<string, unknown> };
    this.sent.push(call);
    return this.#answer(call.name, call.input);
  };

  named(name: string): Record<string, unknown>[] {
    return this.sent.filter((call) => call.name === name).map((call) => call.input);
  }
}

export interface RecordedTelemetry extends Telemetry {
  readonly counts: Record<string, number>;
  readonly lines: {
    readonly level: string;
    readonly message: unknown;
    readonly correlationId: string | undefined;
    readonly extra: unknown;
  }[];
  readonly segments: Record<string, unknown>[];
}

/** One for all: Node hands each storage that was ever used on to each promise, and some tests make thousands of telemetries. */
const correlations = new AsyncLocalStorage<ReadonlyMap<object, string>>();

export function recordedTelemetry(): RecordedTelemetry {
  const counts: Record<string, number> = {};
  const lines: { level: string; message: unknown; correlationId: string | undefined; extra: unknown }[] = [];
  const segments: Record<string, unknown>[] = [];
  const line = (level: string) => (message: unknown, extra?: unknown) =>
    void lines.push({ level, message, correlationId: correlations.getStore()?.get(counts), extra });
  const telemetry = {
    counts,
    lines,
    segments,
    logger: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    trace: {
      subsegment: (_name: string, annotations: Record<string, unknown>, work: () => Promise<unknown>) => {
        segments.push(annotations);
        return work();
      },
      traceId: () => undefined,
    },
    invocation: (_context: Context, work: () => Promise<unknown>) => work(),
    correlated: (id: string, work: () => unknown) => correlations.run(new Map([...(correlations.getStore() ?? []), [counts, id]]), work),
    count: (name: string, dimensions?: Record<string, string>, value = 1) => {
      for (const key of dimensions === undefined ? [name] : [name, `${name}:${Object.values(dimensions).join(',')}`]) {
        counts[key] = (counts[key] ?? 0) + value;
      }
    },
    time: (name: string, milliseconds: number) => {
      counts[name] = milliseconds;
    },
  };
  return telemetry as unknown as RecordedTelemetry;
}

export interface Bench {
  readonly sqs: RecordedClient;
  readonly telemetry: RecordedTelemetry;
  run(records: readonly SQSRecord[], remainingMilliseconds?: number): Promise<SQSBatchResponse>;
}

/** A worker with a recorded queue; the table is the test's own. */
export function bench<T>(
  options: WorkerOptions<T>,
  { sqs = new RecordedClient(), ...rest }: Partial<Omit<WorkerDependencies, 'sqs'>> & { readonly sqs?: RecordedClient } = {},
): Bench {
  const telemetry = recordedTelemetry();
  const dependencies = {
    settings: {
      idempotencyTable: 'idempotency',
      retentionSeconds: 1_000_000,
      queueUrl: QUEUE_URL,
      parkingLotUrl: PARKING_LOT_URL,
      retryBudget: { attempts: 3, baseDelaySeconds: 10, maxDelaySeconds: 300 },
      functionName: 'record-payment',
    },
    dynamoDb: new RecordedClient(),
    s3: () => Promise.reject(new Error('no claims in this test')),
    telemetry,
    clock: {
      now: () => NOW,
      random: () => 0.5,
      after: (milliseconds: number, callback: () => void) => {
        const timer = setTimeout(callback, Math.min(milliseconds, 50));
        return () => clearTimeout(timer);
      },
    },
    ...rest,
    sqs,
  } as unknown as WorkerDependencies;
  const handler = createWorker(options, dependencies);
  return {
    sqs,
    telemetry,
    run: (records, remainingMilliseconds = 30_000) =>
      handler({ Records: [...records] }, { getRemainingTimeInMillis: () => remainingMilliseconds } as Context),
  };
}

/** Message attributes as they are sent. */
export function texts(values: Record<string, string>): Record<string, MessageAttributeValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]));
}

let messages = 0;

export interface RecordParts {
  readonly body: string;
  readonly receives?: number;
  readonly messageId?: string;
  readonly messageAttributes?: SQSRecord['messageAttributes'];
  readonly group?: string;
  readonly traceHeader?: string;
}

export function sqsRecord({ body, receives = 1, messageId, messageAttributes = {}, group, traceHeader }: RecordParts): SQSRecord {
  messages++;
  const id = messageId ?? `00000000-0000-4000-8000-${String(messages).padStart(12, '0')}`;
  return {
    messageId: id,
    receiptHandle: `handle-of-${id}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(NOW - 1000),
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: String(NOW),
      ...(group !== undefined && { MessageGroupId: group }),
      ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    },
    messageAttributes,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:111122223333:source${group === undefined ? '' : '.fifo'}`,
    awsRegion: 'us-east-1',
  };
}

export function envelope(event: unknown, overrides: Partial<Record<keyof MessageEnvelope, unknown>> = {}): string {
  return JSON.stringify({
    breakwater: 1,
    id: 'evt_1',
    source: 'stripe',
    correlationId: 'correlation-1',
    receivedAt: '2026-05-01T11:59:58.000Z',
    contentType: 'application/json',
    body: { encoding: 'utf8', data: JSON.stringify(event) },
    ...overrides,
  });
}
