import { createHash } from 'node:crypto';
import { CopyObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { InputFault } from '../../../reconciliation-rules/input-fault';
import { RunKey, type SourceSettings } from '../contract';
import { type CopyPlan, copyInPieces, copySource } from './copy-in-pieces';
import type { SnapshotCall, SnapshotProgress } from './snapshot';
import { whileTime } from './while-time';

type S3Source = Extract<SourceSettings, { readonly kind: 's3' }>;

export interface CopySizes {
  /** Larger objects go in pieces. */
  readonly largestCopy: number;
  readonly piece: number;
}

/** S3 copies up to 5 GB at once: this much is done well within a request's time, also from another Region. */
const SIZES: CopySizes = { largestCopy: 256 * 1024 * 1024, piece: 256 * 1024 * 1024 };
/** The client has 50 connections; S3 takes 3,500 writes a second under one prefix. */
const COPIES_AT_ONCE = 16;
const LONGEST_ENDING = 100;

/** The object is another one than was listed, or gone. */
const CHANGED = new Set(['PreconditionFailed', 'NoSuchKey', 'NotFound']);

/**
 * Copies the objects under a prefix into the run.
 *
 * A copy's key is made of its source's key and ETag, and it is only made while the source has that ETag. So the snapshot is what the source was when a call listed it and
 * found, or made, a copy of each object as it was listed; what changes meanwhile is copied anew by the next call, and its former copy stands in no list.
 *
 * AWS actions: on the source's bucket `s3:ListBucket`, on its objects `s3:GetObject`; on the objects of our bucket `s3:PutObject`, `s3:ListMultipartUploadParts`,
 * `s3:AbortMultipartUpload`, on it `s3:ListBucket`, `s3:ListBucketMultipartUploads`.
 *
 * @throws InputFault when there is no object
 */
export async function copyFromBucket(source: S3Source, call: SnapshotCall, sizes: CopySizes = SIZES): Promise<SnapshotProgress> {
  const { request, store, telemetry, clock, deadline } = call;
  const { side } = request;
  const prefix = dated(source.prefix, request.date);
  const objects = await listed(source.bucket, prefix, call);
  if (objects.length === 0)
    throw new InputFault(
      `${side}: there is no object under s3://${source.bucket}/${prefix}; a missing source is a failed run, not one without breaks`,
    );
  const plans = objects.map(({ key, etag, bytes }) => ({
    source: { bucket: source.bucket, key, etag, bytes },
    target: { bucket: store.bucket, key: `${RunKey.snapshot(request, side)}${copyName(key, etag)}` },
  }));
  const copied = new Set<string>();
  for await (const { key } of store.list(RunKey.snapshot(request, side))) copied.add(key);
  const missing = plans.filter(({ target }) => !copied.has(target.key));
  const isOver = () => clock.now() >= deadline;
  const isWhole = await whileTime(missing, { most: COPIES_AT_ONCE, isOver }, async (plan) => {
    try {
      return await copy(plan, { ...call, sizes, isOver });
    } catch (error) {
      if (!CHANGED.has((error as Error).name)) throw error;
      telemetry.logger.warn('an object of a source changed while it was copied', { side, key: plan.source.key });
      return false;
    }
  });
  if (!isWhole) return { waitSeconds: 1 };
  const { content } = source;
  return {
    files: plans.map(({ source: { key: name, bytes }, target: { key } }) => ({
      key,
      name,
      bytes,
      ...(content !== undefined && { content }),
    })),
  };
}

interface Copying extends SnapshotCall {
  readonly sizes: CopySizes;
  readonly isOver: () => boolean;
}

/** @returns whether the copy is whole. @throws InputFault when the object lies in an archive */
async function copy(plan: CopyPlan, { s3, sizes, isOver, request }: Copying): Promise<boolean> {
  const { source, target } = plan;
  try {
    if (source.bytes > sizes.largestCopy) return await copyInPieces(plan, sizes.piece, { s3, isOver });
    await s3.send(
      new CopyObjectCommand({
        ...{ Bucket: target.bucket, Key: target.key, CopySource: copySource(plan), CopySourceIfMatch: source.etag },
        // Tags would need more permissions on both buckets.
        TaggingDirective: 'REPLACE',
      }),
    );
    return true;
  } catch (error) {
    if ((error as Error).name !== 'InvalidObjectState') throw error;
    throw new InputFault(`${request.side}: s3://${source.bucket}/${source.key} lies in an archive: restore it, then resume the run`);
  }
}

async function listed(bucket: string, prefix: string, { s3 }: SnapshotCall) {
  const objects: { readonly key: string; readonly etag: string; readonly bytes: number }[] = [];
  let from: string | undefined;
  do {
    const { Contents = [], NextContinuationToken } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: from }),
    );
    for (const { Key, ETag, Size } of Contents) {
      // Consoles make such objects for folders.
      if (Size !== 0 || !Key!.endsWith('/')) objects.push({ key: Key!, etag: ETag!, bytes: Size! });
    }
    from = NextContinuationToken;
  } while (from !== undefined);
  return objects;
}

function dated(prefix: string, date: string): string {
  return prefix.replaceAll('{date}', date).replaceAll('{yyyymmdd}', date.replaceAll('-', ''));
}

/** Ends as the source does: format and compression are told by the ending. */
function copyName(key: string, etag: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([key, etag]))
    .digest('hex')
    .slice(0, 32);
  const ending = key.slice(key.lastIndexOf('/') + 1).slice(-LONGEST_ENDING);
  return `${digest}-${ending.replaceAll(/[^\w.-]/g, '_')}`;
}
