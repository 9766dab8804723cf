import {
  ConditionalCheckFailedException,
  type ConditionCheck,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { RegisterKey } from '../../../blocks/contract';
import type { Clock } from '../../../runtime/clock';
import { retrying } from '../../../runtime/idempotency/write-together';
import type { NightRun } from '../contract';

/** What is known of a date's last run. */
export interface Night extends NightRun {
  readonly state: 'started' | 'completed' | 'failed';
  /** ISO 8601: when this attempt was begun. */
  readonly startedAt: string;
  /** ARN of the attempt's execution; absent until it is known to be started. */
  readonly execution?: string;
  /** ISO 8601: when the first run of the date that came to an end did so. */
  readonly completedAt?: string;
}

const NAMES = { '#id': RegisterKey.PARTITION, '#run': 'run', '#attempt': 'attempt', '#state': 'state' };

/**
 * Which runs were started, by business date: items `night#<reconciliation>#<date>` in the register's table.
 *
 * Each attempt is written on the condition that the last one is what it was found to be, so that of several who begin the next one, one does.
 *
 * AWS actions, on the table: `dynamodb:GetItem`, `dynamodb:UpdateItem`.
 */
export class Nights {
  readonly #place: { readonly table: string; readonly name: string };
  readonly #dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly #clock: Clock;

  /** @param place the register's table, and the name of the reconciliation */
  constructor(
    place: { readonly table: string; readonly name: string },
    { dynamoDb, clock }: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock },
  ) {
    this.#place = place;
    this.#dynamoDb = retrying(dynamoDb, clock);
    this.#clock = clock;
  }

  async find(date: string): Promise<Night | undefined> {
    const { Item } = await this.#dynamoDb.send(new GetItemCommand({ ...this.#item(date), ConsistentRead: true }));
    if (Item === undefined) return undefined;
    const { [RegisterKey.PARTITION]: _, ...night } = unmarshall(Item);
    return night as Night;
  }

  /**
   * Begins an attempt after the last one, if there is one.
   *
   * @returns the night as it is then: somebody else's attempt when they were first
   */
  async begin({ date, run, attempt }: NightRun, last: NightRun | undefined): Promise<Night> {
    const { '#id': id, ...rest } = NAMES;
    await this.#unlessRefused(
      new UpdateItemCommand({
        ...this.#item(date),
        UpdateExpression: 'SET #date = :date, #run = :run, #attempt = :attempt, #state = :started, #startedAt = :now REMOVE #execution',
        ConditionExpression: last === undefined ? 'attribute_not_exists(#id)' : '#run = :lastRun AND #attempt = :lastAttempt',
        ExpressionAttributeNames: {
          ...{ ...rest, ...(last === undefined && { '#id': id }) },
          ...{ '#date': 'date', '#startedAt': 'startedAt', '#execution': 'execution' },
        },
        ExpressionAttributeValues: marshall({
          ...{ ':date': date, ':run': run, ':attempt': attempt, ':started': 'started', ':now': this.#now() },
          ...(last !== undefined && { ':lastRun': last.run, ':lastAttempt': last.attempt }),
        }),
      }),
    );
    return (await this.find(date))!;
  }

  /** Notes that the attempt's execution is started. @returns false when that was noted already */
  async launched({ date, run, attempt }: NightRun, execution: string): Promise<boolean> {
    const { '#state': _, '#id': __, ...names } = NAMES;
    return this.#unlessRefused(
      new UpdateItemCommand({
        ...this.#item(date),
        UpdateExpression: 'SET #execution = :execution',
        ConditionExpression: '#run = :run AND #attempt = :attempt AND attribute_not_exists(#execution)',
        ExpressionAttributeNames: { ...names, '#execution': 'execution' },
        ExpressionAttributeValues: marshall({ ':run': run, ':attempt': attempt, ':execution': execution }),
      }),
    );
  }

  /** That no later run of the date was begun, as an element of a transaction on the same table. */
  isLast({ date, run }: NightRun): ConditionCheck {
    return {
      ...this.#item(date),
      ConditionExpression: 'attribute_not_exists(#id) OR #run <= :run',
      ExpressionAttributeNames: { '#id': NAMES['#id'], '#run': NAMES['#run'] },
      ExpressionAttributeValues: marshall({ ':run': run }),
    };
  }

  /** Notes that the date's run is completed, unless a later one was begun. An execution that was started by hand is noted too. */
  async completed({ date, run, attempt }: NightRun): Promise<void> {
    await this.#unlessRefused(
      new UpdateItemCommand({
        ...this.#item(date),
        UpdateExpression:
          'SET #date = :date, #state = :completed, #run = :run, #attempt = if_not_exists(#attempt, :attempt), #startedAt = if_not_exists(#startedAt, :now), #completedAt = if_not_exists(#completedAt, :now)',
        ConditionExpression: 'attribute_not_exists(#id) OR #run = :run',
        ExpressionAttributeNames: { ...NAMES, '#date': 'date', '#startedAt': 'startedAt', '#completedAt': 'completedAt' },
        ExpressionAttributeValues: marshall({
          ...{ ':date': date, ':run': run, ':attempt': attempt },
          ...{ ':completed': 'completed', ':now': this.#now() },
        }),
      }),
    );
  }

  /** Notes that the attempt failed, unless a later one was begun. */
  async failed({ date, run, attempt }: NightRun): Promise<void> {
    const { '#id': _, ...names } = NAMES;
    await this.#unlessRefused(
      new UpdateItemCommand({
        ...this.#item(date),
        UpdateExpression: 'SET #state = :failed',
        ConditionExpression: '#run = :run AND #attempt = :attempt AND #state = :started',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: marshall({ ':run': run, ':attempt': attempt, ':started': 'started', ':failed': 'failed' }),
      }),
    );
  }

  async #unlessRefused(command: UpdateItemCommand): Promise<boolean> {
    try {
      await this.#dynamoDb.send(command);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return false;
    }
  }

  #item(date: string) {
    return { TableName: this.#place.table, Key: { [RegisterKey.PARTITION]: { S: `night#${this.#place.name}#${date}` } } };
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
