import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Clock } from '../clock';
import { claimReader } from '../message/claims';
import type { Telemetry } from '../telemetry';
import { bodiesIn } from './bodies';
import type { IntakeSettings } from './intake-settings';
import { IntakeStore } from './intake-store';
import { redactionBy, redactionClient } from './redaction';
import { type TakeInDependencies, takeIn } from './take-in';

export type IntakeHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** What an intake stands on. */
export interface IntakeDependencies {
  readonly settings: IntakeSettings;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly s3: Pick<S3Client, 'send'>;
  /** Called with the first event that is to be redacted. @default a client of its own */
  readonly lambda?: () => Promise<Pick<LambdaClient, 'send'>>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/**
 * Takes what lies in a parking lot into the store. A message is deleted from its queue, by Lambda, only when it is in the store and its group is announced.
 */
export function createIntake(dependencies: IntakeDependencies): IntakeHandler {
  const { telemetry, clock } = dependencies;
  const taking = takingIn(dependencies);
  return (event, context) =>
    telemetry.invocation(context, async () => {
      // The rest is for the writes that are still on their way, and for the answer.
      const deadline = clock.now() + (context.getRemainingTimeInMillis() * 3) / 4;
      const failed = await takeIn(event.Records, taking, deadline);
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    });
}

/** What `takeIn` needs, for whoever takes messages in. */
export function takingIn({ settings, dynamoDb, s3, telemetry, clock, ...more }: IntakeDependencies): TakeInDependencies {
  const { table, bucket, lots, customerThreshold, retentionDays, redactionFunction } = settings;
  const lambda = more.lambda ?? (async () => telemetry.trace.captureClient(await redactionClient()));
  const claims = new Map(lots.map(({ arn, claimBucket }) => [arn, claimReader(claimBucket, async () => s3)] as const));
  const unclaimed = claimReader(undefined, async () => s3);
  return {
    store: new IntakeStore(table, { dynamoDb, clock }),
    bodies: bodiesIn(bucket, s3),
    redact: redactionFunction === undefined ? undefined : redactionBy(redactionFunction, lambda),
    fetchClaim: (lot) => claims.get(lot) ?? unclaimed,
    ...{ telemetry, clock, customerThreshold, retentionDays },
  };
}
