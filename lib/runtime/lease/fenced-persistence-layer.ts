import { randomUUID } from 'node:crypto';
import type { JSONValue } from '@aws-lambda-powertools/commons/types';
import { IdempotencyItemAlreadyExistsError, IdempotencyRecordStatus } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBPersistenceOptions } from '@aws-lambda-powertools/idempotency/dynamodb/types';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { IdempotencyAttribute } from '../../blocks/contract';
import { type Attempt, Attempts } from './attempts';
import { LostLeaseError, ResultNotKeptError } from './errors';
import { storable } from './storable';

export type FencedPersistenceOptions = DynamoDBPersistenceOptions & {
  /**
   * What this layer's records are named after, in place of the function's name, which a deployment may change. Different for each kind of effect:
   * equal payloads under one prefix are one effect.
   */
  readonly keyPrefix: string;
  /**
   * Seconds a lease holds when the Lambda context is not registered. At least as long as the function can run.
   *
   * @default 900
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (no function runs longer)
   */
  readonly leaseSeconds?: number;
};

/** The attempt that holds a lease. */
export const TOKEN_ATTRIBUTE = 'token';
/** Set when the effect stands and its result could not be kept. */
export const RESULT_DROPPED_ATTRIBUTE = 'result_dropped';

/** A write that only the holder of the lease may make. */
export interface Holding {
  readonly TableName: string;
  readonly Key: Record<string, AttributeValue>;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
  readonly ReturnValuesOnConditionCheckFailure: 'ALL_OLD';
}

/** For a write that was refused because its attempt does not hold the lease. */
export function lostLease({ Key }: Pick<Holding, 'Key'>, cause: unknown): LostLeaseError {
  return new LostLeaseError(
    `the lease of ${Object.values(Key)
      .map(({ S }) => S)
      .join(' ')} went to another attempt`,
    { cause },
  );
}

const LEASE_SECONDS = 900;

type Configuration = Parameters<DynamoDBPersistenceLayer['configure']>[0];

/**
 * Powertools' DynamoDB persistence layer with a fencing token: put it in the place of `DynamoDBPersistenceLayer`, and an attempt that has outlived its
 * lease can neither delete nor overwrite what its successor recorded.
 *
 * It also keeps records by your prefix instead of the function's name, never runs without a key, refuses another payload under the same key, ends a
 * lease also when the Lambda context is missing, completes the key it acquired even when the payload was changed meanwhile, and never fails after the
 * effect because of the result. An expired lease still lets the effect run twice: what must not is written in `transaction` of `worker()`, or
 * goes to a provider that takes an idempotency key.
 *
 * @throws at construction without `keyPrefix`, or for `leaseSeconds` that are not 1 or more
 */
export class FencedDynamoDBPersistenceLayer extends DynamoDBPersistenceLayer {
  protected dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly #options: FencedPersistenceOptions;
  readonly #attempts = new Attempts();
  readonly #attemptOf = new WeakMap<IdempotencyRecord, Attempt>();
  readonly #acquired = new WeakMap<Attempt, IdempotencyRecord>();
  #acquiring: Attempt | undefined;

  constructor(options: FencedPersistenceOptions) {
    if (!options.keyPrefix?.trim()) {
      throw new Error(
        'FencedDynamoDBPersistenceLayer: keyPrefix is empty. Name the effect in a way that no deployment changes, for example payments',
      );
    }
    const lease = options.leaseSeconds ?? LEASE_SECONDS;
    if (!(lease >= 1)) throw new Error(`FencedDynamoDBPersistenceLayer: leaseSeconds must be 1 or more, given ${lease}`);
    const { awsSdkV3Client, clientConfig, ...rest } = options;
    const client = awsSdkV3Client ?? new DynamoDBClient(clientConfig ?? {});
    super({ ...rest, awsSdkV3Client: client });
    this.dynamoDb = client;
    this.#options = options;
  }

  override configure({ config, keyPrefix, functionName }: Configuration): void {
    const method = functionName?.trim();
    // Powertools runs the function unprotected when it finds no key, and replays for any payload, unless these are set.
    config.throwOnNoIdempotencyKey = true;
    if (config.eventKeyJmesPath) config.payloadValidationJmesPath ??= '@';
    const prefix = keyPrefix?.trim() || `${this.#options.keyPrefix.trim()}${method ? `.${method}` : ''}`;
    super.configure({ config, keyPrefix: prefix });
  }

