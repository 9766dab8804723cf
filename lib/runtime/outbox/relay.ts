import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { ParkedReason, RelayMetric } from '../../blocks/contract';
import { isTransientAwsError } from '../aws-errors';
import { type Clock, fullJitter, sleep } from '../clock';
import { PermanentError, permanentReason } from '../failures';
import type { Telemetry } from '../telemetry';
import { parkedAttributes } from '../worker/parked-attributes';
import { type OutboxEntry, readOutboxEntry } from './outbox';

/** The part of the SDK's `EventBridge` client that the relay uses. */
export interface EventPublisher {
  putEvents(input: { readonly Entries: PublishedEntry[] }): Promise<{
    readonly Entries?: ReadonlyArray<{ readonly ErrorCode?: string; readonly ErrorMessage?: string }>;
  }>;
}

export interface PublishedEntry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time: Date;
}

export type OutboxRelayHandler = (event: DynamoDBStreamEvent, context: Context) => Promise<DynamoDBBatchResponse>;

export interface RelayDependencies {
  readonly eventBridge: EventPublisher;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly eventBusName: string;
  readonly parkingLotUrl: string;
  readonly functionName: string;
  /** An event that could not be published for so long is parked, in seconds; below the day that a stream keeps it. @default 21600 */
  readonly parkAfterSeconds?: number;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

interface Pending {
  readonly entry: OutboxEntry;
  readonly sequenceNumber: string;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

const TRIES = 4;
const BASE_DELAY_MILLISECONDS = 100;
const LONGEST_DELAY_MILLISECONDS = 2_000;
const PARK_AFTER_SECONDS = 6 * 60 * 60;
/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MOST_ENTRIES = 10;
/** What a request always took; the later, larger limit is not offered everywhere. A larger event goes alone. */
const SHARED_REQUEST_BYTES = 256 * 1024;

/** Codes of entries for which no later try can end otherwise. */
const PERMANENT_CODES = new Set([
  'MalformedDetail',
  'InvalidArgument',
  'NotAuthorizedForSource',
  'NotAuthorizedForSourceException',
  'NotAuthorizedForDetailType',
  'NotAuthorizedForDetailTypeException',
  'ValidationException',
]);

/**
 * Publishes what `transaction.emit` put into the table: at least once, in the order of the stream, each event under the same `metadata.eventId`.
 *
 * What the bus refuses for good, or could not be given for hours, is parked; the stream goes on. To publish a parked event again, write any
 * attribute of its outbox item: the change is a new stream record.
 */
export function createOutboxRelay(dependencies: RelayDependencies): OutboxRelayHandler {
  const { telemetry, clock } = dependencies;
  return (event, context) =>
    telemetry.invocation(context, async () => {
      const deadline = clock.now() + context.getRemainingTimeInMillis() / 2;
      for (const chunk of chunks(event.Records.flatMap(pendingOf))) {
        const failed = await relay(chunk, deadline, dependencies);
        // Lambda goes on from there, so what comes after is not touched.
        if (failed !== undefined) return { batchItemFailures: [{ itemIdentifier: failed.sequenceNumber }] };
      }
      return { batchItemFailures: [] };
    });
}

function pendingOf({ eventName, dynamodb }: DynamoDBRecord): Pending[] {
  const entry = eventName === 'REMOVE' ? undefined : readOutboxEntry(dynamodb?.NewImage as Parameters<typeof readOutboxEntry>[0]);
  if (entry === undefined) return [];
  const { SequenceNumber, ApproximateCreationDateTime } = dynamodb!;
  return [{ entry, sequenceNumber: SequenceNumber!, writtenAt: ApproximateCreationDateTime! * 1000 }];
}

/** @returns the first that is neither published nor parked */
async function relay(chunk: readonly Pending[], deadline: number, dependencies: RelayDependencies): Promise<Pending | undefined> {
  const { telemetry, clock } = dependencies;
  const errors = await publish(chunk, deadline, dependencies);
  for (const pending of chunk) {
    const { entry, writtenAt } = pending;
    const error = errors.get(pending);
    if (error === undefined) {
      telemetry.count(RelayMetric.PUBLISHED);
      telemetry.time(RelayMetric.RELAY_TIME, Math.max(0, clock.now() - Date.parse(entry.occurredAt)));
      continue;
    }
    const overdue = clock.now() - writtenAt > (dependencies.parkAfterSeconds ?? PARK_AFTER_SECONDS) * 1000;
    if (error instanceof PermanentError || overdue) {
      if (await telemetry.correlated(entry.correlationId, () => park(entry, error, dependencies))) continue;
    }
    telemetry.logger.warn('not published, to be retried', { eventId: entry.eventId, error });
    return pending;
  }
  return undefined;
}

async function publish(chunk: readonly Pending[], deadline: number, dependencies: RelayDependencies): Promise<Map<Pending, Error>> {
  const { eventBridge, eventBusName, clock } = dependencies;
  const errors = new Map<Pending, Error>();
  let rest = chunk;
  for (let attempt = 1; ; attempt++) {
    const entries = rest.map(({ entry: { source, detailType, detail, occurredAt } }) => ({
      ...{ EventBusName: eventBusName, Source: source, DetailType: detailType, Detail: detail, Time: new Date(occurredAt) },
    }));
    let retryable = true;
    try {
      const { Entries = [] } = await eventBridge.putEvents({ Entries: entries });
      for (const [index, pending] of rest.entries()) {
        const { ErrorCode: code, ErrorMessage: message } = Entries[index] ?? { ErrorCode: 'NoAnswer' };
        if (code === undefined) errors.delete(pending);
        else
          errors.set(pending, Object.assign(PERMANENT_CODES.has(code) ? new PermanentError(message) : new Error(message), { name: code }));
      }
    } catch (thrown) {
      retryable = isTransientAwsError(thrown);
      // One that the bus can't take must not stand in the way of its neighbours.
      if (!retryable && rest.length > 1) {
        for (const pending of rest) for (const [one, error] of await publish([pending], deadline, dependencies)) errors.set(one, error);
        return errors;
      }
      const error =
        permanentReason(thrown) === undefined ? (thrown as Error) : new PermanentError((thrown as Error).message, { cause: thrown });
      for (const pending of rest) errors.set(pending, error);
    }
    rest = chunk.filter((pending) => errors.has(pending) && !(errors.get(pending) instanceof PermanentError));
    const delay = fullJitter(clock, attempt, BASE_DELAY_MILLISECONDS, LONGEST_DELAY_MILLISECONDS);
    if (rest.length === 0 || !retryable || attempt === TRIES || clock.now() + delay >= deadline) return errors;
    await sleep(clock, delay);
  }
}

/** @returns false when the parking lot could not be reached either */
async function park(entry: OutboxEntry, error: Error, dependencies: RelayDependencies): Promise<boolean> {
  const { sqs, parkingLotUrl, functionName, telemetry, clock } = dependencies;
  const body = JSON.stringify(entry);
  const reason = error instanceof PermanentError ? ParkedReason.PERMANENT : ParkedReason.BUDGET_SPENT;
  const attributes = parkedAttributes(
    { body, messageAttributes: {} },
    {
      ...{ reason, error, attempt: 1, parkedAt: new Date(clock.now()).toISOString() },
      ...{ correlationId: entry.correlationId, handler: functionName, key: entry.causedBy },
    },
  );
  try {
    await sqs.send(new SendMessageCommand({ QueueUrl: parkingLotUrl, MessageBody: body, MessageAttributes: attributes }));
  } catch (parkingError) {
    telemetry.logger.error('could not be parked', { eventId: entry.eventId, error: parkingError as Error });
    return false;
  }
  telemetry.count(RelayMetric.PARKED, { reason });
  telemetry.logger.error('parked', { eventId: entry.eventId, reason, error });
  return true;
}

function chunks(pending: readonly Pending[]): Pending[][] {
  const found: Pending[][] = [];
  let bytes = 0;
  for (const one of pending) {
    const { detail, source, detailType } = one.entry;
    const size = Buffer.byteLength(detail) + Buffer.byteLength(source) + Buffer.byteLength(detailType) + 14;
    const chunk = found.at(-1);
    if (chunk === undefined || chunk.length === MOST_ENTRIES || bytes + size > SHARED_REQUEST_BYTES) {
      found.push([one]);
      bytes = size;
    } else {
      chunk.push(one);
      bytes += size;
    }
  }
  return found;
}
