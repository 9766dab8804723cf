import type { SQSClient } from '@aws-sdk/client-sqs';
import type { JobStepAnswer } from '../../blocks/parking-contract';
import type { HeldJob } from './held-job';
import type { JobItem } from './items';
import type { JobDependencies } from './job';

export interface Adopting {
  readonly sqs: Pick<SQSClient, 'send'>;
}

export async function adopt(_job: JobItem, _held: HeldJob, _dependencies: JobDependencies): Promise<JobStepAnswer> {
  throw new Error('not yet');
}
