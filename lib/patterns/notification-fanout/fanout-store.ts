import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, type ITableV2, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { FanoutAttribute, RECIPIENT_INDEX } from '../../blocks/fanout-contract';
import { grantActions, grantKey } from '../../blocks/grants';
import type { IOutboxTable } from '../../blocks/outbox-table';
import { makeStateTable, TABLE_KEY_ACTIONS } from '../../blocks/state-table';
import { tellTraffic } from '../../blocks/traffic';

export interface FanoutStoreProps {
  readonly retention: Duration;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** What a fan-out keeps: recipients and what is remembered of them, events and how far they are planned, deliveries, suppressed addresses, shared rates and breakers. */
export class FanoutStore extends Construct implements IOutboxTable {
  public readonly table: ITableV2;
  private readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, { retention, encryptionKey, removalPolicy }: FanoutStoreProps) {
    super(scope, id);
    this.encryptionKey = encryptionKey;
    this.table = makeStateTable(this, {
      partitionKey: { name: FanoutAttribute.PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: FanoutAttribute.SORT_KEY, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: RECIPIENT_INDEX,
          partitionKey: { name: FanoutAttribute.RECIPIENT, type: AttributeType.STRING },
          sortKey: { name: FanoutAttribute.PLANNED_AT, type: AttributeType.STRING },
          // A delivery is read by its own key: projecting it would double what each message writes.
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      timeToLiveAttribute: FanoutAttribute.EXPIRATION,
      encryptionKey,
      removalPolicy,
    });
    // A delivery with two messages and their timeline.
    tellTraffic(this.table, { itemBytes: 1000, keptDays: Math.ceil(retention.toDays({ integral: false })) });
  }

  /** Allows this on single items. */
  public grantItems(grantee: IGrantable, actions: string[]): Grant {
    grantKey(grantee, this.encryptionKey, TABLE_KEY_ACTIONS);
    return grantActions(grantee, this.table.tableArn, actions);
  }

  /** Allows to list deliveries of a recipient. */
  public grantTimelines(grantee: IGrantable): Grant {
    return grantActions(grantee, `${this.table.tableArn}/index/${RECIPIENT_INDEX}`, ['dynamodb:Query']);
  }
}
