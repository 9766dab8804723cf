import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, type ITableV2, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { grantOnBodies, grantReadBodies, makeBodyBucket } from './body-bucket';
import { grantActions, grantKey } from './grants';
import { PARKED_BODY_PREFIX, ParkingKey } from './parking-contract';
import { makeStateTable, TABLE_KEY_ACTIONS } from './state-table';
import { tellTraffic } from './traffic';

export interface ParkingStoreProps {
  readonly retention: Duration;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** What a parking desk keeps: bodies in a bucket; groups, messages, jobs and the audit list in a table. */
export class ParkingStore extends Construct {
  public readonly table: ITableV2;
  public readonly bucket: IBucket;
  private readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, { retention, encryptionKey, removalPolicy }: ParkingStoreProps) {
    super(scope, id);
    this.encryptionKey = encryptionKey;
    this.table = makeStateTable(this, {
      partitionKey: { name: ParkingKey.PARTITION, type: AttributeType.STRING },
      sortKey: { name: ParkingKey.SORT, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: ParkingKey.INDEX,
          partitionKey: { name: ParkingKey.INDEX_PARTITION, type: AttributeType.STRING },
          sortKey: { name: ParkingKey.INDEX_SORT, type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
      ],
      timeToLiveAttribute: ParkingKey.EXPIRATION,
      encryptionKey,
      removalPolicy,
    });
    this.bucket = makeBodyBucket(this, {
      expiry: 'expire-parked-bodies',
      prefix: PARKED_BODY_PREFIX,
      needed: retention,
      encryptionKey,
      removalPolicy,
    });
    const keptDays = retention.toDays();
    // A message with its cause and its place in the index; of its group and of jobs there is little.
    tellTraffic(this.table, { itemBytes: 1500, keptDays });
    tellTraffic(this.bucket, { keptDays });
  }

  /** Allows to read items by key, and to write them alone and in transactions. None is deleted: they expire. */
  public grantItems(grantee: IGrantable) {
    grantKey(grantee, this.encryptionKey, TABLE_KEY_ACTIONS);
    grantActions(grantee, this.table.tableArn, ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']);
  }

  /** Allows to list groups, jobs, and the messages of a group. */
  public grantLists(grantee: IGrantable) {
    grantActions(grantee, `${this.table.tableArn}/index/${ParkingKey.INDEX}`, ['dynamodb:Query']);
  }

  /** Allows to read the audit list, which is one partition of the table itself. */
  public grantAudit(grantee: IGrantable) {
    grantActions(grantee, this.table.tableArn, ['dynamodb:Query']);
  }

  /** Allows to leave bodies. */
  public grantPut(grantee: IGrantable) {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt', 'kms:GenerateDataKey']);
    grantOnBodies(grantee, this.bucket, PARKED_BODY_PREFIX, ['s3:PutObject']);
  }

  /** Allows to read bodies. */
  public grantGet(grantee: IGrantable) {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt']);
    grantReadBodies(grantee, this.bucket, PARKED_BODY_PREFIX);
  }
}
