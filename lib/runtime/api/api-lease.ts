import type { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import type { DynamoDBClient, PutItemCommandInput, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import type { OpenEvent } from '../external/open-event';
import { ConditionFailedError, InvalidOperationError } from '../failures';
import { operationFailure } from '../idempotency/commit';
import type { EventIdentity, RecordTable } from '../idempotency/record';
import { writeTogether } from '../idempotency/write-together';
import { type Holding, lostLease, TOKEN_ATTRIBUTE } from '../lease/fenced-persistence-layer';
import { KeyedLease } from '../lease/keyed-lease';
import type { Operation } from '../transaction/operation';

/** The lease of one request: completed together with the request's effect, or not at all. */
export class ApiLease extends KeyedLease {
  /** The effect, set once the handler has run. */
  operations: readonly Operation[] = [];
  readonly #request: EventIdentity;
  readonly #tableName: string;
  readonly #writing: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock };
  #token = '';

  constructor(dynamoDb: Pick<DynamoDBClient, 'send'>, table: RecordTable, request: EventIdentity, clock: Clock) {
    super(dynamoDb, table, request, clock);
    this.#request = request;
    this.#tableName = table.tableName;
    this.#writing = { dynamoDb, clock };
  }

  protected override acquire(put: PutItemCommandInput, token: string): Promise<void> {
    this.#token = token;
    return super.acquire(put, token);
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    try {
      await super._updateRecord(record);
    } catch (error) {
      // Powertools releases the lease when the function fails, not when its result is refused; the caller need not wait for its end.
      if (error instanceof ConditionFailedError || error instanceof InvalidOperationError) await this._deleteRecord(record);
      throw error;
    }
  }

  protected override async complete(update: Holding & UpdateItemCommandInput): Promise<void> {
    if (this.operations.length === 0) return super.complete(update);
    const { TableName, Key, ConditionExpression, UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues } = update;
    const own = { TableName, Key, ConditionExpression, UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues };
    const items = [
      { Update: { ...own, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const } },
      ...this.operations.map(({ write }) => write),
    ];
    const reasons = await writeTogether(items, this.#writing);
    if (reasons === undefined) return;
    const [lease, ...effect] = reasons;
    if (lease!.Code !== 'ConditionalCheckFailed')
      throw operationFailure(this.operations, effect) ?? new Error(`${lease!.Code}: ${lease!.Message}`);
    if (!this.isCompletedBy(update, lease!.Item)) throw lostLease(update, reasons);
  }

  /** The request as its external effects see it: open while this attempt holds the lease. */
  get openEvent(): OpenEvent {
    const { keyAttr, statusAttr } = this.attributes;
    return {
      key: this.#request.key,
      payloadHash: this.#request.payloadHash,
      openCheck: () => ({
        TableName: this.#tableName,
        Key: { [keyAttr]: { S: this.#request.key } },
        ConditionExpression: '#token = :token AND #status = :inProgress',
        ExpressionAttributeNames: { '#token': TOKEN_ATTRIBUTE, '#status': statusAttr },
        ExpressionAttributeValues: { ':token': { S: this.#token }, ':inProgress': { S: 'INPROGRESS' } },
      }),
      closed: () => lostLease({ Key: { [keyAttr]: { S: this.#request.key } } }, undefined),
    };
  }
}
