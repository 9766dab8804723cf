import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { FANOUT_OUTPUT_DESCRIPTION, type FanoutOutput, LANES } from '../../blocks/fanout-contract';
import { systemClock } from '../../runtime/clock';
import { EventRefused } from '../../runtime/notifications/event-control';
import { FanoutStore } from '../../runtime/notifications/store/fanout-store';
import { isRecord } from '../../topology/record';
import { explained } from '../commands/aws-faults';
import type { Command } from '../commands/command-group';
import { type Deployed, deployedAt, type Kind, type Narrowed, type Where } from '../commands/places';
import type { Session } from '../commands/session';
import type { Progress } from '../local/contract';

/** A notification fan-out that is deployed. */
export interface Fanout extends Omit<Deployed, 'value'>, FanoutOutput {}

/** What every `notifications` command on what is deployed works with. */
export interface FanoutSession extends Session {
  /** The only one. @throws when there is none, or several */
  fanout(): Promise<Fanout>;
}

export type FanoutCommand = Command<FanoutSession>;

export interface FanoutClients {
  readonly store: FanoutStore;
  readonly dynamoDb: DynamoDBClient;
  readonly sqs: SQSClient;
}

const FANOUT: Kind = {
  one: 'notification fan-out',
  several: 'notification fan-outs',
  description: FANOUT_OUTPUT_DESCRIPTION,
  absent: `One is a stack output whose description begins with "${FANOUT_OUTPUT_DESCRIPTION.trim()}".`,
};

/** @throws when there is none there, or several, with what to give to choose one */
export async function onlyFanout(where: Where, narrowed: Narrowed, progress: Progress): Promise<Fanout> {
  const [first, ...more] = await deployedAt(where, FANOUT, narrowed, progress);
  if (more.length > 0)
    throw new Error(`which one? There are ${[first!, ...more].map(({ path }) => path).join(', ')}: give --fanout PATH, or --stack NAME.`);
  const { value, ...deployed } = first!;
  return { ...deployed, ...outputOf(value, deployed) };
}

function outputOf(value: string, { stack, path }: Pick<Deployed, 'stack' | 'path'>): FanoutOutput {
  const read = parsed(value);
  if (isRecord(read) && typeof read.table === 'string' && isRecord(read.planQueues)) {
    const { table, planQueues } = read;
    if (LANES.every((lane) => typeof planQueues[lane] === 'string')) return { table, planQueues: planQueues as FanoutOutput['planQueues'] };
  }
  throw new Error(`the output of ${path} in stack ${stack} is none that this version of cdk-breakwater wrote: deploy the stack again.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Works on the table of a fan-out.
 *
 * @param actions what it takes, for whoever is not allowed to
 * @throws in words that say what to do
 */
export async function atFanout<Answer>(
  { access, path, table }: Fanout,
  actions: string,
  work: (clients: FanoutClients) => Promise<Answer>,
): Promise<Answer> {
  const dynamoDb = new DynamoDBClient(access);
  const sqs = new SQSClient(access);
  try {
    return await work({ store: new FanoutStore(table, { dynamoDb, clock: systemClock }), dynamoDb, sqs });
  } catch (error) {
    if (error instanceof EventRefused) throw error;
    throw explained(error, { doing: `asking ${path}`, thing: 'table', permission: `${actions} on table ${table}` });
  } finally {
    dynamoDb.destroy();
    sqs.destroy();
  }
}
