import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { JobKind, JobStep, JobStepAnswer } from '../../blocks/parking-contract';
import type { Clock } from '../clock';
import type { Telemetry } from '../telemetry';
import { type Adopting, adopt } from './adopt';
import type { Bodies } from './bodies';
import { discard } from './discard-job';
import { giveBack, type HeldJob, StepLostError, takeJob } from './held-job';
import type { JobItem } from './items';
import { redrive } from './redrive';
import type { ParkingSettings } from './settings';
import type { ParkingStore } from './store';
import { wake } from './wake';

export interface JobDependencies extends Adopting {
  readonly settings: ParkingSettings;
  readonly store: ParkingStore;
  readonly bodies: Bodies;
  /** Opens the bucket of a parking lot's claimed bodies. */
  readonly claimBodies: (bucket: string) => Bodies;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly cloudWatch: Pick<CloudWatchClient, 'send'>;
  readonly eventBridge: Pick<EventBridgeClient, 'send'>;
  readonly telemetry: Pick<Telemetry, 'count' | 'logger'>;
  readonly clock: Clock;
}

/** Does a part of a job. @returns whether there is more, and when */
export type Work = (job: JobItem, held: HeldJob, dependencies: JobDependencies) => Promise<JobStepAnswer>;

const WORK: Readonly<Record<JobKind, Work>> = { redrive, discard, adopt, wake };

/** A step begins nothing more after so long, so that a person who stops the job, or looks at it, waits no longer. */
const STEP_MILLISECONDS = 40_000;
/** What is begun has so long to end, however much time the function would have. */
const RESERVE_MILLISECONDS = 15_000;
/** A lease outlives the function by what two clocks may differ. */
const CLOCK_SKEW_MILLISECONDS = 2_000;
const LONGEST_WAIT_FOR_STEP_SECONDS = 60;

/**
 * One step of a job.
 *
 * The state machine repeats a step that failed or took too long, and does not know whether the former one still runs. So a step takes the job for itself until its
 * function is dead at the latest, and all that it writes is refused once another one has it. What a killed step leaves is a batch that is marked and perhaps sent: the next
 * step sends it again, under the same idempotency keys, so that it has no second effect.
 */
export function createJob(dependencies: JobDependencies): (step: JobStep, remainingMilliseconds: number) => Promise<JobStepAnswer> {
  const { clock, store } = dependencies;
  return async ({ job: id, execution }, remainingMilliseconds) => {
    const now = clock.now();
    const taken = await takeJob(id, now + remainingMilliseconds + CLOCK_SKEW_MILLISECONDS, dependencies);
    if (taken === undefined) return { next: 'end', waitSeconds: 0 };
    if ('freeAt' in taken) {
      const seconds = Math.ceil((taken.freeAt - now) / 1000) + 1;
      return { next: 'again', waitSeconds: Math.min(LONGEST_WAIT_FOR_STEP_SECONDS, Math.max(1, seconds)) };
    }
    const reserve = Math.min(RESERVE_MILLISECONDS, remainingMilliseconds / 2);
    const held = { id, token: taken.token, deadline: now + Math.min(STEP_MILLISECONDS, remainingMilliseconds - reserve) };
    try {
      // Another execution was started in the place of this one.
      if (execution < taken.job.executions) return { next: 'end', waitSeconds: 0 };
      return await WORK[taken.job.kind](taken.job, held, dependencies);
    } catch (error) {
      if (!(error instanceof StepLostError)) throw error;
      dependencies.telemetry.logger.warn('another step has the job', { job: id, error });
      return { next: 'again', waitSeconds: 1 };
    } finally {
      await giveBack(held, store);
    }
  };
}
