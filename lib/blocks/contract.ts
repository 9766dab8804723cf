/**
 * What the blocks' constructs and the runtime inside Lambda agree on: environment names, the message on the queue, attributes of parked
 * messages, metric names. Imports nothing, so that construct, handler and tests can all read it.
 */

/** Environment of a function behind a queue, set by the `QueueWorker` block and read once by `worker()`. */
export const WorkerEnvironment = {
  /** Name of the idempotency table. */
  IDEMPOTENCY_TABLE: 'BREAKWATER_IDEMPOTENCY_TABLE',
  /** Seconds a record is kept: longer than queue, parking lot and the sender's retries together. */
  IDEMPOTENCY_RETENTION_SECONDS: 'BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS',
  /** URL of the queue the function reads. */
  QUEUE_URL: 'BREAKWATER_QUEUE_URL',
  /** URL of the dead-letter queue in which what can't be processed is parked. */
  PARKING_LOT_URL: 'BREAKWATER_PARKING_LOT_URL',
  /** JSON of {@link RetryBudgetSettings}. */
  RETRY_BUDGET: 'BREAKWATER_RETRY_BUDGET',
  /** Name of the bucket which holds bodies over the queue's limit; absent when the pattern has none. */
  CLAIM_BUCKET: 'BREAKWATER_CLAIM_BUCKET',
} as const;

/** The part of a retry budget that the worker spends at run time. */
export interface RetryBudgetSettings {
  /** Handler runs a message may cost, the first included. Equals the queue's `maxReceiveCount`. */
  readonly attempts: number;
  /** Upper bound of the first backoff in seconds; doubles with each attempt, full jitter below it. */
  readonly baseDelaySeconds: number;
  /** No backoff is longer than this, in seconds. */
  readonly maxDelaySeconds: number;
}

/** A body small enough to travel in the message. */
export interface InlineBody {
  readonly encoding: 'utf8' | 'base64';
  readonly data: string;
}

/** A body over the queue's limit: it lies in the claim bucket (`WorkerEnvironment.CLAIM_BUCKET`) under `key`. */
export interface ClaimedBody {
  readonly key: string;
  readonly bytes: number;
  /** Lower-case hex SHA-256 of the body's bytes. */
  readonly sha256: string;
}

/** Keys of claimed bodies begin with this: grants and the bucket's expiry are for it alone. */
export const CLAIM_PREFIX = 'claims/';

/** The message on the queue, as an ingress of this package writes it (JSON). */
export interface MessageEnvelope {
  /** Format version; also tells an envelope from a plain message. */
  readonly breakwater: 1;
  /** Business event id to dedupe on, unique within `source`; survives redrives. */
  readonly id: string;
  /** Who sent it: for webhooks the sender's name in the construct's props. */
  readonly source: string;
  /** Follows the event through every log line. */
  readonly correlationId: string;
  /** When the ingress accepted it, ISO 8601. */
  readonly receivedAt: string;
  readonly contentType?: string;
  /** What the ingress knows beside the body, for example the event type from a header. Never secrets, never signatures. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly body?: InlineBody;
  /** Present instead of `body` when the body was too large. */
  readonly claim?: ClaimedBody;
  /**
   * Lower-case hex SHA-256 of what every delivery of the event has in common, for senders that render a retry anew. A record keeps it, and another one under the same
   * key is a conflict. Absent: the body's bytes are what must be the same.
   */
  readonly payloadHash?: string;
}

/** Message attributes of a message that the worker parked itself. SQS allows ten; the parked body is the original one, byte for byte. */
export const ParkedAttribute = {
  /** Error name, for example `PermanentError`, `IdempotencyConflict`. */
  ERROR_NAME: 'BreakwaterErrorName',
  /** Error message, cut to 1,024 characters. */
  ERROR_MESSAGE: 'BreakwaterErrorMessage',
  /** One of {@link ParkedReason}. */
  REASON: 'BreakwaterReason',
  /** Handler run in which it was parked, 1 for the first. */
  ATTEMPT: 'BreakwaterAttempt',
  /** X-Ray trace id, when there is one. */
  TRACE_ID: 'BreakwaterTraceId',
  CORRELATION_ID: 'BreakwaterCorrelationId',
  /** `source#id`: what the effect is deduplicated on. */
  IDEMPOTENCY_KEY: 'BreakwaterIdempotencyKey',
  /** ISO 8601. */
  PARKED_AT: 'BreakwaterParkedAt',
  /** Name of the function that parked it. */
  HANDLER: 'BreakwaterHandler',
  /** Id under which the parking desk knows the message it was redriven from. */
  FORMER: 'BreakwaterFormerMessage',
} as const;

