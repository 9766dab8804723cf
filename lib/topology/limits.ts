/** Limits and defaults of AWS services that hand-overs depend on. Every number is one that AWS documents. */

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const DAY = 86_400;

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const LAMBDA = {
  timeoutSeconds: 3,
  synchronousBytes: 6 * MEBIBYTE,
  asynchronousBytes: MEBIBYTE,
  /** @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
  asynchronousRetries: 2,
  asynchronousAgeSeconds: 21_600,
  asynchronousWaits: [60, 120],
  /** Durable executions behind an event source or a synchronous call. @see https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html */
  durableSynchronousSeconds: 900,
} as const;

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const SQS = {
  bytes: MEBIBYTE,
  visibilitySeconds: 30,
  retentionSeconds: 4 * DAY,
  longestRetentionSeconds: 14 * DAY,
  /** When a redrive policy leaves it out. */
  maxReceiveCount: 10,
  batch: 10,
} as const;

/** @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
export const SNS = {
  attempts: 100_015,
  windowSeconds: 23 * DAY,
  httpRetries: 3,
  httpDelaySeconds: 20,
  bytes: 256 * KIBIBYTE,
} as const;

/**
 * "Retries sending the event for 24 hours and up to 185 times": retries come after the first attempt, which makes 186 hand-over attempts.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 */
export const EVENTBRIDGE = { retries: 185, ageSeconds: DAY, bytes: MEBIBYTE } as const;

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-eventsv2-subscriber.html */
export const EVENTBRIDGE_V2 = { retries: 5, ageSeconds: 300, callSeconds: 30 } as const;

/** @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html */
export const STREAM = { batch: 100, retentionSeconds: DAY, bytes: MEBIBYTE } as const;

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const STEP_FUNCTIONS = { bytes: 256 * KIBIBYTE, maxAttempts: 3, intervalSeconds: 1, backoffRate: 2, expressSeconds: 300 } as const;

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
export const API_GATEWAY = { bytes: 10 * MEBIBYTE, restSeconds: 29, httpSeconds: 30 } as const;

/** @see https://docs.aws.amazon.com/firehose/latest/dev/retry.html */
export const FIREHOSE = { s3Seconds: DAY, httpSeconds: 300, transformRetries: 3, bytes: 1_024_000 } as const;

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
export const SDK = { attempts: 3 } as const;

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const DYNAMODB = { itemBytes: 400 * KIBIBYTE } as const;
