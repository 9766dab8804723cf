import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, type ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { IdempotencyAttribute, WorkerEnvironment } from './contract';
import { grantActions, grantKey } from './grants';
import type { HandlerFunction } from './handler-function';
import type { IOutboxTable } from './outbox-table';
import { requireKnownSeconds, requireWithin } from './rule';
import { makeStateTable, TABLE_KEY_ACTIONS } from './state-table';

/** Props of an {@link IdempotencyTable}. */
export interface IdempotencyTableProps {
  /**
   * Key which encrypts the table. Needs a stack with an explicit Region.
   *
   * @default - a key that DynamoDB owns
   */
  readonly encryptionKey?: IKey;
  /**
   * What happens to the table when it leaves the stack. A table that is lost lets late copies of events have their effect again.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** How requests are guarded by {@link IdempotencyTable.guardRequests}. */
export interface GuardRequestsOptions {
  /**
   * For how long callers may repeat a request under its key and get the first answer, 1 minute to 1 year. Later the same key is a new request.
   *
   * @default Duration.days(1)
   */
  readonly repeatedWithin?: Duration;
}

/** For how long copies of an event can still arrive after its effect. */
export interface LateCopies {
  /** How long the queue keeps a message. */
  readonly queueRetention: Duration;
  /** How long the parking lot keeps a message. */
  readonly parkingLotRetention: Duration;
  /**
   * How long a parking desk keeps a message after it has taken it from the parking lot; until then it can be redriven.
   *
   * @default Duration.seconds(0), no desk
   */
  readonly parkingDeskRetention?: Duration;
  /**
   * How long the sender may deliver the same event again, by itself or by hand.
   *
   * @default Duration.seconds(0)
   */
  readonly senderHorizon?: Duration;
}

/**
 * The table that remembers which events had their effect: key `id`, expiry by TTL, point-in-time recovery, encrypted, retained.
 *
 * Same attribute names as Powertools' persistence layer, so that one table serves both.
 */
export class IdempotencyTable extends Construct implements IOutboxTable {
  /**
   * How long a record must be kept so that no copy of its event can outlive it: the sender's last delivery, then the whole stay in the queue, in the parking lot
   * and at the parking desk, then after a redrive the queue once more, and a day for clocks and operators.
   */
  public static retentionFor(copies: LateCopies): Duration {
    const queue = copies.queueRetention.toSeconds();
    const sender = copies.senderHorizon?.toSeconds() ?? 0;
    const parked = copies.parkingLotRetention.toSeconds() + (copies.parkingDeskRetention?.toSeconds() ?? 0);
    return Duration.seconds(sender + queue + parked + queue + Duration.days(1).toSeconds());
  }

  /** The table. */
  public readonly table: ITableV2;
  private readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, props: IdempotencyTableProps = {}) {
    super(scope, id);
    this.encryptionKey = props.encryptionKey;
    this.table = makeStateTable(this, {
      partitionKey: { name: IdempotencyAttribute.KEY, type: AttributeType.STRING },
      timeToLiveAttribute: IdempotencyAttribute.EXPIRATION,
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
    });
  }

  /**
   * Allows what a `worker()` or `idempotentApi()` of `cdk-breakwater/runtime` does: conditional puts, alone and in transactions, and for steps outside of the transaction
   * (`external`) to complete and release their leases.
   */
  public grantWorker(grantee: IGrantable): Grant {
    return this.grant(grantee, ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem']);
  }

  /** Allows what a persistence layer of Powertools does: to lease, complete, read and release single records. */
  public grantPersistenceLayer(grantee: IGrantable): Grant {
    return this.grant(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem']);
  }

  /** Allows to see of single records whether an effect stands. */
  public grantLookUp(grantee: IGrantable): Grant {
    return this.grant(grantee, ['dynamodb:BatchGetItem', 'dynamodb:GetItem']);
  }

  /**
   * Makes this the table of an `idempotentApi()` of `cdk-breakwater/runtime`: allows what it does and tells the function of it.
   *
   * @throws when the function works for a queue or another table already, because it gets them through its environment
   */
  public guardRequests(handler: HandlerFunction, options: GuardRequestsOptions = {}): void {
    const kept = requireKnownSeconds(this, 'the time in which requests are repeated', options.repeatedWithin ?? Duration.days(1));
    requireWithin(this, 'time in which requests are repeated in seconds', kept, [60, 31_536_000], 'Change repeatedWithin.');
    handler._takeFor(this.node.path);
    this.grantWorker(handler);
    handler.addEnvironment(WorkerEnvironment.IDEMPOTENCY_TABLE, this.table.tableName);
    handler.addEnvironment(WorkerEnvironment.IDEMPOTENCY_RETENTION_SECONDS, String(kept));
    handler._markIdempotent();
  }

  private grant(grantee: IGrantable, actions: string[]): Grant {
    grantKey(grantee, this.encryptionKey, TABLE_KEY_ACTIONS);
    return grantActions(grantee, this.table.tableArn, actions);
  }
}
