import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, type ITableV2, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { grantOnBodies, grantReadBodies, makeBodyBucket } from '../../blocks/body-bucket';
import { RegisterKey } from '../../blocks/contract';
import { grantActions, grantKey, grantList, grantOnWildcard } from '../../blocks/grants';
import { makeStateTable, TABLE_KEY_ACTIONS } from '../../blocks/state-table';
import { tellTraffic } from '../../blocks/traffic';
import { RUNS_PREFIX, type SideName } from './contract';

export interface ReconciliationStoreProps {
  readonly snapshotRetention: Duration;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * What a reconciliation keeps: runs and reports in a bucket, breaks and which runs there were in a table.
 *
 * The bucket keeps no versions: a run writes each object once under a key of its own, and what a restated night changed stands in the table.
 */
export class ReconciliationStore extends Construct {
  public readonly table: ITableV2;
  public readonly bucket: IBucket;
  private readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, { snapshotRetention, encryptionKey, removalPolicy }: ReconciliationStoreProps) {
    super(scope, id);
    this.encryptionKey = encryptionKey;
    this.table = makeStateTable(this, {
      partitionKey: { name: RegisterKey.PARTITION, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: RegisterKey.INDEX,
          partitionKey: { name: RegisterKey.INDEX_PARTITION, type: AttributeType.STRING },
          sortKey: { name: RegisterKey.INDEX_SORT, type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
      ],
      encryptionKey,
      removalPolicy,
    });
    this.bucket = makeBodyBucket(this, { expiry: 'expire-runs', prefix: RUNS, needed: snapshotRetention, encryptionKey, removalPolicy });
    tellTraffic(this.bucket, { keptDays: snapshotRetention.toDays() });
  }

  /** Allows to read and write what runs consist of. */
  public grantRuns(grantee: IGrantable): void {
    this.grantReadRuns(grantee);
    this.grantWrite(grantee, `${RUNS}*`, ['s3:AbortMultipartUpload', 's3:PutObject']);
  }

  /** Allows to read what runs consist of, and to learn that a part of it is missing. */
  public grantReadRuns(grantee: IGrantable): void {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt']);
    grantReadBodies(grantee, this.bucket, RUNS);
  }

  /** Allows a function to write files of a side, for any date and run. */
  public grantWriteSide(grantee: IGrantable, side: SideName): void {
    this.grantWrite(grantee, `${RUNS}*/snapshot/${side}/*`, ['s3:AbortMultipartUpload', 's3:PutObject']);
  }

  /** Allows to go on with copies of large objects, piece by piece. */
  public grantCopies(grantee: IGrantable): void {
    this.grantWrite(grantee, `${RUNS}*`, ['s3:ListMultipartUploadParts']);
    grantActions(grantee, this.bucket.bucketArn, ['s3:ListBucketMultipartUploads']);
  }

  /**
   * Allows to let DynamoDB write an export, which it does with the permissions of whoever asked for it.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
   */
  public grantExport(grantee: IGrantable): void {
    this.grantWrite(grantee, `${RUNS}*`, ['s3:AbortMultipartUpload', 's3:PutObject', 's3:PutObjectAcl']);
  }

  /** Allows to write reports, and to see what stands. */
  public grantReports(grantee: IGrantable): void {
    this.grantWrite(grantee, `${REPORTS}*`, ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject']);
  }

  /** Allows to read reports. */
  public grantReadReports(grantee: IGrantable): Grant {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt']);
    return grantOnBodies(grantee, this.bucket, REPORTS, ['s3:GetObject']).combine(grantList(grantee, this.bucket.bucketArn, `${REPORTS}*`));
  }

  /** Allows this on single items of the table. */
  public grantItems(grantee: IGrantable, actions: string[]): Grant {
    grantKey(grantee, this.encryptionKey, TABLE_KEY_ACTIONS);
    return grantActions(grantee, this.table.tableArn, actions);
  }

  /** Allows to list open breaks and earlier runs. */
  public grantLists(grantee: IGrantable): Grant {
    return grantActions(grantee, `${this.table.tableArn}/index/${RegisterKey.INDEX}`, ['dynamodb:Query']);
  }

  private grantWrite(grantee: IGrantable, keys: string, actions: string[]) {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt', 'kms:GenerateDataKey']);
    grantOnWildcard(grantee, this.bucket.arnForObjects(keys), actions, 'Keys hold the business date and the number of the run.');
  }
}

export const RUNS = RUNS_PREFIX;
const REPORTS = 'reports/';
