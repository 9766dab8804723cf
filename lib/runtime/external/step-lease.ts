import type { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import { type AttributeValue, type DynamoDBClient, type PutItemCommandInput, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import { IdempotencyConflictError } from '../failures';
import type { RecordTable } from '../idempotency/record';
import { writeTogether } from '../idempotency/write-together';
import { TOKEN_ATTRIBUTE } from '../lease/fenced-persistence-layer';
import { KeyedLease } from '../lease/keyed-lease';
import type { OpenEvent } from './open-event';

/** When the provider was first called, in milliseconds since the epoch; kept when the lease is taken over. */
const CALLED_AT = 'called_at';

/**
 * The lease of one external effect of one event. It can only be had while the event itself is open, in one transaction with that check, so that a
 * parked event begins nothing.
 */
export class StepLease extends KeyedLease {
  /** When the provider was first called by an attempt whose outcome nobody knows. Undefined when there is none. */
  calledBefore: number | undefined;
  /** Whether the provider may have acted without this attempt having its answer: so until it says otherwise. The record then stays, for the next attempt to find. */
  outcomeUnknown = true;
  readonly #event: OpenEvent;
  readonly #table: RecordTable;
  readonly #clock: Clock;
  readonly #client: Pick<DynamoDBClient, 'send'>;

  constructor(client: Pick<DynamoDBClient, 'send'>, table: RecordTable, event: OpenEvent, stepKey: string, clock: Clock) {
    super(client, table, { key: stepKey, payloadHash: event.payloadHash }, clock);
    this.#client = client;
    this.#event = event;
    this.#table = table;
    this.#clock = clock;
  }

  protected override async acquire(put: PutItemCommandInput, token: string): Promise<void> {
    const { keyAttr, expiryAttr, statusAttr, inProgressExpiryAttr, validationKeyAttr } = this.attributes;
    const now = this.#clock.now();
    const lease = { ...put.Item, [validationKeyAttr]: { S: this.#event.payloadHash } };
    const taken = await this.#put(
      {
        Item: { ...lease, [CALLED_AT]: { N: String(now) } },
        ConditionExpression: 'attribute_not_exists(#id) OR #expiration < :now',
        ExpressionAttributeNames: { '#id': keyAttr, '#expiration': expiryAttr },
        ExpressionAttributeValues: { ':now': { N: String(Math.floor(now / 1000)) } },
      },
      token,
    );
    if (taken === undefined) return;
    const error = this.whenTaken(taken);
    const ended = taken[statusAttr]?.S === 'INPROGRESS' && Number(taken[inProgressExpiryAttr]?.N ?? Number.POSITIVE_INFINITY) < now;
    if (!ended || error instanceof IdempotencyConflictError) throw error;
    const calledAt = taken[CALLED_AT] ?? { N: String(now) };
    const overtaken = await this.#put(
      {
        Item: { ...lease, [CALLED_AT]: calledAt },
        ConditionExpression: '#token = :former AND #status = :inProgress',
        ExpressionAttributeNames: { '#token': TOKEN_ATTRIBUTE, '#status': statusAttr },
        ExpressionAttributeValues: { ':former': taken[TOKEN_ATTRIBUTE]!, ':inProgress': { S: 'INPROGRESS' } },
      },
      token,
    );
    if (overtaken !== undefined) throw this.whenTaken(overtaken);
    this.calledBefore = Number(calledAt.N);
  }

  /** @returns the record that stands in the way */
  async #put(
    put: Required<Pick<PutItemCommandInput, 'Item' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>>,
    token: string,
  ): Promise<Record<string, AttributeValue> | undefined> {
    const reasons = await writeTogether(
      [
        { ConditionCheck: this.#event.openCheck(this.#clock.now()) },
        { Put: { ...put, TableName: this.#table.tableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
      ],
      { dynamoDb: this.#client, clock: this.#clock },
    );
    if (reasons === undefined) return undefined;
    const [event, step] = reasons;
    if (event!.Code === 'ConditionalCheckFailed') throw this.#event.closed(event!.Item);
    if (step!.Item === undefined) throw new Error(`the lease could not be written: ${step!.Code}: ${step!.Message}`);
    return step!.Item[TOKEN_ATTRIBUTE]?.S === token ? undefined : step!.Item;
  }

  /** Powertools calls this when the function failed. What may have happened must not be forgotten: only the lease ends, the record stays. */
  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    try {
      if (!this.outcomeUnknown) return await super._deleteRecord(record);
      const holding = this.holding(record);
      await this.dynamoDb.send(
        new UpdateItemCommand({
          ...holding,
          UpdateExpression: 'SET #lease = :ended',
          ExpressionAttributeNames: { ...holding.ExpressionAttributeNames, '#lease': this.attributes.inProgressExpiryAttr },
          ExpressionAttributeValues: { ...holding.ExpressionAttributeValues, ':ended': { N: '0' } },
        }),
      );
    } catch {
      // The lease then ends by itself, and the step counts as one of unknown outcome: safe, and no reason to hide why the function failed.
    }
  }
}
