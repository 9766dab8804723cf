import type { AttributeValue, DynamoDBClient, PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import { IdempotencyConflictError } from '../failures';
import type { EventIdentity, RecordTable } from '../idempotency/record';
import { retrying } from '../idempotency/write-together';
import { FencedDynamoDBPersistenceLayer } from './fenced-persistence-layer';

/** A lease on exactly one record, for one attempt: its key is given instead of hashed from a payload, and so is the hash its payload must have. */
export class KeyedLease extends FencedDynamoDBPersistenceLayer {
  /** When the lease that stood in the way ends, in milliseconds since the epoch. */
  #heldUntil = 0;
  readonly #record: EventIdentity;

  constructor(dynamoDb: Pick<DynamoDBClient, 'send'>, table: RecordTable, record: EventIdentity, clock: Clock) {
    super({ awsSdkV3Client: dynamoDb as DynamoDBClient, tableName: table.tableName, keyPrefix: record.key });
    this.dynamoDb = retrying(dynamoDb, clock);
    this.#record = record;
  }

  /**
   * Whole seconds, 1 or more, after which the lease that stood in the way can be taken over. At its very end it still holds, and the taker's clock may be behind:
   * whoever comes back on time must not find it once more.
   */
  secondsUntilFree(nowMilliseconds: number): number {
    return Math.max(0, Math.ceil((this.#heldUntil - nowMilliseconds) / 1000)) + 1;
  }

  protected override getHashedIdempotencyKey(): string {
    return this.#record.key;
  }

  protected override acquire(put: PutItemCommandInput, token: string): Promise<void> {
    const { validationKeyAttr } = this.attributes;
    return super.acquire({ ...put, Item: { ...put.Item, [validationKeyAttr]: { S: this.#record.payloadHash } } }, token);
  }

  protected override whenTaken(item: Record<string, AttributeValue>): Error {
    const { validationKeyAttr, inProgressExpiryAttr } = this.attributes;
    if (item[validationKeyAttr]?.S !== this.#record.payloadHash) {
      return new IdempotencyConflictError(`${this.#record.key} was seen before with another payload`);
    }
    this.#heldUntil = Number(item[inProgressExpiryAttr]?.N ?? 0);
    return super.whenTaken(item);
  }
}