  override async saveInProgress(data: JSONValue, remainingTimeInMillis?: number): Promise<void> {
    const attempt = this.#attempts.begin(randomUUID(), data);
    const lease = remainingTimeInMillis || (this.#options.leaseSeconds ?? LEASE_SECONDS) * 1000;
    try {
      this.#acquiring = attempt;
      const saving = super.saveInProgress(data, lease);
      this.#acquiring = undefined;
      await saving;
    } catch (error) {
      this.#attempts.end(attempt);
      throw error;
    }
  }

  override async saveSuccess(data: JSONValue, result: JSONValue): Promise<void> {
    const { attempt, acquired } = this.#attemptFor(data);
    const record = new IdempotencyRecord({
      idempotencyKey: acquired.idempotencyKey,
      status: IdempotencyRecordStatus.COMPLETED,
      expiryTimestamp: Math.round(Date.now() / 1000 + this.getExpiresAfterSeconds()),
      responseData: result,
      payloadHash: acquired.payloadHash,
    });
    this.#attemptOf.set(record, attempt);
    this.#attempts.end(attempt);
    await this._updateRecord(record);
  }

  override async deleteRecord(data: JSONValue): Promise<void> {
    const { attempt, acquired } = this.#attemptFor(data);
    this.#attempts.end(attempt);
    await this._deleteRecord(acquired);
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const attempt = this.#acquiring;
    if (attempt === undefined)
      throw new Error(
        'this version of Powertools acquires a record in another way: FencedDynamoDBPersistenceLayer must be brought up to it',
      );
    this.#attemptOf.set(record, attempt);
    this.#acquired.set(attempt, record);
    const { keyAttr, expiryAttr, statusAttr, inProgressExpiryAttr, validationKeyAttr } = this.attributes;
    const now = Date.now();
    await this.acquire(
      {
        TableName: this.#options.tableName,
        Item: {
          ...this.getKey(record.idempotencyKey),
          [expiryAttr]: { N: String(record.expiryTimestamp) },
          [statusAttr]: { S: IdempotencyRecordStatus.INPROGRESS },
          [inProgressExpiryAttr]: { N: String(record.inProgressExpiryTimestamp) },
          [TOKEN_ATTRIBUTE]: { S: attempt.token },
          ...(record.payloadHash && { [validationKeyAttr]: { S: record.payloadHash } }),
        },
        ConditionExpression:
          'attribute_not_exists(#id) OR #expiration < :now OR (#status = :inProgress AND attribute_exists(#lease) AND #lease < :nowMilliseconds)',
        ExpressionAttributeNames: { '#id': keyAttr, '#expiration': expiryAttr, '#status': statusAttr, '#lease': inProgressExpiryAttr },
        ExpressionAttributeValues: {
          ':now': { N: String(Math.floor(now / 1000)) },
          ':nowMilliseconds': { N: String(now) },
          ':inProgress': { S: IdempotencyRecordStatus.INPROGRESS },
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
      attempt.token,
    );
  }

  /** Writes the lease. @throws what `whenTaken` gives */
  protected async acquire(put: PutItemCommandInput, token: string): Promise<void> {
    try {
      await this.dynamoDb.send(new PutItemCommand(put));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      // The write was made, and its reply lost: the client has sent it again.
      if (error.Item[TOKEN_ATTRIBUTE]?.S === token) return;
      throw this.whenTaken(error.Item);
    }
  }

  protected whenTaken(item: Record<string, AttributeValue>): Error {
    const { keyAttr, sortKeyAttr, expiryAttr, statusAttr, inProgressExpiryAttr, dataAttr, validationKeyAttr } = this.attributes;
    const key = item[sortKeyAttr ?? keyAttr]?.S ?? '';
    if (item[RESULT_DROPPED_ATTRIBUTE]?.BOOL) {
      return new ResultNotKeptError(`the effect of ${key} stands, but its result was over 400 KB or no JSON and could not be kept`);
    }
    const fields = unmarshall(item);
    const existing = new IdempotencyRecord({
      idempotencyKey: key,
      status: fields[statusAttr],
      expiryTimestamp: fields[expiryAttr],
      inProgressExpiryTimestamp: fields[inProgressExpiryAttr],
      responseData: fields[dataAttr],
      payloadHash: fields[validationKeyAttr],
    });
    return new IdempotencyItemAlreadyExistsError(`a record for ${key} stands already`, existing);
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    const { expiryAttr, dataAttr } = this.attributes;
    const result = storable(record.responseData);
    const kept = result.kept ? result.attribute : undefined;
    const holding = this.holding(record);
    await this.complete({
      ...holding,
      UpdateExpression: `SET #expiration = :expiration, #status = :completed${kept ? ', #data = :data' : ''}${result.kept ? '' : ', #dropped = :dropped'}`,
      ExpressionAttributeNames: {
        ...holding.ExpressionAttributeNames,
        '#expiration': expiryAttr,
        ...(kept && { '#data': dataAttr }),
        ...(!result.kept && { '#dropped': RESULT_DROPPED_ATTRIBUTE }),
      },
      ExpressionAttributeValues: {
        ...holding.ExpressionAttributeValues,
        ':expiration': { N: String(record.expiryTimestamp) },
        ':completed': { S: IdempotencyRecordStatus.COMPLETED },
        ...(kept && { ':data': kept }),
        ...(!result.kept && { ':dropped': { BOOL: true } }),
      },
    });
  }

  /** Records the result. @throws LostLeaseError when another attempt holds the lease by now */
  protected async complete(update: Holding & UpdateItemCommandInput): Promise<void> {
    try {
      await this.dynamoDb.send(new UpdateItemCommand(update));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (!this.isCompletedBy(update, error.Item)) throw lostLease(update, error);
    }
  }

  /** Whether the refused write was this attempt's own, its reply lost and sent again by the client. */
  protected isCompletedBy({ ExpressionAttributeValues }: Holding, item: Record<string, AttributeValue> | undefined): boolean {
    const mine = item?.[TOKEN_ATTRIBUTE]?.S === ExpressionAttributeValues[':token']!.S;
    return mine && item?.[this.attributes.statusAttr]?.S === IdempotencyRecordStatus.COMPLETED;
  }

  /** Gives the lease back. When another attempt has it by now, that is none of this one's business, and must not hide why this one failed. */
  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    try {
      await this.dynamoDb.send(new DeleteItemCommand(this.holding(record)));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  protected tokenOf(record: IdempotencyRecord): string {
    const attempt = this.#attemptOf.get(record);
    if (attempt === undefined) throw new LostLeaseError(`no attempt of this process holds the lease of ${record.idempotencyKey}`);
    return attempt.token;
  }

  /** Names of the attributes, as they were configured. */
  protected get attributes() {
    const { keyAttr, sortKeyAttr, expiryAttr, statusAttr, inProgressExpiryAttr, dataAttr, validationKeyAttr } = this.#options;
    return {
      keyAttr: keyAttr ?? IdempotencyAttribute.KEY,
      sortKeyAttr,
      expiryAttr: expiryAttr ?? IdempotencyAttribute.EXPIRATION,
      statusAttr: statusAttr ?? IdempotencyAttribute.STATUS,
      inProgressExpiryAttr: inProgressExpiryAttr ?? IdempotencyAttribute.IN_PROGRESS_EXPIRATION,
      dataAttr: dataAttr ?? IdempotencyAttribute.RESULT,
      validationKeyAttr: validationKeyAttr ?? IdempotencyAttribute.PAYLOAD_HASH,
    };
  }

  /** What a write that only the holder of the lease may make has in common. */
  protected holding(record: IdempotencyRecord): Holding {
    return {
      TableName: this.#options.tableName,
      Key: this.getKey(record.idempotencyKey),
      ConditionExpression: '#token = :token AND #status = :inProgress',
      ExpressionAttributeNames: { '#token': TOKEN_ATTRIBUTE, '#status': this.attributes.statusAttr },
      ExpressionAttributeValues: {
        ':token': { S: this.tokenOf(record) },
        ':inProgress': { S: IdempotencyRecordStatus.INPROGRESS },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }

  #attemptFor(data: unknown): { readonly attempt: Attempt; readonly acquired: IdempotencyRecord } {
    const attempt = this.#attempts.find(data);
    const acquired = attempt && this.#acquired.get(attempt);
    if (attempt === undefined || acquired === undefined) {
      throw new LostLeaseError('no attempt of this process can be told to hold the lease for this payload');
    }
    return { attempt, acquired };
  }
}
