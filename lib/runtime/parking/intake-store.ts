import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import { boundKey, type FingerprintBound, fromItem, type ItemKey, lifeKey } from './items';
import { getAll, ParkingStore } from './store';

/** The desk's table, with what only the intake reads of it. */
export class IntakeStore extends ParkingStore {
  readonly #dynamoDb: Pick<DynamoDBClient, 'send'>;

  constructor(tableName: string, clients: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock }) {
    super(tableName, clients);
    this.#dynamoDb = clients.dynamoDb;
  }

  /** The message that stands for an idempotency key now. */
  async lifeHolder(hash: string): Promise<string | undefined> {
    return (await this.#one<{ readonly message: string }>(lifeKey(hash)))?.message;
  }

  /** How many groups a handler has made of errors of this name. */
  async fingerprints(handler: string, errorName: string): Promise<number> {
    return (await this.#one<FingerprintBound>(boundKey(handler, errorName)))?.groups ?? 0;
  }

  async #one<T extends FingerprintBound | { readonly message: string }>(key: ItemKey): Promise<T | undefined> {
    const [item] = await getAll(this.#dynamoDb, this.tableName, [key]);
    return item && fromItem<T>(item);
  }
}
