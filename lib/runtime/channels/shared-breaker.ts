import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Clock } from '../clock';
import type { ItemKey } from '../notifications/store/keys';
import { type Breaker, BreakerLimits, closedBreaker, mayCall, probed, probing, reported } from './breaker';

export interface SharedBreakerDependencies {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  readonly clock: Clock;
}

/** Whether a provider is to be called, and what to do afterwards. */
export type Admission =
  | { readonly admitted: true; readonly report: (worked: boolean) => Promise<void> }
  | { readonly admitted: false; readonly waitMilliseconds: number };

interface Known {
  readonly breaker: Breaker;
  /** Higher with each write: a write holds for the state it was made from, or not at all. @default - there is no item */
  readonly revision?: number;
  readonly readAt: number;
}

/** What a process knows of a provider is this old at most. */
const FRESH_MILLISECONDS = 1_000;

/**
 * A breaker that all functions of a channel share. While the provider works it costs a process one read a second; failures are told in one write a second, at once when they
 * open it.
 *
 * The table must not fail the sending: when it can't be reached the provider is called.
 */
export class SharedBreaker {
  readonly #key: ItemKey;
  readonly #dependencies: SharedBreakerDependencies;
  #known: Known | undefined;
  #reading: Promise<Known> | undefined;
  #calls = 0;
  #failures = 0;
  #toldAt = 0;

  constructor(key: ItemKey, dependencies: SharedBreakerDependencies) {
    this.#key = key;
    this.#dependencies = dependencies;
  }

  async admit(): Promise<Admission> {
    const { clock } = this.#dependencies;
    const known = await this.#fresh();
    const may = mayCall(known.breaker, clock.now());
    if (may === 'yes') return { admitted: true, report: (worked) => this.#count(worked) };
    if (may !== 'probe') return { admitted: false, waitMilliseconds: may };
    const begun = await this.#write(known, probing(known.breaker, clock.now()));
    if (begun !== undefined) return { admitted: true, report: (worked) => this.#endProbe(begun, worked) };
    return { admitted: false, waitMilliseconds: FRESH_MILLISECONDS };
  }

  async #fresh(): Promise<Known> {
    const { clock } = this.#dependencies;
    if (this.#known !== undefined && clock.now() - this.#known.readAt < FRESH_MILLISECONDS) return this.#known;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Known> {
    const { dynamoDb, tableName, clock } = this.#dependencies;
    const readAt = clock.now();
    const known = await dynamoDb.send(new GetItemCommand({ TableName: tableName, Key: marshall(this.#key), ConsistentRead: true })).then(
      ({ Item }): Known => {
        if (Item === undefined) return { breaker: closedBreaker(readAt), readAt };
        const { breaker, revision } = unmarshall(Item) as { readonly breaker: Breaker; readonly revision: number };
        return { breaker, revision, readAt };
      },
      (): Known => ({ breaker: closedBreaker(readAt), readAt, revision: Number.NaN }),
    );
    this.#known = known;
    return known;
  }

  async #count(worked: boolean): Promise<void> {
    const { clock } = this.#dependencies;
    this.#calls++;
    if (!worked) this.#failures++;
    if (this.#failures === 0) {
      // Long ago, what worked says nothing of now.
      if (clock.now() - this.#toldAt >= BreakerLimits.WINDOW) this.#forget();
      return;
    }
    const report = { calls: this.#calls, failures: this.#failures };
    const opens = this.#known !== undefined && reported(this.#known.breaker, report, clock.now()).state === 'open';
    if (!opens && clock.now() - this.#toldAt < FRESH_MILLISECONDS) return;
    this.#forget();
    for (let attempt = 1; attempt <= 2; attempt++) {
      const known = attempt === 1 ? await this.#fresh() : await this.#read();
      const next = reported(known.breaker, report, clock.now());
      if (next === known.breaker || (await this.#write(known, next)) !== undefined) return;
    }
    // Others wrote at the same time, twice: it is told with the next.
    this.#calls += report.calls;
    this.#failures += report.failures;
  }

  #forget(): void {
    this.#calls = 0;
    this.#failures = 0;
    this.#toldAt = this.#dependencies.clock.now();
  }

  async #endProbe(begun: Known, worked: boolean): Promise<void> {
    // One that took so long that another began is refused.
    await this.#write(begun, probed(begun.breaker, worked, this.#dependencies.clock.now()));
  }

  /** @returns what stands now; undefined when others wrote meanwhile, or the table can't be reached */
  async #write(known: Known, breaker: Breaker): Promise<Known | undefined> {
    const { dynamoDb, tableName, clock } = this.#dependencies;
    if (Number.isNaN(known.revision)) return undefined;
    const revision = (known.revision ?? 0) + 1;
    try {
      await dynamoDb.send(
        new PutItemCommand({
          TableName: tableName,
          Item: marshall({ ...this.#key, breaker, revision }),
          ...(known.revision === undefined
            ? { ConditionExpression: 'attribute_not_exists(#revision)', ExpressionAttributeNames: { '#revision': 'revision' } }
            : {
                ConditionExpression: '#revision = :former',
                ExpressionAttributeNames: { '#revision': 'revision' },
                ExpressionAttributeValues: { ':former': { N: String(known.revision) } },
              }),
        }),
      );
      const written = { breaker, revision, readAt: clock.now() };
      this.#known = written;
      return written;
    } catch (error) {
      // Refused, or not reached: what the table says is read again.
      if (error instanceof ConditionalCheckFailedException) this.#known = undefined;
      return undefined;
    }
  }
}
