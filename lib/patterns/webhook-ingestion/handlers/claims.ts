import { PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { PutClaim } from './message';

export function createS3Client(config: S3ClientConfig): S3Client {
  return new S3Client(config);
}

/** Puts bodies over the queue's limit. Loaded with the first of them: most functions never see such a body, and the S3 client costs their cold start. */
export function createClaimStore(s3: Pick<S3Client, 'send'>, bucket: string): PutClaim {
  return async ({ key, sha256 }, body) => {
    // S3 refuses what arrives altered.
    const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: body.byteLength, ChecksumSHA256 }));
  };
}