/** Message attribute of a copy in whose place the message it came from was acknowledged, because its run was never started: how many attempts were spent before. */
export const SPENT_ATTEMPTS_ATTRIBUTE = 'BreakwaterSpentAttempts';

/** Why the worker parked a message. */
export const ParkedReason = {
  /** The handler said that no retry can help, or the event failed its schema. */
  PERMANENT: 'permanent',
  /** The last attempt of the retry budget failed. */
  BUDGET_SPENT: 'budget_spent',
  /** Same idempotency key, other payload. */
  CONFLICT: 'conflict',
  /** The message can't be read: not JSON, no idempotency key, claimed body missing or altered. */
  MALFORMED: 'malformed',
} as const;
export type ParkedReason = (typeof ParkedReason)[keyof typeof ParkedReason];

/** Metrics of a worker, namespace `MetricNamespace`, dimension `service`. */
export const WorkerMetric = {
  DONE: 'Done',
  DUPLICATE: 'Duplicate',
  RETRIED: 'Retried',
  PARKED: 'Parked',
  /** Milliseconds from acceptance by the ingress to the committed effect. */
  END_TO_END_TIME: 'EndToEndTime',
} as const;

export const MetricNamespace = 'Breakwater';

/**
 * Attributes of an item in the idempotency table. The same names as the defaults of Powertools' persistence layer, so that one table serves both.
 */
export const IdempotencyAttribute = {
  KEY: 'id',
  EXPIRATION: 'expiration',
  IN_PROGRESS_EXPIRATION: 'in_progress_expiration',
  STATUS: 'status',
  RESULT: 'data',
  /** Hex SHA-256 of the payload: a changed payload under the same key is a conflict, never a silent replay. */
  PAYLOAD_HASH: 'validation',
} as const;

/** Environment of the function that publishes what `transaction.emit` put into the idempotency table. */
export const RelayEnvironment = {
  /** ARN of the event bus. */
  EVENT_BUS: 'BREAKWATER_EVENT_BUS',
  /** URL of the queue in which what can't be published is parked. */
  PARKING_LOT_URL: 'BREAKWATER_PARKING_LOT_URL',
  /** Seconds after which an event that could not be published is parked. */
  PARK_AFTER_SECONDS: 'BREAKWATER_PARK_AFTER_SECONDS',
} as const;

/** Metrics of the relay, namespace `MetricNamespace`, dimension `service`. */
export const RelayMetric = {
  PUBLISHED: 'Published',
  PARKED: 'Parked',
  /** Milliseconds from the effect to the event bus. */
  RELAY_TIME: 'RelayTime',
} as const;

/** An item of the idempotency table that has this attribute, a map with `eventId`, is an emitted event: the relay's filter knows it by that. */
export const OUTBOX_ATTRIBUTE = 'outbox';

/** The table of a break register: its partition key, and an index over both other ones. All are texts. */
export const RegisterKey = {
  /** Break id, or `run#<reconciliation>#<date>`. */
  PARTITION: 'id',
  INDEX: 'byList',
  /** `open#<reconciliation>#<first digit of the id>` of an entry that is open, `runs#<reconciliation>` of a run. */
  INDEX_PARTITION: 'list',
  /** Break id, or the business date. */
  INDEX_SORT: 'place',
} as const;

/** Begins the description of the stack output by which a nightly reconciliation is found; the construct's path follows. The output's value is JSON of {@link NightOutput}. */
export const NIGHT_OUTPUT_DESCRIPTION = 'Nightly reconciliation of ';

export interface NightOutput {
  /** Its name, as its rules have it. */
  readonly reconciliation: string;
  /** Name of the table of the break register. */
  readonly table: string;
  /** Name and alias of the function that takes a {@link StartRequest}. */
  readonly startFunction: string;
}

/**
 * Input of the start function of a nightly reconciliation. From the scheduler: `scheduledTime`. From a person: `date` and what to do about it.
 * `start` (default): starts the date's run, or does nothing when it was started already. `resume`: continues the last run where it stopped, when it failed.
 * `again`: a new run of that date with new snapshots, for a source that was restated.
 */
export type StartRequest = { readonly scheduledTime: string } | { readonly date: string; readonly do?: 'start' | 'resume' | 'again' };

export interface StartAnswer {
  readonly date: string;
  readonly run: number;
  readonly attempt: number;
  readonly execution: string;
  /** False when that execution was there already. */
  readonly started: boolean;
}
