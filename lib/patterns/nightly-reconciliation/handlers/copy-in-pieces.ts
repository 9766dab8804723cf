import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';

export interface CopyPlan {
  readonly source: { readonly bucket: string; readonly key: string; readonly etag: string; readonly bytes: number };
  readonly target: { readonly bucket: string; readonly key: string };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MOST_PIECES = 10_000;

/**
 * Copies a large object in pieces. The upload that was begun is found by its key, and its pieces are asked for: so a later call goes on where a killed one was.
 *
 * @param piece bytes of one
 * @returns whether the copy is whole
 * @throws what S3 answers when the source has changed; the upload is then aborted
 */
export async function copyInPieces(
  plan: CopyPlan,
  piece: number,
  { s3, isOver }: { readonly s3: Pick<S3Client, 'send'>; readonly isOver: () => boolean },
): Promise<boolean> {
  const { source, target } = plan;
  const place = { Bucket: target.bucket, Key: target.key };
  const upload = { ...place, UploadId: (await begun(plan, s3)) ?? (await s3.send(new CreateMultipartUploadCommand(place))).UploadId! };
  const size = Math.max(piece, Math.ceil(source.bytes / MOST_PIECES));
  const parts = await copied(upload, s3);
  try {
    for (let number = 1; (number - 1) * size < source.bytes; number += 1) {
      if (parts.has(number)) continue;
      if (isOver()) return false;
      const first = (number - 1) * size;
      const { CopyPartResult } = await s3.send(
        new UploadPartCopyCommand({
          ...{ ...upload, PartNumber: number, CopySource: copySource(plan), CopySourceIfMatch: source.etag },
          CopySourceRange: `bytes=${first}-${Math.min(first + size, source.bytes) - 1}`,
        }),
      );
      parts.set(number, CopyPartResult!.ETag!);
    }
  } catch (error) {
    if ((error as Error).name === 'PreconditionFailed') await s3.send(new AbortMultipartUploadCommand(upload));
    throw error;
  }
  const Parts: CompletedPart[] = [...parts].sort(([a], [b]) => a - b).map(([PartNumber, ETag]) => ({ PartNumber, ETag }));
  await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  return true;
}

export function copySource({ source }: CopyPlan): string {
  return `${source.bucket}/${source.key.split('/').map(encodeURIComponent).join('/')}`;
}

async function begun({ target }: CopyPlan, s3: Pick<S3Client, 'send'>): Promise<string | undefined> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: target.bucket, Prefix: target.key }));
  return Uploads.find(({ Key }) => Key === target.key)?.UploadId;
}

/** ETags of the pieces that are there, by their numbers. */
async function copied(
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  s3: Pick<S3Client, 'send'>,
): Promise<Map<number, string>> {
  const parts = new Map<number, string>();
  let from: string | undefined;
  do {
    const { Parts = [], IsTruncated, NextPartNumberMarker } = await s3.send(new ListPartsCommand({ ...upload, PartNumberMarker: from }));
    for (const { PartNumber, ETag } of Parts) parts.set(PartNumber!, ETag!);
    from = IsTruncated ? NextPartNumberMarker : undefined;
  } while (from !== undefined);
  return parts;
}
