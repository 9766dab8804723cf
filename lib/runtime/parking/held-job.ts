import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ParkingKey } from '../../blocks/parking-contract';
import type { Clock } from '../clock';
import { type Change, changeJob } from './changes';
import { fromItem, type JobItem, jobKey } from './items';
import type { ParkingStore } from './store';

/** A step has the job for itself, so that one which the state machine repeats does not meet the one that still runs. */
export interface HeldJob {
  readonly id: string;
  readonly token: string;
  /** Nothing more is begun then, milliseconds since the epoch. */
  readonly deadline: number;
}

/** Another step has the job now: this one was taken for dead. */
export class StepLostError extends Error {
  override readonly name = 'StepLostError';
}

interface Holding {
  readonly store: ParkingStore;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly clock: Clock;
}

/**
 * Takes the job for one step.
 *
 * @param until when the function is dead at the latest: then the job is free again
 * @returns the job, or when to ask again, in milliseconds since the epoch; nothing for a job that does not exist
 */
export async function takeJob(
  id: string,
  until: number,
  { store, dynamoDb, clock }: Holding,
): Promise<{ job: JobItem; token: string } | { freeAt: number } | undefined> {
  const token = randomUUID();
  try {
    const { Attributes } = await dynamoDb.send(
      new UpdateItemCommand({
        TableName: store.tableName,
        Key: jobKey(id),
        UpdateExpression: 'SET #step = :token, #until = :until, #steps = #steps + :one',
        ConditionExpression: 'attribute_exists(#pk) AND (attribute_not_exists(#step) OR #until < :now)',
        ExpressionAttributeNames: { '#pk': ParkingKey.PARTITION, '#step': 'step', '#until': 'stepUntil', '#steps': 'steps' },
        ExpressionAttributeValues: marshall({ ':token': token, ':until': until, ':now': clock.now(), ':one': 1 }),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { job: fromItem<JobItem>(Attributes!), token };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item && { freeAt: fromItem<JobItem>(error.Item).stepUntil ?? clock.now() };
  }
}

/** Gives the job back, if this step still has it. */
export async function giveBack({ id, token }: HeldJob, store: ParkingStore): Promise<void> {
  await store.write([changeJob(store.tableName, id, { remove: ['step', 'stepUntil'], given: { step: token } })]);
}

/** A change of the job that only the step makes which has it. */
export function heldChange({ id, token }: HeldJob, store: ParkingStore, change: Change) {
  return changeJob(store.tableName, id, { ...change, given: { ...change.given, step: token } });
}
