import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { JobStep } from '../../blocks/parking-contract';
import { changeJob } from './changes';
import type { JobItem } from './items';
import type { ParkingStore } from './store';

export interface Executions {
  readonly store: ParkingStore;
  readonly sfn: Pick<SFNClient, 'send'>;
  readonly stateMachine: string;
}

/**
 * Sees to it that an execution of the state machine drives the job. One that runs is left alone: starting it once more, by the same name, does nothing. In the place of
 * one that has ended there comes another.
 */
export async function drive(job: JobItem, executions: Executions): Promise<void> {
  try {
    await start(job.id, job.executions, executions);
  } catch (error) {
    if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
    const { store } = executions;
    const change = { add: { executions: 1 }, set: { steps: 0 }, given: { executions: job.executions } };
    // Refused when somebody else has just seen to it.
    if ((await store.write([changeJob(store.tableName, job.id, change)])) === undefined)
      await start(job.id, job.executions + 1, executions);
  }
}

async function start(job: string, execution: number, { sfn, stateMachine }: Executions): Promise<void> {
  const input: JobStep = { job, execution };
  const name = execution === 1 ? job : `${job}-${execution}`;
  await sfn.send(new StartExecutionCommand({ stateMachineArn: stateMachine, name, input: JSON.stringify(input) }));
}
