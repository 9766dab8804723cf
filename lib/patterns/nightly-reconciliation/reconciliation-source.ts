import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { grantActions, grantKey, grantList, grantOnWildcard } from '../../blocks/grants';
import type { Handler } from '../../blocks/handler';
import type { HandlerFunction } from '../../blocks/handler-function';
import type { SourceSettings } from './contract';
import type { FileFormat } from './file-format';
import type { ReconciliationStore } from './reconciliation-store';
import { checkPrefix, checkRecoverable, checkScan, patternOf } from './source-rules';

/** Options of a source that consists of files. */
export interface FileSourceOptions {
  /**
   * How the files are written.
   *
   * @default - told by the name of each file: .csv, .jsonl, .parquet, each also with .gz or .zst
   */
  readonly format?: FileFormat;
}

/** Options of {@link ReconciliationSource.s3}. */
export interface S3SourceOptions extends FileSourceOptions {
  /**
   * What the keys of the files begin with. `{date}` stands for the business date as 2026-11-20, `{yyyymmdd}` for 20261120. Without either, every file below the prefix is
   * read each night.
   */
  readonly prefix: string;
}

/** Options of {@link ReconciliationSource.dynamoDbScan}. */
export interface ScanSourceOptions {
  /** Read units a second that the scan takes at most, over all segments, 1 to 40000: it shares the table with its other users. */
  readonly readUnitsPerSecond: number;
  /**
   * Parts of the table that are read side by side, 1 to 100.
   *
   * @default 4
   */
  readonly segments?: number;
}

/** Where one side of a reconciliation comes from. Each run first copies it, so that a source may change while it is compared. */
export class ReconciliationSource {
  /**
   * Files in a bucket: CSV, JSON Lines or Parquet, plain or compressed.
   *
   * @param bucket also one of another account, whose policy then has to allow `s3:GetObject` and `s3:ListBucket`
   */
  public static s3(bucket: IBucket, options: S3SourceOptions): ReconciliationSource {
    const { prefix } = options;
    return new ReconciliationSource({
      settings: () => ({ kind: 's3', bucket: bucket.bucketName, prefix, ...contentOf(options) }),
      check: (scope) => checkPrefix(scope, prefix),
      grant: (snapshot, store) => {
        store.grantCopies(snapshot);
        grantKey(snapshot, bucket.encryptionKey, ['kms:Decrypt']);
        const files = `${patternOf(prefix)}*`;
        grantOnWildcard(snapshot, bucket.arnForObjects(files), ['s3:GetObject'], 'The prefix of the source; the files in it change daily.');
        grantList(snapshot, bucket.bucketArn, files);
      },
    });
  }

  /**
   * A table, exported by DynamoDB as it was at one moment, without taking any of its capacity. For tables of any size; an export takes minutes at least.
   *
   * @param table with point-in-time recovery
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html
   */
  public static dynamoDb(table: ITable): ReconciliationSource {
    return new ReconciliationSource({
      settings: () => ({ kind: 'export', tableArn: table.tableArn }),
      check: (scope) => checkRecoverable(scope, table),
      grant: (snapshot, store) => {
        grantKey(snapshot, table.encryptionKey, ['kms:Decrypt', 'kms:DescribeKey']);
        grantActions(snapshot, table.tableArn, ['dynamodb:ExportTableToPointInTime']);
        const exports = `${table.tableArn}/export/*`;
        grantOnWildcard(snapshot, exports, ['dynamodb:DescribeExport'], 'DynamoDB names an export when it begins.');
        store.grantExport(snapshot);
      },
    });
  }

  /** A table, read item by item. For small tables, or those without point-in-time recovery. Items that change meanwhile are read as they are when it is their turn. */
  public static dynamoDbScan(table: ITable, options: ScanSourceOptions): ReconciliationSource {
    const { readUnitsPerSecond, segments = 4 } = options;
    return new ReconciliationSource({
      settings: () => ({ kind: 'scan', table: table.tableName, segments, readUnits: readUnitsPerSecond }),
      check: (scope) => checkScan(scope, readUnitsPerSecond, segments),
      grant: (snapshot) => {
        grantKey(snapshot, table.encryptionKey, ['kms:Decrypt']);
        grantActions(snapshot, table.tableArn, ['dynamodb:Scan']);
      },
    });
  }

  /**
   * Anything else: a function that is called with a `HandlerSourceRequest` and puts files under the prefix named there, any number. It may be called again for the same
   * run. It is allowed to write there and nothing else; grant it what it reads.
   */
  public static handler(handler: Handler, options: FileSourceOptions = {}): ReconciliationSource {
    return new ReconciliationSource({
      settings: () => ({ kind: 'handler', ...contentOf(options) }),
      check: () => undefined,
      grant: () => undefined,
      handler,
    });
  }

  /** @internal */
  public readonly _handler?: Handler;
  private readonly kind: Kind;

  private constructor(kind: Kind) {
    this.kind = kind;
    this._handler = kind.handler;
  }

  /** @internal */
  public get _settings(): SourceSettings {
    return this.kind.settings();
  }

  /** @internal */
  public _check(scope: Construct): void {
    this.kind.check(scope);
  }

  /**
   * Allows the snapshot function to read the source.
   *
   * @internal
   */
  public _grantRead(snapshot: HandlerFunction, store: ReconciliationStore): void {
    this.kind.grant(snapshot, store);
  }
}

interface Kind {
  readonly settings: () => SourceSettings;
  readonly check: (scope: Construct) => void;
  readonly grant: (snapshot: HandlerFunction, store: ReconciliationStore) => void;
  readonly handler?: Handler;
}

function contentOf({ format }: FileSourceOptions) {
  return format && { content: format._content };
}
