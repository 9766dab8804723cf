import { DescribeExportCommand, type ExportDescription, ExportTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { InputFault } from '../../../reconciliation-rules/input-fault';
import { deterministicId } from '../../../runtime/deterministic-id';
import { RunKey, runPrefix, type SnapshotFile, type SnapshotRequest, type SourceSettings } from '../contract';
import type { SnapshotCall, SnapshotProgress } from './snapshot';

type ExportSource = Extract<SourceSettings, { readonly kind: 'export' }>;

/** What was asked for, so that a call that repeats another asks for the same. */
interface Export {
  /** Seconds since the epoch: the table is exported as it was then. */
  readonly time: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** Absent until it is known to be begun. */
  readonly arn?: string;
}

/** A table of any size takes minutes. */
const WAIT_SECONDS = 30;

/** Reasons that stay as they are until somebody changes the table, and what to do. */
const FAULTS: Readonly<Record<string, string>> = {
  TableNotFoundException: 'there is no such table',
  PointInTimeRecoveryUnavailableException: 'its point-in-time recovery is off: turn it on, then resume the run',
  InvalidExportTimeException: 'its point-in-time recovery does not reach back to the time of the run: do the date again',
};

/**
 * Has DynamoDB export a table into the run as it was when the snapshot was begun, and waits for that. Costs the table no read units.
 *
 * An export that failed is begun again by the next call, for the same time.
 *
 * AWS actions: `dynamodb:ExportTableToPointInTime` on the table, `dynamodb:DescribeExport` on its exports (`<table ARN>/export/*`); DynamoDB writes as the caller:
 * on the objects of our bucket `s3:PutObject`, `s3:PutObjectAcl`, `s3:AbortMultipartUpload`; and `s3:GetObject`.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
 * @throws InputFault when the table can't be exported, or holds nothing. Error with DynamoDB's reason when an export failed
 */
export async function exportTable(source: ExportSource, call: SnapshotCall): Promise<SnapshotProgress> {
  const { request, store, clock, dynamoDb } = call;
  const key = `${runPrefix(request)}snapshot/${request.side}.export.json`;
  const first: Export = { time: Math.floor(clock.now() / 1000), attempt: 1 };
  const wanted = (await store.readJson<Export>(key)) ?? (await store.writeJsonOnce(key, first));
  const arn = wanted.arn ?? (await begin(source, wanted, call));
  if (wanted.arn === undefined) await store.writeJson(key, { ...wanted, arn });
  const { ExportDescription: made } = await dynamoDb.send(new DescribeExportCommand({ ExportArn: arn }));
  if (made?.ExportStatus === 'IN_PROGRESS') return { waitSeconds: WAIT_SECONDS };
  if (made?.ExportStatus === 'COMPLETED') return { files: await exportedFiles(source, made, call) };
  await store.writeJson(key, { time: wanted.time, attempt: wanted.attempt + 1 });
  throw new Error(`${request.side}: the export ${arn} failed: ${made?.FailureCode ?? 'no code'}: ${made?.FailureMessage ?? 'no message'}`);
}

async function begin({ tableArn }: ExportSource, { time, attempt }: Export, { request, store, dynamoDb }: SnapshotCall): Promise<string> {
  const { date, run, side } = request;
  try {
    const { ExportDescription } = await dynamoDb.send(
      new ExportTableToPointInTimeCommand({
        ...{ TableArn: tableArn, ExportTime: new Date(time * 1000), ExportFormat: 'DYNAMODB_JSON' },
        ...{ S3Bucket: store.bucket, S3Prefix: prefixOf(request) },
        // The same answer for eight hours; by then its ARN stands in the bucket.
        ClientToken: deterministicId(store.bucket, tableArn, date, run, side, attempt),
      }),
    );
    return ExportDescription!.ExportArn!;
  } catch (error) {
    const fault = FAULTS[(error as Error).name];
    if (fault === undefined) throw error;
    throw new InputFault(`${side}: the table ${tableArn} can not be exported: ${fault}`);
  }
}

interface Summary {
  readonly manifestFilesS3Key: string;
  readonly itemCount: number;
}

/** A line of the manifest. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html */
interface DataFile {
  readonly dataFileS3Key: string;
  readonly itemCount: number;
}

async function exportedFiles(
  { tableArn }: ExportSource,
  { ExportManifest = '' }: ExportDescription,
  { request, store }: SnapshotCall,
): Promise<readonly SnapshotFile[]> {
  const prefix = prefixOf(request);
  const read = async (key: string): Promise<string> => {
    const text = await store.readText(below(prefix, key));
    if (text === undefined)
      throw new Error(`${request.side}: the export of ${tableArn} says that it is complete, but ${key} is not in the bucket`);
    return text;
  };
  const summary = JSON.parse(await read(ExportManifest)) as Summary;
  const lines = (await read(summary.manifestFilesS3Key)).split('\n').filter((line) => line !== '');
  // A partition without items has a file too.
  const data = lines.map((line) => JSON.parse(line) as DataFile).filter(({ itemCount }) => itemCount > 0);
  const items = data.reduce((sum, { itemCount }) => sum + itemCount, 0);
  if (items !== summary.itemCount)
    throw new Error(`${request.side}: the export of ${tableArn} holds ${summary.itemCount} items, but its files hold ${items}`);
  if (items === 0)
    throw new InputFault(`${request.side}: the table ${tableArn} holds no items; an empty source is a failed run, not one without breaks`);
  const sizes = new Map<string, number>();
  for await (const { key, bytes } of store.list(`${prefix}/`)) sizes.set(key, bytes);
  return data
    .map(({ dataFileS3Key, itemCount: records }): SnapshotFile => {
      const key = below(prefix, dataFileS3Key);
      const bytes = sizes.get(key);
      if (bytes === undefined) throw new Error(`${request.side}: the export of ${tableArn} names ${key}, which is not in the bucket`);
      return { key, name: `${tableArn.split('/').at(-1)}/${key.split('/').at(-1)}`, bytes, content: 'dynamoDbJson', records };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function prefixOf(request: SnapshotRequest): string {
  return RunKey.snapshot(request, request.side).slice(0, -1);
}

/** DynamoDB's documents show keys without the prefix that was asked for, its exports hold keys with it. */
function below(prefix: string, key: string): string {
  return key.startsWith(`${prefix}/`) ? key : `${prefix}/${key}`;
}
